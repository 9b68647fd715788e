/** What stands in views of a change when nothing is proposed. */

import { h, type VNode } from "../dom";
import type { InputFile } from "../snapshot";
import type { Actions, State } from "../state";
import { empty } from "./notes";

/** Whether anything is added, changed or deleted. */
export function isProposed(files: readonly InputFile[]): boolean {
  return files.some(({ group, removed }) => group === "proposed" || removed === true);
}

/** Says that nothing is proposed, and how to begin; `null` when something is. */
export function proposal(state: State, actions: Actions, what: string): VNode | null {
  if (state.files.length === 0 || isProposed(state.files)) return null;
  const open = state.files[state.open];
  const copy = (file: InputFile): void => {
    actions.addFile({ group: "proposed", name: file.name, text: file.text });
  };
  return empty(
    "nothing is proposed",
    h("p", null, `To see ${what}, put a changed file into the proposed change, or delete one of the current cluster.`),
    open !== undefined &&
      h("button", { type: "button", class: "small", onclick: () => copy(open) }, "edit a copy of ", h("code", null, open.name)),
  );
}
