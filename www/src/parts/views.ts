/** Which view stands behind which tab. */

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

const PARTS: Partial<Record<View, (state: State, actions: Actions) => Child>> = {
  trace: traceView,
};

/** The view that is open. */
export function viewPart(state: State, actions: Actions): Child {
  const view = PARTS[state.view];
  return view === undefined ? h("p", { class: "hint" }, `no ${TITLES[state.view]} yet`) : view(state, actions);
}
