/** The files that nodes get, line by line, with what each line comes from. */

import { h, type Child, type VNode } from "../dom";
import { isRefused } from "../snapshot";
import type { ConfView, NodeFile, Place } from "../snapshot";
import type { Actions, State } from "../state";
import { linesOf } from "../diff";
import { MAX_LINES, countsOf, difference, differenceOf } from "./difference";
import { CONF, isLookedAt, lookedAt } from "./looked";
import { drawn, hasObjects } from "./drawn";
import { empty, refusedNote, trust, waiting } from "./notes";
import { copyButton, toggle } from "./tools";
import { counted, placeTitle } from "./words";
import { pick } from "./picked";
import { rove } from "./roving";

export function confView(state: State, actions: Actions): Child {
  const it = drawn(state, "conf");
  if (it === null) return h("section", { class: "view conf-view" }, waiting(state));
  return h(
    "section",
    { class: "view conf-view", "aria-label": "files that nodes get" },
    trust(it),
    files(it.value, state, actions),
  );
}

function files(view: ConfView, state: State, actions: Actions): Child {
  const { after, before } = view;
  if (isRefused(after)) {
    const kept = !Array.isArray(before)
      ? null
      : [h("p", { class: "muted" }, "What nodes have now, and keep:"), before.map((file) => nodeFile(file, undefined, state, actions))];
    return [refusedNote(after, actions), kept];
  }
  if (after.length === 0) {
    return empty("nothing is written", h("p", null, "Nodes keep the files they came with."));
  }
  const hasBefore = before !== undefined && !isRefused(before);
  const canDiffer = hasBefore && differs(before, after);
  const isDifference = canDiffer && state.picked.difference === true;
  const act = (): void => pick(state, actions, { difference: !isDifference });
  return [
    h(
      "div",
      { class: "view-tools" },
      canDiffer && toggle("difference to current", isDifference, act),
      h("p", { class: "muted" }, isDifference ? "Lines with a − go, those with a + come." : introduction(view, canDiffer, state)),
    ),
    before !== undefined && isRefused(before) && refusedNote(before, actions, "as they are now"),
    after.map((file) => {
      const was = hasBefore ? (before.find(({ path }) => path === file.path)?.text ?? "") : undefined;
      return isDifference ? changed(file, was ?? "", actions) : nodeFile(file, was, state, actions);
    }),
    isDifference && before.filter(({ path }) => !after.some((file) => file.path === path)).map((file) => gone(file, actions)),
  ];
}

function differs(before: NodeFile[], after: NodeFile[]): boolean {
  const texts = (all: NodeFile[]): string => JSON.stringify(all.map(({ path, text }) => [path, text]));
  return texts(before) !== texts(after);
}

function introduction({ before }: ConfView, canDiffer: boolean, state: State): string {
  if (!hasObjects(state)) return "No object says anything about pulls: these are the files that nodes come with.";
  if (before === undefined) return "Lines that come from objects lead to them.";
  return canDiffer
    ? "After the change. Lines with a + are new; lines that come from objects lead to them."
    : "The change leaves these files as they are, to the byte.";
}

/** What each line that is shown comes from. */
function originsByLine(file: NodeFile): Map<number, Place[]> {
  const byLine = new Map<number, Place[]>();
  for (const { first, last, origins } of file.lines) {
    for (let line = first; line <= last && line <= MAX_LINES; line++) byLine.set(line, origins);
  }
  return byLine;
}

function heading(file: NodeFile, ...rest: Child[]): VNode {
  return h("div", { class: "part-head" }, h("h2", null, h("code", null, file.path)), rest);
}

function nodeFile(file: NodeFile, was: string | undefined, state: State, actions: Actions): VNode {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  const lines = linesOf(file.text);
  const isConf = name === CONF;
  const origins = originsByLine(file);
  const looked = lookedAt(state);
  const diff = was === undefined ? null : differenceOf(was, file.text);
  const added = new Set(diff?.lines.flatMap((line) => (line.kind === "added" ? [line.after] : [])));
  const shown = isConf && state.shown?.file === CONF ? state.shown.line : 0;
  const first = file.lines[0]?.first;
  const rows = lines.slice(0, MAX_LINES).map((text, idx) => {
    const line = idx + 1;
    // A line without text has nothing to press.
    const of = text.trim() === "" ? [] : (origins.get(line) ?? []);
    return row(text, {
      line,
      of,
      id: isConf ? `conf-${line}` : undefined,
      isAdded: added.has(line),
      isMarked: isLookedAt(looked, of),
      isShown: line === shown,
      isFirst: line === first,
      actions,
    });
  });
  return h(
    "div",
    { class: "node-file", key: file.path },
    heading(
      file,
      file.is_template && h("span", { class: "tag" }, "the product's own"),
      diff !== null && diff.n_added + diff.n_removed > 0 && h("span", { class: "tag" }, countsOf(diff)),
      copyButton(file.text, name, actions),
    ),
    file.is_template && h("p", { class: "muted" }, "No object asks for anything else, so nodes keep the file they came with."),
    h(
      "div",
      { class: "scroll", role: "region", "aria-label": `lines of ${name}`, tabindex: 0 },
      h("ol", { class: "lines", role: "list", onkeydown: rove }, rows),
    ),
    lines.length > MAX_LINES &&
      h("p", { class: "muted" }, `${counted(lines.length - MAX_LINES, "more line")} not shown here; copy has all.`),
  );
}

interface Row {
  line: number;
  /** What the line comes from. */
  of: Place[];
  id: string | undefined;
  isAdded: boolean;
  /** Whether it comes from the object that is looked at. */
  isMarked: boolean;
  isShown: boolean;
  /** Whether it is the one of its file to which the Tab key leads. */
  isFirst: boolean;
  actions: Actions;
}

function row(text: string, it: Row): VNode {
  const classes = ["line", it.isAdded && "line-added", it.isMarked && "line-marked", it.isShown && "line-shown"];
  const [origin] = it.of;
  const others = it.of.length > 1 ? `, and ${counted(it.of.length - 1, "other place")}` : "";
  const said = it.isMarked ? "; of what is looked at" : "";
  return h(
    "li",
    { id: it.id, class: classes.filter((name) => name !== false).join(" ") },
    h("span", { class: "line-number", "aria-hidden": "true" }, it.line),
    h("span", { class: "line-sign" }, it.isAdded ? "+" : it.isMarked ? "▸" : " "),
    origin === undefined
      ? h("code", null, text)
      : h(
          "span",
          { class: "line-text" },
          h("code", null, text.slice(0, text.length - text.trimStart().length)),
          h(
            "button",
            {
              type: "button",
              class: "line-link",
              title: `from ${placeTitle(origin)}${others}${said}`,
              tabindex: it.isFirst ? 0 : -1,
              "data-rove": true,
              onclick: () => it.actions.show(origin),
            },
            h("code", null, text.trimStart()),
          ),
        ),
  );
}

function changed(file: NodeFile, was: string, actions: Actions): VNode {
  return h(
    "div",
    { class: "node-file", key: file.path },
    heading(file, copyButton(file.text, file.path.slice(file.path.lastIndexOf("/") + 1), actions)),
    difference(was, file.text, `difference of ${file.path}`),
  );
}

function gone(file: NodeFile, actions: Actions): VNode {
  return changed({ ...file, text: "", lines: [] }, file.text, actions);
}
