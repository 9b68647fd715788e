/** Buttons of several views. */

import { h, type Child, type VNode } from "../dom";
import { icon } from "../icons";
import type { Actions } from "../state";

/** Puts a text on the clipboard. */
export function copyButton(text: string, what: string, actions: Actions): VNode {
  const attributes = { type: "button", class: "small", "aria-label": `copy ${what}` };
  return h("button", { ...attributes, onclick: () => actions.copy(text, what) }, icon("copy"), "copy");
}

/** A button that stays down. */
export function toggle(text: Child, isDown: boolean, act: () => void, keys?: string): VNode {
  const attributes = { type: "button", class: "small", "aria-pressed": String(isDown) };
  return h("button", { ...attributes, "aria-keyshortcuts": keys, onclick: act }, text);
}
