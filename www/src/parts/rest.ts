/** What the page does not begin with, and loads once it has begun: other views, and dialogs. */

import type { Child } from "../dom";
import type { Actions, OtherView, State } from "../state";
import { changesView } from "../views/changes";
import { confView } from "../views/conf";
import { graphView } from "../views/graph";
import { migrateView } from "../views/migrate";
import { rolloutView } from "../views/rollout";

export { dialogPart } from "./dialog";

const VIEWS: Record<OtherView, (state: State, actions: Actions) => Child> = {
  conf: confView,
  graph: graphView,
  changes: changesView,
  rollout: rolloutView,
  migrate: migrateView,
};

/** One of the views that are not the first. */
export function otherView(view: OtherView, state: State, actions: Actions): Child {
  return VIEWS[view](state, actions);
}
