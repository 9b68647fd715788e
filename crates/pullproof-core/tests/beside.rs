//! Rules about what stands beside mirror objects, on inputs of several files.

use pullproof_core::file::Files;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;

const DIGEST: &str = "sha256:6d76ef2bc4dc13b0dd8f2b7e5d9f2d6b62f8d4a0d5c6b0b1f9d3c7a1e8b2c4d6";

/// The messages of one rule on files that are given by name and text.
fn found(id: &str, inputs: &[(&str, &str)]) -> Vec<String> {
    let mut files = Files::new();
    let inputs: Vec<_> = inputs
        .iter()
        .map(|(name, text)| files.add(*name, text.replace("DIGEST", DIGEST)))
        .collect();
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let model = Model::build(&mut files, &inputs, &settings);
    let rule = rules::ALL.iter().copied().find(|rule| rule.card.id == id);
    let findings = lint::run(&model, &[rule.expect("there is such a rule")]);
    findings
        .into_iter()
        .map(|finding| format!("{} {}", finding.severity, finding.message))
        .collect()
}

fn mirror_set(kind: &str, source: &str, mirrors: &str) -> String {
    let key = match kind {
        "ImageTagMirrorSet" => "imageTagMirrors",
        _ => "imageDigestMirrors",
    };
    format!(
        "apiVersion: config.openshift.io/v1\nkind: {kind}\nmetadata: {{name: lab}}\n\
         spec: {{{key}: [{{source: {source}, mirrors: [{mirrors}]}}]}}\n"
    )
}

#[test]
fn mappings_are_compared_with_where_nodes_look() {
    let digests = mirror_set("ImageDigestMirrorSet", "q.io/a", "m.io/a");
    let tags = mirror_set("ImageTagMirrorSet", "q.io/a", "m.io/t");
    let whole = mirror_set("ImageDigestMirrorSet", "q.io", "'m.io:5000'");
    let wildcard = mirror_set("ImageDigestMirrorSet", "'*.q.io'", "m.io/a");
    let several = mirror_set("ImageDigestMirrorSet", "q.io/a", "n.io/a, m.io/a");
    let elsewhere = |place: &str, looked: &str| {
        vec![format!(
            "error `q.io/a/b` is copied to `{place}`, but nodes look for it at `{looked}`"
        )]
    };
    let by_digest = || {
        let message = "`q.io/a/b` is copied to `m.io/b`, but nodes look for its digests at";
        vec![format!("warning {message} `m.io/a/b`")]
    };
    let second = || {
        let message = "`q.io/a/b` is copied to `m.io/b`, too, where nodes never look";
        vec![format!("info {message}: another copy is what they find")]
    };
    let nowhere =
        vec!["warning `x.io/b` is copied to `m.io/b`, but nodes look for it at no mirror".into()];
    for (objects, mapping, expected) in [
        (&digests, "q.io/a/b@DIGEST=m.io/a/b:1", vec![]),
        (&digests, "q.io/a/b:1@DIGEST=m.io/a/b", vec![]),
        (
            &digests,
            "q.io/a/b@DIGEST=m.io/b",
            elsewhere("m.io/b", "m.io/a/b"),
        ),
        // Nodes find one of two copies.
        (&digests, "q.io/a/b@DIGEST m.io/b m.io/a/b", second()),
        // A tag that nothing serves is there for its digest.
        (&digests, "q.io/a/b:1=m.io/a/b:1", vec![]),
        (&digests, "q.io/a/b:1=m.io/b:1", by_digest()),
        (&digests, "q.io/a/b=m.io/b", by_digest()),
        (&tags, "q.io/a/b:1=m.io/t/b:1", vec![]),
        (
            &tags,
            "q.io/a/b:1=m.io/a/b:1",
            elsewhere("m.io/a/b", "m.io/t/b"),
        ),
        (&several, "q.io/a/b@DIGEST=m.io/a/b:1", vec![]),
        (&whole, "q.io/a/b@DIGEST=m.io:5000/a/b:1", vec![]),
        (
            &whole,
            "q.io/a/b@DIGEST=m.io:5000/lab/a-b:1",
            elsewhere("m.io:5000/lab/a-b", "m.io:5000/a/b"),
        ),
        (&wildcard, "z.q.io/b@DIGEST=m.io/a/b:1", vec![]),
        (&digests, "x.io/b@DIGEST=m.io/b:1", nowhere),
        (&digests, "x.io/b:1=m.io/b:1", vec![]),
        // Only what nodes pull by name can be compared.
        (&digests, "q.io/a/b@DIGEST=file://b:1", vec![]),
        (&digests, "file://q.io/a/b@DIGEST=m.io/b:1", vec![]),
        (&digests, "q.io/a/b@DIGEST=s3://m.io/b/c/d:1", vec![]),
    ] {
        let inputs = [("a.yaml", objects.as_str()), ("mapping.txt", mapping)];
        assert_eq!(found("mapping-mismatch", &inputs), expected, "{mapping}");
        assert_eq!(
            found("mapping-mismatch", &inputs[1..]),
            [""; 0],
            "{mapping}"
        );
    }
    // The same repository is told once.
    let twice = "q.io/a/b:1=m.io/b:1\nq.io/a/b:2=m.io/b:2\n";
    let inputs = [("a.yaml", digests.as_str()), ("mapping.txt", twice)];
    assert_eq!(found("mapping-mismatch", &inputs).len(), 1);
}

