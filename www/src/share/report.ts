/**
 * The page as one file: what was found and every view, as text that needs no script, no network
 * and no other file, and so opens from a disk.
 */

import { h, html, type Child, type VNode } from "../dom";
import type { Snapshot, View } from "../snapshot";
import { VIEWS } from "../snapshot";
import { nameOf, type Actions, type State } from "../state";
import { TITLES, viewOf } from "../parts/views";
import { findingsView } from "../views/findings";
import type { Shared } from "./link";

export interface Report {
  /** The state of the page, for how it looks. */
  state: State;
  shared: Shared;
  /** What the engine says to it, with every view. */
  snapshot: Snapshot;
  /** Where the same is to be opened; `null` where it is too large for a link. */
  link: string | null;
  /** The page's style sheets. */
  style: string;
}

/** The text of the file. */
export async function reportOf(report: Report): Promise<string> {
  const body = html(still(bodyOf(report)));
  const style = report.style;
  const policy = ["default-src 'none'", "img-src data:", `style-src 'sha256-${await hashOf(style)}'`];
  return `<!doctype html>
<html lang="en" data-theme="${report.state.theme}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy.join("; ")}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>pullproof: where pulls go</title>
<style>${style}</style>
</head>
<body class="report">${body}</body>
</html>
`;
}

/** The hash that the policy knows the style sheet by. */
async function hashOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...bytes));
}

function bodyOf({ state, shared, snapshot, link }: Report): Child {
  const settings = { openshift: shared.openshift };
  const shown: State = {
    ...state,
    files: shared.files,
    settings,
    images: shared.images,
    down: shared.down,
    snapshot: { ...snapshot, revision: state.revision },
    good: { snapshot, at: 0 },
    engine: { kind: "ready" },
    dialog: null,
    finding: -1,
    shown: null,
  };
  const images = shared.images.split("\n").filter((image) => image !== "");
  return h(
    "main",
    { class: "report-page" },
    h("h1", null, "Where pulls go"),
    h(
      "p",
      { class: "muted" },
      `OpenShift ${shared.openshift}, pullproof ${state.about.version}. `,
      link === null ? null : h("a", { href: link, rel: "noreferrer" }, "Open in the playground"),
    ),
    findingsView(shown, NO_ACTIONS),
    VIEWS.map((view: View) => part(view, TITLES[view], viewOf(view, { ...shown, view }, NO_ACTIONS))),
    images.length > 0 && part("images", "Images", h("ul", null, images.map((image) => h("li", null, h("code", null, image))))),
    part(
      "files",
      "Files",
      shared.files.map((file) => [
        h("h3", null, h("code", null, nameOf(file)), file.removed === true ? " (removed by the change)" : ""),
        h("ol", { class: "report-text" }, file.text.replace(/\n$/, "").split("\n").map((line) => h("li", null, h("code", null, line)))),
      ]),
    ),
  );
}

function part(id: string, title: string, ...content: Child[]): VNode {
  return h("section", { class: `report-part report-${id}`, "aria-label": title }, h("h2", null, title), content);
}

/** Nothing can be asked of a page without scripts. */
const NO_ACTIONS: Actions = {
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
};

function ignore(): void {}

/** Elements that do nothing without scripts. */
const LIVE = new Set(["input", "select", "textarea", "label", "kbd"]);

/** Classes of buttons that do something; what others say is part of the text. */
const TOOLS = ["small", "quiet", "plain", "primary", "chip", "switch", "square"];

/** What says what a control does. */
const CONTROLS = ["type", "disabled", "autofocus", "tabindex", "aria-pressed", "aria-expanded", "aria-controls", "aria-haspopup"];

/** The same without controls: what buttons say stays as text. */
function still(child: Child): Child {
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
