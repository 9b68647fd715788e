/** What is shown over the page, one thing at a time. */

import { h, type Child } from "../dom";
import { icon } from "../icons";
import { keysTable } from "../keys";
import type { Actions, Dialog, State } from "../state";
import { shareView } from "../share/dialog";
import { explainView } from "../views/explain";
import { fixView } from "../views/fix";
import { examplesPart } from "./examples";

/** The dialog that is open; `main.ts` makes it modal. */
export function dialogPart(state: State, actions: Actions): Child {
  const { dialog } = state;
  if (dialog === null) return null;
  const { title, content } = contentOf(dialog, state, actions);
  return h(
    "dialog",
    {
      class: `dialog dialog-${dialog.kind}`,
      key: `dialog-${dialog.kind}`,
      "aria-labelledby": "dialog-title",
      onclose: () => actions.set({ dialog: null }),
      onclick: (event) => {
        // A click on the element itself is one beside its content.
        if (event.target === event.currentTarget) actions.set({ dialog: null });
      },
    },
    h(
      "div",
      { class: "dialog-box" },
      h(
        "header",
        { class: "dialog-head" },
        h("h2", { id: "dialog-title" }, title),
        h(
          "button",
          { type: "button", class: "plain square", "aria-label": "close", onclick: () => actions.set({ dialog: null }) },
          icon("close"),
        ),
      ),
      h("div", { class: "dialog-body" }, content),
    ),
  );
}

function contentOf(dialog: Dialog, state: State, actions: Actions): { title: string; content: Child } {
  switch (dialog.kind) {
    case "keys":
      return { title: "Keys", content: keysTable() };
    case "examples":
      return { title: "Examples", content: examplesPart(state, actions) };
    case "explain":
      return { title: state.rules?.[dialog.rule]?.id ?? dialog.rule, content: explainView(state, dialog.rule) };
    case "share":
      return { title: "Share", content: shareView(state, actions) };
    case "fix":
      return { title: dialog.title, content: fixView(state, actions) };
  }
}
