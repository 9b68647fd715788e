/** Where the state is kept while the page lives: one place that changes, and one that is told. */

import type { State } from "./state";

export interface Store {
  state(): State;
  /** Changes what is given; listeners are told once, when all that happens now has happened. */
  change(change: Partial<State>): void;
}

/** `onChange` is called at the end of a turn in which something changed. */
export function storeOf(first: State, onChange: (state: State, before: State) => void): Store {
  let state = first;
  let told = first;
  let isWaiting = false;
  const tell = (): void => {
    isWaiting = false;
    const before = told;
    told = state;
    onChange(state, before);
  };
  return {
    state: () => state,
    change(change) {
      state = { ...state, ...change };
      if (isWaiting) return;
      isWaiting = true;
      queueMicrotask(tell);
    },
  };
}
