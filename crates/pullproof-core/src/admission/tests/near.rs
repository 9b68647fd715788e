//! Changes judged against what is near them, and against the whole cluster.

use super::*;
use crate::admission::near::Near;

/// Numbers without pattern, the same at every run.
struct Numbers(u64);

impl Numbers {
    // From Sebastiano Vigna, splitmix64.c.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let number = (mixed ^ (mixed >> 31)) % u64::try_from(end).expect("it is small");
        usize::try_from(number).expect("it is small")
    }

    fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }
}

/// Scopes of which many nest, and some only begin alike.
const SCOPES: [&str; 24] = [
    "q.io",
    "q.io:5000",
    "q.io/o",
    "q.io/o/a",
    "q.io/o/a/b",
    "q.io/o/ab",
    "q.io/oo",
    "q.io/p",
    "q.io/p/example",
    "q.io/example",
    "m.io",
    "m.io/o",
    "m.io/o/a",
    "m.io/o/example",
    "m.io/ob",
    "m.io:5000",
    "m.io:5000/o",
    "n.io/x",
    "n.io/x/y",
    "k.io",
    "k.io/p/q",
    "r.q.io",
    "r.q.io/o",
    "example.q.io",
];

/// What only mirrors are, beside those.
const MIRRORS: [&str; 8] = [
    "m.io/o/a/b",
    "m.io/x",
    "n.io",
    "o.io/o",
    "o.io/O",
    "dotless/o",
    "m.io/o/a/b/c",
    "k.io/p",
];

const LISTED: [&str; 8] = [
    "q.io/o/a/b/c",
    "m.io/o/a",
    "*.q.io",
    "q.io/o",
    "n.io",
    "q.io/p/x",
    "k.io",
    "o.io/o/a",
];

fn entries(numbers: &mut Numbers, n_entries: usize) -> String {
    let entry = |numbers: &mut Numbers| {
        let source = match numbers.below(60) {
            0 => "*.q.io",
            _ => numbers.pick(&SCOPES),
        };
        // Two policies of one source are refused, so a source mostly has the one policy.
        let blocks = source.len() % 3 == 0 || numbers.below(20) == 0;
        let n_mirrors = numbers.below(3) + usize::from(numbers.below(9) != 0);
        let mirrors = (0..n_mirrors).map(|_| match numbers.below(2) {
            0 => numbers.pick(&SCOPES),
            _ => numbers.pick(&MIRRORS),
        });
        let mirrors: Vec<&str> = mirrors.collect();
        let policy = if blocks { "!" } else { "" };
        format!("{source}{policy}>{}", mirrors.join(","))
    };
    let entries: Vec<String> = (0..n_entries).map(|_| entry(numbers)).collect();
    entries.join(" ")
}

fn mirror_set(numbers: &mut Numbers, name: usize) -> String {
    let name = format!("set-{name}");
    let n_entries = numbers.below(4);
    let entries = entries(numbers, n_entries);
    match numbers.below(5) {
        0 => itms(&name, &entries),
        1 => icsp(&name, &entries.replace('!', "")),
        _ => idms(&name, &entries),
    }
}

fn image_config(numbers: &mut Numbers) -> String {
    let mut list = |n_max| {
        let n_scopes = numbers.below(n_max);
        let scopes: Vec<String> = (0..n_scopes)
            .map(|_| format!("{:?}", numbers.pick(&LISTED)))
            .collect();
        scopes.join(",")
    };
    let (insecure, blocked) = (list(3), list(4));
    image(&format!(
        "{{\"registrySources\":{{\"insecureRegistries\":[{insecure}],\
         \"blockedRegistries\":[{blocked}]}}}}"
    ))
}

/// Judges a change both ways; whether what is near it was enough.
fn compare_ways(world: &mut Cluster, request: &Request<'_>) -> bool {
    world.near = Near::new(&world.objects, &world.model, &world.settings);
    let near = review(world, request);
    world.near = None;
    let whole = review(world, request);
    let told = |review: &Review| {
        let findings = review.findings.iter();
        let all = findings.map(|finding| {
            let related = finding.related.iter();
            let spans = related.map(|label| label.span).chain([finding.span]);
            let places = spans.map(|span| {
                let (name, text) = (review.files.name(span.file), review.files.slice(span));
                format!("{name} {text}")
            });
            (finding.clone(), places.collect::<Vec<_>>())
        });
        all.collect::<Vec<_>>()
    };
    assert_eq!(told(&near), told(&whole), "{request:?}");
    // The whole cluster's files are written for every answer that took all of it.
    near.files.ids().count() < whole.files.ids().count()
}

#[test]
fn what_is_near_a_change_tells_all_of_it() {
    const N_WORLDS: u64 = 300;
    const N_CHANGES: usize = 8;
    let mut n_near = 0;
    let mut rules = std::collections::BTreeSet::new();
    for seed in 0..N_WORLDS {
        let mut numbers = Numbers(seed);
        let n_sets = 1 + numbers.below(7);
        let releases = [
            OpenShift::V4_12,
            OpenShift::V4_14,
            OpenShift::V4_15,
            OpenShift::V4_16,
        ];
        let settings = Settings {
            version: match numbers.below(8) {
                number if number < releases.len() => releases[number],
                _ => OpenShift::NEWEST,
            },
            // A scope that others have, too, and that may be blocked.
            release_image: match numbers.below(4) {
                0 => Some("q.io/o/a:1".to_owned()),
                _ => None,
            },
        };
        let mut texts: Vec<String> = (0..n_sets)
            .map(|name| mirror_set(&mut numbers, name))
            .collect();
        if numbers.below(2) == 0 {
            texts.push(image_config(&mut numbers));
        }
        let named = texts.iter().map(|text| (String::new(), text.clone()));
        let (mut world, _) = Cluster::new(named.collect(), settings);
        for _ in 0..N_CHANGES {
            let name = numbers.below(n_sets + 1);
            let new = mirror_set(&mut numbers, name);
            // Of what a change replaces the server may know more than the cluster.
            let old = match texts.get(name).filter(|_| numbers.below(4) != 0) {
                Some(old) if !old.contains("\"Image\"") => old.clone(),
                _ => mirror_set(&mut numbers, name),
            };
            let request = match numbers.below(4) {
                0 => request(Delete, Some(&old), None),
                1 => request(Create, None, Some(&new)),
                _ => request(Update, Some(&old), Some(&new)),
            };
            n_near += usize::from(compare_ways(&mut world, &request));
            let review = review(&world, &request);
            rules.extend(review.findings.iter().map(|finding| finding.rule));
        }
    }
    assert!(500 < n_near, "{n_near}");
    assert!(12 < rules.len(), "{rules:?}");
}

#[test]
fn a_listed_scope_that_becomes_a_source_moves_within_the_file() {
    let blocked = image("{\"registrySources\":{\"blockedRegistries\":[\"q.io/a\"]}}");
    let sets = [idms("lab", "q.io>m.io/q"), idms("other", "r.io>m.io/r")];
    let mut world = cluster(&[&blocked, &sets[0], &sets[1]]);
    // Nothing but its place changes: it was blocked, and has the mirrors that it inherited.
    let new = idms("new", "q.io/a>m.io/q/a");
    let request = request(Create, None, Some(&new));
    assert!(!compare_ways(&mut world, &request));
    let moved = "info node-effect object : nodes take new files and keep their pods: \
                 `/etc/containers/registries.conf` changes";
    assert!(told(&review(&world, &request)).contains(&moved.to_owned()));
}
