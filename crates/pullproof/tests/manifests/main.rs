//! `pullproof manifests` from outside: every stream is decoded with the types of its kinds and
//! looked at from all sides, and the policy in CEL is held to `pullproof lint`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "an output of another shape stops the test"
)]

mod cel;
mod cluster;
mod stream;
#[path = "../support/mod.rs"]
mod support;

use cluster::{KINDS, check_cluster, check_pod, check_webhook, container};
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Pod, Service, ServiceAccount};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use stream::{Stream, documents};
use support::{Scratch, pullproof};

const IMAGE: [&str; 2] = ["--image", "mirror.example.com/pullproof-webhook:0.1.0"];
/// The release that examples are judged for, where their pages name none.
const OPENSHIFT: &str = "4.22";

const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBdDCCARugAwIBAgIUeBBXa3zaXIactMpXEKP/8Yxv1hIwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjExNDQyMDRaGA8yMTI2MTAyODE0NDIw
NFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABL2Y
kdowqqtp9JwI6AX9lkYuGLp7i4rmhucOosOKdPNWh9AmojAaJjMSNxVBaZ+fRXxw
vpWFGXUtSGKUzoCLiFujUzBRMB0GA1UdDgQWBBSNv5jWoQkq/oalpGQ4ZprTgcP3
0DAfBgNVHSMEGDAWgBSNv5jWoQkq/oalpGQ4ZprTgcP30DAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0cAMEQCIEdF8I/Fihm2JNlC7bGJI+q9Tp4VgkgAEgvQ
x0L6tfDYAiAIG5vnVkTURVDKGDspBFAyBfOxQyQpGevWe7ofCN2zVw==
-----END CERTIFICATE-----
";

#[test]
fn service_ca_is_the_default() {
    let stream = Stream::of(&IMAGE);
    let webhook = check_cluster(&stream, "pullproof-system", "pullproof", "pullproof-tls");
    assert_eq!(webhook.client_config.ca_bundle, None);
    assert_eq!(webhook.failure_policy.as_deref(), Some("Ignore"));
    let registration: ValidatingWebhookConfiguration = stream.one("ValidatingWebhookConfiguration");
    assert_eq!(
        registration.metadata.annotations.unwrap()["service.beta.openshift.io/inject-cabundle"],
        "true"
    );
    let service: Service = stream.one("Service");
    assert_eq!(
        service.metadata.annotations.unwrap()["service.beta.openshift.io/serving-cert-secret-name"],
        "pullproof-tls"
    );
    let deployment: Deployment = stream.one("Deployment");
    assert_eq!(deployment.spec.unwrap().replicas, Some(2));
    let configuration = stream.configuration();
    let expected = "\
        listen = '0.0.0.0:8443'\nworkers = 2\nqueue = 64\ntimeout_ms = 4000\non_error = 'fail'\n\
        drain_delay_ms = 15000\n[tls]\ncert = '/etc/pullproof/tls/tls.crt'\n\
        key = '/etc/pullproof/tls/tls.key'\n[log]\nformat = 'json'\n[state]\nsource = 'cluster'\n\
        [[policy]]\nname = 'pullproof'\nmode = 'enforce'\nsettings = { openshift = '5.2' }\n";
    assert_eq!(configuration, expected.parse().unwrap());
}

