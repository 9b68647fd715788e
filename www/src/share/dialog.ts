/** The share dialog: the link, what it leaves out, and other ways to take everything along. */

import { h, type Child, type VNode } from "../dom";
import { icon } from "../icons";
import type { Actions, State } from "../state";
import { counted } from "../views/words";
import { EVERYTHING, type Choice, type Deed, type Prepared } from "./choice";
import { CHAT_LIMITS } from "./limits";

export function shareView(state: State, actions: Actions): Child {
  if (state.dialog?.kind !== "share") return null;
  const { choice = EVERYTHING, prepared = null } = state.dialog;
  return h(
    "div",
    { class: "view share-view" },
    h("p", { class: "muted" }, "Everything is in the link, behind its #: browsers send that part to no server."),
    linkPart(prepared, actions),
    choicePart(state, choice, prepared, actions),
    prepared === null ? null : notes(choice, prepared),
    h(
      "div",
      { class: "choices" },
      deed("copy as Markdown", "markdown", actions),
      deed("download ZIP", "zip", actions),
      deed("download HTML", "html", actions),
    ),
    h("p", { class: "muted" }, "The HTML file is this page with everything in it: it opens from a disk, and works without a network."),
  );
}

function linkPart(prepared: Prepared | null, actions: Actions): Child {
  const url = prepared !== null && "url" in prepared.link ? prepared.link.url : "";
  return [
    h(
      "div",
      { class: "share-link" },
      h("input", { id: "share-url", type: "text", readonly: true, "aria-label": "link", value: url }),
      h(
        "button",
        { type: "button", class: "primary", autofocus: true, disabled: url === "", onclick: () => actions.copy(url, "the link") },
        "copy link",
      ),
    ),
    h("div", { class: "share-length", role: "status" }, prepared === null ? "making the link" : lengthOf(prepared)),
  ];
}

function lengthOf({ link }: Prepared): Child {
  if ("problem" in link) return h("p", { class: "tone-bad" }, icon("error"), `no link: ${link.problem}`);
  const length = link.url.length;
  const [short, long] = CHAT_LIMITS;
  const [tone, words] =
    length <= short
      ? ["ok", "fits into every chat"]
      : length <= long
        ? ["warn", `over ${written(short)}, so some chats cut it off`]
        : ["bad", `over ${written(long)}, so most chats cut it off: leave something out, or download it`];
  const most = Math.max(long * 1.25, length);
  return [
    h("p", null, h("strong", null, counted(length, "character").replace(/^\d+/, written)), " · ", h("span", { class: `tone-${tone}` }, words)),
    h(
      "svg",
      { class: "share-scale", viewBox: "0 0 1000 14", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
      h("rect", { class: "share-rail", x: 0, y: 4, width: 1000, height: 6 }),
      h("rect", { class: `share-part tone-${tone}`, x: 0, y: 4, width: Math.max(4, (1000 * length) / most), height: 6 }),
      CHAT_LIMITS.map((limit) => h("path", { class: "share-limit", d: `M${(1000 * limit) / most} 0v14` })),
    ),
  ];
}

/** A number with a comma before each thousand. */
function written(number: number | string): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

function choicePart(state: State, choice: Choice, prepared: Prepared | null, actions: Actions): VNode {
  const hasCurrent = state.files.some((file) => file.group === "current");
  const box = (name: keyof Choice, words: string, note: string, disabled = false): VNode =>
    h(
      "label",
      { class: "share-choice" },
      h("input", {
        type: "checkbox",
        checked: choice[name],
        disabled,
        onchange: () => actions.set({ dialog: { kind: "share", choice: { ...choice, [name]: !choice[name] } } }),
      }),
      h("span", null, words, h("small", null, note)),
    );
  const n_hosts = choice.redact && prepared !== null ? `, ${counted(prepared.n_hosts, "host")} here` : "";
  return h(
    "fieldset",
    { class: "share-choices" },
    h("legend", null, "leave out"),
    box("redact", "private host names", `made-up names stand for them everywhere${n_hosts}; public registries stay`),
    box("bare", "comments", "but those that leave findings out"),
    box("alone", "the current cluster", hasCurrent ? "only the proposed change is shared" : "there is none", !hasCurrent),
  );
}

function notes(choice: Choice, prepared: Prepared): Child {
  const told: Child[] = prepared.secret.map((name) =>
    h("li", { class: "tone-warn" }, icon("warning"), h("code", null, name), " has credentials and is never shared"),
  );
  if (choice.redact && prepared.is_same !== null) {
    told.push(
      prepared.is_same
        ? h("li", { class: "tone-ok" }, icon("ok"), "the engine finds the same with other names")
        : h("li", { class: "tone-warn" }, icon("warning"), "with other names the engine finds something else: look before you share"),
    );
  }
  return told.length === 0 ? null : h("ul", { class: "share-notes", role: "list" }, told);
}

function deed(words: string, what: Deed, actions: Actions): VNode {
  return h("button", { type: "button", class: "small", onclick: () => actions.share(what) }, words);
}
