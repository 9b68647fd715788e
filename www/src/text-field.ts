/** What shows the open file's text: a plain field at first, the editor once it has come. */

import type { Finding, InputFile, Place } from "./snapshot";
import { nameOf } from "./state";

export interface TextField {
  /** Shows the open file, and takes over what changed elsewhere in any. */
  show(files: readonly InputFile[], open: number): void;
  /** Marks findings; `isFresh` says that they are about the texts as they are. */
  mark(findings: readonly Finding[], isFresh: boolean): void;
  /** Selects a place in the open file and brings it into view. */
  reveal(place: Place): void;
  focus(): void;
  /** The cursor, as an offset into the open file. */
  cursor(): number;
}

/** What the field tells. */
export interface TextEvents {
  /** A person changed the open file. */
  onText(text: string): void;
  /** A person wants a finding to be fixed, by its index in what was marked. */
  onFix(finding: number): void;
}

/** The plain field that the page comes with. */
export function plainField(area: HTMLTextAreaElement, events: TextEvents): TextField {
  area.oninput = () => events.onText(area.value);
  return {
    show(files, open) {
      const file = files[open];
      const text = file?.text ?? "";
      if (area.value !== text) area.value = text;
      area.setAttribute("aria-label", file === undefined ? "text" : `text of ${nameOf(file)}`);
      area.readOnly = file === undefined;
    },
    mark() {},
    reveal(place) {
      area.focus();
      area.setSelectionRange(place.from, place.to);
      // Lines are equally high, so that the line's part of the height is its part of the lines.
      const n_lines = area.value.split("\n").length;
      area.scrollTop = Math.max(0, (area.scrollHeight * (place.line - 4)) / n_lines);
    },
    focus: () => area.focus(),
    cursor: () => area.selectionStart,
  };
}
