//! The configuration as a picture: scopes on the left, what is asked for them on the right.

mod fold;
mod layout;

use crate::place::{Place, Places};
use pullproof_core::model::Model;
use pullproof_core::registries::Origin;
use pullproof_core::registries::entry::{Mirror, PullFromMirror, Registry};
use pullproof_core::registries::load::Registries;
use pullproof_core::resolve::endpoint_fault::{EndpointFault, EndpointFaultKind};
use pullproof_core::sorted::Map;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct GraphView {
    width: u32,
    height: u32,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    /// How many scopes stand in nodes for several.
    n_folded: usize,
}

#[derive(Clone, Serialize)]
struct Node {
    id: String,
    kind: Kind,
    label: String,
    title: String,
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    blocked: bool,
    insecure: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conf: Option<Place>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// What an entry is about.
    Scope,
    /// Asked before the source.
    Mirror,
    /// Asked when no mirror answers.
    Source,
    /// Several scopes, or several endpoints.
    More,
}

#[derive(Clone, Serialize)]
struct Edge {
    from: String,
    to: String,
    form: Form,
    order: usize,
    fallback: bool,
    dead: bool,
    path: String,
    label_x: u32,
    label_y: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    All,
    Digest,
    Tag,
}

/// Nodes and edges of one configuration, before they have places.
#[derive(Default)]
struct Graph {
    /// In the order of the configuration.
    scopes: Vec<Node>,
    /// By identity, in the order in which they are met.
    endpoints: Vec<Node>,
    edges: Vec<Edge>,
    n_folded: usize,
}

/// The picture of the configuration in force.
#[cold]
#[inline(never)]
pub(crate) fn view(model: &Model, registries: &Registries) -> GraphView {
    let graph = fold::folded(graph(model, registries));
    let n_folded = graph.n_folded;
    let layout::Laid {
        width,
        height,
        nodes,
        edges,
    } = layout::laid(graph);
    GraphView {
        width,
        height,
        nodes,
        edges,
        n_folded,
    }
}

fn graph(model: &Model, registries: &Registries) -> Graph {
    let places = Places::new(&model.files);
    let place = |origins: &[Origin]| {
        let span = origins.first()?.span;
        let object = model.locate(span).map(|(object, _)| object);
        Some(places.place(span).in_object(object))
    };
    let mut faults: Map<(usize, usize), String> = Map::new();
    for fault in &model.endpoint_faults {
        let EndpointFault {
            registry,
            mirror_idx,
            witness: _,
            kind,
        } = fault;
        let key = (registries.idx(*registry), *mirror_idx);
        faults
            .entry(key)
            .or_insert_with(|| sentence(registries, kind));
    }
    let mut graph = Graph::default();
    let mut by_id: Map<String, usize> = Map::new();
    for (idx, registry) in registries.list().iter().enumerate() {
        let scope = format!("scope {}", registry.prefix);
        graph.scopes.push(Node {
            place: place(&registry.origins),
            conf: registry.span.map(|span| places.place(span)),
            blocked: registry.blocked,
            insecure: registry.insecure,
            ..node(&scope, Kind::Scope, &registry.prefix)
        });
        for (mirror_idx, mirror) in registry.mirrors.iter().enumerate() {
            let fault = faults.get(&(idx, mirror_idx));
            let endpoint = Node {
                place: place(&mirror.origins),
                conf: mirror.span.map(|span| places.place(span)),
                insecure: mirror.insecure,
                fault: fault.cloned(),
                ..node(
                    &format!("at {}", mirror.location),
                    Kind::Mirror,
                    &mirror.location,
                )
            };
            graph.edges.push(Edge {
                form: form(registry, mirror),
                order: mirror_idx + 1,
                dead: fault.is_some(),
                ..edge(&scope, &endpoint.id)
            });
            graph.endpoint(&mut by_id, endpoint);
        }
        let location = match registry.location.as_str() {
            "" => &registry.prefix,
            location => location,
        };
        let endpoint = Node {
            blocked: registry.blocked,
            insecure: registry.insecure,
            ..node(&format!("at {location}"), Kind::Source, location)
        };
        graph.edges.push(Edge {
            order: registry.mirrors.len() + 1,
            fallback: true,
            dead: registry.blocked,
            ..edge(&scope, &endpoint.id)
        });
        graph.endpoint(&mut by_id, endpoint);
    }
    graph
}

impl Graph {
    /// Puts in an endpoint, or says more of one that is there.
    fn endpoint(&mut self, by_id: &mut Map<String, usize>, endpoint: Node) {
        match by_id.get(&endpoint.id) {
            None => {
                by_id.insert(endpoint.id.clone(), self.endpoints.len());
                self.endpoints.push(endpoint);
            }
            Some(idx) => {
                let known = &mut self.endpoints[*idx];
                known.kind = known.kind.min(endpoint.kind);
                known.blocked |= endpoint.blocked;
                known.insecure |= endpoint.insecure;
                known.fault = known.fault.take().or(endpoint.fault);
                known.place = known.place.take().or(endpoint.place);
                known.conf = known.conf.take().or(endpoint.conf);
            }
        }
    }
}

fn node(id: &str, kind: Kind, title: &str) -> Node {
    Node {
        id: id.to_owned(),
        kind,
        label: layout::label(title),
        title: title.to_owned(),
        x: 0,
        y: 0,
        width: 0,
        height: 0,
        blocked: false,
        insecure: false,
        fault: None,
        place: None,
        conf: None,
    }
}

fn edge(from: &str, to: &str) -> Edge {
    Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        form: Form::All,
        order: 0,
        fallback: false,
        dead: false,
        path: String::new(),
        label_x: 0,
        label_y: 0,
    }
}

fn form(registry: &Registry, mirror: &Mirror) -> Form {
    match mirror.pull_from_mirror {
        _ if registry.mirror_by_digest_only => Form::Digest,
        PullFromMirror::DigestOnly => Form::Digest,
        PullFromMirror::TagOnly => Form::Tag,
        PullFromMirror::Unset | PullFromMirror::All => Form::All,
    }
}

fn sentence(registries: &Registries, kind: &EndpointFaultKind) -> String {
    match kind {
        EndpointFaultKind::Unusable { error, extent: _ } => {
            format!("pulls fail here: {error}: `{}`", error.text)
        }
        EndpointFaultKind::Blocked(id) => {
            let prefix = &registries.registry(*id).prefix;
            format!("never asked: `{prefix}` is blocked")
        }
    }
}

#[cfg(test)]
mod tests;
