//! The program beside a real API server, with kubectl in front of it.
//!
//! Only where `KUBEBUILDER_ASSETS` names a directory with kube-apiserver, etcd and kubectl.

#[cfg(test)]
mod support {
    pub(crate) mod certificates;
    pub(crate) mod client;
    pub(crate) mod control_plane;
    pub(crate) mod process;
}

use std::fs;
use std::path::Path;
use std::process::Command;

use k8s_openapi::ByteString;
use pullproof_webhook::state::cluster::KINDS;
use serde_json::{Value, json};
use support::client::eventually;
use support::control_plane::{ControlPlane, Said};
use support::process::Process;

/// Definitions that take anything, so that whatever is refused is refused by the webhook.
fn definitions() -> String {
    let definition = |(group, version, kind, plural): (&str, &str, &str, &str)| {
        let anything = json!({
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": true,
        });
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": format!("{plural}.{group}"),
                "annotations": {
                    // Groups of kubernetes.io are protected; those of OpenShift are not.
                    "api-approved.openshift.io": "https://github.com/openshift/api",
                },
            },
            "spec": {
                "group": group,
                "scope": "Cluster",
                "names": {
                    "kind": kind,
                    "listKind": format!("{kind}List"),
                    "plural": plural,
                    "singular": kind.to_lowercase(),
                },
                "versions": [{
                    "name": version,
                    "served": true,
                    "storage": true,
                    "subresources": { "status": {} },
                    "schema": { "openAPIV3Schema": {
                        "type": "object",
                        "properties": { "spec": anything, "status": anything },
                    } },
                }],
            },
        });
        format!("---\n{definition}\n")
    };
    KINDS.map(definition).concat()
}

/// Has every change of the kinds judged.
fn registration(process: &Process) -> String {
    let rule = |(group, version, _, plural): (&str, &str, &str, &str)| {
        json!({
            "apiGroups": [group],
            "apiVersions": [version],
            "resources": [plural],
            "operations": ["CREATE", "UPDATE", "DELETE"],
            "scope": "Cluster",
        })
    };
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": { "name": "pullproof" },
        "webhooks": [{
            "name": "pullproof.example.com",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "failurePolicy": "Fail",
            "timeoutSeconds": 10,
            "rules": KINDS.map(rule),
            "clientConfig": {
                "url": format!("https://127.0.0.1:{}/validate", process.address().port()),
                "caBundle": ByteString(process.ca_pem().as_bytes().to_vec()),
            },
        }],
    })
    .to_string()
}

fn object(kind: &str, name: &str, spec: &Value) -> String {
    let (group, version, kind, _) = KINDS
        .into_iter()
        .find(|(_, _, other, _)| *other == kind)
        .expect("it is one of the kinds");
    let object = json!({
        "apiVersion": format!("{group}/{version}"),
        "kind": kind,
        "metadata": { "name": name },
        "spec": spec,
    });
    format!("---\n{object}\n")
}

fn digest_mirrors(name: &str, entries: &Value) -> String {
    let spec = json!({ "imageDigestMirrors": entries });
    object("ImageDigestMirrorSet", name, &spec)
}

/// What kubectl printed has these parts, in this order.
fn check(said: &Said, is_ok: bool, parts: &[&str]) {
    assert_eq!(said.is_ok, is_ok, "{said:?}");
    let text = format!("{}{}", said.stdout, said.stderr);
    eprintln!("{text}");
    let mut rest = text.as_str();
    for part in parts {
        let found = rest.split_once(part);
        assert!(found.is_some(), "no {part:?} in {rest:?} of {text}");
        rest = found.unwrap_or_default().1;
    }
}

#[test]
fn kubectl_shows_what_the_webhook_says() {
    let Some(plane) = ControlPlane::start() else {
        eprintln!("not run: `KUBEBUILDER_ASSETS` is not set");
        return;
    };
    plane.applied(&definitions());
    let said = plane.kubectl(
        &["wait", "--for=condition=Established", "--all", "crd"],
        None,
    );
    assert!(said.is_ok, "{said:?}");
    // What was there before the webhook is nobody's fault.
    let sin = json!({ "source": "old.example.com/a", "mirrors": ["mirror.example.com/a:latest"] });
    plane.applied(&digest_mirrors("old", &json!([sin])));
    let settings = "drain_delay_ms = 0\n[log]\nlevel = 'debug'\n[state]\nsource = 'cluster'\n";
    let kubeconfig = plane.kubeconfig();
    let variables = [("KUBECONFIG", kubeconfig.as_path())];
    let process = Process::start_self_signed(settings, &variables);
    eventually(|| process.client().get("/readyz").text() == "ready\n");
    plane.applied(&registration(&process));
    let bad = digest_mirrors(
        "lab",
        &json!([
            { "source": "quay.io/org", "mirrors": ["mirror.example.com/org:latest"] },
            {
                "source": "https://quay.io/a",
                "mirrors": ["mirror.example.com/a"],
                "mirrorSourcePolicy": "Never",
            },
        ]),
    );
    // The API server takes a moment to heed a new webhook.
    eventually(|| !plane.apply(&bad, &["--dry-run=server"]).is_ok);

    refuses_what_is_bad(&plane, &bad);
    lets_old_sins_be(&plane, &sin);
    judges_against_the_cluster(&plane);
    warns_of_deletes(&plane);
    keeps_up_with_kubectl(&plane);
    prints_manifests_that_apply(&plane, &process);

    assert_eq!(process.metric("pullproof_fail_open_total"), 0.0);
    assert!(
        !process.log().contains("\"level\":\"error\""),
        "{}",
        process.log()
    );
}

