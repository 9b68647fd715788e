/** Where arrow keys lead in the graph. */

import type { GraphNode, GraphView } from "../snapshot";

/** The nodes on the left, from above: scopes, and nodes for several of them. */
export function scopesOf({ nodes }: GraphView): GraphNode[] {
  const left = Math.min(...nodes.map(({ x }) => x));
  return nodes.filter(({ x }) => x === left).sort((one, other) => one.y - other.y);
}

/**
 * The node that a key leads to: up and down among those of one side, right along the first edge,
 * left back along it, first and last of all; `null` when it leads nowhere.
 */
export function nextNode(view: GraphView, from: string, key: string): string | null {
  const node = view.nodes.find(({ id }) => id === from);
  if (node === undefined) return null;
  const side = view.nodes.filter(({ x }) => x === node.x).sort((one, other) => one.y - other.y);
  const at = side.indexOf(node);
  const next = (): GraphNode | undefined => {
    switch (key) {
      case "ArrowUp":
        return side[at - 1];
      case "ArrowDown":
        return side[at + 1];
      case "Home":
        return side[0];
      case "End":
        return side[side.length - 1];
      case "ArrowRight":
        return along(view, view.edges.filter((edge) => edge.from === from).sort((one, other) => one.order - other.order)[0]?.to);
      case "ArrowLeft":
        return along(view, view.edges.find((edge) => edge.to === from)?.from);
      default:
        return undefined;
    }
  };
  const id = next()?.id;
  return id === undefined || id === from ? null : id;
}

function along(view: GraphView, id: string | undefined): GraphNode | undefined {
  return view.nodes.find((node) => node.id === id);
}
