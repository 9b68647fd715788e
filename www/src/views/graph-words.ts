/** The graph in words: for those who listen, for the table and for the card of a node. */

import type { GraphEdge, GraphNode, GraphView } from "../snapshot";
import { counted } from "./words";

/** What policy says of a node, and what a node is. */
export function words({ kind, blocked, insecure }: GraphNode): string {
  const what = kind === "more" ? "folded" : kind;
  return [blocked && "blocked", insecure && "insecure", what].filter((it) => it !== false).join(" ");
}

/** Most characters of a line in a node: what fits at the picture's size of type. */
export const CHARS_MAX = 29;

/** What stands in a node: a host, and below it the path on it; long ones without their middle. */
export function labelOf({ kind, title, label }: GraphNode): string[] {
  if (kind === "more") return [label];
  const slash = title.indexOf("/");
  const lines = slash < 0 ? [title] : [title.slice(0, slash), title.slice(slash)];
  return lines.map(shortened);
}

/** A text that fits: both ends of a long one tell what it is. */
function shortened(text: string): string {
  if (text.length <= CHARS_MAX) return text;
  const nEnd = Math.floor(CHARS_MAX / 2);
  return `${text.slice(0, CHARS_MAX - nEnd - 1)}…${text.slice(-nEnd)}`;
}

/** Which pulls go along an edge, and what becomes of them. */
export function edgeWords({ form, fallback, dead }: GraphEdge): string {
  const pulls = { all: "all pulls", digest: "pulls by digest", tag: "pulls by tag" }[form];
  return [pulls, fallback && "after all mirrors", dead && "nothing is ever sent"].filter((it) => it !== false).join(", ");
}

/** The label of an edge in the picture. */
export function edgeLabel({ form, order }: GraphEdge): string {
  return form === "all" ? String(order) : `${order} ${form}`;
}

/** A node and all that is known of it, in one line that begins as its picture does. */
export function told(view: GraphView, node: GraphNode): string {
  const label = labelOf(node).join("");
  const whole = label === node.title ? [] : [`in full ${node.title}`];
  const fault = node.fault === undefined ? [] : [node.fault];
  return [`${label} ${words(node)}`, ...whole, ...fault, ...facts(view, node)].join("; ").replaceAll("`", "");
}

/** What leads from a node and to it. */
export function facts(view: GraphView, node: GraphNode): string[] {
  const name = (id: string): string => view.nodes.find((it) => it.id === id)?.title ?? id;
  const from = view.edges
    .filter((edge) => edge.from === node.id)
    .sort((one, other) => one.order - other.order)
    .map((edge) => `${edge.order}. ${name(edge.to)}: ${edgeWords(edge)}`);
  const to = view.edges.filter((edge) => edge.to === node.id);
  const [only] = to;
  if (only === undefined) return from;
  if (to.length === 1) return [...from, `endpoint ${only.order} of ${name(only.from)}: ${edgeWords(only)}`];
  return [...from, `endpoint of ${counted(to.length, "scope")}: ${to.map((edge) => name(edge.from)).join(", ")}`];
}

/** What the picture shows, in a sentence or two. */
export function summary(view: GraphView): string {
  const count = (kind: GraphNode["kind"]): number => view.nodes.filter((node) => node.kind === kind).length;
  const n_dead = view.edges.filter(({ dead }) => dead).length;
  const dead = n_dead > 0 ? ` Along ${counted(n_dead, "edge")} nothing is ever sent.` : "";
  const n_blocked = view.nodes.filter(({ blocked }) => blocked).length;
  const blocked = n_blocked > 0 ? ` ${counted(n_blocked, "node")} blocked.` : "";
  return `${counted(count("scope"), "scope")} on the left, ${counted(count("mirror"), "mirror")} and ${counted(count("source"), "source")} on the right; edges are numbered as endpoints are tried.${blocked}${dead}`;
}