fn refuses_what_is_bad(plane: &ControlPlane, bad: &str) {
    let bullets = [
        "The ImageDigestMirrorSet \"lab\" is invalid: \n",
        "* spec.imageDigestMirrors[0].mirrors[0]: mirror `mirror.example.com/org:latest` ",
        "[PP003 rejected-object]",
        "\n* spec.imageDigestMirrors[1].mirrorSourcePolicy: `Never` ",
        "\n* spec.imageDigestMirrors[1].source: source `https://quay.io/a` ",
    ];
    check(&plane.apply(bad, &[]), false, &bullets);
    check(&plane.apply(bad, &["--dry-run=server"]), false, &bullets);
    check(&plane.apply(bad, &["--server-side"]), false, &bullets);
    let generated = bad.replace("\"name\":\"lab\"", "\"generateName\":\"lab-\"");
    let said = plane.kubectl(&["create", "-f", "-"], Some(&generated));
    check(
        &said,
        false,
        &["The ImageDigestMirrorSet \"lab-", "is invalid"],
    );
    let said = plane.kubectl(&["get", "imagedigestmirrorset", "lab"], None);
    check(&said, false, &["\"lab\" not found"]);
}

fn judges_against_the_cluster(plane: &ControlPlane) {
    let tag_mirrors = |policy: &str| {
        let mut entry = json!({ "source": "quay.io/org", "mirrors": ["mirror.example.com/org"] });
        entry["mirrorSourcePolicy"] = json!(policy);
        let spec = json!({ "imageTagMirrors": [entry] });
        object("ImageTagMirrorSet", "tools", &spec)
    };
    let first = json!([{
        "source": "quay.io/org",
        "mirrors": ["mirror.example.com/org"],
        "mirrorSourcePolicy": "NeverContactSource",
    }]);
    let first = digest_mirrors("release", &first);
    let warnings = [
        "imagedigestmirrorset.config.openshift.io/release created",
        "Warning: ",
        "[PC002 failing-pull]",
    ];
    let dry_run = || plane.apply(&first, &["--dry-run=server"]);
    eventually(|| dry_run().stderr.contains("Warning: "));
    check(&dry_run(), true, &["created (server dry run)", "Warning: "]);
    check(&plane.apply(&first, &[]), true, &warnings);
    let second = tag_mirrors("AllowContactingSource");
    let conflict = [
        "The ImageTagMirrorSet \"tools\" is invalid: ",
        "spec.imageTagMirrors[0].",
        "two policies [PP008 policy-conflict]",
        "`ImageDigestMirrorSet/release`",
    ];
    eventually(|| !plane.apply(&second, &["--dry-run=server"]).is_ok);
    check(&plane.apply(&second, &[]), false, &conflict);
    let said = plane.apply(&tag_mirrors("NeverContactSource"), &[]);
    let drain = ["Warning: nodes drain", "[PC001 node-effect]"];
    check(&said, true, &drain);
}

fn lets_old_sins_be(plane: &ControlPlane, sin: &Value) {
    let good = json!({ "source": "old.example.com/b", "mirrors": ["mirror.example.com/b"] });
    let more = digest_mirrors("old", &json!([sin, good]));
    let said = plane.apply(&more, &[]);
    let configured = "imagedigestmirrorset.config.openshift.io/old configured";
    check(&said, true, &[configured]);
    let worse = json!({ "source": "old.example.com/c", "mirrors": ["mirror.example.com/c:1"] });
    let worse = digest_mirrors("old", &json!([sin, good, worse]));
    let said = plane.apply(&worse, &[]);
    check(
        &said,
        false,
        &[
            "The ImageDigestMirrorSet \"old\" is invalid: ",
            "mirror.example.com/c:1",
        ],
    );
    assert!(!said.stderr.contains("mirror.example.com/a"), "{said:?}");
    // While it is there, no change reaches a node, and no effect of one can be told.
    let said = plane.kubectl(&["delete", "imagedigestmirrorset", "old"], None);
    assert!(said.is_ok, "{said:?}");
}

