/** What fixes would change, before they do: the body of a dialog. */

import { h, type Child, type VNode } from "../dom";
import type { Fixed } from "../snapshot";
import { nameOf } from "../state";
import type { Actions, State } from "../state";
import { difference } from "./difference";
import { ticked } from "./findings";
import { icon } from "../icons";
import { counted } from "./words";

export function fixView(state: State, actions: Actions): Child {
  if (state.dialog?.kind !== "fix") return null;
  const { fixed } = state.dialog;
  const close = (): void => actions.set({ dialog: null });
  const apply = (): void => {
    close();
    actions.replaceTexts(fixed.files);
  };
  const texts = new Map(state.files.map((file) => [nameOf(file), file.text]));
  return h(
    "div",
    { class: "view fix-view" },
    fixed.applied.length > 0 ? applied(fixed) : nothingApplied(fixed),
    fixed.files.map(({ file, text }) =>
      h(
        "div",
        { class: "node-file", key: file },
        h("h3", null, h("code", null, file)),
        difference(texts.get(file) ?? "", text, `difference of ${file}`),
      ),
    ),
    fixed.withheld.length > 0 && withheld(fixed),
    h(
      "div",
      { class: "choices" },
      fixed.files.length > 0 &&
        h(
          "button",
          { type: "button", class: "primary", autofocus: true, onclick: apply },
          `apply to ${counted(fixed.files.length, "file")}`,
          h("kbd", { "aria-hidden": "true" }, "Enter"),
        ),
      h(
        "button",
        { type: "button", class: "small", autofocus: fixed.files.length === 0, onclick: close },
        fixed.files.length > 0 ? "cancel" : "close",
        h("kbd", { "aria-hidden": "true" }, "Esc"),
      ),
    ),
  );
}

function applied(fixed: Fixed): Child {
  const items = fixed.applied.map(({ code, message, title }) =>
    h("li", null, h("span", { class: "code" }, code), h("strong", null, ticked(title)), h("span", { class: "muted" }, ticked(message))),
  );
  return [
    h("h3", { class: "tone-ok" }, icon("ok"), `fixes ${counted(fixed.applied.length, "finding")}`),
    h("p", { class: "muted" }, "Read again after the edits: these findings are gone, and none as grave is new."),
    h("ul", { class: "fixes", role: "list" }, items),
  ];
}

function nothingApplied(fixed: Fixed): VNode {
  const text = fixed.withheld.length > 0 ? "No fix holds: each was tried and withheld." : "There is nothing that can be fixed by itself.";
  return h("p", null, text);
}

function withheld(fixed: Fixed): Child {
  const items = fixed.withheld.map(({ code, message, reason }) =>
    h("li", null, h("span", { class: "code" }, code), h("strong", null, ticked(message)), h("span", { class: "muted" }, ticked(reason))),
  );
  return [
    h("h3", { class: "tone-warn" }, icon("warning"), `${counted(fixed.withheld.length, "fix", "fixes")} withheld`),
    h("ul", { class: "fixes", role: "list" }, items),
  ];
}
