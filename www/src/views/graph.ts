/** The graph of scopes and endpoints: a picture, and a table with the same facts. */

import { h, type Child, type VNode } from "../dom";
import { isRefused } from "../snapshot";
import type { GraphNode, GraphView } from "../snapshot";
import type { Actions, State } from "../state";
import { ticked } from "./findings";
import { nextNode } from "./graph-keys";
import { facts, words } from "./graph-words";
import { picture } from "./graph-picture";
import { graphTable } from "./graph-table";
import { icon } from "../icons";
import { isLookedAt, lookedAt } from "./looked";
import { drawn, hasObjects } from "./drawn";
import { empty, refusedNote, trust, waiting } from "./notes";
import { placeLink } from "./places";
import { toggle } from "./tools";
import { counted } from "./words";
import { pick } from "./picked";

export function graphView(state: State, actions: Actions): Child {
  const it = drawn(state, "graph");
  if (it === null) return h("section", { class: "view graph-view" }, waiting(state));
  const attributes = { class: `view graph-view${it.isStale ? " is-stale" : ""}`, "aria-label": "graph of scopes and endpoints" };
  return h("section", attributes, trust(it), graph(it.value, state, actions));
}

function graph(view: NonNullable<NonNullable<State["snapshot"]>["graph"]>, state: State, actions: Actions): Child {
  if (isRefused(view)) return refusedNote(view, actions);
  if (view.nodes.length === 0) {
    const sentence = "No entry of registries.conf has mirrors or is blocked: every image is pulled from where its name says.";
    return empty(hasObjects(state) ? "no scopes" : "no objects yet", h("p", null, sentence));
  }
  const isTable = state.picked.table === true;
  const turn = (): void => pick(state, actions, { table: !isTable });
  const onkeydown = (event: Event): void => {
    if (!(event instanceof KeyboardEvent) || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key !== "t") return;
    event.preventDefault();
    // What has the focus may be gone afterwards; the button is in both forms.
    if (event.currentTarget instanceof Element) event.currentTarget.querySelector<HTMLElement>("[aria-pressed]")?.focus();
    turn();
  };
  return h(
    "div",
    { class: "graph-body", onkeydown },
    h(
      "div",
      { class: "view-tools" },
      toggle(["as a table ", h("kbd", { "aria-hidden": "true" }, "t")], isTable, turn, "t"),
      h("p", { class: "muted" }, introduction(view)),
    ),
    isTable ? graphTable(view, actions) : drawing(view, state, actions),
  );
}

function introduction(view: GraphView): string {
  const n_scopes = view.nodes.filter(({ kind }) => kind === "scope").length;
  const folded = view.n_folded > 0 ? `; ${counted(view.n_folded, "more scope")} folded by registry` : "";
  return `${counted(n_scopes, "scope")} and where pulls of them go${folded}.`;
}

function drawing(view: GraphView, state: State, actions: Actions): Child {
  const looked = lookedAt(state);
  const marked = new Set(view.nodes.filter(({ place }) => isLookedAt(looked, [place])).map(({ id }) => id));
  const picked = view.nodes.find(({ id }) => id === state.picked.node);
  const stop = picked ?? view.nodes.find(({ id }) => marked.has(id)) ?? view.nodes[0];
  const onpick = (id: string): void => pick(state, actions, { node: id });
  const onkeydown = (event: Event): void => {
    if (!(event instanceof KeyboardEvent) || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = event.target instanceof Element ? event.target.closest("[data-node]") : null;
    const list = event.currentTarget;
    const node = view.nodes.find(({ id }) => id === at?.getAttribute("data-node"));
    if (node === undefined || !(list instanceof Element)) return;
    if (event.key === "Escape") {
      pick(state, actions, { node: null });
      return;
    }
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const place = event.shiftKey ? node.conf : (node.place ?? node.conf);
      if (place !== undefined) actions.show(place);
      return;
    }
    const next = nextNode(view, node.id, event.key);
    if (next === null) return;
    event.preventDefault();
    const found = [...list.querySelectorAll<SVGElement>("[data-node]")].find((it) => it.getAttribute("data-node") === next);
    found?.focus();
  };
  return [
    h(
      "div",
      { class: "scroll graph-scroll", role: "region", "aria-label": "picture, scrolls", tabindex: 0 },
      picture(view, { picked: picked?.id ?? null, stop: stop?.id ?? null, marked, onpick, onkeydown }),
    ),
    legend(view),
    picked === undefined ? hint() : card(view, picked, actions),
  ];
}

function hint(): VNode {
  const keys = ["arrow keys", "Enter"].map((key) => h("kbd", null, key));
  return h("p", { class: "muted" }, keys[0], " go from node to node, ", keys[1], " shows the lines of one; a click tells more about it.");
}

function card(view: GraphView, node: GraphNode, actions: Actions): VNode {
  return h(
    "div",
    { class: "card" },
    h("p", { class: "card-head" }, h("span", { class: "tag" }, words(node)), h("code", null, node.title)),
    node.fault !== undefined && h("p", { class: "fails" }, icon("warning"), h("span", null, ticked(node.fault))),
    h("ul", { class: "reasons" }, facts(view, node).map((fact) => h("li", null, fact))),
    h(
      "p",
      { class: "links" },
      node.place !== undefined && placeLink(node.place, actions),
      node.conf !== undefined && placeLink(node.conf, actions),
    ),
  );
}

/** What the signs of the picture mean: only those that are in it. */
function legend({ nodes, edges }: GraphView): VNode {
  const items: [boolean, string, string][] = [
    [edges.some(({ fallback, dead }) => !fallback && !dead), "mirror", "to a mirror, in order of the numbers"],
    [edges.some(({ fallback, dead }) => fallback && !dead), "fallback", "to the source, after all mirrors"],
    [edges.some(({ dead }) => dead), "dead", "nothing is ever sent along"],
    [nodes.some(({ blocked }) => blocked), "blocked", "blocked"],
    [nodes.some(({ insecure }) => insecure), "insecure", "insecure: without TLS, or with any certificate"],
    [nodes.some(({ fault }) => fault !== undefined), "fault", "dead end"],
  ];
  return h(
    "ul",
    { class: "legend", role: "list", "aria-label": "legend" },
    items.filter(([isThere]) => isThere).map(([, sign, text]) => h("li", null, sample(sign), text)),
  );
}

function sample(sign: string): VNode {
  const attributes = { class: "sample", viewBox: "0 0 36 16", width: 36, height: 16, "aria-hidden": "true" };
  const isLine = sign === "mirror" || sign === "fallback" || sign === "dead";
  const shapes = isLine
    ? [h("path", { class: `edge edge-${sign}`, d: "M1 8H33" }), sign === "dead" && h("path", { class: "edge-cross", d: "M13 4 21 12M21 4 13 12" })]
    : [h("rect", { class: `node-box box-${sign}`, x: 1, y: 1, width: 34, height: 14, rx: 4 })];
  return h("svg", attributes, shapes);
}
