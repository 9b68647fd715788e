/** The picture of the graph: what was laid out, with signs that need no colour. */

import { h, type VNode } from "../dom";
import type { GraphEdge, GraphNode, GraphView } from "../snapshot";
import { CHARS_MAX, edgeLabel, edgeWords, labelOf, summary, told } from "./graph-words";

export interface Picture {
  /** The node that is looked at. */
  picked: string | null;
  /** The node to which the Tab key leads. */
  stop: string | null;
  /** Nodes of the object that is looked at elsewhere. */
  marked: ReadonlySet<string>;
  onpick(id: string): void;
  onkeydown(event: Event): void;
}

/** What stands free beside labels, and how far their lines are apart. */
const BESIDE = 12;
const LINE = 15;

export function picture(view: GraphView, it: Picture): VNode {
  const near = new Set<string>(it.picked === null ? [] : [it.picked]);
  for (const { from, to } of view.edges) {
    if (from === it.picked) near.add(to);
    if (to === it.picked) near.add(from);
  }
  return h(
    "svg",
    {
      class: it.picked === null ? "graph" : "graph has-picked",
      viewBox: `0 0 ${view.width} ${view.height}`,
      width: view.width,
      height: view.height,
      role: "group",
      "aria-labelledby": "graph-title graph-description",
    },
    h("title", { id: "graph-title" }, "where pulls of each scope go"),
    h("desc", { id: "graph-description" }, summary(view)),
    definitions(),
    h(
      "g",
      { role: "img", "aria-labelledby": "graph-title graph-description" },
      view.edges.map((edge) => edgeOf(edge, edge.from === it.picked || edge.to === it.picked)),
    ),
    h(
      "g",
      { role: "listbox", "aria-label": "scopes and endpoints", onkeydown: it.onkeydown },
      view.nodes.map((node) => nodeOf(node, view, near.has(node.id), it)),
    ),
  );
}

function definitions(): VNode {
  const arrow = (name: string): VNode =>
    h(
      "marker",
      { id: `arrow-${name}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
      h("path", { class: `arrow arrow-${name}`, d: "M0 0.5 8 4 0 7.5Z" }),
    );
  const size = { width: 7, height: 7, patternUnits: "userSpaceOnUse" };
  return h(
    "defs",
    null,
    ["mirror", "fallback", "dead"].map(arrow),
    h(
      "pattern",
      { id: "hatch", ...size, patternTransform: "rotate(45)" },
      h("path", { class: "hatch", d: "M0 0V7" }),
    ),
    h("pattern", { id: "dots", ...size }, h("circle", { class: "dots", cx: 2, cy: 2, r: 1 })),
  );
}

/** How an edge is drawn: the graver sign wins. */
function edgeKind({ dead, fallback }: GraphEdge): string {
  if (dead) return "dead";
  return fallback ? "fallback" : "mirror";
}

function edgeOf(edge: GraphEdge, isNear: boolean): VNode {
  const kind = edgeKind(edge);
  const { label_x: x, label_y: y } = edge;
  return h(
    "g",
    { class: isNear ? "edge-group near" : "edge-group", key: `${edge.from} ${edge.to} ${edge.order} ${edge.form}` },
    h("title", null, edgeWords(edge)),
    h("path", { class: `edge edge-${kind}`, d: edge.path, "marker-end": `url(#arrow-${kind})` }),
    h("text", { class: "edge-label", x, y, "text-anchor": "middle", "dominant-baseline": "central" }, edgeLabel(edge)),
    edge.dead && h("path", { class: "edge-cross", d: `M${x - 5} ${y + 9}l10 10m0 -10l-10 10` }),
  );
}

function nodeOf(node: GraphNode, view: GraphView, isNear: boolean, it: Picture): VNode {
  const isPicked = node.id === it.picked;
  const classes = [
    `node node-${node.kind}`,
    isNear && "near",
    isPicked && "picked",
    it.marked.has(node.id) && "marked",
    node.fault !== undefined && "has-fault",
  ];
  return h(
    "g",
    {
      class: classes.filter((name) => name !== false).join(" "),
      key: node.id,
      "data-node": node.id,
      role: "option",
      "aria-selected": String(isPicked),
      "aria-label": told(view, node),
      tabindex: node.id === it.stop ? 0 : -1,
      onfocus: () => it.onpick(node.id),
      onclick: () => it.onpick(node.id),
    },
    h("title", null, node.fault === undefined ? node.title : `${node.title}: ${node.fault}`),
    boxes(node),
    label(node),
    signs(node).map((sign) => [" ", sign]),
  );
}

function boxes(node: GraphNode): VNode[] {
  const { x, y, width, height } = node;
  const rx = node.kind === "source" ? height / 2 : 6;
  const box = { x, y, width, height, rx };
  const kind = node.fault !== undefined ? "fault" : node.blocked ? "blocked" : node.insecure ? "insecure" : node.kind;
  const drawn: VNode[] = [];
  if (node.kind === "more") drawn.push(h("rect", { class: "node-box box-more", ...box, x: x + 4, y: y + 4 }));
  drawn.push(h("rect", { class: "node-box box-ground", ...box }), h("rect", { class: `node-box box-${kind}`, ...box }));
  if (node.kind === "scope") drawn.push(h("path", { class: "node-edge", d: `M${x + 4} ${y + 6}v${height - 12}` }));
  return drawn;
}

function label(node: GraphNode): VNode[] {
  const lines = labelOf(node);
  const middle = node.y + node.height / 2;
  return lines.map((text, idx) => {
    const isPath = idx > 0;
    const y = middle + (idx - (lines.length - 1) / 2) * LINE;
    // A letter may be wider than it should be where the type is another.
    const room = node.width - 2 * BESIDE;
    const isTight = text.length > CHARS_MAX - 2;
    return h(
      "text",
      {
        class: isPath ? "node-label node-path" : "node-label",
        x: node.x + BESIDE,
        y,
        "dominant-baseline": "central",
        textLength: isTight ? room : null,
        lengthAdjust: isTight ? "spacingAndGlyphs" : null,
      },
      text,
    );
  });
}

/** Signs on the upper edge of a node, from the right: what colours say, too. */
function signs(node: GraphNode): VNode[] {
  const wanted = [
    node.fault !== undefined && { name: "fault", text: "!" },
    node.blocked && { name: "blocked", text: "blocked" },
    node.insecure && { name: "insecure", text: "insecure" },
  ].filter((it) => it !== false);
  let right = node.x + node.width - 8;
  return wanted.map(({ name, text }) => {
    const width = text.length * 6 + 10;
    right -= width;
    const x = right;
    right -= 4;
    return h(
      "g",
      { class: `sign sign-${name}` },
      h("rect", { x, y: node.y - 8, width, height: 16, rx: 8 }),
      h("text", { x: x + width / 2, y: node.y, "text-anchor": "middle", "dominant-baseline": "central" }, text),
    );
  });
}