#[test]
fn cert_manager_signs_for_the_service() {
    let arguments = ["--certificates", "cert-manager", "--secret", "serving"];
    let stream = Stream::of(&[&IMAGE[..], &arguments].concat());
    let webhook = check_cluster(&stream, "pullproof-system", "pullproof", "serving");
    assert_eq!(webhook.client_config.ca_bundle, None);
    let certificates: Vec<Value> = stream.all("Certificate");
    let issuers: Vec<Value> = stream.all("Issuer");
    let is_serving = |it: &&Value| it["spec"]["isCA"] == false;
    let serving = certificates.iter().find(is_serving).unwrap();
    let authority = certificates.iter().find(|it| !is_serving(it)).unwrap();
    assert_eq!(serving["spec"]["secretName"], "serving");
    let names = serving["spec"]["dnsNames"].as_array().unwrap();
    assert!(names.contains(&json!("pullproof.pullproof-system.svc")));

    // The chain: an issuer of its own, the authority, its issuer, the certificate.
    let issuer = |of: &Value| {
        let name = &of["spec"]["issuerRef"]["name"];
        let found = issuers.iter().find(|it| it["metadata"]["name"] == *name);
        found.unwrap()["spec"].clone()
    };
    assert_eq!(issuer(authority), json!({"selfSigned": {}}));
    let secret = &authority["spec"]["secretName"];
    assert_eq!(issuer(serving), json!({"ca": {"secretName": secret}}));
    assert_ne!(secret, "serving");

    let registration: ValidatingWebhookConfiguration = stream.one("ValidatingWebhookConfiguration");
    let name = serving["metadata"]["name"].as_str().unwrap();
    assert_eq!(
        registration.metadata.annotations.unwrap()["cert-manager.io/inject-ca-from"],
        format!("pullproof-system/{name}")
    );
}

#[test]
fn a_bundle_is_handed_on() {
    let scratch = Scratch::new("bundle");
    let bundle = format!("a comment\n{CERTIFICATE}\n{CERTIFICATE}\n");
    let path = scratch.write("ca.pem", &bundle);
    let certificates = format!("ca-bundle={path}");
    let arguments = [&IMAGE[..], &["--certificates", &certificates]].concat();
    let stream = Stream::of(&arguments);
    let webhook = check_cluster(&stream, "pullproof-system", "pullproof", "pullproof-tls");
    assert_eq!(
        webhook.client_config.ca_bundle.unwrap().0,
        bundle.as_bytes()
    );
    let comments = stream.comments();
    assert!(comments.contains("create secret tls pullproof-tls"));
    assert!(comments.contains("pullproof.pullproof-system.svc"));
}

#[test]
fn flags_reach_what_they_are_about() {
    let arguments = [
        "--namespace",
        "mirrors",
        "--name",
        "guard",
        "--replicas",
        "3",
        "--mode",
        "warn",
        "--state",
        "none",
        "--openshift",
        "4.18",
        "--on-error",
        "allow",
        "--failure-policy",
        "Fail",
        "--listen",
        "[::]:9443",
    ];
    let stream = Stream::of(&[&IMAGE[..], &arguments].concat());
    let webhook = check_cluster(&stream, "mirrors", "guard", "guard-tls");
    assert_eq!(webhook.failure_policy.as_deref(), Some("Fail"));
    assert!(stream.comments().contains("failurePolicy is Fail"));
    let deployment: Deployment = stream.one("Deployment");
    let deployment = deployment.spec.unwrap();
    assert_eq!(deployment.replicas, Some(3));
    let configuration = stream.configuration();
    assert_eq!(configuration["listen"].as_str(), Some("[::]:9443"));
    assert_eq!(configuration["on_error"].as_str(), Some("allow"));
    assert_eq!(configuration["state"]["source"].as_str(), Some("none"));
    let policy = &configuration["policy"][0];
    assert_eq!(policy["mode"].as_str(), Some("warn"));
    assert_eq!(policy["settings"]["openshift"].as_str(), Some("4.18"));
}

