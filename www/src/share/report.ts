/**
 * The page as one file, which opens from a disk. What was found and every view are text in it that
 * needs no script; where there are scripts, the page itself takes its place, on what was shared.
 */

import { h, html, type Child, type VNode } from "../dom";
import type { Kept } from "../living/kept";
import type { About, Snapshot, View } from "../snapshot";
import { VIEWS } from "../snapshot";
import { nameOf, stateOf, type Start, type State } from "../state";
import * as rest from "../parts/rest";
import { TITLES, viewPart } from "../parts/views";
import { findingsView } from "../views/findings";
import type { Shared } from "./link";
import type { Parts } from "./parts";
import { stateWith } from "./prepare";
import { NO_ACTIONS, still } from "./still";

export interface Report {
  about: About;
  shared: Shared;
  /** What the engine says to it, with every view. */
  snapshot: Snapshot;
  /** Where the same is to be opened; `null` where that cannot or shall not be said. */
  link: string | null;
  /** Where links lead that are made in the file; `null` where that shall not be said. */
  page: string | null;
  parts: Parts;
}

/** The text of the file. */
export function reportOf(report: Report): string {
  const { policy, style, script, engine } = report.parts;
  const start = startOf(report);
  const kept: Kept = { start, page: report.page };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>pullproof: where pulls go</title>
<style id="style">${style}</style>
</head>
<body class="report">${html(still(bodyOf(report, start)))}
<script type="application/json" id="kept">${dataOf(kept)}</script>
<script type="text/plain" id="engine">${engine}</script>
<script id="page">${script}</script>
</body>
</html>
`;
}

/** What all of the file starts from: nothing but what is shared. */
function startOf({ about, shared, snapshot }: Report): Start {
  const { files, images, openshift } = shared;
  const { settings, down, view, open } = stateWith(shared, null, about);
  return { about, example: "", files, images, openshift, snapshot, more: { settings, down, view, open } };
}

/** JSON that may stand in a script element: nothing in it can end that. */
function dataOf(value: Kept): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function bodyOf({ shared, link }: Report, start: Start): Child {
  const shown: State = { ...stateOf(start), engine: { kind: "ready" }, rest };
  const images = shared.images.split("\n").filter((image) => image !== "");
  return h(
    "main",
    { class: "report-page" },
    h("h1", null, "Where pulls go"),
    h(
      "p",
      { class: "muted" },
      `OpenShift ${shared.openshift}, pullproof ${start.about.version}. `,
      link === null ? null : h("a", { href: link, rel: "noreferrer" }, "Open in the playground"),
    ),
    findingsView(shown, NO_ACTIONS),
    VIEWS.map((view: View) => part(view, TITLES[view], viewPart({ ...shown, view }, NO_ACTIONS))),
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
