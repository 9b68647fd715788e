/** The stops of a route: the entry that governs, the mirrors left out, and each attempt. */

import { h, type Child, type VNode } from "../dom";
import { icon, type Icon } from "../icons";
import type { Candidate, Step } from "../snapshot";
import type { Actions, State } from "../state";
import { ticked } from "./findings";
import { placesPart } from "./places";
import type { Tone } from "./verdict";

export function entryPart(candidate: Candidate, actions: Actions): VNode {
  const { entry, by_digest } = candidate;
  const form = by_digest ? "by digest" : "by tag";
  return h(
    "li",
    { class: "stop entry" },
    h("span", { class: "mark" }),
    h(
      "div",
      { class: "stop-text" },
      entry === undefined
        ? h("p", null, `pulled ${form}; no entry matches it`)
        : h(
            "p",
            null,
            `pulled ${form}; the longest scope that matches is `,
            h("code", { class: "scope" }, entry.prefix),
            entry.location !== "" && entry.location !== entry.prefix ? [", at ", h("code", null, entry.location)] : null,
            " ",
            entry.blocked ? [h("span", { class: "tag bad" }, "blocked"), " "] : null,
            placesPart(entry.origins, entry.conf, actions),
          ),
    ),
  );
}

export function skippedPart(skipped: Candidate["skipped"][number], actions: Actions): VNode {
  return stop("skipped", "skipped", "skipped", skipped.location, skipped.reason, placesPart(skipped.origins, skipped.conf, actions), null);
}

/** One attempt; `first` is the tone of the one that is contacted first, `null` for all others. */
export function stepPart(step: Step, first: Tone | null, state: State, actions: Actions): VNode {
  const [kind, mark, word]: [string, Icon, string] =
    step.refused !== undefined
      ? ["refused", "error", "refused"]
      : step.down
        ? ["down", "down", "down"]
        : first !== null
          ? [`first ${first}`, "ok", "contacted first"]
          : ["next", "next", "tried next"];
  const isDown = state.down.includes(step.host);
  const toggle = h(
    "button",
    {
      type: "button",
      class: "switch",
      role: "switch",
      "aria-checked": String(isDown),
      "aria-label": `${step.host} is down`,
      title: isDown ? `${step.host} answers again` : `what if ${step.host} is down?`,
      onclick: () =>
        actions.set({ down: isDown ? state.down.filter((host) => host !== step.host) : [...state.down, step.host] }),
    },
    h("span", { class: "switch-box" }),
    "down",
  );
  const reason = step.refused === undefined ? step.reason : `${step.refused}; ${step.reason}`;
  return stop(
    kind,
    mark,
    word,
    step.reference,
    step.insecure ? `${reason}; broken TLS and plain HTTP are accepted` : reason,
    placesPart(step.origins, step.conf, actions),
    step.refused === undefined || isDown ? toggle : null,
  );
}

function stop(kind: string, mark: Icon, word: string, endpoint: string, reason: string, places: Child, tool: Child): VNode {
  return h(
    "li",
    { class: `stop ${kind}` },
    h("span", { class: "mark" }, icon(mark)),
    h(
      "div",
      { class: "stop-text" },
      h("div", { class: "stop-line" }, h("span", { class: "stop-word" }, word), tool),
      h("p", { class: "endpoint" }, endpointWords(endpoint)),
      h("p", { class: "reason" }, ticked(reason), " ", places),
    ),
  );
}

/** An endpoint: its host stands out, its digest steps back. */
function endpointWords(endpoint: string): Child {
  const slash = endpoint.indexOf("/");
  const at = endpoint.indexOf("@");
  const host = slash < 0 ? endpoint : endpoint.slice(0, slash);
  const path = slash < 0 ? "" : endpoint.slice(slash, at < 0 ? undefined : at);
  return [
    h("span", { class: "host" }, host),
    h("span", { class: "path" }, path),
    at < 0 ? null : h("span", { class: "digest", title: endpoint.slice(at + 1) }, endpoint.slice(at)),
  ];
}
