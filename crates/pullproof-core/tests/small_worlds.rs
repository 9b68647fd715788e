//! Every world of two or three sources, few enough to try them all: what nodes get of each.

#![expect(clippy::panic, reason = "a world that is told wrong stops the test")]

use pullproof_core::file::{Files, Span, Spanned};
use pullproof_core::openshift::OpenShift;
use pullproof_core::policy_json::ImagePolicies;
use pullproof_core::registries::conf;
use pullproof_core::registries::index::match_length;
use pullproof_core::registries::load::{ConfFile, load};
use pullproof_core::registries::{Conf, Table};
use pullproof_core::render::{Base, NodeFiles, RenderInput, render};
use pullproof_core::resource::image_config::ImageConfig;
use pullproof_core::resource::mirror_set::MirrorSetKind::{self, *};
use pullproof_core::resource::mirror_set::SourcePolicy::{self, *};
use pullproof_core::resource::mirror_set::{MirrorEntry, MirrorSet};
use pullproof_core::rollout::{rollout, rollout_rendered};
use pullproof_core::scope::is_nested;
use std::collections::BTreeSet;

const VERSION: OpenShift = OpenShift::NEWEST;
const SCOPES: [&str; 7] = [
    "a.com",
    "a.com/x",
    "a.com/x/y",
    "a.com/xx",
    "a.com:5",
    "b.a.com/x",
    "*.a.com",
];
const MIRRORS: [&[&str]; 2] = [&["m.io/m", "n.io/n"], &["n.io/n", "m.io/m"]];
const POLICIES: [SourcePolicy; 2] = [AllowContactingSource, NeverContactSource];

/// One object with one entry.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Entry {
    kind: MirrorSetKind,
    source: &'static str,
    mirrors: &'static [&'static str],
    policy: SourcePolicy,
}

impl Entry {
    /// Every entry for a source.
    fn every(source: &'static str, kinds: &[MirrorSetKind]) -> Vec<Entry> {
        let mut entries = Vec::new();
        for kind in kinds {
            for mirrors in MIRRORS {
                for policy in POLICIES {
                    entries.push(Entry {
                        kind: *kind,
                        source,
                        mirrors,
                        policy,
                    });
                }
            }
        }
        // An ICSP has no policy.
        entries.retain(|entry| {
            entry.kind != ImageContentSourcePolicy || entry.policy == AllowContactingSource
        });
        entries
    }

    fn is_for_tags(&self) -> bool {
        self.kind == ImageTagMirrorSet
    }
}

fn nowhere() -> Span {
    Span::new(Files::new().add("objects", ""), 0, 0)
}

fn spanned(text: &str) -> Spanned<String> {
    Spanned::new(text.to_owned(), nowhere())
}

/// What nodes get of one object for each entry; `None` when the operator refuses.
fn rendered(entries: &[Entry], blocked: &[&str], insecure: &[&str]) -> Option<NodeFiles> {
    let mirror_sets = entries.iter().map(|entry| MirrorSet {
        kind: entry.kind,
        name: spanned("set"),
        entries: vec![MirrorEntry {
            source: spanned(entry.source),
            mirrors: entry.mirrors.iter().map(|mirror| spanned(mirror)).collect(),
            policy: Some(Spanned::new(entry.policy, nowhere())),
            unknown_policy: None,
            span: nowhere(),
        }],
        span: nowhere(),
    });
    let list = |scopes: &[&str]| Some(scopes.iter().map(|scope| spanned(scope)).collect());
    let image = ImageConfig {
        blocked: list(blocked),
        insecure: list(insecure),
        ..ImageConfig::default()
    };
    let input = RenderInput {
        mirror_sets: &mirror_sets.collect::<Vec<_>>(),
        image: &image,
        release_image: None,
        base: Base::Template,
        image_policies: &ImagePolicies::default(),
    };
    render(&input, VERSION).ok()
}