fn warns_of_deletes(plane: &ControlPlane) {
    // Tags of all there is come from a mirror, and digests from nowhere but for one team.
    let blocked = json!({ "imageTagMirrors": [{
        "source": "blocked.example.com",
        "mirrors": ["mirror.example.com/all"],
        "mirrorSourcePolicy": "NeverContactSource",
    }] });
    plane.applied(&object("ImageTagMirrorSet", "wide", &blocked));
    let mirrors = json!([{
        "source": "blocked.example.com/team",
        "mirrors": ["mirror.example.com/team"],
    }]);
    plane.applied(&digest_mirrors("only", &mirrors));
    let arguments = ["delete", "imagedigestmirrorset", "only"];
    let warnings = [
        "imagedigestmirrorset.config.openshift.io \"only\" deleted",
        "Warning: after this, pulls by digest such as `blocked.example.com/team/example` \
         contact nothing [PC002 failing-pull]",
    ];
    let is_warned = |said: &Said| said.stderr.contains("failing-pull");
    let dry_run = [&arguments[..], &["--dry-run=server"]].concat();
    eventually(|| is_warned(&plane.kubectl(&dry_run, None)));
    let said = plane.kubectl(&arguments, None);
    assert!(is_warned(&said), "{said:?}");
    let text = Said {
        stdout: said.stdout,
        stderr: lines_with(&said.stderr, "failing-pull"),
        ..said
    };
    check(&text, true, &warnings);
}

fn lines_with(text: &str, word: &str) -> String {
    let lines = text.lines().filter(|line| line.contains(word));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Two objects of one file that contradict each other, milliseconds apart.
///
/// The second is judged before the first has come back from the API server if that is slow, so
/// how often it is refused is told and not demanded.
fn keeps_up_with_kubectl(plane: &ControlPlane) {
    let entry = |policy: &str| {
        json!([{
            "source": "quick.example.com/a",
            "mirrors": ["mirror.example.com/a"],
            "mirrorSourcePolicy": policy,
        }])
    };
    let two = digest_mirrors("quick", &entry("NeverContactSource"))
        + &object(
            "ImageTagMirrorSet",
            "quick",
            &json!({ "imageTagMirrors": entry("AllowContactingSource") }),
        );
    let mut n_refused = 0;
    for _ in 0..5 {
        let said = plane.apply(&two, &[]);
        n_refused += usize::from(said.stderr.contains("policy-conflict"));
        let kinds = "imagedigestmirrorset,imagetagmirrorset";
        let said = plane.kubectl(&["delete", kinds, "quick", "--ignore-not-found"], None);
        assert!(said.is_ok, "{said:?}");
    }
    eprintln!("the second of two quick objects was refused {n_refused} times of 5");
}

/// What the command line prints, where it has been built beside the webhook.
fn prints_manifests_that_apply(plane: &ControlPlane, process: &Process) {
    let pullproof = Path::new(env!("CARGO_BIN_EXE_pullproof-webhook")).with_file_name("pullproof");
    if !pullproof.exists() {
        eprintln!("manifests not tried: the command line is not built");
        return;
    }
    let ca_file = process.dir().join("ca.pem");
    fs::write(&ca_file, process.ca_pem()).expect("it is our directory");
    let certificates = format!("ca-bundle={}", ca_file.display());
    let print = |arguments: &[&str]| {
        let output = Command::new(&pullproof)
            .arg("manifests")
            .args(arguments)
            .output();
        let output = output.expect("it runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("manifests are UTF-8")
    };
    let image = "mirror.example.com/pullproof-webhook:0.1.0";
    let manifests = print(&["--image", image, "--certificates", &certificates]);
    // Without the namespace the objects in it are refused even on trial.
    plane.applied("{apiVersion: v1, kind: Namespace, metadata: {name: pullproof-system}}");
    let said = plane.apply(&manifests, &["--dry-run=server"]);
    let parts = ["deployment.apps/", "validatingwebhookconfiguration"];
    check(&said, true, &parts);
    // The checks in CEL alone: the API server compiles them when they are applied.
    let said = plane.kubectl(
        &["delete", "validatingwebhookconfiguration", "pullproof"],
        None,
    );
    assert!(said.is_ok, "{said:?}");
    let policies = print(&["--vap"]);
    let said = plane.apply(&policies, &[]);
    check(
        &said,
        true,
        &["validatingadmissionpolicy.admissionregistration.k8s.io/"],
    );
    assert!(!said.stderr.contains("Warning"), "{said:?}");
    let entry = |policy: &str| {
        json!({
            "source": "vap.example.com/a",
            "mirrors": ["mirror.example.com/a"],
            "mirrorSourcePolicy": policy,
        })
    };
    let closed_and_open = json!([entry("NeverContactSource"), entry("AllowContactingSource")]);
    let conflict = digest_mirrors("lab", &closed_and_open);
    let said = || plane.apply(&conflict, &["--dry-run=server"]);
    eventually(|| !said().is_ok);
    let parts = [
        "ValidatingAdmissionPolicy 'pullproof-deny'",
        "policy-conflict",
    ];
    check(&said(), false, &parts);
}
