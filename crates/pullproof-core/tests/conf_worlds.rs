//! Random and hostile registries.conf files: rules end, whatever the text is, and tell the truth.

#![expect(
    clippy::unwrap_used,
    reason = "a world that cannot be built stops the test"
)]

use pullproof_core::file::Files;
use pullproof_core::finding::Finding;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::reference::Reference;
use pullproof_core::resolve::resolve;

fn judge(text: &str, version: OpenShift) -> (Model, Vec<Finding>) {
    let mut files = Files::new();
    let file = files.add("registries.conf", text);
    let settings = Settings {
        version,
        release_image: None,
    };
    let model = Model::build(&mut files, &[file], &settings);
    let findings = lint::run(&model, rules::ALL);
    (model, findings)
}

#[test]
fn hostile_texts_end_in_findings_or_in_none() {
    // 4 MiB is the limit of a text.
    let fill = |part: &str| part.repeat((4 << 20) / part.len());
    let numbered = |n: usize, part: &dyn Fn(usize) -> String| (0..n).map(part).collect::<String>();
    let entry = |location: &str| format!("[[registry]]\nlocation = \"{location}\"\n");
    let texts = [
        ("arrays", fill("["), true),
        ("nested", format!("a = {}", fill("[[registry]]")), true),
        ("dots", entry(&fill("a.")), true),
        ("slashes", entry(&fill("/")), true),
        ("colons", entry(&format!("a.b{}", fill(":1"))), true),
        (
            "wildcard",
            format!(
                "{}{}",
                entry(&fill("x.")),
                "[[registry]]\nprefix = \"*.x\"\n"
            ),
            false,
        ),
        ("empty tables", fill("[[registry]]\n"), true),
        (
            "unknown keys",
            numbered(60_000, &|idx| format!("blockd{idx} = true\n")),
            true,
        ),
        ("same prefix", fill(&entry("quay.io")), true),
        (
            "blocked mirrors",
            format!(
                "[[registry]]\nlocation = \"quay.io\"\nblocked = true\n{}",
                numbered(40_000, &|idx| format!(
                    "[[registry.mirror]]\nlocation = \"quay.io/{idx}\"\n"
                ))
            ),
            true,
        ),
        (
            "wildcards",
            numbered(40_000, &|idx| {
                format!("[[registry]]\nprefix = \"*.a{idx}.io\"\nlocation = \"x.io.a{idx}.io\"\n")
            }),
            false,
        ),
        (
            "misplaced keys",
            fill("[[registry]]\n[[registry.mirror]]\nlocation=\"a.b\"\nblocked=true\n")[..3 << 20]
                .rsplit_once("[[registry]]")
                .unwrap()
                .0
                .to_owned(),
            true,
        ),
        (
            "one line",
            format!(
                "registry = [{{ {} x = 1 }}]",
                numbered(100_000, &|idx| format!("k{idx} = 1, "))
            ),
            true,
        ),
        (
            "one large entry and many small ones",
            format!(
                "[[registry]]\nlocation = \"quay.io\"\n{}{}",
                numbered(30_000, &|idx| format!(
                    "[[registry.mirror]]\nlocation = \"m.io/{idx}\"\n"
                )),
                entry("quay.io").repeat(30_000)
            ),
            true,
        ),
        (
            "one host and many ports",
            format!(
                "[[registry]]\nlocation = \"quay.io\"\n{}{}",
                numbered(30_000, &|idx| format!(
                    "[[registry.mirror]]\nlocation = \"m.io/{idx}\"\n"
                )),
                numbered(30_000, &|idx| entry(&format!("quay.io:{idx}/x")))
            ),
            true,
        ),
    ];
    for (name, text, has_findings) in texts {
        let (model, findings) = judge(&text, OpenShift::NEWEST);
        let found = !findings.is_empty() || !model.problems.is_empty();
        assert!(found || !has_findings, "{name}");
    }
}

/// A generator of numbers with a fixed start.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }
}

const PREFIXES: [&str; 12] = [
    "a.io",
    "a.io/b",
    "a.io/b/c",
    "a.io:5",
    "b.io",
    "*.io",
    "*.b.io",
    "x.b.io",
    "xx.b.io",
    "docker.io",
    "a.io/b:1",
    "b",
];
const LOCATIONS: [&str; 9] = [
    "a.io", "a.io/b", "b.io/m", "m.net", "m.net/x", "m", "m.net/X", "a.io/b:1", "y.b.io",
];

#[test]
fn what_rules_say_of_pulls_is_what_pulls_do() {
    let mut random = Random(7);
    let (mut n_failing, mut n_escaped, mut n_dead) = (0, 0, 0);
    for _ in 0..3_000 {
        let mut text = String::new();
        let mut seen = Vec::new();
        for _ in 0..=random.below(3) {
            let (prefix, location) = (random.pick(&PREFIXES), random.pick(&LOCATIONS));
            if seen.contains(&prefix) {
                continue;
            }
            seen.push(prefix);
            let blocked = random.below(3) == 0;
            text += &format!("[[registry]]\nprefix = \"{prefix}\"\nlocation = \"{location}\"\n");
            text += &format!("blocked = {blocked}\n");
            if random.below(2) == 0 {
                let mirror = random.pick(&LOCATIONS);
                text += &format!("[[registry.mirror]]\nlocation = \"{mirror}\"\n");
            }
        }
        let (model, findings) = judge(&text, OpenShift::NEWEST);
        let Some(registries) = &model.confs[0].registries else {
            continue;
        };
        let has = |rule: &str, start: &str| {
            let mut found = findings.iter().filter(|finding| finding.rule == rule);
            found.any(|finding| finding.message.contains(start))
        };
        for (id, registry) in registries.entries() {
            let prefix = registry.prefix.as_str();
            let names = ["", "/q", "/q/q", ":7/q"].map(|rest| {
                let host = prefix.replacen("*.", "q.", 1);
                Reference::parse_normalized(&format!("{host}{rest}:1"))
            });
            let governed = names.iter().flatten();
            let governed =
                governed.filter(|reference| registries.find(reference.name()) == Some(id));
            let governed: Vec<&Reference> = governed.collect();
            let is_dead = has("dead-prefix", &format!("`{prefix}`"));
            assert!(
                !is_dead || governed.is_empty(),
                "{prefix} is not dead\n{text}"
            );
            n_dead += usize::from(is_dead);
            let escapes = has("escaped-block", &format!("`{prefix}` is not blocked"));
            let fails = has(
                "unusable-location",
                &format!("every pull of `{prefix}` fails"),
            );
            // A port behind the prefix can make names of what makes none, and the other way round.
            let below = governed.into_iter();
            let below = below.filter(|it| it.name().ends_with("/q") && !it.name().contains(":7"));
            for reference in below {
                match resolve(registries, reference).attempts {
                    Err(_) => assert!(fails, "{reference}\n{text}"),
                    Ok(attempts) => {
                        assert!(!fails, "{reference}\n{text}");
                        let source = attempts.last().unwrap();
                        let is_contacted = registry.blocked && source.blocked_by.is_none();
                        assert_eq!(escapes, is_contacted, "{reference}\n{text}");
                    }
                }
            }
            n_failing += usize::from(fails);
            n_escaped += usize::from(escapes);
        }
    }
    assert!(
        100 < n_failing.min(n_escaped).min(n_dead),
        "{n_failing} {n_escaped} {n_dead}"
    );
}
