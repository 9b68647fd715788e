//! Passwords and certificates, short names, and that a difference would be noticed.

#![expect(clippy::panic, reason = "a client that differs stops the test")]

use clients::client::{Client, absent};
use clients::expected::Outcome;
use clients::trial::{RELEASE, Trial};
use clients::world::{Access, World};
use test_registry::image::Image;
use test_registry::server::{Options, Tls};

/// Compares a pull by digest, written `@D`, with what is written down.
fn check(trial: &Trial, image: &Image, client: Client, pulled: &str, attempts: &[&str]) {
    let digest = format!("@{}", image.digest());
    let seen = trial.compare(client, &pulled.replace("@D", &digest));
    let seen = seen.unwrap_or_else(|error| panic!("{error}"));
    let seen: Vec<String> = seen
        .iter()
        .map(|line| line.replace(&digest, "@D"))
        .collect();
    assert_eq!(seen, attempts, "{client:?} {pulled}");
}

#[test]
fn passwords_and_certificates_decide_which_mirror_serves() {
    if absent("access", &Client::ALL) {
        return;
    }
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certified = rcgen::generate_simple_self_signed(names).unwrap();
    let world = World::with([
        Options::default(),
        Options {
            is_protected: true,
            ..Options::default()
        },
        Options {
            tls: Some(Tls {
                certificate: certified.cert.pem(),
                key: certified.signing_key.serialize_pem(),
            }),
            is_read_only: true,
            ..Options::default()
        },
    ]);
    let image = Image::labelled("access");
    for place in [
        "a.test/team/app",
        "b.test/m/app",
        "b.test/other/app",
        "c.test/m/app",
    ] {
        world.push(place, "1.0", &image);
    }
    let objects = "insecure a.test b.test c.local/open
                   idms a.test/team b.test/m
                   idms a.test/more b.test/other c.test/m
                   idms a.test/most c.local/m c.local/open a.test/team";
    world.push("c.local/open/app", "1.0", &image);
    for client in Client::ALL {
        world.give(Access::default());
        let trial = Trial::new(&world, objects, RELEASE).unwrap();
        let check = |trial, pulled, attempts| check(trial, &image, client, pulled, attempts);
        let refused: &[&str] = &["b.test/m/app@D unauthorized", "a.test/team/app@D served"];
        check(&trial, "a.test/team/app@D", refused);
        let untrusted: &[&str] = &[
            "b.test/other/app@D unauthorized",
            "c.test/m/app@D untrusted",
            "a.test/more/app@D missing",
        ];
        check(&trial, "a.test/more/app@D", untrusted);
        // Whom nobody trusts may be insecure.
        let insecure: &[&str] = &["c.local/m/app@D untrusted", "c.local/open/app@D served"];
        check(&trial, "a.test/most/app@D", insecure);

        world.give(Access {
            trusted: vec!["c.test".to_owned()],
            passwords: vec!["b.test/m".to_owned()],
        });
        let trial = Trial::new(&world, objects, RELEASE).unwrap();
        check(&trial, "a.test/team/app@D", &["b.test/m/app@D served"]);
        let trusted: &[&str] = &["b.test/other/app@D unauthorized", "c.test/m/app@D served"];
        check(&trial, "a.test/more/app@D", trusted);
        // A certificate is trusted for a host as it is written.
        check(&trial, "a.test/most/app@D", insecure);
    }
}

#[test]
fn podman_tries_the_candidates_of_short_names() {
    if absent("short names", &[Client::Podman]) {
        return;
    }
    let world = World::start();
    let image = Image::labelled("short");
    for place in ["c.test/m/app", "b.test/team/app"] {
        world.push(place, "latest", &image);
    }
    let objects = "insecure a.test b.test c.test
                   search a.test b.test
                   itms a.test/app c.test/m/none
                   itms b.test/app c.test/m/app
                   idms b.test/team c.test/m";
    let trial = Trial::new(&world, objects, RELEASE).unwrap();
    let check = |pulled, attempts| check(&trial, &image, Client::Podman, pulled, attempts);
    check(
        "app",
        &[
            "c.test/m/none:latest missing",
            "a.test/app:latest missing",
            "c.test/m/app:latest served",
        ],
    );
    check(
        "team/app@D",
        &["a.test/team/app@D missing", "c.test/m/app@D served"],
    );
    check(
        "team/none:1.0",
        &[
            "a.test/team/none:1.0 missing",
            "b.test/team/none:1.0 missing",
        ],
    );
}

#[test]
fn a_tag_beside_a_digest_is_dropped_or_refused() {
    if absent("tag and digest", &Client::ALL) {
        return;
    }
    let world = World::start();
    let image = Image::labelled("both");
    world.push("b.test/m/app", "1.0", &image);
    let objects = "idms a.test/team b.test/m
                   itms a.test/team c.test/m";
    let trial = Trial::new(&world, objects, RELEASE).unwrap();
    let both = "a.test/team/app:1.0@D";
    // As nodes do.
    check(
        &trial,
        &image,
        Client::Podman,
        both,
        &["b.test/m/app@D served"],
    );
    let refused = "fails: Docker references with both a tag and digest are currently not supported";
    check(&trial, &image, Client::Skopeo, both, &[refused]);
}

#[test]
fn a_client_that_did_otherwise_would_be_noticed() {
    if absent("differences", &Client::ALL) {
        return;
    }
    let world = World::start();
    let image = Image::labelled("otherwise");
    world.push("a.test/team/app", "1.0", &image);
    let trial = Trial::new(&world, "itms a.test/team b.test/m c.test/m", RELEASE).unwrap();
    let pulled = "a.test/team/app:1.0";
    for client in Client::ALL {
        let right = trial.expected(client, pulled);
        assert_eq!(right.attempts.len(), 3);
        assert!(trial.compare_to(&right, client, pulled).is_ok());
        let notices = |change: fn(&mut Vec<(String, Outcome)>)| {
            let mut wrong = right.clone();
            change(&mut wrong.attempts);
            trial.compare_to(&wrong, client, pulled).is_err()
        };
        assert!(notices(|attempts| attempts.swap(0, 1)), "another order");
        assert!(notices(|attempts| _ = attempts.remove(1)), "one more");
        assert!(notices(|attempts| _ = attempts.pop()), "no further");
        assert!(
            notices(|attempts| attempts[0].1 = Outcome::Down),
            "nobody was asked"
        );
    }
}
