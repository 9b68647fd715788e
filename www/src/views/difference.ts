/** Differences of texts as they are shown: unified, with signs and words beside colours. */

import { diffLines, hunks } from "../diff";
import type { Diff, DiffLine, Hunk } from "../diff";
import { h, type Child, type VNode } from "../dom";
import { counted } from "./words";

/** How many lines of one text or difference are shown: more make a page slow to lay out. */
export const MAX_LINES = 4000;

const SIGNS = { same: " ", removed: "−", added: "+" } as const;

/** What was compared last: pages are drawn more often than texts change. */
const known: { before: string; after: string; diff: Diff }[] = [];

/** How many comparisons are kept: the files of a node, and those of a fix. */
const MAX_KNOWN = 8;

/** The same as `diffLines`, remembered. */
export function differenceOf(before: string, after: string): Diff {
  const found = known.find((it) => it.before === before && it.after === after);
  if (found !== undefined) return found.diff;
  const diff = diffLines(before, after);
  known.unshift({ before, after, diff });
  known.splice(MAX_KNOWN);
  return diff;
}

/** "2 lines added, 1 removed", or that nothing differs. */
export function countsOf({ n_added, n_removed }: Diff): string {
  if (n_added + n_removed === 0) return "no line differs";
  const added = n_added > 0 ? `${counted(n_added, "line")} added` : "";
  const removed = n_removed > 0 ? `${added === "" ? counted(n_removed, "line") : n_removed} removed` : "";
  return [added, removed].filter((it) => it !== "").join(", ");
}

/** The changed lines of a text with some around them. */
export function difference(before: string, after: string, label: string): VNode {
  const diff = differenceOf(before, after);
  const parts: Child[] = [];
  let n_left = MAX_LINES;
  for (const hunk of hunks(diff)) {
    if (n_left <= 0) break;
    parts.push(head(hunk), hunk.lines.slice(0, n_left).map(line));
    n_left -= hunk.lines.length;
  }
  const n_all = hunks(diff).reduce((sum, hunk) => sum + hunk.lines.length, 0);
  const coarse = diff.isCoarse && "The texts differ too much to be told line by line; all that differs is shown as replaced.";
  const more = n_all > MAX_LINES && `${counted(n_all - MAX_LINES, "more line")} not shown here.`;
  return h(
    "div",
    { class: "difference" },
    h("p", { class: "muted" }, countsOf(diff), ". ", coarse, more),
    parts.length > 0 &&
      h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: 0 }, h("div", { class: "lines" }, parts)),
  );
}

function head({ n_skipped, lines }: Hunk): VNode {
  const first = lines[0];
  const at = first === undefined ? 0 : "after" in first ? first.after : first.before;
  return h("p", { class: "hunk" }, n_skipped > 0 ? `${counted(n_skipped, "line")} the same, then line ${at}` : `line ${at}`);
}

function line(it: DiffLine): VNode {
  const tag = { same: "div", removed: "del", added: "ins" }[it.kind];
  const number = it.kind === "removed" ? it.before : it.after;
  return h(
    tag,
    { class: `line line-${it.kind}` },
    h("span", { class: "line-number", "aria-hidden": "true" }, number),
    h("span", { class: "line-sign" }, SIGNS[it.kind]),
    h("code", null, it.text),
  );
}
