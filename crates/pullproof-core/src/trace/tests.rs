//! Pulls that policy.json decides over, and those it says nothing to.

use super::*;
use crate::model::{Model, Settings};
use crate::openshift::OpenShift;
use crate::policy_json::decision::Verdict;
use crate::policy_json::read::read;

const DIGEST: &str = "@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Mirror sets for tags and digests of `quay.io/org`, and an image configuration.
fn objects(source_policy: &str, image_config: &str) -> String {
    let set = |kind: &str, key: &str| {
        format!(
            "apiVersion: config.openshift.io/v1\nkind: {kind}\nmetadata:\n  name: lab\nspec:\n  \
             {key}:\n  - source: quay.io/org\n    mirrors: [mirror.lab:5000/org]\n    \
             mirrorSourcePolicy: {source_policy}\n---\n"
        )
    };
    format!(
        "{}{}apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  \
         registrySources: {image_config}\n",
        set("ImageDigestMirrorSet", "imageDigestMirrors"),
        set("ImageTagMirrorSet", "imageTagMirrors"),
    )
}

/// A pull of the newest release's nodes, which may know their release image.
fn traced(objects: &str, release_image: Option<&str>, image: &str, down: &[String]) -> Trace {
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: release_image.map(str::to_owned),
    };
    traced_in(objects, &settings, None, image, down)
}

/// A pull, with a policy.json in place of the one that objects make.
fn traced_in(
    objects: &str,
    settings: &Settings,
    policy: Option<&str>,
    image: &str,
    down: &[String],
) -> Trace {
    let mut files = Files::new();
    let file = files.add("a.yaml", objects);
    let policy = policy.map(|text| files.add("policy.json", text));
    let policy = policy.map(|file| read(&files, file).expect("nodes load it"));
    let model = Model::build(&mut files, &[file], settings);
    let context = Context {
        files: &files,
        registries: model.loaded().expect("nodes load it"),
        policy: policy.as_ref().or_else(|| model.policy()),
        short_name_mode: ShortNameMode::Disabled,
        down,
        object_at: &|span| model.locate(span).map(|(object, _)| object),
    };
    trace(&context, image, None)
}

/// How the first candidate ends, in a line.
fn end(trace: &Trace) -> String {
    match &trace.candidates[0].outcome {
        Outcome::Contacts { first, n_endpoints } => format!("contacts {first} of {n_endpoints}"),
        Outcome::Rejected {
            first,
            n_endpoints,
            reason,
        } => format!("rejected after {first} of {n_endpoints}: {reason}"),
        Outcome::Fails { reason } => format!("fails: {reason}"),
    }
}

#[test]
fn policy_json_is_asked_about_the_name_that_the_pod_has() {
    let check = |image_config: &str, image: &str, expected: &str| {
        let trace = traced(
            &objects("AllowContactingSource", image_config),
            None,
            image,
            &[],
        );
        assert_eq!(end(&trace), expected, "{image_config} {image}");
        assert!(trace.contacts_any());
        assert_eq!(trace.pulls_any(), !expected.starts_with("rejected"));
    };
    let tag = "quay.io/org/app:1.2";
    let rejected = "rejected after mirror.lab:5000/org/app:1.2 of 2: Source image rejected: \
                    Running image docker://quay.io/org/app:1.2 is rejected by policy.";
    let pulled = "contacts mirror.lab:5000/org/app:1.2 of 2";
    // The mirror has it, and is allowed, which helps nobody.
    check("{allowedRegistries: [mirror.lab:5000]}", tag, rejected);
    check("{allowedRegistries: [quay.io/other]}", tag, rejected);
    // Nor does it hurt that the mirror is not.
    check("{allowedRegistries: [quay.io/org]}", tag, pulled);
    check("{allowedRegistries: [\"*.io\"]}", tag, pulled);
    check("{}", tag, pulled);
    check("{blockedRegistries: [mirror.other]}", tag, pulled);
    // The registry of an image is of no matter to the images of another.
    let as_written = "contacts mirror.lab:5000/org/app:1.2 of 1";
    let mirrored = "mirror.lab:5000/org/app:1.2";
    check("{blockedRegistries: [quay.io]}", mirrored, as_written);
    // Names of Docker Hub are told in their short form.
    let hub = "rejected after docker.io/library/busybox:latest of 1: Source image rejected: \
               Running image docker://busybox:latest is rejected by policy.";
    check("{allowedRegistries: [quay.io]}", "docker.io/busybox", hub);
}

