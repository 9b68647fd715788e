/** What of the views is folded out or picked: nothing that the engine is asked. */

import type { Actions, State } from "../state";

export interface Picked {
  /** Whether files of nodes are shown as their difference to the current ones. */
  difference?: boolean;
  /** Whether the graph is shown as a table. */
  table?: boolean;
  /** The node of the graph that is looked at; `null` for none. */
  node?: string | null;
}

/** Changes what is picked. */
export function pick(state: State, actions: Actions, change: Picked): void {
  actions.set({ picked: { ...state.picked, ...change } });
}
