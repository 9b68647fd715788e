/** Keys: the one table that both listeners and the sheet are made from. */

import { h, type VNode } from "./dom";
import { listed } from "./severity";
import { VIEWS } from "./snapshot";
import type { Actions, State } from "./state";

/** A key and what it does. */
export interface Key {
  /** As people read it; `Ctrl` is ⌘ on a Mac. */
  keys: string[];
  does: string;
}

export const KEYS: readonly Key[] = [
  { keys: ["Ctrl", "."], does: "fix what is at the cursor, or the finding that is looked at" },
  { keys: ["F8"], does: "next finding" },
  { keys: ["Shift", "F8"], does: "previous finding" },
  { keys: ["Ctrl", "Enter"], does: "go to the images" },
  { keys: ["Alt", "1…6"], does: "open a view" },
  { keys: ["Alt", "0"], does: "go to the editor" },
  { keys: ["Alt", "F"], does: "fix everything that is safe to fix, after a look" },
  { keys: ["Ctrl", "S"], does: "share" },
  { keys: ["Ctrl", "Shift", "E"], does: "examples" },
  { keys: ["Esc", "Tab"], does: "leave the editor, one after the other" },
  { keys: ["?"], does: "this sheet, outside of fields" },
];

/** The table of keys. */
export function keysTable(): VNode {
  return h(
    "table",
    { class: "keys" },
    h("thead", { class: "unseen" }, h("tr", null, h("th", { scope: "col" }, "keys"), h("th", { scope: "col" }, "what they do"))),
    h(
      "tbody",
      null,
      KEYS.map(({ keys, does }) =>
        h("tr", null, h("td", null, keys.map((key) => h("kbd", null, key))), h("td", null, does)),
      ),
    ),
  );
}

/** What keys need of the page beside actions. */
export interface Targets {
  focusEditor(): void;
  focusImages(): void;
  /** Fixes what is at the cursor; tells whether there was something. */
  fixAtCursor(): boolean;
}

/** Does what a key is for, and keeps the browser from doing anything else with it. */
export function onKey(event: KeyboardEvent, state: State, actions: Actions, targets: Targets): void {
  if (act(event, state, actions, targets)) event.preventDefault();
}

function act(event: KeyboardEvent, state: State, actions: Actions, targets: Targets): boolean {
  const isCommand = event.ctrlKey || event.metaKey;
  if (state.dialog !== null) return false;
  if (event.key === "F8") return step(state, actions, event.shiftKey ? -1 : 1);
  if (event.altKey && !isCommand) return actAlt(event, actions, targets);
  if (isCommand && !event.altKey) return actCommand(event, state, actions, targets);
  if (event.key === "?" && !isTyping(event)) {
    actions.set({ dialog: { kind: "keys" } });
    return true;
  }
  return false;
}

/** By the key's place, since Option makes other letters on a Mac. */
function actAlt(event: KeyboardEvent, actions: Actions, targets: Targets): boolean {
  if (event.code === "KeyF") {
    actions.previewFix(null);
    return true;
  }
  const digit = /^Digit([0-6])$/.exec(event.code)?.[1];
  if (digit === undefined) return false;
  const view = VIEWS[Number(digit) - 1];
  if (view === undefined) targets.focusEditor();
  else actions.set({ view, part: "view" });
  return true;
}

function actCommand(event: KeyboardEvent, state: State, actions: Actions, targets: Targets): boolean {
  const key = event.key.toLowerCase();
  if (key === ".") {
    if (!targets.fixAtCursor() && state.finding >= 0) actions.previewFix(state.finding);
  } else if (key === "enter") {
    actions.set({ view: "trace", part: "view" });
    targets.focusImages();
  } else if (key === "s" && !event.shiftKey) {
    actions.set({ dialog: { kind: "share" } });
  } else if (key === "e" && event.shiftKey) {
    actions.set({ dialog: { kind: "examples" } });
  } else {
    return false;
  }
  return true;
}

function step(state: State, actions: Actions, by: number): boolean {
  const findings = state.snapshot?.findings ?? [];
  if (findings.length === 0) return true;
  const order = listed(findings);
  const at = order.indexOf(state.finding);
  const from = at < 0 && by < 0 ? 0 : at;
  const finding = order[(from + by + order.length) % order.length] ?? 0;
  actions.set({ finding });
  const place = findings[finding]?.place;
  if (place !== undefined) actions.show(place);
  return true;
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}
