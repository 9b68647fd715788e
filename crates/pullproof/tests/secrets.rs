//! No output shows a credential: not in messages, not in excerpts, not for files nobody can read.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be run stops the test"
)]

use std::path::Path;
use std::process::Command;

/// A password, and the base64 of `robot:` and the password, in part: no output may have either.
const PASSWORD: &str = "hunter2hunter2";
const ENCODED: &str = "cm9ib3Q6aHVudGVyMmh1bnRlcjI=";

/// The base64 of a whole pull secret with the above.
const DATA: &str =
    "eyJhdXRocyI6eyJxdWF5LmlvIjp7ImF1dGgiOiJjbTlpYjNRNmFIVnVkR1Z5TW1oMWJuUmxjakk9In19fQ==";

const SECRET: &str = "\
apiVersion: v1
kind: Secret
metadata:
  name: pull-secret
  namespace: openshift-config
";

const REGISTRY: &str = "\
apiVersion: imageregistry.operator.openshift.io/v1
kind: Config
metadata:
  name: cluster
spec:
  replicas: -1
";

const INSTALL_CONFIG: &str = "\
apiVersion: v1
baseDomain: example.com
platform: {}
imageDigestSources:
- source: quay.io/org:1
";

/// Files with credentials in many places, each with something wrong that has to be told.
fn inputs() -> Vec<String> {
    let json = format!("{{\"auths\":{{\"quay.io/\":{{\"auth\":\"{ENCODED}\"}}}}}}");
    let typed = "type: kubernetes.io/dockerconfigjson\n";
    let in_secret = |rest: &str| format!("{SECRET}{rest}");
    let in_config = |rest: &str| format!("{INSTALL_CONFIG}{rest}");
    vec![
        json.clone(),
        // Not closed, with a key twice, with a plain password, with a list.
        json[..json.len() - 1].to_owned(),
        format!("{{\"auths\":{{\"q.io\":{{\"auth\":\"{ENCODED}\",\"auth\":\"{ENCODED}\"}}}}}}"),
        format!("{{\"auths\":{{\"quay.io\":{{\"username\":\"u\",\"password\":\"{PASSWORD}\"}}}}}}"),
        format!("{{\"auths\":{{\"quay.io\":\"{ENCODED}\"}}}}"),
        format!("auths:\n  quay.io:\n    auth: robot:{PASSWORD}\n"),
        format!("auths:\n  quay.io:\n    auth: !{PASSWORD} x\n"),
        format!("auths:\n  quay.io:\n    auth: *{PASSWORD}\n"),
        format!("auths:\n  quay.io:\n    auth: |\n      {PASSWORD}\n"),
        format!("auths:\n  quay.io:\n    auth: \"{PASSWORD}\n"),
        format!("auths:\n  https://robot:{PASSWORD}@quay.io/org:\n    auth: x\n"),
        in_secret(&format!("{typed}data:\n  .dockerconfigjson: {DATA}x\n")),
        in_secret(&format!("data:\n  .dockerconfigjson: {DATA}\n")),
        in_secret(&format!(
            "{typed}data:\n  .dockerconfigjson: |\n    {DATA}\n    x\n"
        )),
        in_secret(&format!("{typed}data: {{.dockerconfigjson: {DATA}x}}\n")),
        in_secret(&format!("{typed}data:\n  dockerconfigjson: {DATA}\n")),
        in_secret(&format!(
            "{typed}stringData:\n  .dockerconfigjson: '{json}'\n"
        )),
        in_secret(&format!(
            "{typed}stringData:\n  .dockerconfigjson: '{PASSWORD}'\n"
        )),
        in_secret(&format!(
            "{typed}stringData:\n  .dockerconfigjson: {json}\n"
        )),
        in_secret(&format!(
            "{typed}stringData:\n  .dockerconfigjson: |\n    {json}\n"
        )),
        in_secret(&format!(
            "{typed}stringData:\n  .dockerconfigjson: |\n    {json}\n   {PASSWORD}: [\n"
        )),
        in_secret(&format!("{typed}stringData:\n  a: *{PASSWORD}\n")),
        in_secret(&format!("stringData:\n  a: {PASSWORD}\n  a: {PASSWORD}\n")),
        in_secret(&format!("stringData:\n  a: \"{PASSWORD}\n")),
        in_secret(&format!("stringData:\n  a: {PASSWORD}: {PASSWORD}\n")),
        format!("{REGISTRY}  httpSecret: {PASSWORD}\n"),
        format!("{REGISTRY}  httpSecret: [{PASSWORD}]\n  httpSecret: {PASSWORD}\n"),
        format!("{REGISTRY}  httpSecret: {PASSWORD}: [\n"),
        // In other writings, beside something that is told.
        in_config(&format!("- {{source: q.io/b:1, x: {DATA}}}\n")),
        in_config(&format!(
            "- {{source: q.io/b:1, x: 'data:,%7B%22auth%22%3A%22{PASSWORD}%22%7D'}}\n"
        )),
        in_config(&format!(
            "- {{source: q.io/b:1, passwordHash: {PASSWORD}}}\n"
        )),
        format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\
             \"data\":{{\".dockerconfigjson\":\"{DATA}x\"}},\
             \"type\":\"kubernetes.io/dockerconfigjson\"}}"
        ),
        in_config(&format!("pullSecret: '{json}'\n")),
        in_config(&format!("pullSecret: '{PASSWORD}'\n")),
        in_config(&format!("pullSecret: {json}\n")),
        in_config(&format!("pullSecret: \"{json}\"\n")),
        in_config(&format!("pullSecret: |\n  {json}\n x: {PASSWORD}\n")),
        in_config(&format!("pullSecret: '{json}\n")),
        in_config(&format!("pullSecret: '{json}'\npullSecret: '{json}'\n")),
        in_config(&format!(
            "proxy:\n  httpProxy: \"http://u:{PASSWORD}@proxy.io:[\n"
        )),
    ]
}

