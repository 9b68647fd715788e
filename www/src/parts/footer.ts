/** The foot: that nothing is sent, and how to see it. */

import { h, type VNode } from "../dom";
import { icon } from "../icons";
import type { Actions, State } from "../state";

export function footerPart(state: State, actions: Actions): VNode {
  const { verified } = state;
  return h(
    "footer",
    { class: "foot" },
    h(
      "p",
      null,
      icon("lock"),
      "Runs in your browser. This page cannot make network requests (",
      h("code", null, "connect-src 'none'"),
      ").",
    ),
    h("button", { type: "button", class: "quiet", title: "try to send something, and see it refused", onclick: () => actions.verify() }, "verify"),
    h(
      "p",
      { class: `verified ${verified?.kind ?? ""}`, role: "status" },
      verified === null
        ? ""
        : verified.kind === "refused"
          ? [icon("ok"), h("strong", null, "refused by the page's policy"), " ", h("span", { class: "muted" }, verified.words)]
          : [icon("error"), h("strong", null, "it was sent"), " ", h("span", { class: "muted" }, verified.words)],
    ),
    h("p", { class: "foot-about" }, `${state.about.n_rules} rules, OpenShift ${state.about.releases[0] ?? ""} to ${state.about.releases.at(-1) ?? ""}`),
  );
}
