//! Reviews of changes, each told by its findings.

use super::*;
use crate::openshift::OpenShift;
use Operation::{Create, Delete, Update};

mod near;

const SETTINGS: Settings = Settings {
    version: OpenShift::NEWEST,
    release_image: None,
};

/// A mirror set of a kind, JSON as the API server sends it; `entries` is `source>mirror,mirror`
/// with `!` behind a source that must not be contacted.
fn set(kind: &str, name: &str, entries: &str) -> String {
    let entries = entries.split(' ').filter(|entry| !entry.is_empty());
    let entries = entries.map(|entry| {
        let (source, mirrors) = entry.split_once('>').unwrap_or((entry, ""));
        let policy = match source.strip_suffix('!') {
            Some(_) => ",\"mirrorSourcePolicy\":\"NeverContactSource\"",
            None => "",
        };
        let mirrors = mirrors.split(',').filter(|mirror| !mirror.is_empty());
        let mirrors: Vec<String> = mirrors.map(|mirror| format!("{mirror:?}")).collect();
        let source = source.trim_end_matches('!');
        format!(
            "{{\"mirrors\":[{}],\"source\":{source:?}{policy}}}",
            mirrors.join(",")
        )
    });
    let entries: Vec<String> = entries.collect();
    let (api_version, key) = match kind {
        "ImageDigestMirrorSet" => ("config.openshift.io/v1", "imageDigestMirrors"),
        "ImageTagMirrorSet" => ("config.openshift.io/v1", "imageTagMirrors"),
        _ => ("operator.openshift.io/v1alpha1", "repositoryDigestMirrors"),
    };
    let spec = format!("{{\"{key}\":[{}]}}", entries.join(","));
    object(api_version, kind, name, &spec)
}

/// An object with all that a server adds to one.
fn object(api_version: &str, kind: &str, name: &str, spec: &str) -> String {
    format!(
        "{{\"apiVersion\":\"{api_version}\",\"kind\":\"{kind}\",\"metadata\":{{\
         \"creationTimestamp\":\"2026-08-20T10:00:00Z\",\"generation\":2,\
         \"managedFields\":[{{\"apiVersion\":\"{api_version}\",\"fieldsType\":\"FieldsV1\",\
         \"fieldsV1\":{{\"f:spec\":{{\".\":{{}},\"k:{{\\\"a\\\":1}}\":{{}}}}}},\
         \"manager\":\"kubectl\",\"operation\":\"Update\",\"time\":\"2026-08-20T10:00:00Z\"}}],\
         \"name\":\"{name}\",\"resourceVersion\":\"4711\",\
         \"uid\":\"6a0d1e40-0000-4000-8000-000000000000\"}},\"spec\":{spec}}}"
    )
}

fn idms(name: &str, entries: &str) -> String {
    set("ImageDigestMirrorSet", name, entries)
}

fn itms(name: &str, entries: &str) -> String {
    set("ImageTagMirrorSet", name, entries)
}

fn icsp(name: &str, entries: &str) -> String {
    set("ImageContentSourcePolicy", name, entries)
}

fn image(spec: &str) -> String {
    object("config.openshift.io/v1", "Image", "cluster", spec)
}

/// A request about objects, of the kind that they say.
fn request<'a>(
    operation: Operation,
    old_object: Option<&'a str>,
    object: Option<&'a str>,
) -> Request<'a> {
    let text = object.or(old_object).unwrap_or_default();
    let kinds = Resource::ALL.into_iter();
    let is_it = |it: &Resource| text.contains(&format!("\"kind\":\"{}\"", it.kind()));
    let resource = { kinds }.find(is_it).unwrap_or(Resource::Images);
    Request {
        operation,
        group: resource.group(),
        version: resource.version(),
        kind: resource.kind(),
        name: "",
        subresource: "",
        object,
        old_object,
    }
}

fn cluster(texts: &[&str]) -> Cluster {
    let texts = texts.iter().enumerate();
    let texts = texts.map(|(idx, text)| (format!("cluster/{idx}"), (*text).to_owned()));
    let (cluster, unreadable) = Cluster::new(texts.collect(), SETTINGS);
    assert_eq!(unreadable, [""; 0]);
    cluster
}

/// Each finding as `severity rule at place: message`.
fn told(review: &Review) -> Vec<String> {
    let findings = review.findings.iter();
    let lines = findings.map(|finding| {
        let file = review.files.name(finding.span.file);
        format!(
            "{} {} {file} {}: {}",
            finding.severity, finding.rule, finding.path, finding.message
        )
    });
    lines.collect()
}

