/** The graph as a table: the same facts, a row for each edge. */

import { h, type Child, type VNode } from "../dom";
import type { GraphEdge, GraphNode, GraphView } from "../snapshot";
import type { Actions } from "../state";
import { ticked } from "./findings";
import { scopesOf } from "./graph-keys";
import { edgeWords, words } from "./graph-words";
import { icon } from "../icons";
import { shortLink } from "./tools";

const HEADS = ["scope", "order", "endpoint", "pulls"];

export function graphTable(view: GraphView, actions: Actions): VNode {
  const nodes = new Map(view.nodes.map((node) => [node.id, node]));
  const rows = scopesOf(view).flatMap((scope) => {
    const edges = view.edges.filter(({ from }) => from === scope.id).sort((one, other) => one.order - other.order);
    if (edges.length === 0) return [row(scope, null, null, true, 1, actions)];
    return edges.map((edge, idx) => row(scope, edge, nodes.get(edge.to) ?? null, idx === 0, edges.length, actions));
  });
  return h(
    "div",
    { class: "scroll", role: "region", "aria-label": "table, scrolls", tabindex: 0 },
    h(
      "table",
      { class: "facts" },
      h("caption", { class: "unseen" }, "scopes and their endpoints, in the order they are tried"),
      h("thead", null, h("tr", null, HEADS.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", null, rows),
    ),
  );
}

function row(
  scope: GraphNode,
  edge: GraphEdge | null,
  endpoint: GraphNode | null,
  isFirst: boolean,
  n_rows: number,
  actions: Actions,
): VNode {
  return h(
    "tr",
    { class: isFirst ? "row-first" : "" },
    isFirst && h("th", { scope: "rowgroup", rowspan: n_rows }, nodeCell(scope, actions)),
    edge === null
      ? h("td", { colspan: 3 }, "no endpoint")
      : [
          h("td", null, edge.order),
          h("td", null, endpoint === null ? edge.to : nodeCell(endpoint, actions)),
          h("td", null, edgeWords(edge)),
        ],
  );
}

function nodeCell(node: GraphNode, actions: Actions): Child {
  const isPlain = node.kind === "scope" && !node.blocked && !node.insecure;
  return [
    h("code", null, node.title),
    !isPlain && [" ", h("span", { class: "tag" }, words(node))],
    node.fault !== undefined && h("div", { class: "fails" }, icon("warning"), h("span", null, ticked(node.fault))),
    (node.place !== undefined || node.conf !== undefined) &&
      h(
        "div",
        { class: "links" },
        node.place !== undefined && shortLink(node.place, actions),
        node.conf !== undefined && shortLink(node.conf, actions),
      ),
  ];
}
