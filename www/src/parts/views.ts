/** Which view stands behind which tab. */

import type { Child } from "../dom";
import type { View } from "../snapshot";
import type { Actions, State } from "../state";
import { changesView } from "../views/changes";
import { confView } from "../views/conf";
import { graphView } from "../views/graph";
import { migrateView } from "../views/migrate";
import { rolloutView } from "../views/rollout";
import { traceView } from "../views/trace";

export const TITLES: Record<View, string> = {
  trace: "Pull trace",
  conf: "registries.conf",
  graph: "Graph",
  changes: "What changes",
  rollout: "Rollout",
  migrate: "Migrate",
};

const PARTS: Record<View, (state: State, actions: Actions) => Child> = {
  trace: traceView,
  conf: confView,
  graph: graphView,
  changes: changesView,
  rollout: rolloutView,
  migrate: migrateView,
};

/** The view that is open. */
export function viewPart(state: State, actions: Actions): Child {
  return viewOf(state.view, state, actions);
}

/** One of the views. */
export function viewOf(view: View, state: State, actions: Actions): Child {
  return PARTS[view](state, actions);
}