#[test]
fn permissions_are_those_of_the_watched_kinds() {
    let stream = Stream::of(&IMAGE);
    let role: ClusterRole = stream.one("ClusterRole");
    let mut allowed = BTreeSet::new();
    for rule in role.rules.as_ref().unwrap() {
        assert_eq!(rule.verbs, ["list", "watch"]);
        for group in rule.api_groups.as_ref().unwrap() {
            for resource in rule.resources.as_ref().unwrap() {
                allowed.insert((group.as_str(), resource.as_str()));
            }
        }
    }
    let watched = KINDS.map(|(group, _, resource)| (group, resource));
    assert_eq!(allowed, BTreeSet::from(watched));
    let binding: ClusterRoleBinding = stream.one("ClusterRoleBinding");
    assert_eq!(Some(binding.role_ref.name), role.metadata.name);
    let account: ServiceAccount = stream.one("ServiceAccount");
    let [subject] = binding.subjects.as_deref().unwrap() else {
        panic!("one subject");
    };
    assert_eq!(Some(&subject.name), account.metadata.name.as_ref());
    assert_eq!(subject.namespace, account.metadata.namespace);
    let token = |stream: &Stream| {
        let deployment: Deployment = stream.one("Deployment");
        let spec = deployment.spec.unwrap().template.spec.unwrap();
        spec.automount_service_account_token.unwrap()
    };
    assert!(token(&stream));

    // Who watches nothing may nothing, and reaches nobody.
    let stream = Stream::of(&[&IMAGE[..], &["--state", "none"]].concat());
    assert_eq!(stream.all::<ClusterRole>("ClusterRole"), []);
    assert_eq!(stream.all::<ClusterRoleBinding>("ClusterRoleBinding"), []);
    assert!(!token(&stream));
    let network: NetworkPolicy = stream.one("NetworkPolicy");
    assert_eq!(network.spec.unwrap().egress, Some(Vec::new()));
}

#[test]
fn a_static_pod_is_asked_by_url() {
    let scratch = Scratch::new("url");
    let path = scratch.write("ca.pem", CERTIFICATE);
    for certificates in ["url".to_owned(), format!("url={path}")] {
        let stream = Stream::of(&[&IMAGE[..], &["--certificates", &certificates]].concat());
        assert_eq!(
            stream.kinds(),
            [
                "ValidatingWebhookConfiguration",
                "AdmissionConfiguration",
                "Pod"
            ]
        );
        let registration: ValidatingWebhookConfiguration =
            stream.one("ValidatingWebhookConfiguration");
        let name = registration.metadata.name.unwrap();
        assert!(name.ends_with(".static.k8s.io"), "{name}");
        let [webhook] = registration.webhooks.as_deref().unwrap() else {
            panic!("one webhook");
        };
        check_webhook(webhook);
        let client = &webhook.client_config;
        assert_eq!(client.service, None);
        assert_eq!(
            client.url.as_deref(),
            Some("https://127.0.0.1:18443/validate")
        );
        assert_eq!(client.ca_bundle.is_some(), certificates != "url");

        let configuration = stream_configuration(&stream);
        assert_eq!(configuration["listen"].as_str(), Some("127.0.0.1:18443"));
        assert_eq!(configuration["state"]["source"].as_str(), Some("directory"));
        let pod: Pod = stream.one("Pod");
        let spec = pod.spec.unwrap();
        check_pod(&spec, &configuration);
        assert_eq!(spec.host_network, Some(true));
        // From kubernetes, pkg/kubelet/config: static pods refer to no object of the API.
        assert_eq!(spec.service_account_name, None);
        for volume in spec.volumes.as_ref().unwrap() {
            assert!(volume.host_path.is_some() || volume.empty_dir.is_some());
        }
        let probe = container(&spec).readiness_probe.as_ref().unwrap();
        let host = probe.http_get.as_ref().unwrap().host.as_deref();
        assert_eq!(host, Some("127.0.0.1"));

        let admission: Value = stream.one("AdmissionConfiguration");
        let plugin = &admission["plugins"][0];
        assert_eq!(plugin["name"], "ValidatingAdmissionWebhook");
        let directory = plugin["configuration"]["staticManifestsDir"]
            .as_str()
            .unwrap();
        let comments = stream.comments();
        assert!(comments.contains(&format!("{directory}/webhook.yaml")));
        for word in ["Apply", "Break glass", "Remove", "failurePolicy is"] {
            assert!(comments.contains(word), "{word}");
        }
    }
}

/// The webhook's configuration from the comment that it is in.
fn stream_configuration(stream: &Stream) -> toml::Table {
    let lines = stream.text.lines();
    let lines: Vec<_> = lines
        .skip_while(|line| !line.starts_with("#     listen = "))
        .take_while(|line| *line == "#" || line.starts_with("#     "))
        .map(|line| line.trim_start_matches('#').trim_start())
        .collect();
    lines.join("\n").parse().unwrap()
}

