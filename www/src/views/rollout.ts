/** What the change does to nodes, and which condition makes it so. */

import { h, type Child, type VNode } from "../dom";
import type { Effect, RolloutView } from "../snapshot";
import type { Actions, State } from "../state";
import { icon, type Icon } from "../icons";
import { drawn } from "./drawn";
import { trust, waiting } from "./notes";
import { proposal } from "./proposal";

const EFFECTS: Record<Effect, { shape: Icon; tone: "ok" | "info" | "warn" | "bad"; word: string }> = {
  none: { shape: "ok", tone: "ok", word: "nothing" },
  reload: { shape: "reload", tone: "info", word: "reload" },
  drain: { shape: "drain", tone: "warn", word: "drain" },
  reboot: { shape: "reboot", tone: "bad", word: "reboot" },
  failed: { shape: "warning", tone: "bad", word: "failed" },
  refused: { shape: "error", tone: "bad", word: "refused" },
};

/** An effect as a shape and its word, or what else tells it. */
export function effectWord(effect: Effect, words?: string): VNode {
  const { shape, tone, word } = EFFECTS[effect];
  return h("span", { class: `effect tone-${tone}` }, icon(shape), words ?? word);
}

export function rolloutView(state: State, actions: Actions): Child {
  const missing = proposal(state, actions, "what happens to nodes");
  const it = drawn(state, "rollout");
  return h(
    "section",
    { class: "view rollout-view", "aria-label": "what happens to nodes" },
    missing ?? (it === null ? waiting(state) : [trust(it), rollout(it.value, state)]),
  );
}

function rollout(view: RolloutView, state: State): Child {
  const { tone, shape, word } = EFFECTS[view.effect];
  const { openshift } = state.settings;
  return [
    h(
      "div",
      { class: `outcome tone-${tone}` },
      icon(shape, "icon-large"),
      h("div", null, h("p", { class: "outcome-word" }, word), h("p", null, view.sentence)),
    ),
    h("h2", null, view.effect === "drain" ? "what makes nodes drain" : "why"),
    view.reasons.length > 0
      ? h("ul", { class: "reasons" }, view.reasons.map((reason) => h("li", null, reason)))
      : h("p", { class: "muted" }, reasonless(view)),
    h("h2", null, "files that change"),
    view.files.length > 0
      ? h("ul", { class: "paths" }, view.files.map((path) => h("li", null, h("code", null, path))))
      : h("p", { class: "muted" }, "None."),
    view.releases.length > 0 && releases(view, openshift),
    view.assumption !== "" && h("p", { class: "assumption" }, h("strong", null, "assumed: "), view.assumption),
  ];
}

function reasonless({ effect }: RolloutView): string {
  if (effect === "none") return "No file of a node changes.";
  return "No condition that drains nodes is met.";
}

function releases(view: RolloutView, openshift: string): Child {
  const rows = view.releases.map(({ first, last, effect, sentence, reasons }) => {
    const isSet = isWithin(openshift, first, last);
    return h(
      "tr",
      { class: isSet ? "row-set" : "", "aria-current": isSet ? "true" : null },
      h("th", { scope: "row" }, first === last ? first : `${first} – ${last}`, isSet && h("span", { class: "tag" }, `set: ${openshift}`)),
      h("td", null, effectWord(effect)),
      h("td", null, sentence, reasons.length > 0 && reasons.join("\n") !== view.reasons.join("\n") && causes(reasons)),
    );
  });
  return [
    h("h2", null, "in each release"),
    h(
      "div",
      { class: "scroll", role: "region", "aria-label": "effect in each release", tabindex: 0 },
      h(
        "table",
        { class: "facts" },
        h("thead", null, h("tr", null, ["OpenShift", "effect", "what happens"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", null, rows),
      ),
    ),
  ];
}

function causes(reasons: string[]): VNode {
  return h("ul", { class: "reasons" }, reasons.map((reason) => h("li", null, reason)));
}

/** Whether a release is one of those between two, both included. */
export function isWithin(release: string, first: string, last: string): boolean {
  return order(first, release) <= 0 && order(release, last) <= 0;
}

function order(one: string, other: string): number {
  const [major = 0, minor = 0] = one.split(".").map(Number);
  const [other_major = 0, other_minor = 0] = other.split(".").map(Number);
  return major - other_major || minor - other_minor;
}
