/** The findings: what is wrong, where, and what can be done. */

import { h, type Child, type VNode } from "../dom";
import { icon } from "../icons";
import { splitter } from "../parts/splitter";
import { SEVERITIES, WORDS, counted, listed } from "../severity";
import type { Finding, Snapshot } from "../snapshot";
import type { Actions, State } from "../state";

/** More rows take longer to lay out than people take to read the first of them. */
export const MAX_LISTED = 200;

export function findingsView(state: State, actions: Actions): VNode {
  return h(
    "section",
    { class: "findings-part", id: "findings", "aria-labelledby": "findings-title" },
    splitter(state, actions, "findings", "height of the findings"),
    boxPart(state, actions),
  );
}

function boxPart(state: State, actions: Actions): VNode {
  const { snapshot } = state;
  return h(
    "div",
    { class: "findings" },
    h(
      "div",
      { class: "findings-head" },
      h("h2", { id: "findings-title" }, "findings"),
      snapshot === null ? null : countsPart(snapshot),
      engineWord(state, actions),
      h(
        "button",
        {
          type: "button",
          class: "quiet square sheet-toggle",
          "aria-label": state.sheet ? "hide the findings" : "show the findings",
          "aria-expanded": String(state.sheet),
          "aria-controls": "findings-body",
          onclick: () => actions.set({ sheet: !state.sheet }),
        },
        icon(state.sheet ? "fold" : "unfold"),
      ),
    ),
    h(
      "div",
      { class: "findings-body", id: "findings-body" },
      snapshot === null
        ? null
        : snapshot.findings.length === 0
          ? h("p", { class: "findings-none" }, icon("ok"), nothingWrong(snapshot))
          : h(
              "ol",
              { role: "list", class: "findings-list" },
              rows(state, actions, snapshot.findings),
            ),
    ),
  );
}

function rows(state: State, actions: Actions, findings: readonly Finding[]): Child {
  const order = listed(findings);
  const at = Math.max(order.indexOf(state.finding), 0);
  // The one that is looked at is always among those that are shown.
  const from = at < MAX_LISTED ? 0 : at - (at % MAX_LISTED);
  const n_after = order.length - from - MAX_LISTED;
  return [
    from === 0 ? null : h("li", { class: "finding-rest" }, `${from} before these`),
    order.slice(from, from + MAX_LISTED).map((idx) => {
      const finding = findings[idx];
      return finding === undefined ? null : findingRow(state, actions, finding, idx);
    }),
    n_after <= 0 ? null : h("li", { class: "finding-rest" }, `${n_after} more after these: F8 goes through all`),
  ];
}

function countsPart(snapshot: Snapshot): Child {
  return SEVERITIES.filter((it) => snapshot.counts[it] > 0).map((severity) =>
    h("span", { class: `count ${severity}` }, icon(severity), counted(severity, snapshot.counts[severity])),
  );
}

/** Never "all good" where nothing was looked at. */
function nothingWrong(snapshot: Snapshot): string {
  const n_known = snapshot.objects.filter(({ about }) => about !== "other").length;
  if (n_known === 0) return "nothing to look at: no mirror set, policy or image configuration in these files";
  return `no rule finds fault with ${n_known === 1 ? "the object" : `the ${n_known} objects`} here`;
}

function engineWord(state: State, actions: Actions): Child {
  const { engine, snapshot } = state;
  const unknown = snapshot?.objects.filter(({ about }) => about === "other") ?? [];
  const kinds = Array.from(new Set(unknown.map((object) => object.kind))).join(", ");
  return h(
    "span",
    { class: "engine-word" },
    unknown.length > 0
      ? h("span", { title: kinds }, `${unknown.length} ${unknown.length === 1 ? "object" : "objects"} of other kinds left aside`)
      : null,
    engine.kind === "restarted"
      ? h(
          "span",
          { class: "engine-fault", role: "alert" },
          icon("warning"),
          `${engine.reason}; it was started anew, and your texts are kept`,
          h(
            "button",
            { type: "button", class: "quiet", onclick: () => actions.copy(reportOf(state), "what the engine was asked") },
            "copy what it was asked",
          ),
        )
      : null,
    engine.kind === "loading" ? h("span", null, "loading the engine") : null,
  );
}

/** What it takes to see the same again. */
function reportOf(state: State): string {
  const { files, settings, images, down, view, about } = state;
  return JSON.stringify({ version: about.version, files, settings, images, down, view }, null, 2);
}

function findingRow(state: State, actions: Actions, finding: Finding, idx: number): VNode {
  const { severity, place, fix } = finding;
  const isAt = idx === state.finding;
  const file = place.file.slice(place.file.indexOf("/") + 1);
  // Only where both groups have such a name does it take saying which.
  const isTwice = state.files.filter((it) => it.name === file).length > 1;
  const show = (): void => {
    actions.set({ finding: idx });
    actions.show(place);
  };
  return h(
    "li",
    { class: `finding ${severity}${isAt ? " is-at" : ""}`, id: `finding-${idx}` },
    h("span", { class: "severity" }, icon(severity), WORDS[severity].one),
    h(
      "div",
      { class: "finding-text" },
      h(
        "button",
        { type: "button", class: "finding-message", "aria-current": isAt ? "true" : false, onclick: show },
        ticked(finding.message),
      ),
      finding.help === undefined ? null : h("p", { class: "finding-help" }, ticked(finding.help)),
      isAt && finding.related.length > 0
        ? h(
            "ul",
            { class: "finding-related" },
            finding.related.map((it) =>
              h(
                "li",
                null,
                h("button", { type: "button", class: "link", onclick: () => actions.show(it.place) }, placeWords(it.place.file, it.place.line)),
                " ",
                ticked(it.text),
              ),
            ),
          )
        : null,
    ),
    h(
      "span",
      { class: "finding-place" },
      isTwice ? h("span", { class: "tag" }, place.file.startsWith("proposed/") ? "change" : "current") : null,
      h("button", { type: "button", class: "link", onclick: show, title: place.file }, `${file}:${place.line}:${place.column}`),
    ),
    h(
      "span",
      { class: "finding-tools" },
      fix === undefined
        ? null
        : h(
            "button",
            {
              type: "button",
              class: fix.safety === "safe" ? "small accent" : "small",
              title: `${fix.title}${fix.safety === "safe" ? "" : " (changes what is meant: look first)"}`,
              onclick: () => actions.previewFix(idx),
            },
            "Fix",
            h("span", { class: "unseen" }, `: ${fix.title}`),
          ),
      h(
        "button",
        { type: "button", class: "small", title: finding.rule, onclick: () => actions.explain(finding.code) },
        "Explain",
        h("span", { class: "unseen" }, ` ${finding.rule}`),
      ),
    ),
  );
}

function placeWords(file: string, line: number): string {
  return `${file.slice(file.indexOf("/") + 1)}:${line}`;
}

/** A message, its backticks as code. */
export function ticked(text: string): Child[] {
  return text.split("`").map((part, idx) => (idx % 2 === 1 ? h("code", null, part) : part));
}
