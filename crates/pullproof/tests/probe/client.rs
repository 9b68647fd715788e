//! Who probe says would serve an image is who serves it to a real client.

use super::{RIGHT, WRONG, World};
use serde_json::json;
use std::process::{Command, Output};
use test_registry::closed::ClosedPort;
use test_registry::image::Image;
use test_registry::program::{DOCKER_REGISTRY, SKOPEO, absent};
use test_registry::server::{Options, Server};

/// What skopeo gets under a name, with the world's configuration and pull secret.
fn inspect(world: &World, name: &str) -> Output {
    let path = |name: &str| world.directory.path().join(name);
    Command::new(SKOPEO)
        .arg("--registries-conf")
        .arg(path("registries.conf"))
        .args(["inspect", "--raw", "--authfile"])
        .arg(path("secret.json"))
        .arg(format!("docker://{name}"))
        .output()
        .unwrap()
}

/// Whether a server has given a manifest to skopeo.
fn has_served(server: &Server) -> bool {
    let mut requests = server.requests().into_iter();
    requests.any(|it| {
        it.method == "GET"
            && it.path.contains("/manifests/")
            && it.status == 200
            && it.user_agent.starts_with(SKOPEO)
    })
}

#[test]
fn a_client_is_served_by_whom_probe_says() {
    if absent("probe::a_client_is_served", &[DOCKER_REGISTRY, SKOPEO]) {
        return;
    }
    let image = Image::labelled("app");
    let name = format!("quay.lab/org/app@{}", image.digest());
    let closed = ClosedPort::take().address().to_string();
    // Behind a mirror that is down: which of a protected and an open one have it, what the secret
    // is for and whether it is right, and who serves it then.
    for (protected_has, open_has, key, auth, decided_by) in [
        (true, true, "", RIGHT, Some(1)),
        (true, false, "", RIGHT, Some(1)),
        (true, false, "/org", RIGHT, Some(1)),
        (true, false, "/org/app", RIGHT, Some(1)),
        (true, true, "/other", RIGHT, Some(2)),
        (true, true, "", WRONG, Some(2)),
        (true, false, "", WRONG, None),
        (false, true, "", RIGHT, Some(2)),
        (false, false, "", RIGHT, None),
    ] {
        let open = Server::start(&Options::default());
        let protected = Server::start(&Options {
            is_protected: true,
            ..Options::default()
        });
        for (server, has) in [(&open, open_has), (&protected, protected_has)] {
            if has {
                server.push("org/app", None, &image);
            }
        }
        let world = World::new();
        world.secret(&format!("{}{key}", protected.address()), auth);
        let (open_host, protected_host) = (open.address(), protected.address());
        let mirrors = [
            (&*closed, true),
            (&*protected_host, true),
            (&*open_host, true),
        ];
        world.chain(&mirrors);
        let case = format!("{protected_has} {open_has} `{key}` {auth}");
        let (_, candidate) = world.candidate(&[&name, "--pull-secret", "secret.json"]);
        assert_eq!(
            candidate.get("decided_by"),
            decided_by.map(|it| json!(it)).as_ref(),
            "{case}"
        );
        let output = inspect(&world, &name);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.success(),
            decided_by.is_some(),
            "{case}: {words}"
        );
        let server = decided_by.map(|idx: usize| mirrors[idx].0);
        for (it, host) in [(&open, &open_host), (&protected, &protected_host)] {
            assert_eq!(
                has_served(it),
                server == Some(host),
                "{case}: {host}: {words}"
            );
        }
    }
}
