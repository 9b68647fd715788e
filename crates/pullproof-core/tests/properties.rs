//! What holds for every input, tried on many that are made up: the same ones at every run.

#![expect(clippy::panic, reason = "a property that does not hold stops the test")]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use pullproof_core::file::{Files, Span, Spanned};
use pullproof_core::openshift::OpenShift;
use pullproof_core::policy_json::ImagePolicies;
use pullproof_core::reference::Reference;
use pullproof_core::registries::conf;
use pullproof_core::registries::index::{Index, match_length};
use pullproof_core::registries::load::{ConfFile, Registries, load};
use pullproof_core::registries::load_error::{LoadError, LoadErrorKind};
use pullproof_core::render::{Base, NodeFiles, RenderInput, render};
use pullproof_core::resolve::resolve;
use pullproof_core::resolve::short_name::candidates;
use pullproof_core::resource::image_config::ImageConfig;
use pullproof_core::resource::mirror_set::{MirrorEntry, MirrorSet, MirrorSetKind, SourcePolicy};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x5eed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn nowhere() -> Span {
    Span::new(Files::new().add("objects", ""), 0, 0)
}

fn spanned(text: &str) -> Spanned<String> {
    Spanned::new(text.to_owned(), nowhere())
}

const HOSTS: [&str; 8] = [
    "a.com",
    "b.a.com",
    "c.b.a.com",
    "m.io",
    "localhost",
    "a.com:50",
    "a.com:5000",
    "docker.io",
];
const WILDCARDS: [&str; 4] = ["*.com", "*.a.com", "*.b.a.com", "*.io"];
const PATHS: [&str; 6] = ["", "", "/x", "/x/y", "/xx", "/library"];
const VERSIONS: [OpenShift; 4] = [
    OpenShift::V4_6,
    OpenShift::V4_11,
    OpenShift::V4_16,
    OpenShift::NEWEST,
];

/// A host and perhaps a path.
fn location() -> impl Strategy<Value = String> {
    (select(&HOSTS[..]), select(&PATHS[..])).prop_map(|(host, path)| [host, path].concat())
}

/// What a mirror set may have as a source.
fn source() -> impl Strategy<Value = String> {
    prop_oneof![4 => location(), 1 => select(&WILDCARDS[..]).prop_map(str::to_owned)]
}

/// What the image configuration may list, sense or nonsense.
fn scope() -> impl Strategy<Value = String> {
    const NONSENSE: [&str; 5] = [
        "https://a.com",
        "a.com/",
        "a.com/x/",
        "a.com:tag",
        "[::1]:5000",
    ];
    prop_oneof![12 => source(), 1 => select(&NONSENSE[..]).prop_map(str::to_owned)]
}

fn mirror_set() -> impl Strategy<Value = MirrorSet> {
    let policy = option::weighted(0.3, Just(SourcePolicy::NeverContactSource));
    let entry = (source(), vec(location(), 0..4), policy);
    let entry = entry.prop_map(|(source, mirrors, policy)| MirrorEntry {
        source: spanned(&source),
        mirrors: mirrors.iter().map(|mirror| spanned(mirror)).collect(),
        policy: policy.map(|policy| Spanned::new(policy, nowhere())),
        unknown_policy: None,
        span: nowhere(),
    });
    let kind = select(&MirrorSetKind::ALL[..]);
    (kind, vec(entry, 0..4)).prop_map(|(kind, entries)| MirrorSet {
        kind,
        name: spanned("set"),
        entries,
        span: nowhere(),
    })
}

fn image_config() -> impl Strategy<Value = ImageConfig> {
    let list = || option::of(vec(scope(), 0..3));
    let search = option::weighted(0.2, vec(select(&HOSTS[..]), 0..3));
    (list(), list(), search).prop_map(|(insecure, blocked, search)| {
        let list = |scopes: Vec<String>| scopes.iter().map(|scope| spanned(scope)).collect();
        ImageConfig {
            insecure: insecure.map(list),
            blocked: blocked.map(list),
            search: search.map(|search| search.into_iter().map(spanned).collect()),
            ..ImageConfig::default()
        }
    })
}

