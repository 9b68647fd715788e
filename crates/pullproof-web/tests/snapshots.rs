//! What the page is told, for small clusters.

use pullproof_core::file::Files;
use pullproof_core::finding::Finding;
use pullproof_core::lint::rules;
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::suppress;
use serde_json::{Value, json};

const VIEWS: [&str; 6] = ["trace", "conf", "graph", "changes", "rollout", "migrate"];

const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

fn set(kind: &str, field: &str, name: &str, entries: &str) -> String {
    format!(
        "apiVersion: config.openshift.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n\
         spec:\n  {field}:\n{entries}"
    )
}

fn idms(entries: &str) -> String {
    set("ImageDigestMirrorSet", "imageDigestMirrors", "lab", entries)
}

const PLAIN: &str = "  - source: quay.io/org\n    mirrors: [m.example.com/org]\n";

const BLOCKED: &str = "  - source: quay.io/org\n    mirrors: [m.example.com/org]\n    \
                       mirrorSourcePolicy: NeverContactSource\n";

fn file(group: &str, name: &str, text: &str) -> Value {
    json!({ "group": group, "name": name, "text": text })
}

fn asked(files: &[Value], images: &[&str]) -> Value {
    json!({
        "revision": 7,
        "files": files,
        "settings": { "openshift": "4.18" },
        "images": images,
        "down": [],
        "views": VIEWS,
    })
}

fn snapshot(request: &Value) -> Value {
    let answer = pullproof_web::snapshot(&request.to_string());
    serde_json::from_str(&answer).expect("an answer is JSON")
}

fn attempts(images: &Value) -> Vec<&str> {
    let attempts = images[0]["candidates"][0]["attempts"].as_array();
    let attempts = attempts.expect("there are attempts").iter();
    attempts.filter_map(|it| it["reference"].as_str()).collect()
}

