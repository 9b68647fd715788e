//! Made-up worlds for measurements: the same at every run, as large as one likes.

use std::fmt::Write as _;

/// Numbers without pattern, the same at every run.
struct Numbers(u64);

impl Numbers {
    /// A number below `end`.
    // From Sebastiano Vigna, splitmix64.c.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        let at = self.below(texts.len() as u64);
        texts[usize::try_from(at).unwrap_or(0)]
    }
}

const HOSTS: [&str; 8] = [
    "quay.io",
    "registry.redhat.io",
    "registry.access.redhat.com",
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "registry.connect.redhat.com",
    "registry.lab.example.com:5000",
];

const MIRROR_HOSTS: [&str; 3] = [
    "mirror.lab.example.com:5000",
    "mirror-b.lab.example.com",
    "registry.internal:8443",
];

const TEAMS: [&str; 8] = [
    "openshift-release-dev",
    "ubi9",
    "rhel8",
    "multicluster-engine",
    "acm-d",
    "library",
    "prometheus",
    "team-payments",
];

/// What an entry is about: mostly repositories, now and then an organisation or a host.
fn scope(number: usize, numbers: &mut Numbers) -> String {
    let (host, team) = (numbers.pick(&HOSTS), numbers.pick(&TEAMS));
    match number % 10 {
        0 => format!("registry-{number}.example.com"),
        1 => format!("{host}/org-{number}"),
        _ => format!("{host}/{team}/component-{number}-rhel9"),
    }
}

/// Most entries in one of `registries_confs`: the reader takes no file of megabytes.
const CONF_MAX_REGISTRIES: usize = 1_000;

/// A registries.conf and drop-ins with `n_registries` entries: of sixteen two are blocked, one is
/// a wildcard, and the others have two mirrors for pulls by digest.
pub fn registries_confs(n_registries: usize) -> Vec<String> {
    let mut numbers = Numbers(1);
    let mut texts = Vec::new();
    for number in 0..n_registries {
        if number % CONF_MAX_REGISTRIES == 0 {
            texts.push("unqualified-search-registries = [\"docker.io\"]\n".to_owned());
        }
        let scope = scope(number, &mut numbers);
        if let Some(text) = texts.last_mut() {
            text.push_str(&table(number, &scope));
        }
    }
    texts
}

fn table(number: usize, scope: &str) -> String {
    if number % 16 == WILDCARD {
        return format!("\n[[registry]]\n  prefix = \"*.zone-{number}.example.com\"\n");
    }
    let blocked = number % 8 == 3;
    let mut text = format!("\n[[registry]]\n  location = \"{scope}\"\n  blocked = {blocked}\n");
    for host in &MIRROR_HOSTS[..2] {
        _ = write!(
            text,
            "\n  [[registry.mirror]]\n    location = \"{host}/mirror/{number}\"\n    \
             pull-from-mirror = \"digest-only\"\n"
        );
    }
    text
}

/// Which of sixteen entries is a wildcard.
const WILDCARD: usize = 5;

/// Images for `registries_confs(n_registries)`: of four one by tag and three by digest, and of
/// four one that no entry is for.
pub fn images(n_registries: usize, n_images: usize) -> Vec<String> {
    let mut numbers = Numbers(1);
    let mut scopes: Vec<String> = Vec::new();
    for number in 0..n_registries {
        let scope = scope(number, &mut numbers);
        scopes.push(match number % 16 {
            WILDCARD => format!("registry.zone-{number}.example.com/app"),
            _ => scope,
        });
    }
    let mut numbers = Numbers(2);
    (0..n_images)
        .map(|number| {
            let at = numbers.below(n_registries as u64);
            let mut image = match number % 4 {
                3 => format!("{}/nowhere/image-{number}", numbers.pick(&HOSTS)),
                _ => scopes[usize::try_from(at).unwrap_or(0)].clone(),
            };
            if !image.contains('/') {
                image.push_str("/app");
            }
            if number % 16 < 4 {
                image.push_str(":v4.17.3");
            } else {
                image.push_str("@sha256:");
                for _ in 0..4 {
                    _ = write!(image, "{:016x}", numbers.below(u64::MAX));
                }
            }
            image
        })
        .collect()
}

/// Requests for `batch`: an image and the configuration to resolve it with.
pub fn requests(n_requests: usize) -> impl Iterator<Item = String> {
    const N_REGISTRIES: usize = 4;
    let conf = registries_confs(N_REGISTRIES).concat();
    let conf = conf.replace('"', "\\\"").replace('\n', "\\n");
    let images = images(N_REGISTRIES, 1_000);
    (0..n_requests).map(move |number| {
        // Not two requests in a row have one configuration.
        let comment = number % 1_000;
        let image = &images[number % images.len()];
        format!(
            "{{\"id\":{number},\"op\":\"resolve\",\"conf\":\"# {comment}\\n{conf}\",\"ref\":\"{image}\"}}"
        )
    })
}

/// One `ImageDigestMirrorSet` of about 1.7 KB: eight sources with two mirrors each.
pub fn mirror_set(number: usize) -> String {
    let mut numbers = Numbers(number as u64);
    let mut text = format!(
        "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\n\
         metadata:\n  name: mirrors-{number}\nspec:\n  imageDigestMirrors:\n"
    );
    for entry in 0..8 {
        let source = scope(number * 8 + entry, &mut numbers);
        let (first, second) = (MIRROR_HOSTS[0], MIRROR_HOSTS[1]);
        _ = write!(
            text,
            "  - source: {source}\n    mirrors:\n    - {first}/mirror/set-{number}/entry-{entry}\n    \
             - {second}/mirror/set-{number}/entry-{entry}\n"
        );
        if entry % 4 == 0 {
            text.push_str("    mirrorSourcePolicy: NeverContactSource\n");
        }
    }
    text
}

