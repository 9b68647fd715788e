/** Notes in boxes, and what stands in the place of an answer that is not there. */

import { h, type Child, type VNode } from "../dom";
import { icon, type Icon } from "../icons";
import type { Refused } from "../snapshot";
import type { Actions, State } from "../state";
import type { Drawn } from "./drawn";
import { ticked } from "./findings";
import { placeLink } from "./places";

/** A note in a box: a shape, a heading and what else there is to say. */
export function note(kind: "ok" | "info" | "warn" | "bad", shape: Icon, heading: Child, ...rest: Child[]): VNode {
  const head = h("p", { class: "note-head" }, icon(shape), h("strong", null, heading));
  return h("div", { class: `note note-${kind}` }, head, rest);
}

/** Why there is nothing: a heading and a sentence or more. */
export function empty(heading: string, ...rest: Child[]): VNode {
  return h("div", { class: "nothing" }, h("p", { class: "nothing-head" }, heading), rest);
}

/** Why nodes get nothing, or load nothing. */
export function refusedNote(refused: Refused, actions: Actions, whose = ""): VNode {
  const of = whose === "" ? "" : ` ${whose}`;
  const heading =
    refused.by === "operator"
      ? `the Machine Config Operator refuses these objects${of}`
      : `nodes refuse the file they would get${of}`;
  const sentence =
    refused.by === "operator"
      ? "It writes nothing: nodes keep the files they have, and later changes of other objects do not arrive either."
      : "CRI-O does not start, or keeps what it loaded before.";
  const reasons = refused.reasons.map(({ reason, place }) =>
    h("li", null, ticked(reason), place !== undefined && [" ", placeLink(place, actions)]),
  );
  return note("bad", "error", heading, h("p", null, sentence), h("ul", { class: "reasons" }, reasons));
}

/** What stands above an answer that is not of all texts as they are. */
export function trust(it: Drawn<unknown>): Child {
  if (it.isStale) {
    const sentence = "Some text cannot be read as YAML. This is of the texts before that.";
    return note("warn", "warning", "stale", h("p", null, sentence));
  }
  if (it.isPartial) {
    const sentence = "Some text cannot be read as YAML. This is of what can be read.";
    return note("warn", "warning", "of less than all", h("p", null, sentence));
  }
  return null;
}

/** What stands in the place of an answer that is not there. */
export function waiting(state: State): VNode {
  const { engine, files, snapshot } = state;
  if (files.length === 0) return noFiles();
  switch (engine.kind) {
    case "loading":
      return empty("loading", h("p", null, "The engine is on its way. Texts can be edited already."));
    case "restarted":
      return note("bad", "warning", "no answer", h("p", null, `${engine.reason}. The engine was started anew; all texts are kept.`));
    case "ready":
      return empty(snapshot === null ? "reading" : "working", h("p", null, "The answer to these texts is being worked out."));
  }
}

function noFiles(): VNode {
  const command = "oc get idms,itms,icsp,image.config -o yaml";
  return empty("no files yet", h("p", null, "Paste what ", h("code", null, command), " prints, drop files, or take an example."));
}
