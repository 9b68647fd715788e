/** Buttons of several views. */

import { h, type Child, type VNode } from "../dom";
import { icon } from "../icons";
import type { Place } from "../snapshot";
import type { Actions } from "../state";
import { placeTitle, shortName } from "./words";

/** Puts a text on the clipboard. */
export function copyButton(text: string, what: string, actions: Actions): VNode {
  const attributes = { type: "button", class: "small", "aria-label": `copy ${what}` };
  return h("button", { ...attributes, onclick: () => actions.copy(text, what) }, icon("copy"), "copy");
}

/** A link to a place where there is little room: the object's name without its kind. */
export function shortLink(place: Place, actions: Actions): VNode {
  const text = shortName(place);
  const title = placeTitle(place);
  return h("button", { type: "button", class: "link", title, onclick: () => actions.show(place) }, text);
}

/** A button that stays down. */
export function toggle(text: Child, isDown: boolean, act: () => void, keys?: string): VNode {
  const attributes = { type: "button", class: "small", "aria-pressed": String(isDown) };
  return h("button", { ...attributes, "aria-keyshortcuts": keys, onclick: act }, text);
}