/// Checks the findings of a change, but those that are only information.
fn check(
    texts: &[&str],
    operation: Operation,
    old_object: Option<&str>,
    object: Option<&str>,
    expected: &[&str],
) {
    let review = review(&cluster(texts), &request(operation, old_object, object));
    let mut told = told(&review);
    told.retain(|line| !line.starts_with("info "));
    assert_eq!(told, expected, "{operation:?} {old_object:?} {object:?}");
}

#[test]
fn a_good_change_is_only_information() {
    let good = idms("lab", "q.io/o>m.io/o");
    let review = review(&cluster(&[]), &request(Create, None, Some(&good)));
    assert_eq!(
        told(&review),
        [
            "info node-effect object : nodes take new files and keep their pods: \
             `/etc/containers/registries.conf` changes",
            "info changed-pull object : pulls by digest such as `q.io/o/example` go elsewhere",
        ]
    );
    // The server makes up the name.
    let unnamed = good.replace("\"name\":\"lab\"", "\"generateName\":\"lab-\"");
    check(
        &[&good],
        Create,
        None,
        Some(&unnamed.replace("q.io/o", "q.io/p")),
        &[],
    );
}

#[test]
fn a_conflict_of_policies_is_told_of_the_second_object_and_names_the_first() {
    let first = itms("tools", "q.io/o>m.io/o");
    let second = idms("release", "q.io/o!>m.io/o");
    check(
        &[],
        Create,
        None,
        Some(&first),
        &[
            "warning node-effect object : nodes drain one after another: \
         `q.io/o` gets an entry with tag mirrors",
        ],
    );
    let expected = "error policy-conflict object spec.imageDigestMirrors[0].mirrorSourcePolicy: \
                    source `q.io/o` has two policies";
    check(&[&first], Create, None, Some(&second), &[expected]);
    let review = review(&cluster(&[&first]), &request(Create, None, Some(&second)));
    let label = &review.findings[0].related[0];
    assert_eq!(review.files.name(label.span.file), "cluster/0");
    // The other way round the rule looks at the cluster's object first; it is told at the change.
    let expected = expected.replace(
        "spec.imageDigestMirrors[0].mirrorSourcePolicy",
        "spec.imageTagMirrors[0].source",
    );
    check(&[&second], Create, None, Some(&first), &[&expected]);
    // What both objects did already is nothing new for a third.
    check(
        &[&first, &second],
        Create,
        None,
        Some(&idms("z", "q.io/z>m.io/z")),
        &[],
    );
    // Either can go again.
    check(&[&first, &second], Delete, Some(&first), None, &[]);
    check(&[&first, &second], Delete, Some(&second), None, &[]);
}

#[test]
fn what_a_cluster_has_wrong_already_is_not_told() {
    let old_sins = idms("old", "q.io/a>q.io/a,m.io/a q.io/b>m.io/b q.io/b>n.io/b");
    check(
        &[&old_sins],
        Create,
        None,
        Some(&idms("new", "q.io/c>m.io/c")),
        &[],
    );
    // An update that keeps a sin, moves it, or mends it.
    check(&[&old_sins], Update, Some(&old_sins), Some(&old_sins), &[]);
    let moved = idms(
        "old",
        "q.io/z>m.io/z q.io/a>q.io/a,m.io/a q.io/b>m.io/b q.io/b>n.io/b",
    );
    check(&[&old_sins], Update, Some(&old_sins), Some(&moved), &[]);
    let mended = idms("old", "q.io/a>m.io/a q.io/b>m.io/b,n.io/b");
    check(
        &[&old_sins],
        Update,
        Some(&old_sins),
        Some(&mended),
        &[
            "warning node-effect object : nodes drain one after another: \
         `q.io/a` loses the mirror `q.io/a`",
        ],
    );
    // One more of a kind is told.
    let more = idms(
        "old",
        "q.io/a>q.io/a,m.io/a q.io/b>m.io/b q.io/b>n.io/b q.io/y>q.io/y,m.io/y",
    );
    check(
        &[&old_sins],
        Update,
        Some(&old_sins),
        Some(&more),
        &[
            "warning self-mirror object spec.imageDigestMirrors[3].mirrors[0]: \
         mirror `q.io/y` is its own source",
        ],
    );
}

