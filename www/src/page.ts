/** The whole page as a function of its state: the live one, and the one that is built. */

import { h, type Child, type VNode } from "./dom";
import { barPart } from "./parts/bar";
import { filesPart } from "./parts/files";
import { footerPart } from "./parts/footer";
import { icon } from "./icons";
import { nameOf, type Actions, type State } from "./state";
import { splitter } from "./parts/splitter";
import { findingsView } from "./views/findings";
import { VIEWS, type View } from "./snapshot";
import { TITLES, viewPart } from "./parts/views";

/** Everything in the body. */
export function page(state: State, actions: Actions): Child {
  return [
    h("a", { class: "skip", href: "#answers", key: "skip" }, "to the answers"),
    h(
      "div",
      { class: `app part-${state.part}${state.sheet ? " is-sheet-open" : ""}`, key: "app" },
      barPart(state, actions),
      partTabs(state, actions),
      h(
        "main",
        { class: "columns" },
        filesPart(state, actions),
        splitter(state, actions, "files", "width of the files"),
        editorPart(state, actions),
        splitter(state, actions, "editor", "width of the editor"),
        answersPart(state, actions),
      ),
      findingsView(state, actions),
      footerPart(state, actions),
    ),
    h("p", { class: "unseen", "aria-live": "polite", key: "counted" }, state.counted),
    h(
      "div",
      { class: `toast${state.said === "" ? "" : " is-shown"}`, role: "status", key: "toast" },
      h("span", null, state.said),
      state.lost === null ? null : h("button", { type: "button", onclick: () => actions.putBack() }, "put it back"),
    ),
    // One that is opened before the rest is there opens with it.
    state.rest?.dialogPart(state, actions),
  ];
}

const PARTS = [
  { part: "files", title: "Files" },
  { part: "editor", title: "Editor" },
  { part: "view", title: "Answers" },
] as const;

/** On narrow screens: which part is shown. */
function partTabs(state: State, actions: Actions): VNode {
  return h(
    "nav",
    { class: "parts", "aria-label": "parts of the page" },
    PARTS.map(({ part, title }) =>
      h(
        "button",
        {
          type: "button",
          "aria-current": part === state.part ? "true" : false,
          onclick: () => actions.set({ part, sheet: false }),
        },
        title,
      ),
    ),
  );
}

function editorPart(state: State, actions: Actions): VNode {
  const file = state.files[state.open];
  return h(
    "section",
    { class: "editor", id: "editor", "aria-label": "editor" },
    h(
      "div",
      { class: "editor-head" },
      file === undefined
        ? h("span", { class: "editor-name" }, "no file is open")
        : [
            h("span", { class: `tag ${file.group}` }, file.group === "current" ? "current" : "change"),
            h("span", { class: "editor-name" }, file.name),
            file.removed ? h("span", { class: "tag bad" }, "removed by the change") : null,
          ],
    ),
    state.files.length === 0 ? emptyPart(actions) : null,
    h(
      "div",
      { class: `editor-host${state.files.length === 0 ? " is-empty" : ""}`, "data-own": "editor" },
      h("textarea", {
        class: "editor-text",
        "aria-label": file === undefined ? "text" : `text of ${nameOf(file)}`,
        spellcheck: "false",
        autocapitalize: "off",
        autocomplete: "off",
        wrap: "off",
        value: file?.text ?? "",
      }),
    ),
  );
}

function emptyPart(actions: Actions): VNode {
  return h(
    "div",
    { class: "empty" },
    h("p", null, "Drop YAML files here, or paste what this prints:"),
    h("pre", null, h("code", null, "oc get idms,itms,icsp,image.config -o yaml")),
    h(
      "p",
      { class: "empty-tools" },
      h("button", { type: "button", class: "primary", onclick: () => actions.openFiles("current") }, "Open files"),
      h(
        "button",
        { type: "button", class: "plain", onclick: () => actions.set({ dialog: { kind: "examples" } }) },
        icon("grid"),
        "Examples",
      ),
    ),
  );
}

function answersPart(state: State, actions: Actions): VNode {
  return h(
    "section",
    { class: "answers", id: "answers", "aria-label": "answers", tabindex: -1 },
    h(
      "div",
      { class: "tabs", role: "tablist", "aria-label": "views" },
      VIEWS.map((view, idx) => tab(state, actions, view, idx)),
    ),
    h(
      "div",
      {
        class: `panel panel-${state.view}`,
        id: "panel",
        role: "tabpanel",
        "aria-labelledby": `tab-${state.view}`,
        tabindex: 0,
      },
      // The trace has a question for a heading.
      state.view === "trace" ? null : h("h2", { class: "unseen" }, TITLES[state.view]),
      viewPart(state, actions),
    ),
  );
}

function tab(state: State, actions: Actions, view: View, idx: number): VNode {
  const isAt = view === state.view;
  const move = (event: Event): void => {
    if (!(event instanceof KeyboardEvent)) return;
    const last = VIEWS.length - 1;
    const to = { ArrowRight: idx === last ? 0 : idx + 1, ArrowLeft: idx === 0 ? last : idx - 1, Home: 0, End: last }[event.key];
    const next = to === undefined ? undefined : VIEWS[to];
    if (next === undefined) return;
    event.preventDefault();
    actions.set({ view: next });
    document.getElementById(`tab-${next}`)?.focus();
  };
  return h(
    "button",
    {
      type: "button",
      role: "tab",
      id: `tab-${view}`,
      "aria-selected": String(isAt),
      "aria-controls": "panel",
      tabindex: isAt ? 0 : -1,
      title: `Alt+${idx + 1}`,
      onclick: () => actions.set({ view }),
      onkeydown: move,
    },
    TITLES[view],
  );
}
