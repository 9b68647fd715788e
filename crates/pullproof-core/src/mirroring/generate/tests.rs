//! Mappings and the mirror sets that are written for them, small ones by hand and many at random.

use super::*;
use crate::resource::mapping;

const DIGEST: &str = "sha256:6d76ef2bc4dc13b0dd8f2b7e5d9f2d6b62f8d4a0d5c6b0b1f9d3c7a1e8b2c4d6";

fn mapping(text: &str) -> MappingFile {
    let mut files = Files::new();
    let file = files.add("mapping.txt", text.replace("DIGEST", DIGEST));
    mapping::read(&files, file)
}

fn plan(kinds: &[MirrorSetKind], width: Width) -> Plan {
    Plan {
        kinds: kinds.to_vec(),
        width,
        name: "lab".to_owned(),
        is_catalog: false,
        version: OpenShift::NEWEST,
    }
}

const BOTH: [MirrorSetKind; 2] = [
    MirrorSetKind::ImageDigestMirrorSet,
    MirrorSetKind::ImageTagMirrorSet,
];

/// The entries of a text, as `kind source mirror mirror`.
fn entries(text: &str) -> Vec<String> {
    let mut files = Files::new();
    let file = files.add("generated.yaml", text);
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let model = Model::build(&mut files, &[file], &settings);
    assert!(model.problems.is_empty(), "{text}");
    let mut told = Vec::new();
    for set in &model.mirror_sets {
        for entry in &set.entries {
            let mirrors = entry.mirrors.iter().map(|it| it.value.as_str());
            let mirrors: Vec<&str> = mirrors.collect();
            let kind = match set.kind {
                MirrorSetKind::ImageTagMirrorSet => "tag",
                _ => "digest",
            };
            told.push(format!(
                "{kind} {} {}",
                entry.source.value,
                mirrors.join(" ")
            ));
        }
    }
    told
}

#[test]
fn entries_are_as_broad_as_the_copies_allow() {
    let layout = "q.io/a/x@DIGEST=m.io/a/x:1\nq.io/a/y@DIGEST=m.io/a/y:1\n";
    let flat = "q.io/a/x@DIGEST=m.io/l/a-x:1\nq.io/a/y@DIGEST=m.io/l/a-y:1\n";
    let mixed = "q.io/a/x@DIGEST=m.io/a/x:1\nq.io/a/y@DIGEST=m.io/a/y:1\n\
                 q.io/a/z@DIGEST=m.io/odd:1\n";
    for (width, text, expected) in [
        (
            Width::Repository,
            layout,
            vec!["digest q.io/a/x m.io/a/x", "digest q.io/a/y m.io/a/y"],
        ),
        (Width::Namespace, layout, vec!["digest q.io/a m.io/a"]),
        (Width::Registry, layout, vec!["digest q.io m.io"]),
        (
            Width::Registry,
            flat,
            vec!["digest q.io/a/x m.io/l/a-x", "digest q.io/a/y m.io/l/a-y"],
        ),
        (
            Width::Registry,
            mixed,
            vec!["digest q.io m.io", "digest q.io/a/z m.io/odd"],
        ),
        // One part is no namespace, and a whole registry was not asked for.
        (
            Width::Namespace,
            "q.io/x@DIGEST=m.io/x:1\n",
            vec!["digest q.io/x m.io/x"],
        ),
        // A repository below one that says the same.
        (
            Width::Repository,
            "q.io/a@DIGEST=m.io/a:1\nq.io/a/b@DIGEST=m.io/a/b:1\n",
            vec!["digest q.io/a m.io/a"],
        ),
        // A namespace that is a repository, too, with another copy.
        (
            Width::Namespace,
            "q.io/a/b@DIGEST=m.io/odd:1\nq.io/a/b/c@DIGEST=m.io/a/b/c:1\n",
            vec!["digest q.io/a/b m.io/odd", "digest q.io/a/b/c m.io/a/b/c"],
        ),
        // Two copies are two mirrors, in order.
        (
            Width::Registry,
            "q.io/a/x@DIGEST n.io/a/x:1 m.io/a/x:1\n",
            vec!["digest q.io n.io m.io"],
        ),
        // Each form has its own set.
        (
            Width::Namespace,
            "q.io/a/x@DIGEST=m.io/a/x:1\nq.io/a/x:2=m.io/a/x:2\n",
            vec!["digest q.io/a m.io/a", "tag q.io/a m.io/a"],
        ),
        // A narrower entry of one form hides the broader one of the other.
        (
            Width::Namespace,
            "q.io/a/x@DIGEST=m.io/a/x:1\nq.io/a/y@DIGEST=m.io/a/y:1\nq.io/a/x:2=m.io/odd:2\n",
            vec![
                "digest q.io/a m.io/a",
                "digest q.io/a/x m.io/a/x",
                "tag q.io/a/x m.io/odd",
            ],
        ),
        // Docker's own registry has names that are not written.
        (
            Width::Repository,
            "nginx@DIGEST=m.io/library/nginx:1\n",
            vec!["digest docker.io/library/nginx m.io/library/nginx"],
        ),
    ] {
        let generated = generate(&[mapping(text)], &plan(&BOTH, width));
        assert_eq!(entries(&generated.text), expected, "{width:?} {text}");
        assert_eq!(generated.unproven, [], "{text}");
        assert_eq!(generated.refusals, Vec::<String>::new(), "{text}");
        assert_eq!(generated.n_entries, expected.len(), "{text}");
    }
}