#[test]
fn what_nodes_do_not_look_at_changes_nothing() {
    let set = idms("lab", "q.io/a>q.io/a,m.io/a");
    let labelled = set.replace("\"name\"", "\"labels\":{\"a\":\"b\"},\"name\"");
    for texts in [&[][..], &[set.as_str()]] {
        let review = review(
            &cluster(texts),
            &request(Update, Some(&set), Some(&labelled)),
        );
        assert_eq!(review.findings, []);
    }
}

#[test]
fn the_old_object_is_the_truth_about_what_was() {
    let good = idms("lab", "q.io/a>m.io/a");
    let stale = idms("lab", "q.io/a>q.io/a,m.io/a");
    let bad = idms("lab", "q.io/a>q.io/a,m.io/a q.io/b>m.io/b");
    let expected = "warning self-mirror object spec.imageDigestMirrors[0].mirrors[0]: \
                    mirror `q.io/a` is its own source";
    check(&[&stale], Update, Some(&good), Some(&bad), &[expected]);
    check(&[&stale], Update, Some(&stale), Some(&bad), &[]);
    check(&[], Update, Some(&stale), Some(&bad), &[]);
    // What is created was not there.
    check(&[&stale], Create, None, Some(&bad), &[expected]);
    // Of another kind it is another object.
    check(
        &[&icsp("lab", "q.io/a>q.io/a,m.io/a")],
        Create,
        None,
        Some(&bad),
        &[expected],
    );
}

#[test]
fn deleting_the_only_mirror_of_a_source_warns() {
    let set = idms("lab", "q.io/o!>m.io/o");
    let by_tag = itms("tags", "q.io/o!>m.io/o");
    check(
        &[&by_tag, &set],
        Delete,
        Some(&set),
        None,
        &[
            "warning blocked-form cluster/0 spec.imageTagMirrors[0].mirrorSourcePolicy: \
         `NeverContactSource` blocks pulls by digest, too, for which there are no mirrors",
            "warning node-effect oldObject : nodes drain one after another: \
         the mirror `m.io/o` of `q.io/o` is no longer for digests only",
            "warning failing-pull oldObject : after this, pulls by digest such as `q.io/o/example` \
         contact nothing",
        ],
    );
    // Images of a blocked source are refused with a mirror, too.
    let blocked = image("{\"registrySources\":{\"blockedRegistries\":[\"q.io/o\"]}}");
    let set = idms("lab", "q.io/o>m.io/o");
    let effect = "warning node-effect oldObject : nodes drain one after another: \
         `q.io/o` loses the mirror `m.io/o`";
    check(&[&blocked, &set], Delete, Some(&set), None, &[effect]);
    // What was never contacted but through the mirror is contacted now.
    let set = idms("lab", "q.io/o!>m.io/o");
    check(
        &[&set],
        Delete,
        Some(&set),
        None,
        &[
            "warning node-effect oldObject : nodes drain one after another: \
         `q.io/o` has no entry any more",
            "warning changed-pull oldObject : pulls such as `q.io/o/example` contact `q.io`, \
         which they did not",
        ],
    );
    // A server that sends no old object.
    let mut delete = request(Delete, Some(&set), None);
    (delete.old_object, delete.name) = (None, "lab");
    let review = review(&cluster(&[&set]), &delete);
    assert_eq!(told(&review).len(), 2, "{:?}", told(&review));
}

#[test]
fn pulls_that_a_list_of_registries_refuses_are_told() {
    let set = idms("lab", "q.io/o>m.io/o");
    let lists = image("{\"registrySources\":{\"blockedRegistries\":[\"q.io/o\"]}}");
    let review = review(&cluster(&[&set]), &request(Create, None, Some(&lists)));
    let failing = told(&review);
    let failing = failing.iter().filter(|text| text.contains("failing-pull"));
    assert_eq!(
        failing.collect::<Vec<_>>(),
        [
            "warning failing-pull object : after this, pulls such as `q.io/o/example` \
             contact nothing",
            "warning failing-pull object : after this, policy.json refuses \
             pulls by digest such as `q.io/o/example`",
        ],
    );
}

#[test]
fn orders_that_contradict_each_other_are_told() {
    let first = idms("a", "q.io/o>m.io/o,n.io/o");
    check(
        &[&first],
        Create,
        None,
        Some(&idms("b", "q.io/o>n.io/o,m.io/o")),
        &[
            "warning contradicting-order object spec.imageDigestMirrors[0].source: mirrors of \
         `q.io/o` are listed in contradicting orders, `n.io/o` before `m.io/o` and after it",
        ],
    );
    check(
        &[&first],
        Create,
        None,
        Some(&icsp("b", "q.io/o>m.io/o,n.io/o")),
        &[],
    );
}