fn check(entries: &[Entry], blocked: &[&str], insecure: &[&str]) -> bool {
    let world = || format!("{entries:#?} blocked {blocked:?} insecure {insecure:?}");
    let mut other = entries.to_vec();
    let node = rendered(entries, blocked, insecure);
    for _ in entries {
        other.rotate_left(1);
        assert_eq!(
            texts(&node),
            texts(&rendered(&other, blocked, insecure)),
            "{}",
            world()
        );
        let reversed: Vec<Entry> = other.iter().rev().copied().collect();
        assert_eq!(
            texts(&node),
            texts(&rendered(&reversed, blocked, insecure)),
            "{}",
            world()
        );
    }
    if let Some(node) = &node {
        check_rollout(node, &world);
    }
    let Some(written) = node.and_then(|node| node.registries_conf) else {
        // Only two policies for one source are refused, and what nobody can inherit.
        let has_two_policies = entries.iter().any(|entry| {
            let mut others = entries.iter();
            others.any(|other| other.source == entry.source && other.policy != entry.policy)
        });
        let has_wildcard = entries.iter().any(|entry| {
            let mut scopes = blocked.iter().chain(insecure);
            entry.source.starts_with('*')
                && scopes.any(|scope| is_nested(scope, entry.source) && *scope != entry.source)
        });
        assert!(has_two_policies || has_wildcard, "{}", world());
        return false;
    };
    check_conf(&written.value, entries, blocked, insecure, &world);
    check_loaded(&written.text, &written.value, &world);
    true
}

fn texts(node: &Option<NodeFiles>) -> Option<Vec<(&'static str, &str)>> {
    node.as_ref().map(NodeFiles::written)
}

fn check_conf(
    conf: &Conf,
    entries: &[Entry],
    blocked: &[&str],
    insecure: &[&str],
    world: &dyn Fn() -> String,
) {
    // Digest sources ascending, then tag sources ascending, then what is blocked and insecure.
    let sources = |for_tags: bool| {
        let entries = entries
            .iter()
            .filter(|entry| entry.is_for_tags() == for_tags);
        entries.map(|entry| entry.source).collect::<BTreeSet<_>>()
    };
    let mut expected: Vec<&str> = Vec::new();
    let (digest, tag) = (sources(false), sources(true));
    for scope in digest.iter().chain(&tag).chain(blocked).chain(insecure) {
        if !expected.contains(scope) {
            expected.push(scope);
        }
    }
    let scopes: Vec<&str> = conf.tables.iter().map(Table::scope).collect();
    assert_eq!(scopes, expected, "{}", world());
    for table in &conf.tables {
        let scope = table.scope();
        let own = entries.iter().filter(|entry| entry.source == scope);
        let own: Vec<&Entry> = own.collect();
        let is_in = |outer: &[&str]| outer.iter().any(|outer| is_nested(scope, outer));
        let is_never = own.iter().any(|entry| entry.policy == NeverContactSource);
        assert_eq!(
            table.blocked,
            is_never || is_in(blocked),
            "{scope} of {}",
            world()
        );
        assert_eq!(table.insecure, is_in(insecure), "{scope} of {}", world());
        check_mirrors(table, &own, entries, world);
    }
}

fn check_mirrors(table: &Table, own: &[&Entry], entries: &[Entry], world: &dyn Fn() -> String) {
    let scope = table.scope();
    let written = table.mirrors.iter();
    let written = written.map(|mirror| (&*mirror.pull_from_mirror, mirror.location.as_str()));
    let written: Vec<_> = written.collect();
    if own.is_empty() {
        // The least specific source around it, digests first.
        let mut around: Vec<&Entry> = entries.iter().collect();
        around.retain(|entry| is_nested(scope, entry.source));
        around.sort_by_key(|entry| (entry.is_for_tags(), entry.source));
        let Some(outer) = around.first() else {
            assert_eq!(written, [], "{scope} of {}", world());
            return;
        };
        let rest = &scope[outer.source.len()..];
        assert!(!written.is_empty(), "{scope} of {}", world());
        assert!(
            written.iter().all(|(_, location)| location.ends_with(rest)),
            "{scope} of {}",
            world()
        );
        return;
    }
    let mut expected = Vec::new();
    for (form, for_tags) in [("digest-only", false), ("tag-only", true)] {
        let lists = own.iter().filter(|entry| entry.is_for_tags() == for_tags);
        let lists: BTreeSet<&[&str]> = lists.map(|entry| entry.mirrors).collect();
        match lists.iter().collect::<Vec<_>>()[..] {
            [] => {}
            [list] => expected.extend(list.iter().map(|mirror| (form, *mirror))),
            // Lists that contradict each other: by name. Where the source then is, the tests of
            // `topo` say.
            _ => expected.extend(["m.io/m", "n.io/n"].map(|mirror| (form, mirror))),
        }
    }
    let mut found = written.clone();
    found.retain(|(_, location)| *location != scope);
    assert_eq!(found, expected, "{scope} of {}", world());
}