#[test]
fn what_is_left_out_is_told() {
    for (kinds, text, expected) in [
        (&BOTH[..1], "q.io/a:1=m.io/a:1", Some(LeftOutReason::Tag)),
        (
            &BOTH[1..],
            "q.io/a@DIGEST=m.io/a:1",
            Some(LeftOutReason::Digest),
        ),
        (&BOTH[..], "q.io/a:1=m.io/a:1", None),
        (
            &BOTH[..],
            "q.io/a:1=file://local/a:1",
            Some(LeftOutReason::Files),
        ),
        (
            &BOTH[..],
            "file://local/a:1=m.io/a:1",
            Some(LeftOutReason::Files),
        ),
        (&BOTH[..], "q.io/a:1=q.io/a:2", Some(LeftOutReason::Same)),
    ] {
        let generated = generate(&[mapping(text)], &plan(kinds, Width::Repository));
        let reasons: Vec<_> = generated.left_out.iter().map(|it| it.reason).collect();
        assert_eq!(reasons, Vec::from_iter(expected), "{text}");
        assert_eq!(generated.text.is_empty(), expected.is_some(), "{text}");
        assert_eq!(generated.unproven, [], "{text}");
    }
}

#[test]
fn what_is_narrower_than_asked_is_told() {
    let text = "q.io/a/x@DIGEST=m.io/a/x:1\nq.io/a/z@DIGEST=m.io/odd:1\n";
    let told = |width| -> Vec<(String, String)> {
        let generated = generate(&[mapping(text)], &plan(&BOTH, width));
        let narrower = generated.narrower.into_iter();
        narrower.map(|it| (it.repository, it.source)).collect()
    };
    let odd = || vec![("q.io/a/z".to_owned(), "q.io/a/z".to_owned())];
    assert_eq!(told(Width::Registry), odd());
    assert_eq!(told(Width::Namespace), odd());
    assert_eq!(told(Width::Repository), []);
}

#[test]
fn objects_are_split_on_each_side_of_the_limit() {
    let line = |idx: usize| format!("q.io/a/x{idx:06}@DIGEST=m.io/a/x{idx:06}:1\n");
    let plan = plan(&BOTH[..1], Width::Repository);
    let n_bytes = |n_lines: usize| {
        let text: String = (0..n_lines).map(line).collect();
        let generated = generate(&[mapping(&text)], &plan);
        assert_eq!((generated.n_copies, generated.unproven.len()), (n_lines, 0));
        let objects = generated.text.split("---\n").skip(1);
        objects.map(str::len).collect::<Vec<_>>()
    };
    let [one, two] = [n_bytes(1)[0], n_bytes(2)[0]];
    let n_fit = (MAX_OBJECT_BYTES - one) / (two - one) + 1;
    assert_eq!(n_bytes(n_fit).len(), 1);
    let split = n_bytes(n_fit + 1);
    assert_eq!(split.len(), 2);
    assert!(split.iter().all(|n_bytes| *n_bytes <= MAX_OBJECT_BYTES));
}

