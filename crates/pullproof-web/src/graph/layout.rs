//! Where nodes stand and edges run: two columns, the right one ordered so that few edges cross.

use super::{Edge, Graph, Node};
use pullproof_core::order::sort_by_key;
use pullproof_core::sorted::Map;

/// Sizes in the units of the picture, which are pixels where there is room.
/// Both columns fit beside the editor on a laptop; the page writes hosts above paths.
const NODE_WIDTH: u32 = 228;
const NODE_HEIGHT: u32 = 44;
const ROW: u32 = 64;
const COLUMN: u32 = 352;
const MARGIN: u32 = 12;

/// Most characters of a label: what fits into a node in the page's type.
const LABEL_CHARS_MAX: usize = 38;

/// Times that the columns are ordered by each other: more changes nothing for graphs of people.
const SWEEPS: usize = 4;

/// A graph with places.
pub(super) struct Laid {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
}

/// A text that fits: the middle of a long one is left out, since both ends tell.
pub(super) fn label(text: &str) -> String {
    let n_chars = text.chars().count();
    if n_chars <= LABEL_CHARS_MAX {
        return text.to_owned();
    }
    let n_end = LABEL_CHARS_MAX / 2;
    let start: String = text.chars().take(LABEL_CHARS_MAX - n_end - 1).collect();
    let end: String = text.chars().skip(n_chars - n_end).collect();
    format!("{start}…{end}")
}

/// Gives every node and edge its place.
pub(super) fn laid(graph: Graph) -> Laid {
    let Graph {
        mut scopes,
        mut endpoints,
        mut edges,
        n_folded: _,
    } = graph;
    for _ in 0..SWEEPS {
        order(&mut endpoints, &scopes, &edges, |edge| {
            (&edge.to, &edge.from)
        });
        order(&mut scopes, &endpoints, &edges, |edge| {
            (&edge.from, &edge.to)
        });
    }
    let n_rows = scopes.len().max(endpoints.len());
    for (column, nodes) in [&mut scopes, &mut endpoints].into_iter().enumerate() {
        // The shorter column stands in the middle.
        let offset = units(n_rows - nodes.len()) * ROW / 2;
        for (row, node) in nodes.iter_mut().enumerate() {
            node.x = MARGIN + units(column) * COLUMN;
            node.y = MARGIN + offset + units(row) * ROW;
            node.width = NODE_WIDTH;
            node.height = NODE_HEIGHT;
        }
    }
    run(&mut edges, &scopes, &endpoints);
    let nodes: Vec<Node> = scopes.into_iter().chain(endpoints).collect();
    Laid {
        width: 2 * MARGIN + COLUMN + NODE_WIDTH,
        height: 2 * MARGIN + (units(n_rows) * ROW).saturating_sub(ROW - NODE_HEIGHT),
        nodes,
        edges,
    }
}

/// Orders a column by the mean row of what its nodes are joined with; the order stays among
/// equals, and nodes that are joined with nothing stay behind.
fn order<'a>(
    nodes: &mut [Node],
    others: &[Node],
    edges: &'a [Edge],
    ends: impl Fn(&'a Edge) -> (&'a String, &'a String),
) {
    let rows: Map<&str, u64> = others
        .iter()
        .zip(0..)
        .map(|(node, row)| (node.id.as_str(), row))
        .collect();
    let mut sums: Map<&str, (u64, u64)> = Map::new();
    for edge in edges {
        let (own, other) = ends(edge);
        let Some(row) = rows.get(other.as_str()) else {
            continue;
        };
        let (sum, n) = sums.entry(own).or_default();
        *sum += row;
        *n += 1;
    }
    // A thousandth of a row tells means apart, and whole numbers are the same on every machine.
    sort_by_key(nodes, |node| match sums.get(node.id.as_str()) {
        Some((sum, n)) => sum * 1000 / n,
        None => u64::MAX,
    });
}

/// Draws edges from the right side of scopes to the left side of endpoints, those of one node
/// beside each other, with the label near the scope.
fn run(edges: &mut [Edge], scopes: &[Node], endpoints: &[Node]) {
    let of: Map<&str, &Node> = scopes
        .iter()
        .chain(endpoints)
        .map(|node| (node.id.as_str(), node))
        .collect();
    let mut by_scope: Map<String, Vec<usize>> = Map::new();
    for (idx, edge) in edges.iter().enumerate() {
        by_scope.entry(edge.from.clone()).or_default().push(idx);
    }
    for (scope, mut idxs) in by_scope {
        sort_by_key(&mut idxs, |idx| {
            of.get(edges[*idx].to.as_str()).map(|node| node.y)
        });
        let n_edges = units(idxs.len());
        for (at, idx) in idxs.into_iter().enumerate() {
            let edge = &mut edges[idx];
            let (Some(from), Some(to)) = (of.get(scope.as_str()), of.get(edge.to.as_str())) else {
                continue;
            };
            let (x, end_x) = (from.x + from.width, to.x);
            let y = from.y + (units(at) + 1) * from.height / (n_edges + 1);
            let end_y = to.y + to.height / 2;
            let (near, far) = (x + (end_x - x) * 2 / 5, x + (end_x - x) * 3 / 5);
            edge.path = format!("M{x} {y}C{near} {y} {far} {end_y} {end_x} {end_y}");
            // Past the middle, where edges of one scope have parted, and before the arrow.
            edge.label_x = x + (end_x - x) * 3 / 5;
            edge.label_y = (y + end_y * 2) / 3;
        }
    }
}

fn units(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
