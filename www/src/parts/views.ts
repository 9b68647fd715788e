/** Which view stands behind which tab; those behind the first come with the rest of the page. */

import { h, type Child } from "../dom";
import type { View } from "../snapshot";
import type { Actions, State } from "../state";
import { traceView } from "../views/trace";

export const TITLES: Record<View, string> = {
  trace: "Pull trace",
  conf: "registries.conf",
  graph: "Graph",
  changes: "What changes",
  rollout: "Rollout",
  migrate: "Migrate",
};

/** The view that is open. */
export function viewPart(state: State, actions: Actions): Child {
  if (state.view === "trace") return traceView(state, actions);
  if (state.rest === null) return h("p", { class: "hint" }, "loading the view");
  return state.rest.otherView(state.view, state, actions);
}