#[test]
fn a_directory_gets_a_file_for_each_object() {
    let scratch = Scratch::new("directory");
    let variants: [(&str, &[&str]); 3] = [
        ("cluster", &["--certificates", "cert-manager"]),
        ("static", &["--certificates", "url"]),
        ("policy", &["--vap"]),
    ];
    for (name, arguments) in variants {
        let image: &[&str] = if name == "policy" { &[] } else { &IMAGE };
        let stream = Stream::of(&[image, arguments].concat());
        let directory = scratch.0.join(name).join("below");
        let path = directory.display().to_string();
        let arguments = [&["manifests", "--output-dir", &path], image, arguments].concat();
        let run = pullproof(&arguments, "");
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
        let mut files: Vec<_> = std::fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let text = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
        let yaml = files
            .iter()
            .filter(|path| path.extension().unwrap() == "yaml");
        let objects: Vec<_> = yaml.flat_map(|path| documents(&text(path))).collect();
        if name == "static" {
            // Nothing is applied, so the order does not count.
            assert_eq!(objects.len(), stream.objects.len());
            let configuration = text(&directory.join("pullproof.toml"));
            let configuration: toml::Table = configuration.parse().unwrap();
            assert_eq!(configuration, stream_configuration(&stream));
        } else {
            assert_eq!(objects, stream.objects, "in the order of their names");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    let scratch = Scratch::new("refused");
    let bundle = |name: &str, text: &str| format!("ca-bundle={}", scratch.write(name, text));
    let cut = CERTIFICATE.replace("MIIBdDCC", "MIIBdDC");
    let other = CERTIFICATE.replace("MIIBdDCC", "MIIBdDCD");
    let key = CERTIFICATE.replace("CERTIFICATE", "PRIVATE KEY");
    let both = CERTIFICATE.to_owned() + &key;
    let missing = format!("ca-bundle={}", scratch.0.join("missing").display());
    let (empty, key, both) = (
        bundle("empty", "text\n"),
        bundle("key", &key),
        bundle("both", &both),
    );
    let (cut, other) = (bundle("cut", &cut), bundle("other", &other));
    let open = bundle("open", CERTIFICATE.split("-----END").next().unwrap());
    let long = "a".repeat(64);
    let cases: [(&[&str], i32, &str); 38] = [
        (&["--image", ""], 2, "--image"),
        (&["--image", "a.b/c"], 2, "neither a tag nor a digest"),
        (&["--image", "a.b/C:1"], 2, "lowercase"),
        (&["--image", "a b:1"], 2, "invalid reference format"),
        (&["--namespace", "A"], 2, "RFC 1123"),
        (&["--namespace", "a.b"], 2, "RFC 1123"),
        (&["--namespace", ""], 2, "RFC 1123"),
        (&["--namespace", &long], 2, "64 characters of at most 63"),
        (&["--namespace", "default"], 2, "the cluster's own"),
        (&["--namespace", "kube-system"], 2, "the cluster's own"),
        (&["--namespace", "openshift-etcd"], 2, "the cluster's own"),
        (&["--name", "1a"], 2, "starts with a letter (RFC 1035)"),
        (&["--name", "a_b"], 2, "RFC 1123"),
        (&["--secret", "a/b"], 2, "RFC 1123"),
        (&["--replicas", "0"], 2, "0 is not in 1.."),
        (&["--mode", "deny"], 2, "possible values: enforce"),
        (&["--state", "etcd"], 2, "possible values: none"),
        (&["--state", "directory"], 2, "is for a static pod"),
        (&["--openshift", "4.5"], 2, "possible values: 4.6"),
        (&["--on-error", "ignore"], 2, "possible values: deny"),
        (&["--failure-policy", "no"], 2, "possible values: ignore"),
        (&["--listen", "8443"], 2, "invalid socket address"),
        (&["--listen", "0.0.0.0:443"], 2, "port 443"),
        (&["--listen", "127.0.0.1:8443"], 2, "no Service finds it"),
        (&["--certificates", "self"], 2, "none of `service-ca`"),
        (&["--certificates", "ca-bundle"], 2, "`ca-bundle=FILE`"),
        (&["--certificates", "ca-bundle="], 2, "no file behind"),
        (&["--certificates", "cert-manager=x"], 2, "none of"),
        (&["--certificates", &missing], 3, "cannot read"),
        (&["--certificates", &empty], 3, "holds no certificate"),
        (&["--certificates", &key], 3, "holds a PRIVATE KEY"),
        (&["--certificates", &both], 3, "holds a PRIVATE KEY"),
        (&["--certificates", &cut], 3, "is no PEM file"),
        (&["--certificates", &open], 3, "is no PEM file"),
        (&["--certificates", &other], 3, "that cannot be read"),
        (&["--vap"], 2, "cannot be used with"),
        (&["--output-dir", "/dev/null/x"], 3, "cannot create"),
        (&["--no-such-flag"], 2, "unexpected argument"),
    ];
    let check = |arguments: &[&str], code: i32, words: &str| {
        let run = pullproof(&[&["manifests"], arguments].concat(), "");
        assert_eq!(run.code, code, "{arguments:?}\n{}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert!(run.stderr.contains(words), "{arguments:?}\n{}", run.stderr);
    };
    for (arguments, code, words) in cases {
        let has_image = arguments.first() == Some(&"--image");
        let image: &[&str] = if has_image { &[] } else { &IMAGE };
        check(&[image, arguments].concat(), code, words);
    }
    check(&[], 2, "--image");
    let url: [(&[&str], &str); 5] = [
        (&["--replicas", "2"], "has no `--replicas`"),
        (&["--secret", "a"], "no `--secret`"),
        (&["--state", "cluster"], "no service account"),
        (&["--listen", "0.0.0.0:8443"], "is not on loopback"),
        // Every problem is told, not only the first.
        (
            &["--replicas", "2", "--listen", "10.0.0.1:1"],
            "is not on loopback",
        ),
    ];
    for (arguments, words) in url {
        let arguments = [&IMAGE[..], &["--certificates", "url"], arguments].concat();
        check(&arguments, 2, words);
    }
    check(
        &["--vap", "--openshift", "4.16"],
        2,
        "OpenShift 4.16 does not serve",
    );
}

/// Nothing can build it here, so at least what it names is there.
#[test]
fn the_containerfile_names_what_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("crates/pullproof-webhook/Containerfile");
    let text = std::fs::read_to_string(path).unwrap();
    let instructions: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
        .collect();
    let copies = instructions
        .iter()
        .filter_map(|it| it.strip_prefix("COPY "));
    for copy in copies.filter(|it| !it.starts_with("--from")) {
        let mut paths: Vec<_> = copy.split(' ').collect();
        paths.pop();
        for path in paths {
            assert!(root.join(path).exists(), "{path}");
        }
    }
    let package = "crates/pullproof-webhook/Cargo.toml";
    let package = std::fs::read_to_string(root.join(package)).unwrap();
    let package: toml::Table = package.parse().unwrap();
    let name = package["package"]["name"].as_str().unwrap();
    assert!(text.contains(&format!("--package {name} ")));
    let toolchain = std::fs::read_to_string(root.join("rust-toolchain.toml")).unwrap();
    let toolchain: toml::Table = toolchain.parse().unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    let base = instructions.iter().find(|it| it.starts_with("ARG BASE="));
    let (_, version) = base.unwrap().rsplit_once(':').unwrap();
    let (version, _) = version.split_once('-').unwrap();
    assert!(channel.starts_with(version), "{channel} {version}");

    // The image: one file, a number for a user, the user that a static pod counts on.
    let start = instructions.iter().position(|it| *it == "FROM scratch");
    let binary = format!("/{name}");
    let expected = [
        format!("COPY --from=build /out/{name} {binary}"),
        "USER 65532:65532".to_owned(),
        "EXPOSE 8443".to_owned(),
        format!("ENTRYPOINT [\"{binary}\"]"),
    ];
    assert_eq!(instructions[start.unwrap() + 1..], expected);
    let stream = Stream::of(&[&IMAGE[..], &["--certificates", "url"]].concat());
    let pod: Pod = stream.one("Pod");
    let context = pod.spec.unwrap().security_context.unwrap();
    assert_eq!(context.run_as_user, Some(65532));
}
