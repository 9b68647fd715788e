/** Views for where there are no scripts: what they say stays, and what they can be asked goes. */

import type { Child } from "../dom";
import type { Actions } from "../state";

/** Nothing can be asked of a page without scripts. */
export const NO_ACTIONS: Actions = {
  set: ignore,
  show: ignore,
  previewFix: ignore,
  replaceTexts: ignore,
  addFile: ignore,
  removeFile: ignore,
  say: ignore,
  copy: ignore,
  explain: ignore,
  openFiles: ignore,
  load: ignore,
  putBack: ignore,
  verify: ignore,
  share: ignore,
  bring: ignore,
};

function ignore(): void {}

/** Elements that do nothing without scripts. */
const LIVE = new Set(["input", "select", "textarea", "label", "kbd"]);

/** Classes of buttons that do something; what others say is part of the text. */
const TOOLS = ["small", "quiet", "plain", "primary", "chip", "switch", "square"];

/** What says what a control does. */
const CONTROLS = ["type", "disabled", "autofocus", "tabindex", "aria-pressed", "aria-expanded", "aria-controls", "aria-haspopup"];

/** The same without controls: what buttons say stays as text. */
export function still(child: Child): Child {
  if (Array.isArray(child)) return child.map(still);
  if (typeof child !== "object" || child === null) return child;
  if (LIVE.has(child.tag)) return null;
  const isButton = child.tag === "button";
  const classes = String(child.attributes["class"] ?? "").split(" ");
  if (isButton && classes.some((name) => TOOLS.includes(name))) return null;
  const attributes = Object.entries(child.attributes).filter(([name, value]) => typeof value !== "function" && !CONTROLS.includes(name));
  return {
    tag: isButton ? "span" : child.tag,
    attributes: Object.fromEntries(isButton ? attributes.filter(([name]) => !name.startsWith("aria-")) : attributes),
    children: child.children.flatMap((it) => {
      const inner = still(it);
      return typeof inner === "string" || (typeof inner === "object" && inner !== null && !Array.isArray(inner)) ? [inner] : [];
    }),
  };
}