/// The last arguments of those that tell how grave something is in these words.
const FORMATS_WITH_WORDS: [&str; 4] = ["text", "json", "always", "show"];

#[test]
fn a_diff_hides_what_stands_beside_a_change() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("install-config.yaml");
    let json = format!("{{\"auths\": {{\"quay.io\": {{\"auth\": \"{ENCODED}\"}}}}}}");
    let text = format!("{INSTALL_CONFIG}pullSecret: '{json}'\n");
    std::fs::write(&path, &text).unwrap();
    let output = run(&["lint", "--unsafe-fixes", "--diff"], &path);
    assert!(output.contains("\n+- source: quay.io/org\n"), "{output}");
    assert!(output.contains("\n pullSecret: <hidden>"), "{output}");
    assert!(!output.contains(ENCODED), "{output}");
}

#[test]
fn no_output_shows_a_credential() {
    let directory = std::env::temp_dir().join(format!("pullproof-secrets-{}", std::process::id()));
    _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("input.yaml");
    for text in inputs() {
        std::fs::write(&path, &text).unwrap();
        for arguments in [
            ["lint", "--format", "text"].as_slice(),
            &["lint", "--format", "json"],
            &["lint", "--color", "always"],
            &["show"],
            &["lint", "--format", "compact"],
            &["lint", "--format", "jsonl"],
            &["lint", "--format", "sarif"],
            &["lint", "--format", "github"],
            &["lint", "--format", "gitlab"],
            &["lint", "--format", "junit"],
            &["lint", "--format", "checkstyle"],
            &["lint", "--format", "rdjson"],
            &["lint", "--format", "markdown"],
            &["lint", "--unsafe-fixes", "--diff"],
        ] {
            let output = run(arguments, &path);
            for secret in [PASSWORD, ENCODED, DATA, &ENCODED[..12], &DATA[..12]] {
                assert!(!output.contains(secret), "{arguments:?}\n{text}\n{output}");
            }
            if !FORMATS_WITH_WORDS.contains(arguments.last().unwrap()) {
                assert!(!output.is_empty(), "{arguments:?}");
                continue;
            }
            assert!(
                ["error", "warning"]
                    .iter()
                    .any(|word| output.contains(word)),
                "nothing is told: {arguments:?}\n{text}\n{output}"
            );
        }
    }
    _ = std::fs::remove_dir_all(&directory);
}

fn run(arguments: &[&str], path: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pullproof"))
        .args(arguments)
        .arg(path)
        .output()
        .unwrap();
    let streams = [output.stdout, output.stderr];
    streams.map(|it| String::from_utf8(it).unwrap()).concat()
}
