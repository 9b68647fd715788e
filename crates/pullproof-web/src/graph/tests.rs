use super::*;
use pullproof_core::file::Files;
use pullproof_core::model::Settings;
use pullproof_core::openshift::OpenShift;
use std::collections::BTreeSet;

fn of(text: &str) -> GraphView {
    let mut files = Files::new();
    let file = files.add("a.yaml", text);
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let model = Model::build(&mut files, &[file], &settings);
    view(&model, model.loaded().expect("nodes load it"))
}

fn set(n_sources: usize, n_hosts: usize) -> String {
    let mut text = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\n\
                    metadata: {name: a}\nspec:\n  imageDigestMirrors:\n"
        .to_owned();
    for idx in 0..n_sources {
        let host = idx % n_hosts;
        text += &format!(
            "  - source: s{host}.example.com/r{idx}\n    mirrors: [m.example.com/r{idx}, n.example.com]\n"
        );
    }
    text
}

#[test]
fn nodes_stand_apart_and_edges_join_them() {
    for (n_sources, n_hosts) in [(0, 1), (1, 1), (7, 2), (65, 3), (300, 5), (300, 300)] {
        let graph = of(&set(n_sources, n_hosts));
        assert!(graph.nodes.len() <= fold::NODES_MAX, "{n_sources}");
        let ids: BTreeSet<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
        assert_eq!(ids.len(), graph.nodes.len(), "{n_sources}");
        let places: BTreeSet<_> = graph.nodes.iter().map(|node| (node.x, node.y)).collect();
        assert_eq!(places.len(), graph.nodes.len(), "{n_sources}");
        for node in &graph.nodes {
            assert!(node.x + node.width <= graph.width && node.y + node.height <= graph.height);
        }
        for edge in &graph.edges {
            assert!(ids.contains(edge.from.as_str()) && ids.contains(edge.to.as_str()));
            assert!(edge.path.starts_with('M'));
        }
    }
}

#[test]
fn folding_starts_beyond_the_limit() {
    // A scope, its mirror and its source each, and the mirror of all of them.
    let n_most = (fold::NODES_MAX - 1) / 3;
    assert_eq!(of(&set(n_most, 1)).n_folded, 0);
    assert_eq!(of(&set(n_most + 1, 1)).n_folded, n_most + 1);
}

#[test]
fn what_is_blocked_and_what_never_answers_is_told() {
    let entry = |source: &str, mirror: &str| {
        format!(
            "  - {{source: {source}, mirrors: [{mirror}], mirrorSourcePolicy: NeverContactSource}}\n"
        )
    };
    let text = set(0, 1)
        + &entry("a.example.com/x", "b.example.com/y")
        + &entry("b.example.com", "c.example.com");
    let graph = of(&text);
    let to = |title: &str| -> Vec<&Edge> {
        let id = format!("at {title}");
        graph.edges.iter().filter(|edge| edge.to == id).collect()
    };
    let told = |title: &str| -> Vec<_> {
        let edges = to(title).into_iter();
        edges
            .map(|it| (it.order, it.form, it.fallback, it.dead))
            .collect()
    };
    assert_eq!(told("a.example.com/x"), [(2, Form::All, true, true)]);
    assert_eq!(told("b.example.com/y"), [(1, Form::Digest, false, true)]);
    assert_eq!(told("c.example.com"), [(1, Form::Digest, false, false)]);
    let node = graph
        .nodes
        .iter()
        .find(|node| node.title == "b.example.com/y");
    let fault = node.and_then(|node| node.fault.as_deref());
    assert_eq!(fault, Some("never asked: `b.example.com` is blocked"));
}

#[test]
fn long_labels_keep_both_ends() {
    let long = format!("registry.example.com/{}/app", "team/".repeat(20));
    let short = layout::label(&long);
    assert!(
        short.starts_with("registry.example.") && short.ends_with("/app"),
        "{short}"
    );
    assert_eq!(layout::label("quay.io"), "quay.io");
}