#[test]
fn names_tell_mappings_from_manifests() {
    for (name, expected) in [("x.txt", 1), ("x.yaml", 0), ("mapping.txt.yaml", 0)] {
        let found = found("refused-mapping", &[(name, "alone\n")]);
        assert_eq!(found.len(), expected, "{name}");
    }
}

#[test]
fn catalogs_are_compared_with_what_is_copied() {
    let catalog = |image: &str| {
        format!(
            "apiVersion: operators.coreos.com/v1alpha1\nkind: CatalogSource\n\
             metadata: {{name: c}}\nspec: {{sourceType: grpc, image: '{image}'}}\n"
        )
    };
    let mapping = ("mapping.txt", "r.io/x/index:v1=m.io/olm/x-index:v1\n");
    let tags = mirror_set("ImageTagMirrorSet", "r.io/x/index", "m.io/olm/x-index");
    for (image, objects, is_found) in [
        ("m.io/olm/x-index:v1", "", false),
        ("m.io/olm/x-index@DIGEST", "", false),
        ("m.io/olm/x-index:v2", "", true),
        ("m.io/olm/olm-x-index:v1", "", true),
        ("r.io/x/index:v1", "", true),
        ("r.io/x/index:v1", &tags, false),
        ("q.io/other/index:v1", "", false),
        ("m.io/other/catalog:v1", "", false),
    ] {
        let catalog = catalog(image);
        let inputs = [("c.yaml", catalog.as_str()), ("i.yaml", objects), mapping];
        let found = found("unmirrored-catalog", &inputs);
        assert_eq!(found.len(), usize::from(is_found), "{image}: {found:?}");
    }
}

#[test]
fn credentials_count_where_nodes_have_them() {
    let mirrors = mirror_set(
        "ImageDigestMirrorSet",
        "q.io/a",
        "'m.io:5000/a', 'm.io:5000/b'",
    );
    let secret = |namespace: &str, name: &str, host: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
             type: kubernetes.io/dockerconfigjson\nstringData:\n  \
             .dockerconfigjson: '{{\"auths\": {{\"{host}\": {{\"auth\": \"dTpw\"}}}}}}'\n"
        )
    };
    let global = |host: &str| secret("openshift-config", "pull-secret", host);
    let file = |host: &str| format!("{{\"auths\": {{\"{host}\": {{\"auth\": \"dTpw\"}}}}}}");
    for (secrets, is_found) in [
        (vec![], false),
        (vec![global("m.io:5000")], false),
        (vec![global("m.io")], true),
        (vec![global("m.io"), file("m.io:5000")], true),
        (vec![file("m.io:5000")], false),
        (vec![file("m.io")], true),
        (vec![secret("lab", "m", "m.io:5000"), global("m.io")], true),
        (vec![secret("lab", "m", "m.io")], false),
        // What is in a broken secret, nobody knows.
        (vec![global("\"")], false),
    ] {
        let mut inputs = vec![("a.yaml", mirrors.as_str())];
        inputs.extend(secrets.iter().map(|text| ("s.yaml", text.as_str())));
        let found = found("mirror-without-credentials", &inputs);
        assert_eq!(found.len(), usize::from(is_found), "{secrets:?}: {found:?}");
    }
}