#[test]
fn what_nodes_cannot_load_or_never_get_is_told() {
    let search = image("{\"registrySources\":{\"containerRuntimeSearchRegistries\":[\"q.io/x\"]}}");
    check(
        &[],
        Create,
        None,
        Some(&search),
        &[
            "error unloadable-configuration object \
         spec.registrySources.containerRuntimeSearchRegistries[0]: \
         search registry `q.io/x` is no host",
            "warning node-effect object : nodes reboot one after another: \
         `/etc/containers/registries.conf.d/01-image-searchRegistries.conf` changes",
        ],
    );
    let old = image("{}");
    let wildcard = idms("w", "*.q.io>m.io/o");
    let blocked = image("{\"registrySources\":{\"blockedRegistries\":[\"a.q.io\"]}}");
    check(
        &[&old, &wildcard],
        Update,
        Some(&old),
        Some(&blocked),
        &[
            "error refused-render object spec.registrySources.blockedRegistries[0]: \
         `a.q.io` has no mirrors of its own and cannot inherit those of `*.q.io`, a wildcard",
        ],
    );
}

#[test]
fn the_release_is_told_by_the_settings() {
    let blocked = image("{\"registrySources\":{\"blockedRegistries\":[\"*.io\"]}}");
    for (release_image, expected) in [
        // The operator does not block its own release.
        (
            "q.io/release:1",
            "warning unblocked-payload object spec.registrySources.blockedRegistries[0]: registry \
             `*.io` is not blocked: the release image is pulled from `q.io/release` in it",
        ),
        // It finds the host in the wildcard, and the library that nodes pull with does not.
        (
            "q.io.io/release:1",
            "error refused-render object spec.registrySources.blockedRegistries[0]: \
             the operator crashes over this blocked registry, in which it finds the release \
             image and nodes do not",
        ),
    ] {
        let settings = Settings {
            release_image: Some(release_image.to_owned()),
            ..SETTINGS
        };
        let (cluster, _) = Cluster::new(Vec::new(), settings);
        let review = review(&cluster, &request(Create, None, Some(&blocked)));
        assert_eq!(told(&review).first().map_or("", String::as_str), expected);
    }
}

#[test]
fn nobody_asks_about_other_changes() {
    let bad = idms("lab", "q.io/a>q.io/a,m.io/a");
    let good = request(Create, None, Some(&bad));
    let others = [
        Request {
            kind: "ConfigMap",
            ..good
        },
        Request {
            version: "v2",
            ..good
        },
        Request {
            group: "config.example.com",
            ..good
        },
        Request {
            subresource: "status",
            ..good
        },
        Request {
            operation: Operation::Connect,
            ..good
        },
    ];
    assert_eq!(review(&cluster(&[]), &good).findings.len(), 3);
    for other in others {
        assert_eq!(review(&cluster(&[]), &other).findings, [], "{other:?}");
    }
}

#[test]
fn texts_that_are_no_object_are_told_and_change_nothing() {
    let set = idms("lab", "q.io/o!>m.io/o");
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(3 << 20));
    let numbers = format!("{{\"a\":[{}1]}}", "1,".repeat(300_000));
    let deep = "[".repeat(1 << 20);
    let texts = [
        "",
        "{",
        "nonsense",
        "[]",
        "null",
        "{}",
        "{\"kind\":\"List\",\"items\":[]}",
        "\u{0}",
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"}",
        &long,
        &numbers,
        &deep,
    ];
    let cluster = cluster(&[&set]);
    for text in texts {
        for (operation, old, new) in [
            (Create, None, Some(text)),
            (Update, Some(set.as_str()), Some(text)),
            (Delete, Some(text), None),
        ] {
            let request = Request {
                kind: "ImageDigestMirrorSet",
                name: "lab",
                ..request(operation, old, new)
            };
            let review = review(&cluster, &request);
            let rules: Vec<&str> = review.findings.iter().map(|finding| finding.rule).collect();
            let shown = &text[..text.len().min(40)];
            match operation {
                Delete => assert_eq!(rules[0], "unreadable-document", "{shown}"),
                _ => assert_eq!(rules, ["unreadable-document"], "{shown}"),
            }
        }
    }
}