/// What a change from nothing does to nodes is the same by what is written and by its text.
fn check_rollout(node: &NodeFiles, world: &dyn Fn() -> String) {
    let none = NodeFiles::default();
    for (old, new) in [(&none, node), (node, &none)] {
        let by_text = rollout(&old.on_node(), &new.on_node(), &[], VERSION);
        let rendered = rollout_rendered(old, new, &[], VERSION);
        assert_eq!(rendered, by_text, "{}", world());
    }
}

/// A node loads what is written, and for each scope takes the longest that contains it.
fn check_loaded(text: &str, written: &Conf, world: &dyn Fn() -> String) {
    let mut files = Files::new();
    let file = files.add("registries.conf", text);
    let Ok(conf) = conf::decode(&files, file) else {
        panic!("{text} of {}", world());
    };
    let name = "registries.conf".to_owned();
    let registries = match load(Some(ConfFile { name, conf }), Vec::new(), VERSION) {
        Ok(registries) => registries,
        Err(errors) => panic!("{errors:?} of {}", world()),
    };
    for scope in SCOPES {
        let name = scope.replace('*', "z") + "/image";
        let scopes = written.tables.iter().map(Table::scope);
        let matching = scopes.filter(|scope| match_length(&name, scope).is_some());
        let longest = matching.max_by_key(|scope| scope.len());
        let found = registries.find(&name);
        let found = found.map(|id| registries.registry(id).prefix.as_str());
        assert_eq!(found, longest, "{name} of {}", world());
    }
}

#[test]
fn every_pair_of_sources_with_every_kind() {
    let kinds = [
        ImageDigestMirrorSet,
        ImageTagMirrorSet,
        ImageContentSourcePolicy,
    ];
    let (mut n_written, mut n_refused) = (0, 0);
    for (at, first) in SCOPES.into_iter().enumerate() {
        for second in &SCOPES[at..] {
            for first in Entry::every(first, &kinds) {
                for second in Entry::every(second, &kinds) {
                    if check(&[first, second], &[], &[]) {
                        n_written += 1;
                    } else {
                        n_refused += 1;
                    }
                }
            }
        }
    }
    assert!(2_000 < n_written, "{n_written}");
    assert!(100 < n_refused, "{n_refused}");
}

#[test]
fn every_triple_of_sources() {
    let kinds = [ImageDigestMirrorSet, ImageTagMirrorSet];
    let mut n_written = 0;
    for (at, first) in SCOPES.into_iter().enumerate() {
        for (after, second) in SCOPES.into_iter().enumerate().skip(at) {
            for third in &SCOPES[after..] {
                for first in Entry::every(first, &kinds[..1]) {
                    for second in Entry::every(second, &kinds) {
                        for third in Entry::every(third, &kinds[1..]) {
                            n_written += usize::from(check(&[first, second, third], &[], &[]));
                        }
                    }
                }
            }
        }
    }
    assert!(5_000 < n_written, "{n_written}");
}

#[test]
fn every_source_with_every_scope_that_is_blocked_and_insecure() {
    let (mut n_written, mut n_refused) = (0, 0);
    for source in SCOPES {
        for entry in Entry::every(source, &[ImageDigestMirrorSet, ImageTagMirrorSet]) {
            for blocked in SCOPES {
                for insecure in SCOPES {
                    if check(&[entry], &[blocked], &[insecure]) {
                        n_written += 1;
                    } else {
                        n_refused += 1;
                    }
                }
            }
        }
    }
    assert!(2_000 < n_written, "{n_written}");
    assert!(50 < n_refused, "{n_refused}");
}