#[test]
fn a_change_is_told_in_every_view() {
    let image = format!("quay.io/org/app@{DIGEST}");
    let files = [
        file("current", "a.yaml", &idms(PLAIN)),
        file("proposed", "b.yaml", &idms(BLOCKED)),
    ];
    let answer = snapshot(&asked(&files, &[&image]));
    assert_eq!(answer["revision"], 7);
    assert_eq!(answer["readable"], true);
    // The proposed object is the one that counts.
    assert_eq!(answer["objects"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer["objects"][0]["place"]["file"], "proposed/b.yaml");

    let mirror = format!("m.example.com/org/app@{DIGEST}");
    let trace = &answer["trace"];
    assert_eq!(attempts(&trace["before"]), [&mirror, &image]);
    assert_eq!(attempts(&trace["after"]), [&mirror, &image]);
    let step = &trace["after"][0]["candidates"][0]["attempts"][1];
    assert_eq!(step["refused"], "registry `quay.io/org` is blocked");
    let text = idms(BLOCKED);
    let origin = &step["origins"][0];
    let at = |key: &str| origin[key].as_u64().and_then(|at| usize::try_from(at).ok());
    let written = &text[at("from").expect("an offset")..at("to").expect("an offset")];
    assert_eq!(written, "NeverContactSource");
    assert_eq!(step["conf"]["file"], "registries.conf");

    let conf = &answer["conf"]["after"][0];
    assert_eq!(conf["path"], "/etc/containers/registries.conf");
    let lines: Vec<&str> = conf["text"].as_str().expect("a text").lines().collect();
    let line = step["conf"]["line"]
        .as_u64()
        .and_then(|line| usize::try_from(line).ok());
    assert_eq!(lines[line.expect("a line") - 1], "[[registry]]");
    assert!(
        conf["lines"]
            .as_array()
            .is_some_and(|lines| !lines.is_empty())
    );

    assert_eq!(answer["graph"]["nodes"].as_array().map(Vec::len), Some(3));
    let story = &answer["changes"]["groups"][0]["stories"][0];
    // By tag there are no mirrors.
    assert_eq!(story["change"], "fails");
    assert_eq!(story["forms"], "by tag");
    assert_eq!(story["entry"]["place"]["file"], "proposed/b.yaml");
    assert_eq!(answer["rollout"]["effect"], "drain");
    let releases = answer["rollout"]["releases"].as_array();
    assert!(releases.is_some_and(|releases| 1 < releases.len()));
    assert_eq!(answer["migrate"]["objects"], json!([]));
}

#[test]
fn what_is_not_asked_for_is_not_there() {
    let mut request = asked(&[file("proposed", "b.yaml", &idms(PLAIN))], &[]);
    request["views"] = json!([]);
    let answer = snapshot(&request);
    for view in VIEWS {
        assert_eq!(answer.get(view), None, "{view}");
    }
    assert!(answer["findings"].is_array());
}

#[test]
fn what_the_change_takes_away_is_gone() {
    let mut gone = file("current", "a.yaml", &idms(PLAIN));
    gone["removed"] = json!(true);
    let image = format!("quay.io/org/app@{DIGEST}");
    let answer = snapshot(&asked(&[gone], &[&image]));
    assert_eq!(attempts(&answer["trace"]["before"]).len(), 2);
    assert_eq!(attempts(&answer["trace"]["after"]), [&image]);
    assert_eq!(answer["objects"], json!([]));
    assert_eq!(answer["changes"]["groups"][0]["change"], "starts-elsewhere");
}

#[test]
fn objects_are_told_apart_by_what_their_kind_is_about() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n\
                apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n---\n\
                apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: c}\n---\n\
                apiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\n\
                metadata: {name: d}\n---\nsome: thing\n";
    let install = "apiVersion: v1\nmetadata: {name: e}\nbaseDomain: a.io\n\
                   platform: {none: {}}\nsshKey: e\n";
    let files = [
        file("current", "a.yaml", text),
        file("proposed", "b.yaml", &idms(PLAIN)),
        file("proposed", "install-config.yaml", install),
    ];
    let answer = snapshot(&asked(&files, &[]));
    let objects = answer["objects"].as_array().unwrap().iter();
    let objects = objects.map(|it| (it["kind"].as_str().unwrap(), it["about"].as_str().unwrap()));
    assert_eq!(
        objects.collect::<Vec<_>>(),
        [
            ("ConfigMap", "beside"),
            ("Namespace", "other"),
            ("Deployment", "beside"),
            ("MachineConfig", "beside"),
            ("ImageDigestMirrorSet", "pulls"),
            ("", "beside"),
        ]
    );
}

#[test]
fn a_refusal_says_who_and_where() {
    let two = format!(
        "{}---\n{}",
        idms(BLOCKED),
        set(
            "ImageDigestMirrorSet",
            "imageDigestMirrors",
            "other",
            "  - source: quay.io/org\n    mirrors: [n.example.com/org]\n    \
             mirrorSourcePolicy: AllowContactingSource\n",
        )
    );
    let answer = snapshot(&asked(
        &[file("proposed", "b.yaml", &two)],
        &["quay.io/org/app"],
    ));
    for refused in [
        &answer["trace"]["after"],
        &answer["conf"]["after"],
        &answer["graph"],
    ] {
        assert_eq!(refused["by"], "operator");
        assert_eq!(refused["reasons"][0]["place"]["file"], "proposed/b.yaml");
    }
    assert_eq!(answer["rollout"]["effect"], "refused");
}

#[test]
fn policies_are_migrated_with_a_proof() {
    let icsp = "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\n\
                metadata:\n  name: old\nspec:\n  repositoryDigestMirrors:\n  \
                - source: quay.io/org\n    mirrors:\n    - m.example.com/org\n";
    let answer = snapshot(&asked(&[file("current", "icsp.yaml", icsp)], &[]));
    let migrate = &answer["migrate"];
    assert_eq!(migrate["proof"]["holds"], true);
    assert_eq!(migrate["objects"][0]["kind"], "ImageDigestMirrorSet");
    assert_eq!(migrate["todo"][0]["command"], "oc apply -f idms.yaml");
    assert_eq!(migrate["files"][0]["file"], "current/icsp.yaml");
}