/// The files of a node; the error is the first refusal's text.
fn rendered(
    mirror_sets: &[MirrorSet],
    image: &ImageConfig,
    version: OpenShift,
) -> Result<NodeFiles, String> {
    let input = RenderInput {
        mirror_sets,
        image,
        release_image: None,
        base: Base::Template,
        image_policies: &ImagePolicies::default(),
    };
    render(&input, version).map_err(|refusal| refusal.to_string())
}

/// What a node makes of its files.
fn loaded(node: &NodeFiles, version: OpenShift) -> Result<Registries, Vec<LoadError>> {
    let written = [&node.registries_conf, &node.search_conf].into_iter();
    let confs = written.flatten().enumerate().map(|(at, written)| {
        let mut files = Files::new();
        let name = at.to_string();
        let file = files.add(name.as_str(), written.text.as_str());
        match conf::decode(&files, file) {
            Ok(conf) => ConfFile { name, conf },
            Err(error) => panic!("{error}\n{}", written.text),
        }
    });
    let mut confs = confs.collect::<Vec<_>>().into_iter();
    load(confs.next(), confs.collect(), version)
}

fn registries(text: &str) -> Option<Registries> {
    let mut files = Files::new();
    let file = files.add("registries.conf", text);
    let conf = conf::decode(&files, file).ok()?;
    let name = "registries.conf".to_owned();
    load(Some(ConfFile { name, conf }), Vec::new(), OpenShift::NEWEST).ok()
}

/// A registries.conf, nearly always one that loads.
fn conf_text() -> impl Strategy<Value = String> {
    const FORMS: [&str; 5] = ["", "all", "digest-only", "tag-only", "other"];
    let form = prop_oneof![30 => select(&FORMS[..4]), 1 => Just(FORMS[4])];
    let mirror = (location(), form).prop_map(|(location, form)| {
        let form = match form {
            "" => String::new(),
            form => format!("pull-from-mirror = \"{form}\"\n"),
        };
        format!("[[registry.mirror]]\nlocation = \"{location}\"\n{form}")
    });
    let table = (
        source(),
        option::of(location()),
        any::<bool>(),
        vec(mirror, 0..3),
    );
    let table = table.prop_map(|(prefix, location, blocked, mirrors)| {
        let location = match location {
            None if prefix.starts_with('*') => String::new(),
            None => format!("location = \"{prefix}\"\n"),
            Some(location) => format!("location = \"{location}\"\n"),
        };
        let mirrors = mirrors.concat();
        format!("[[registry]]\nprefix = \"{prefix}\"\n{location}blocked = {blocked}\n{mirrors}")
    });
    let search = vec(select(&HOSTS[..]), 0..3);
    let tables = vec(table, 0..6);
    prop_oneof![
        30 => (search, tables).prop_map(|(search, tables)| {
            format!("unqualified-search-registries = {search:?}\n{}", tables.concat())
        }),
        1 => any::<String>(),
    ]
}