#[test]
fn large_objects_are_judged() {
    let entries = (0..20_000).map(|idx| format!("q.io/o{idx}>m.io/mirror/of/organisation/o{idx}"));
    let large = idms("large", &entries.collect::<Vec<_>>().join(" "));
    assert!(1 << 20 < large.len());
    let expected = "error large-node-files object metadata.name: \
        nodes would get files that are larger than a `MachineConfig` can be";
    check(&[], Create, None, Some(&large), &[expected]);
}

#[test]
fn dropped_fields_are_told_once() {
    let applied = |field: &str| {
        let set = idms("lab", "q.io/o>m.io/o");
        let text = set.replace("\"source\"", &format!("\"{field}\":true,\"source\""));
        let text = serde_json::Value::String(text).to_string();
        set.replace(
            "\"name\"",
            &format!(
                "\"annotations\":{{\
            \"kubectl.kubernetes.io/last-applied-configuration\":{text}}},\"name\""
            ),
        )
    };
    let (old, new) = (applied("insecure"), applied("mirror"));
    let expected = "warning dropped-field object \
        metadata.annotations.kubectl.kubernetes.io/last-applied-configuration: \
        the API server dropped `spec.imageDigestMirrors[0].mirror`, \
        which ImageDigestMirrorSet does not have";
    check(&[], Create, None, Some(&new), &[expected]);
    check(&[], Update, Some(&old), Some(&new), &[expected]);
    check(&[], Update, Some(&new), Some(&new), &[]);
}

#[test]
fn a_cluster_keeps_what_can_be_read() {
    let texts = [
        ("a.yaml", "kind: [\n"),
        ("b.yaml", "kind: ConfigMap\napiVersion: v1\n"),
        ("c.json", &*idms("c", "q.io/o!>m.io/o")),
        ("d.json", "{\"kind\""),
    ];
    let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let (cluster, unreadable) = Cluster::new(texts.to_vec(), SETTINGS);
    assert_eq!(cluster.objects.len(), 1);
    assert_eq!(unreadable.len(), 2, "{unreadable:?}");
    assert!(unreadable[0].starts_with("a.yaml:"), "{unreadable:?}");
    assert!(unreadable[1].starts_with("d.json:"), "{unreadable:?}");
    let review = review(
        &cluster,
        &request(Create, None, Some(&itms("d", "q.io/o>m.io/o"))),
    );
    assert_eq!(review.findings[0].rule, "policy-conflict");
}

#[test]
fn the_order_of_the_cluster_does_not_matter() {
    let sets = [
        idms("a", "q.io/o>m.io/o,n.io/o"),
        icsp("a", "q.io/o>m.io/o"),
        idms("c", "q.io/o>k.io/o"),
    ];
    let texts = sets.each_ref().map(String::as_str);
    let new = idms("b", "q.io/o>n.io/o,m.io/o q.io/p!>m.io/p");
    let messages = |texts: &[&str]| {
        let review = review(&cluster(texts), &request(Create, None, Some(&new)));
        let findings = review.findings.into_iter();
        let all = findings.map(|it| (it.rule, it.object, it.path, it.message, it.help));
        all.collect::<Vec<_>>()
    };
    let expected = messages(&texts);
    let mut order = texts;
    for _ in 0..3 {
        order.rotate_left(1);
        assert_eq!(messages(&order), expected);
        let reversed: Vec<&str> = order.iter().rev().copied().collect();
        assert_eq!(messages(&reversed), expected);
    }
}

#[test]
fn nothing_is_wrong_where_there_is_nothing() {
    for (version, _) in OpenShift::ALL {
        for release_image in [
            None,
            Some("quay.io/a/b:1".to_owned()),
            Some("a b".to_owned()),
        ] {
            let settings = Settings {
                version,
                release_image,
            };
            let cluster = Cluster::new(Vec::new(), settings.clone()).0;
            let found = lint::run(&cluster.model, lint::rules::ALL);
            assert_eq!(found, cluster.findings, "{settings:?}");
        }
    }
}

#[test]
fn the_last_review_finds_what_another_does() {
    let old = idms("a", "quay.io/a>m.io/a");
    let new = idms("a", "quay.io/a!>m.io/b");
    let cluster = cluster(&[&old]);
    let request = request(Update, Some(&old), Some(&new));
    let found = review(&cluster, &request).findings;
    assert!(!found.is_empty());
    assert_eq!(last_review(&cluster, &request).findings, found);
}
