//! Tokens, redirects and whom they lead to.

use super::stub::{Request, Stub, reply};
use super::{RIGHT, World};
use serde_json::{Value, json};
use test_registry::image::{Image, digest};

const NAME: &str = "quay.lab/org/app:1.0";

/// A registry that wants a token from a realm; without one everybody may read.
fn registry(
    image: &Image,
    realm: Option<String>,
    blobs: impl Fn(&str) -> String + Send + Sync + 'static,
) -> Stub {
    let manifest = String::from_utf8(image.manifest.clone()).unwrap();
    Stub::start(move |request| {
        if let Some(realm) = &realm
            && request.authorization != "Bearer bearer-test"
        {
            let challenge = format!("WWW-Authenticate: Bearer realm=\"{realm}\",service=\"s\"\n");
            return reply("401 Unauthorized", &challenge, "");
        }
        let (_, path) = request.line.split_once(' ').unwrap();
        match path.rsplit_once('/').unwrap() {
            ("/v2", "") => reply("200 OK", "", ""),
            ("/v2/org/app/manifests", _) => reply("200 OK", "", &manifest),
            ("/v2/org/app/blobs", digest) => blobs(digest),
            _ => reply("404 Not Found", "", ""),
        }
    })
}

fn ok_head(_: &str) -> String {
    reply("200 OK", "", "")
}

fn world(registry: &Stub, auth: &Value) -> World {
    let world = World::new();
    world.chain(&[(&registry.address, true)]);
    let secret = json!({ "auths": { &*registry.address: auth } });
    world.write("secret.json", &secret.to_string());
    world
}

#[test]
fn credentials_go_to_the_server_for_tokens_and_the_token_to_the_registry() {
    let tokens = Stub::start(|_| reply("200 OK", "", "{\"token\": \"bearer-test\"}"));
    let image = Image::labelled("app");
    let realm = format!("http://{}/token", tokens.address);
    let registry = registry(&image, Some(realm), ok_head);
    let world = world(&registry, &json!({ "auth": RIGHT }));
    let arguments = [NAME, "--pull-secret", "secret.json", "--blobs"];
    let (code, candidate) = world.candidate(&arguments);
    let endpoint = &candidate["endpoints"][0];
    assert_eq!(
        (code, &endpoint["kind"]),
        (0, &json!("found")),
        "{endpoint}"
    );
    assert_eq!(endpoint["led_to"], json!([tokens.address]));
    let asked: Vec<Request> = tokens.requests();
    assert_eq!(asked.len(), 1);
    let line = "GET /token?account=reader&service=s&scope=repository%3Aorg%2Fapp%3Apull";
    assert_eq!(asked[0].line, line);
    assert_eq!(asked[0].authorization, format!("Basic {RIGHT}"));
    for request in registry.requests() {
        assert!(!request.authorization.contains(RIGHT), "{request:?}");
    }

    // Without credentials the token is for anybody.
    assert_eq!(world.kinds(&[NAME]).0, 0);
    assert_eq!(tokens.requests()[1].authorization, "");
}

#[test]
fn an_identity_token_is_exchanged() {
    let tokens = Stub::start(|_| reply("200 OK", "", "{\"access_token\": \"bearer-test\"}"));
    let image = Image::labelled("app");
    let realm = format!("http://{}/token", tokens.address);
    let registry = registry(&image, Some(realm), ok_head);
    // Of `<token>:` and nothing behind it.
    let auth = json!({ "auth": "PHRva2VuPjo=", "identitytoken": "identity-test" });
    let world = world(&registry, &auth);
    let arguments = [NAME, "--pull-secret", "secret.json"];
    assert_eq!(world.kinds(&arguments).0, 0);
    let asked = tokens.requests();
    assert_eq!((asked.len(), &*asked[0].line), (1, "POST /token"));
    assert!(asked[0].body.contains("refresh_token=identity-test"));
}

#[test]
fn a_server_that_gives_no_token_is_told() {
    let image = Image::labelled("app");
    for (status, body, expected) in [
        ("401 Unauthorized", "bearer-test", "unauthorized"),
        ("200 OK", "bearer-test", "failed"),
        ("200 OK", "{\"token\": \"a\\nb\"}", "failed"),
    ] {
        let tokens = Stub::start(move |_| reply(status, "", body));
        let realm = format!("http://{}/token", tokens.address);
        let registry = registry(&image, Some(realm), ok_head);
        let world = world(&registry, &json!({ "auth": RIGHT }));
        let (_, kinds) = world.kinds(&[NAME, "--pull-secret", "secret.json"]);
        assert_eq!(kinds[0], expected, "{status} {body}");
    }
}

#[test]
fn a_redirect_is_followed_without_credentials() {
    let image = Image::labelled("app");
    let layer = digest(&image.layer);
    let store = Stub::start(|_| reply("200 OK", "", ""));
    let tokens = Stub::start(|_| reply("200 OK", "", "{\"token\": \"bearer-test\"}"));
    let realm = format!("http://{}/token", tokens.address);
    let to = format!("Location: http://{}/data?signature=x\n", store.address);
    let registry = registry(&image, Some(realm), move |digest| match digest == layer {
        true => reply("307 Temporary Redirect", &to, ""),
        false => reply("200 OK", "", ""),
    });
    let world = world(&registry, &json!({ "auth": RIGHT }));
    let (code, candidate) = world.candidate(&[NAME, "--blobs", "--pull-secret", "secret.json"]);
    assert_eq!(code, 0, "{candidate}");
    let expected = json!([tokens.address, store.address]);
    assert_eq!(candidate["endpoints"][0]["led_to"], expected);
    let asked = store.requests();
    assert_eq!(
        (asked.len(), &*asked[0].line),
        (1, "HEAD /data?signature=x")
    );
    assert_eq!(asked[0].authorization, "");
}

#[test]
fn nobody_leads_to_a_blocked_host() {
    let image = Image::labelled("app");
    let forbidden = Stub::start(|_| reply("200 OK", "", "{\"token\": \"bearer-test\"}"));
    let (_, port) = forbidden.address.split_once(':').unwrap();
    // However it is written.
    let named = [
        forbidden.address.clone(),
        format!("localhost:{port}"),
        format!("LocalHost.:{port}"),
    ];
    for host in named {
        let to = format!("Location: http://{host}/data\n");
        let by_redirect = registry(&image, None, move |_| reply("302 Found", &to, ""));
        let realm = format!("http://{host}/token");
        let by_token = registry(&image, Some(realm), ok_head);
        for registry in [by_redirect, by_token] {
            let world = World::new();
            let conf = format!(
                "[[registry]]\nlocation = \"{}\"\nblocked = true\n\
                 [[registry]]\nlocation = \"localhost:{port}\"\nblocked = true\n\
                 [[registry]]\nprefix = \"quay.lab\"\nlocation = \"{}\"\ninsecure = true\n",
                forbidden.address, registry.address
            );
            world.write("registries.conf", &conf);
            let (code, candidate) = world.candidate(&[NAME, "--blobs"]);
            let endpoint = &candidate["endpoints"][0];
            assert_eq!((code, &endpoint["kind"]), (1, &json!("refused")));
            let expected = format!("leads to `{host}`, which is blocked");
            assert_eq!(endpoint["detail"], expected);
        }
    }
    assert_eq!(forbidden.requests().len(), 0);
}