#[test]
fn a_blocked_source_with_a_mirror_is_contacted_for_nothing() {
    let blocked = objects(
        "AllowContactingSource",
        "{blockedRegistries: [quay.io/org]}",
    );
    let image = "quay.io/org/app:1.2";
    let trace = traced(&blocked, None, image, &[]);
    let candidate = &trace.candidates[0];
    assert_eq!(candidate.attempts[0].refused, None);
    assert!(candidate.attempts[1].refused.is_some());
    assert!(end(&trace).starts_with("rejected after mirror.lab:5000/org/app:1.2 of 1: "));
    let policy = candidate.policy.as_ref().expect("nodes get one");
    assert_eq!(policy.verdict, Verdict::Rejected);
    assert_eq!(policy.scope.as_deref(), Some("quay.io/org"));
    let place = &policy.origins[0];
    assert_eq!((place.line, place.column), (26, 41));
    assert_eq!(place.object.as_deref(), Some("Image/cluster"));
    // What is never contacted is never asked about.
    let down = traced(&blocked, None, image, &["mirror.lab".to_owned()]);
    assert_eq!(end(&down), "fails: every endpoint is refused or down");
    assert!(!down.contacts_any() && !down.pulls_any());
    // The way to keep nodes from the source without this.
    let never = traced(&objects("NeverContactSource", "{}"), None, image, &[]);
    assert_eq!(end(&never), "contacts mirror.lab:5000/org/app:1.2 of 1");
    assert_eq!(never.candidates[0].policy, None);
}

#[test]
fn the_default_has_the_place_of_what_is_allowed() {
    let allowed = objects(
        "AllowContactingSource",
        "{allowedRegistries: [a.com, b.com]}",
    );
    let trace = traced(&allowed, None, "quay.io/org/app:1.2", &[]);
    let policy = trace.candidates[0].policy.as_ref().expect("nodes get one");
    assert_eq!(policy.scope, None);
    let columns = policy.origins.iter().map(|place| place.column);
    assert_eq!(columns.collect::<Vec<_>>(), [41]);
}

#[test]
fn the_release_image_is_let_in() {
    let release = format!("quay.io/org/release{DIGEST}");
    let other = format!("quay.io/org/app{DIGEST}");
    let blocked = objects(
        "AllowContactingSource",
        "{blockedRegistries: [quay.io/org]}",
    );
    let trace = traced(&blocked, Some(&release), &release, &[]);
    let policy = trace.candidates[0].policy.as_ref().expect("nodes get one");
    assert_eq!(policy.verdict, Verdict::Accepted);
    assert_eq!(policy.scope.as_deref(), Some("quay.io/org/release"));
    assert!(trace.pulls_any());
    assert!(!traced(&blocked, Some(&release), &other, &[]).pulls_any());
    // Without an exception, since it is not the one.
    assert!(!traced(&blocked, None, &release, &[]).pulls_any());
}

#[test]
fn one_image_can_be_let_in() {
    // Later API servers refuse tags and digests in the lists.
    let settings = Settings {
        version: OpenShift::V4_12,
        release_image: None,
    };
    let check = |allowed: &str, image: &str, is_pulled: bool| {
        let image_config = format!("{{allowedRegistries: [\"{allowed}\"]}}");
        let objects = objects("AllowContactingSource", &image_config);
        let trace = traced_in(&objects, &settings, None, image, &[]);
        assert_eq!(trace.pulls_any(), is_pulled, "{allowed} {image}");
        let policy = trace.candidates[0].policy.as_ref().expect("nodes get one");
        assert_eq!(policy.scope.as_deref(), is_pulled.then_some(allowed));
    };
    let tag = "quay.io/org/app:1.2";
    let by_digest = format!("quay.io/org/app{DIGEST}");
    check(tag, tag, true);
    check(tag, "quay.io/org/app:1.3", false);
    check(tag, &by_digest, false);
    check(&by_digest, &by_digest, true);
    check(&by_digest, &format!("{tag}{DIGEST}"), true);
    check(&by_digest, tag, false);
}

#[test]
fn a_signature_is_told_and_fails_nothing() {
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let objects = objects("AllowContactingSource", "{}");
    let traced = |requirements: &str| {
        let policy = format!("{{\"default\": [{requirements}]}}");
        traced_in(
            &objects,
            &settings,
            Some(&policy),
            "quay.io/org/app:1.2",
            &[],
        )
    };
    const SIGNED: &str = r#"{"type": "sigstoreSigned", "keyPath": "/key"}"#;
    let trace = traced(SIGNED);
    let policy = trace.candidates[0].policy.as_ref().expect("there is one");
    assert_eq!(policy.verdict, Verdict::NeedsSignatures);
    assert_eq!(policy.message, None);
    assert!(trace.pulls_any());
    // What no release implements is no signature that an image could have.
    const BASE: &str =
        r#"{"type": "signedBaseLayer", "baseLayerIdentity": {"type": "matchExact"}}"#;
    let trace = traced(&format!("{SIGNED}, {BASE}"));
    let expected = "rejected after mirror.lab:5000/org/app:1.2 of 2: \
                    Source image rejected: signedBaseLayer not implemented yet!";
    assert_eq!(end(&trace), expected);
}