#[test]
fn names_and_labels_are_those_of_the_plan() {
    let mut plan = plan(&BOTH[..1], Width::Repository);
    let text = "q.io/a@DIGEST=m.io/a:1\n";
    assert_eq!(
        generate(&[mapping(text)], &plan).text,
        "---\napiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  \
         name: lab-0\nspec:\n  imageDigestMirrors:\n  - mirrors:\n    - m.io/a\n    \
         source: q.io/a\n"
    );
    plan.is_catalog = true;
    let labelled = generate(&[mapping(text)], &plan).text;
    assert!(labelled.contains("    operators.openshift.org/catalog: \"true\"\n"));
}

/// A generator of numbers with a fixed seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // From Marsaglia, Xorshift RNGs.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % 1_000_000).unwrap() % limit
    }
}

/// Mappings of few names, so that namespaces, repositories and copies meet in every way.
#[test]
fn all_is_proven_and_no_entry_can_be_spared() {
    let mut numbers = Numbers(0x5eed_5eed_5eed_5eed);
    let sources = [
        "q.io/a",
        "q.io/a/b",
        "q.io/a/b/c",
        "q.io/b/c",
        "r.io/a/b",
        "q.io/a/d",
    ];
    let mut n_narrower = 0;
    for _ in 0..400 {
        let n_lines = 1 + numbers.below(7);
        let mut text = String::new();
        for idx in 0..n_lines {
            let source = sources[numbers.below(sources.len())];
            let (_, path) = source.split_once('/').unwrap();
            let end = ["@DIGEST", ":1"][numbers.below(2)];
            let destination = match numbers.below(5) {
                0 => format!("m.io/{}", path.replace('/', "-")),
                1 => format!("m.io/x/{path}"),
                2 => format!("n.io/{path}"),
                _ => format!("m.io/{path}"),
            };
            text.push_str(&format!("{source}{end}={destination}:{idx}\n"));
        }
        let mappings = [mapping(&text)];
        assert_eq!(mappings[0].faults, [], "{text}");
        for width in [Width::Repository, Width::Namespace, Width::Registry] {
            let generated = generate(&mappings, &plan(&BOTH, width));
            assert_eq!(
                generated.unproven,
                [],
                "{width:?}\n{text}{}",
                generated.text
            );
            assert_eq!(generated.n_copies, n_lines, "{text}");
            n_narrower += generated.narrower.len();
            assert!(is_exact(&generated.text, &mappings), "{width:?}\n{text}");
            for without in spared(&generated.text) {
                let is_exact = is_exact(&without, &mappings);
                assert!(!is_exact, "{width:?}\n{text}{}", generated.text);
            }
        }
    }
    assert!(100 < n_narrower, "{n_narrower}");
}

/// Whether nodes look for every image at its copies, in their order, and nowhere else.
fn is_exact(text: &str, mappings: &[MappingFile]) -> bool {
    let mut files = Files::new();
    let file = files.add("generated.yaml", text);
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let model = Model::build(&mut files, &[file], &settings);
    let all = copies(mappings);
    let mut wanted: Map<(&str, bool), Vec<&str>> = Map::new();
    for copies in &all {
        let key = (copies.name.name(), copies.source.value.digest.is_some());
        let wanted = wanted.entry(key).or_default();
        for (_, destination) in &copies.destinations {
            if !wanted.contains(&destination.name()) {
                wanted.push(destination.name());
            }
        }
    }
    let mut lookups = Lookups::new(model.loaded().unwrap());
    all.iter().all(|copies| {
        let key = (copies.name.name(), copies.source.value.digest.is_some());
        let lookup = lookups.find(&copies.source.value, &copies.name);
        lookup.is_some_and(|it| !it.is_for_digests && it.locations == wanted[&key])
    })
}

/// The text without each of its entries in turn.
fn spared(text: &str) -> Vec<String> {
    let starts: Vec<usize> = text
        .match_indices("  - mirrors:\n")
        .map(|it| it.0)
        .collect();
    let end = |start: usize| {
        let source = start + text[start..].find("    source: ").unwrap();
        source + text[source..].find('\n').unwrap() + 1
    };
    let without = |start: &usize| format!("{}{}", &text[..*start], &text[end(*start)..]);
    starts.iter().map(without).collect()
}