/// The same set of about 1.7 KB as an API server sends it to be reviewed: JSON, with what the
/// server adds; half as many sources, to make room for that.
pub fn sent_mirror_set(number: usize) -> String {
    sent_set(number, 6)
}

/// The same with three sources: what a thousand such sets make of the files of a node is just
/// small enough for a `MachineConfig`, so that there can be a cluster of them.
pub fn sent_small_set(number: usize) -> String {
    sent_set(number, 3)
}

fn sent_set(number: usize, n_sources: usize) -> String {
    let mut numbers = Numbers(number as u64);
    let mut entries = Vec::new();
    for entry in 0..n_sources {
        let source = scope(number * 8 + entry, &mut numbers);
        let policy = match entry % 4 {
            0 => ",\"mirrorSourcePolicy\":\"NeverContactSource\"",
            _ => "",
        };
        let (first, second) = (MIRROR_HOSTS[0], MIRROR_HOSTS[1]);
        entries.push(format!(
            "{{\"mirrors\":[\"{first}/mirror/set-{number}/entry-{entry}\",\
             \"{second}/mirror/set-{number}/entry-{entry}\"]{policy},\"source\":\"{source}\"}}"
        ));
    }
    format!(
        "{{\"apiVersion\":\"config.openshift.io/v1\",\"kind\":\"ImageDigestMirrorSet\",\
         \"metadata\":{{\"creationTimestamp\":\"2026-08-20T10:00:00Z\",\"generation\":1,\
         \"labels\":{{\"app.kubernetes.io/part-of\":\"mirrors\"}},\"managedFields\":[{{\
         \"apiVersion\":\"config.openshift.io/v1\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{{\
         \"f:metadata\":{{\"f:labels\":{{\".\":{{}},\"f:app.kubernetes.io/part-of\":{{}}}}}},\
         \"f:spec\":{{\".\":{{}},\"f:imageDigestMirrors\":{{}}}}}},\"manager\":\"oc\",\
         \"operation\":\"Update\",\"time\":\"2026-08-20T10:00:00Z\"}}],\
         \"name\":\"mirrors-{number}\",\"uid\":\"6a0d1e40-5f6c-4d0e-9a57-0c5f3c1f7a11\"}},\
         \"spec\":{{\"imageDigestMirrors\":[{}]}}}}",
        entries.join(",")
    )
}

/// `n_sets` mirror sets, one document after another.
pub fn stream(n_sets: usize) -> String {
    let documents = (0..n_sets).map(mirror_set);
    documents.collect::<Vec<_>>().join("---\n")
}

/// A mapping of `n_lines` digests: four of each repository, forty repositories of each namespace,
/// in the layout of their sources.
pub fn mapping(n_lines: usize) -> String {
    let mut text = String::new();
    for line in 0..n_lines {
        let (repository, namespace) = (line / 4, line / 160);
        let name = format!("org-{namespace}/product-{repository}-rhel9");
        let digest = format!("{line:064x}");
        let source = format!("registry.example.com/{name}@sha256:{digest}");
        _ = writeln!(text, "{source}=mirror.example.com:5000/olm/{name}:{line:x}");
    }
    text
}

/// The mirror set for `mapping(n_lines)`, with an entry for each namespace.
pub fn mapping_set(n_lines: usize) -> String {
    let mut text = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\n\
                    metadata:\n  name: catalog-0\nspec:\n  imageDigestMirrors:\n"
        .to_owned();
    for namespace in 0..n_lines.div_ceil(160) {
        let name = format!("org-{namespace}");
        _ = writeln!(
            text,
            "  - mirrors:\n    - mirror.example.com:5000/olm/{name}\n    \
             source: registry.example.com/{name}"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use pullproof_core::file::Files;
    use pullproof_core::model::{Model, Settings};
    use pullproof_core::openshift::OpenShift;
    use pullproof_core::render::FILES_BYTES_MAX;

    #[test]
    fn worlds_are_as_large_as_they_say() {
        let sent = sent_mirror_set(7).len();
        assert!((1_600..1_800).contains(&sent), "{sent}");
        let confs = registries_confs(2_000);
        let n_tables = confs
            .iter()
            .map(|text| text.matches("[[registry]]").count());
        assert_eq!(n_tables.collect::<Vec<_>>(), [1_000, 1_000]);
        assert_eq!(images(10, 64).len(), 64);
        let n_bytes = stream(1_000).len();
        assert!((1_600_000..1_800_000).contains(&n_bytes), "{n_bytes}");
    }

    #[test]
    fn a_cluster_can_have_a_thousand_small_sets() {
        let settings = Settings {
            version: OpenShift::NEWEST,
            release_image: None,
        };
        let n_bytes = |set: fn(usize) -> String| {
            let mut files = Files::new();
            let sets = (0..1_000).map(|number| files.add("set.yaml", set(number)));
            let sets: Vec<_> = sets.collect();
            let model = Model::build(&mut files, &sets, &settings);
            model.node.map_or(0, |node| node.n_bytes())
        };
        let small = n_bytes(sent_small_set);
        assert!(
            (1_000_000..FILES_BYTES_MAX).contains(&small),
            "{small} of {FILES_BYTES_MAX}"
        );
        assert!(FILES_BYTES_MAX < n_bytes(sent_mirror_set));
    }

    #[test]
    fn every_request_is_answered_with_a_chain() {
        for request in requests(1_000) {
            let answer = pullproof_core::batch::answer(&request);
            assert!(answer.contains("\"sources\""), "{request}\n{answer}");
        }
    }
}