/// An image, sense or nonsense.
fn image() -> impl Strategy<Value = String> {
    let hex = "0123456789abcdef".repeat(4);
    let end = select(vec![
        String::new(),
        ":1.2".to_owned(),
        format!("@sha256:{hex}"),
        format!(":1.2@sha256:{hex}"),
        "@sha256:12".to_owned(),
    ]);
    let path = select(&["/x", "/x/y/z", "/xx/y", "/X", "//", ""][..]);
    prop_oneof![
        8 => (select(&HOSTS[..]), path, end).prop_map(|(host, path, end)| format!("{host}{path}{end}")),
        1 => "[a-zA-Z0-9./:@_-]{0,40}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn what_is_rendered_loads_but_for_the_listed_reasons(
        mirror_sets in vec(mirror_set(), 0..4),
        image in image_config(),
        version in select(&VERSIONS[..]),
    ) {
        let Ok(node) = rendered(&mirror_sets, &image, version) else { return Ok(()) };
        if let Some(written) = &node.registries_conf {
            let mut files = Files::new();
            let file = files.add("registries.conf", written.text.as_str());
            let conf = conf::decode(&files, file).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let tables = |conf: &pullproof_core::registries::Conf| {
                let tables = conf.tables.iter();
                let table = |table: &pullproof_core::registries::Table| {
                    let mirrors = table.mirrors.iter();
                    let mirrors = mirrors.map(|mirror| (mirror.location.clone(), mirror.insecure));
                    let flags = (table.insecure, table.blocked);
                    (table.scope().to_owned(), flags, mirrors.collect::<Vec<_>>())
                };
                tables.map(table).collect::<Vec<_>>()
            };
            prop_assert_eq!(tables(&conf), tables(&written.value));
            prop_assert!(conf.unknown_keys.is_empty());
        }
        for error in loaded(&node, version).err().unwrap_or_default() {
            let kind = &error.kind;
            let is_listed =
                matches!(kind, LoadErrorKind::Scheme(_) | LoadErrorKind::Conflict { .. });
            prop_assert!(is_listed, "{}", error);
        }
    }

    #[test]
    fn the_order_of_objects_changes_nothing(
        (mirror_sets, shuffled) in vec(mirror_set(), 0..5)
            .prop_flat_map(|sets| (Just(sets.clone()), Just(sets).prop_shuffle())),
        image in image_config(),
        version in select(&VERSIONS[..]),
    ) {
        let texts = |node: NodeFiles| node.on_node();
        let written = rendered(&mirror_sets, &image, version).map(texts);
        let again = rendered(&shuffled, &image, version).map(texts);
        // Which of several refusals is told depends on the order; that there is one does not.
        prop_assert_eq!(written.ok(), again.ok());
    }

    #[test]
    fn everything_resolves_to_something(conf in conf_text(), image in image()) {
        let Some(registries) = registries(&conf) else { return Ok(()) };
        if let Ok(reference) = Reference::parse_normalized(&image) {
            let resolution = resolve(&registries, &reference);
            if let Ok(attempts) = &resolution.attempts {
                prop_assert!(!attempts.is_empty());
                for attempt in attempts {
                    let text = attempt.reference.as_str();
                    prop_assert_eq!(&Reference::parse(text).unwrap(), &attempt.reference);
                    let blocked_by = registries.blocked_by(attempt.reference.name());
                    prop_assert_eq!(attempt.blocked_by, blocked_by);
                }
            }
        }
        // Not normalized, as no caller should pass it: still no panic.
        if let Ok(reference) = Reference::parse(&image) {
            _ = resolve(&registries, &reference);
        }
        if let Ok(candidates) = candidates(&registries, &image, registries.short_name_mode) {
            prop_assert!(!candidates.is_empty());
        }
    }

    #[test]
    fn a_longer_scope_that_matches_wins(conf in conf_text(), image in image()) {
        let Some(registries) = registries(&conf) else { return Ok(()) };
        let Ok(reference) = Reference::parse_normalized(&image) else { return Ok(()) };
        let name = reference.name();
        let matching = registries.list().iter().map(|registry| registry.prefix.as_str());
        let matching = matching.filter(|prefix| match_length(name, prefix).is_some());
        let longest = matching.map(str::len).max();
        let found = registries.find(name);
        prop_assert_eq!(found.map(|id| registries.registry(id).prefix.len()), longest);
    }

    #[test]
    fn the_index_agrees_with_asking_each(
        mut prefixes in vec("(\\*\\.)?[ab](\\.[ab]){0,2}(:5)?(/[ab]{1,2}){0,2}", 0..30),
        names in vec("[ab](\\.[ab]){0,3}(:5)?(/[ab]{1,2}){0,3}", 1..30),
    ) {
        prefixes.sort_unstable();
        prefixes.dedup();
        // One with a path or port never loads.
        prefixes.retain(|prefix| !prefix.starts_with('*') || !prefix.contains(['/', ':']));
        let index = Index::build(prefixes.iter().map(String::as_str));
        for name in names {
            let found = index.find(&name, |idx| &prefixes[idx as usize]);
            let matching = prefixes.iter().filter(|prefix| match_length(&name, prefix).is_some());
            // The first of the longest, in the order of the list.
            let longest = matching.rev().max_by_key(|prefix| prefix.len());
            prop_assert_eq!(found.map(|idx| &prefixes[idx as usize]), longest, "{}", name);
        }
    }

    #[test]
    fn normalization_is_done_once(image in image()) {
        let Ok(reference) = Reference::parse_normalized(&image) else { return Ok(()) };
        let text = reference.as_str();
        prop_assert_eq!(Reference::parse_normalized(text), Ok(reference.clone()));
        prop_assert_eq!(Reference::parse_canonical(text.to_owned()), Ok(reference.clone()));
        prop_assert_eq!(Reference::parse_normalized(reference.familiar()), Ok(reference.clone()));
    }
}