#[test]
fn images_need_a_mirror_for_their_form() {
    let digests = mirror_set("ImageDigestMirrorSet", "q.io/a", "m.io/a");
    let tags = mirror_set("ImageTagMirrorSet", "q.io/a", "m.io/a");
    for (objects, image, expected) in [
        (&digests, "q.io/a/b:1", "warning"),
        (&digests, "q.io/a/b", "warning"),
        (&digests, "q.io/a/b@DIGEST", ""),
        (&digests, "q.io/a/b:1@DIGEST", ""),
        (&digests, "q.io/c:1", "info"),
        (&digests, "x.io/c:1", ""),
        (&digests, "m.io/a/b:1", ""),
        (&digests, "busybox", ""),
        (&digests, "not an image", ""),
        (&tags, "q.io/a/b:1", ""),
        (&tags, "q.io/a/b@DIGEST", "warning"),
    ] {
        let pod =
            format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: '{image}'}}]}}\n");
        let inputs = [("a.yaml", objects.as_str()), ("p.yaml", pod.as_str())];
        let found = found("uncovered-image", &inputs);
        let severities: Vec<&str> = found.iter().filter_map(|it| it.split(' ').next()).collect();
        assert_eq!(severities.join(" "), expected, "{image}: {found:?}");
    }
    let catalog = "apiVersion: operators.coreos.com/v1alpha1\nkind: CatalogSource\n\
                   spec: {sourceType: grpc, image: 'q.io/a/b:1'}\n";
    let inputs = [
        ("a.yaml", digests.as_str()),
        ("c.yaml", catalog),
        ("mapping.txt", ""),
    ];
    assert_eq!(found("uncovered-image", &inputs[..2]).len(), 1);
    assert_eq!(found("uncovered-image", &inputs), [""; 0]);
}

#[test]
fn the_clusters_registry_is_held_against_objects_of_other_files() {
    let config = |storage: &str| {
        format!(
            "apiVersion: imageregistry.operator.openshift.io/v1\nkind: Config\n\
             metadata: {{name: cluster}}\n\
             spec: {{managementState: Managed, replicas: 2, storage: {{{storage}}}}}\n"
        )
    };
    let object = |kind: &str, namespace: &str, name: &str, rest: &str| {
        let metadata = format!("metadata: {{namespace: {namespace}, name: {name}}}");
        format!("apiVersion: v1\nkind: {kind}\n{metadata}\n{rest}\n")
    };
    let own = "openshift-image-registry";
    let claim = |modes: &str| {
        let spec = format!("spec: {{accessModes: [{modes}]}}");
        object("PersistentVolumeClaim", own, "a", &spec)
    };
    let credentials = "image-registry-private-configuration-user";
    let secret = object("Secret", own, credentials, "data: {}");
    let map = object("ConfigMap", "openshift-config", "a", "data: {}");
    for (id, storage, other, n_found) in [
        (
            "unusable-registry-claim",
            "pvc: {claim: a}",
            claim("ReadOnlyMany"),
            1,
        ),
        (
            "unusable-registry-claim",
            "pvc: {claim: b}",
            claim("ReadOnlyMany"),
            0,
        ),
        (
            "unusable-registry-claim",
            "pvc: {claim: a}",
            claim("ReadWriteMany"),
            0,
        ),
        ("broken-registry-secret", "s3: {}", secret.clone(), 2),
        ("broken-registry-secret", "pvc: {}", secret, 0),
        (
            "unusable-registry-reference",
            "s3: {trustedCA: {name: a}}",
            map.clone(),
            1,
        ),
        ("unusable-registry-reference", "s3: {}", map, 0),
    ] {
        let config = config(storage);
        for inputs in [
            [("a.yaml", config.as_str()), ("b.yaml", &other)],
            [("a.yaml", &other), ("b.yaml", &config)],
        ] {
            assert_eq!(found(id, &inputs).len(), n_found, "{id} {storage}");
            // Without the other, nothing is known.
            let alone = inputs.iter().filter(|(_, text)| *text == config);
            assert_eq!(
                found(id, &alone.copied().collect::<Vec<_>>()),
                [""; 0],
                "{id}"
            );
        }
    }
}