#[test]
fn one_fix_leaves_the_others_and_all_means_the_safe_ones() {
    // Mirrors that come again: each has a safe fix.
    let twice = "  - source: quay.io/org\n    mirrors: [m.example.com/org, m.example.com/org]\n  \
                 - source: quay.io/other\n    mirrors: [n.example.com/other, n.example.com/other]\n";
    let request = asked(&[file("proposed", "b.yaml", &idms(twice))], &[]);
    let findings = snapshot(&request)["findings"].clone();
    let findings = findings.as_array().expect("there are findings");
    let is_fixable = |finding: &&Value| finding["fix"]["safety"] == "safe";
    let n_fixable = findings.iter().filter(is_fixable).count();
    assert!(2 <= n_fixable, "{findings:#?}");
    let first = findings.iter().position(|finding| is_fixable(&finding));
    let fix = |finding: Option<usize>| -> Value {
        let wanted = json!({ "request": request, "finding": finding });
        serde_json::from_str(&pullproof_web::fix(&wanted.to_string())).expect("it is JSON")
    };
    let one = fix(first);
    assert_eq!(one["applied"].as_array().map(Vec::len), Some(1), "{one:#}");
    assert_eq!(one["files"][0]["file"], "proposed/b.yaml");
    let all = fix(None);
    assert_eq!(
        all["applied"].as_array().map(Vec::len),
        Some(n_fixable),
        "{all:#}"
    );
    let again = file(
        "proposed",
        "b.yaml",
        all["files"][0]["text"].as_str().expect("a text"),
    );
    let findings = snapshot(&asked(&[again], &[]))["findings"].clone();
    assert!(
        !findings
            .as_array()
            .is_some_and(|all| all.iter().any(|it| is_fixable(&it)))
    );
    assert!(fix(Some(10_000))["error"].is_string());
}

#[test]
fn findings_are_those_of_the_core() {
    let text = format!(
        "# ä😀\n{}",
        idms("  - source: quay.io/org\n    mirrors: [quay.io/org]\n")
    );
    let answer = snapshot(&asked(&[file("proposed", "b.yaml", &text)], &[]));
    let mut files = Files::new();
    let input = files.add("proposed/b.yaml", text.as_str());
    let settings = Settings {
        version: OpenShift::V4_18,
        release_image: None,
    };
    let model = Model::build(&mut files, &[input], &settings);
    let native = suppress::run(&model, rules::ALL).findings;
    let told = answer["findings"].as_array().expect("there are findings");
    assert!(!native.is_empty());
    assert_eq!(native.len(), told.len());
    for (
        Finding {
            code,
            message,
            span,
            ..
        },
        told,
    ) in native.iter().zip(told)
    {
        assert_eq!(told["code"], *code);
        assert_eq!(told["message"], **message);
        let start = text[..span.start as usize].encode_utf16().count();
        assert_eq!(told["place"]["from"], start);
    }
}

#[test]
fn what_is_no_request_is_refused() {
    for text in ["", "{}", "[]", "{\"revision\": -1}"] {
        let answer: Value =
            serde_json::from_str(&pullproof_web::snapshot(text)).expect("it is JSON");
        assert!(answer["error"].is_string(), "{text}");
    }
}

#[test]
fn images_have_a_limit_on_each_side() {
    let names =
        |n: usize| -> Vec<String> { (0..n).map(|idx| format!("quay.io/org/r{idx}")).collect() };
    for (n, n_left_out) in [(500, 0), (501, 1)] {
        let names = names(n);
        let images: Vec<&str> = names.iter().map(String::as_str).collect();
        let answer = snapshot(&asked(&[file("proposed", "b.yaml", &idms(PLAIN))], &images));
        assert_eq!(answer["trace"]["after"].as_array().map(Vec::len), Some(500));
        assert_eq!(answer["trace"]["n_left_out"], n_left_out);
    }
}
