//! Large graphs made small: what has one host stands together.

use super::{Edge, Graph, Kind, Node, node};
use pullproof_core::sorted::{Map, Set};

/// Most nodes that are drawn one by one: more cannot be told apart on a screen.
pub(super) const NODES_MAX: usize = 200;

/// The graph as it is, or with a node for each host, or with the hosts beyond a limit as one.
pub(super) fn folded(graph: Graph) -> Graph {
    if graph.scopes.len() + graph.endpoints.len() <= NODES_MAX {
        return graph;
    }
    let by_host = merged(graph, &|node| host(&node.title).to_owned());
    if by_host.scopes.len() + by_host.endpoints.len() <= NODES_MAX {
        return by_host;
    }
    // A column each, with room for the node that is for the rest.
    let kept = |nodes: &[Node]| -> Set<String> {
        let nodes = nodes.iter().take(NODES_MAX / 2 - 1);
        nodes.map(|node| node.title.clone()).collect()
    };
    let (scopes, endpoints) = (kept(&by_host.scopes), kept(&by_host.endpoints));
    merged(by_host, &|node| {
        let is_kept = match node.id.starts_with("scope") {
            true => scopes.contains(&node.title),
            false => endpoints.contains(&node.title),
        };
        match is_kept {
            true => node.title.clone(),
            false => "other hosts".to_owned(),
        }
    })
}

/// The host of a location, or the domain of a wildcard.
fn host(location: &str) -> &str {
    location.split_once('/').map_or(location, |(host, _)| host)
}

fn merged(graph: Graph, key: &dyn Fn(&Node) -> String) -> Graph {
    let n_before = graph.n_folded;
    let mut names: Map<String, String> = Map::new();
    let (scopes, n_scopes) = merged_nodes(graph.scopes, "scope", key, &mut names);
    let (endpoints, _) = merged_nodes(graph.endpoints, "at", key, &mut names);
    let mut edges: Map<(String, String), Edge> = Map::new();
    for mut edge in graph.edges {
        edge.from = names[&edge.from].clone();
        edge.to = names[&edge.to].clone();
        let known = edges.entry((edge.from.clone(), edge.to.clone()));
        known
            .and_modify(|known| {
                known.order = known.order.min(edge.order);
                known.fallback &= edge.fallback;
                known.dead &= edge.dead;
                if known.form != edge.form {
                    known.form = super::Form::All;
                }
            })
            .or_insert(edge);
    }
    Graph {
        scopes,
        endpoints,
        edges: edges.into_values().collect(),
        n_folded: n_before.max(n_scopes),
    }
}

/// Nodes that have one key as one; how many nodes stand with others.
fn merged_nodes(
    nodes: Vec<Node>,
    prefix: &str,
    key: &dyn Fn(&Node) -> String,
    names: &mut Map<String, String>,
) -> (Vec<Node>, usize) {
    let mut order: Vec<String> = Vec::new();
    let mut groups: Map<String, Vec<Node>> = Map::new();
    for node in nodes {
        let key = key(&node);
        let group = groups.entry(key.clone()).or_default();
        if group.is_empty() {
            order.push(key);
        }
        group.push(node);
    }
    let mut n_folded = 0;
    let mut merged = Vec::new();
    for key in order {
        let group = groups.remove(&key).unwrap_or_default();
        let id = format!("{prefix} {key}");
        for node in &group {
            names.insert(node.id.clone(), id.clone());
        }
        if let [alone] = group.as_slice() {
            merged.push(Node {
                id,
                ..alone.clone()
            });
            continue;
        }
        n_folded += group.len();
        let what = if prefix == "scope" {
            "scopes"
        } else {
            "endpoints"
        };
        merged.push(Node {
            title: format!("{} {what} of {key}", group.len()),
            blocked: group.iter().all(|node| node.blocked),
            insecure: group.iter().any(|node| node.insecure),
            fault: group.iter().find_map(|node| node.fault.clone()),
            ..node(&id, Kind::More, &format!("{key}: {} {what}", group.len()))
        });
    }
    (merged, n_folded)
}
