//! Configurations of which each shows one thing, with what is expected written down.

#![expect(clippy::panic, reason = "a client that differs stops the test")]

use clients::client::{Client, absent};
use clients::trial::{RELEASE, Trial};
use clients::world::World;
use pullproof_core::openshift::OpenShift;
use test_registry::image::Image;

/// A configuration, what servers hold, and pulls with their attempts.
///
/// In references `:T` is the tag that the image is pushed by, and `@D` its digest.
struct Case {
    name: &'static str,
    /// Objects, one a line.
    objects: &'static str,
    /// The repositories with the image.
    holds: &'static str,
    /// Images and what is tried for them.
    pulls: &'static [(&'static str, &'static [&'static str])],
}

const CASES: &[Case] = &[
    Case {
        name: "the first mirror has it",
        objects: "idms a.test/team b.test/m c.test/m",
        holds: "a.test/team/app b.test/m/app c.test/m/app",
        pulls: &[("a.test/team/app@D", &["b.test/m/app@D served"])],
    },
    Case {
        name: "the first mirror lacks it, the second has it",
        objects: "idms a.test/team b.test/m c.test/m",
        holds: "a.test/team/app c.test/m/app",
        pulls: &[(
            "a.test/team/app@D",
            &["b.test/m/app@D missing", "c.test/m/app@D served"],
        )],
    },
    Case {
        name: "only the source has it",
        objects: "idms a.test/team b.test/m c.test/m",
        holds: "a.test/team/app",
        pulls: &[(
            "a.test/team/app@D",
            &[
                "b.test/m/app@D missing",
                "c.test/m/app@D missing",
                "a.test/team/app@D served",
            ],
        )],
    },
    Case {
        name: "nobody has it",
        objects: "idms a.test/team b.test/m",
        holds: "a.test/team/other b.test/other",
        pulls: &[(
            "a.test/team/app@D",
            &["b.test/m/app@D missing", "a.test/team/app@D missing"],
        )],
    },
    Case {
        name: "no entry governs it",
        objects: "idms a.test/team b.test/m",
        holds: "a.test/teams/app b.test/m/app b.test/ms/app",
        pulls: &[
            // Without an entry nothing is insecure, so only the list of hosts is.
            ("a.test/teams/app@D", &["a.test/teams/app@D served"]),
            ("b.test/m/app:T", &["b.test/m/app:T served"]),
        ],
    },
    Case {
        name: "a source that may not be contacted is not contacted",
        objects: "idms-never a.test/team b.test/m c.test/m",
        holds: "a.test/team/app b.test/m/there",
        pulls: &[
            (
                "a.test/team/app@D",
                &[
                    "b.test/m/app@D missing",
                    "c.test/m/app@D missing",
                    "a.test/team/app@D blocked by a.test/team",
                ],
            ),
            ("a.test/team/there@D", &["b.test/m/there@D served"]),
            // Mirrors for digests do not help a tag.
            (
                "a.test/team/there:T",
                &["a.test/team/there:T blocked by a.test/team"],
            ),
        ],
    },
    Case {
        name: "a tag passes mirrors for digests by",
        objects: "idms a.test/team b.test/m",
        holds: "a.test/team/app b.test/m/app",
        pulls: &[("a.test/team/app:T", &["a.test/team/app:T served"])],
    },
    Case {
        name: "a digest passes mirrors for tags by",
        objects: "itms a.test/team b.test/m",
        holds: "a.test/team/app b.test/m/app",
        pulls: &[
            ("a.test/team/app@D", &["a.test/team/app@D served"]),
            ("a.test/team/app:T", &["b.test/m/app:T served"]),
            (
                "a.test/team/app:none",
                &["b.test/m/app:none missing", "a.test/team/app:none missing"],
            ),
            // Clients add the tag.
            (
                "a.test/team/app",
                &[
                    "b.test/m/app:latest missing",
                    "a.test/team/app:latest missing",
                ],
            ),
        ],
    },
    Case {
        name: "a source has mirrors for tags and others for digests",
        objects: "idms a.test/team b.test/d b.test/both
                  itms a.test/team c.test/t b.test/both",
        holds: "a.test/team/app b.test/both/app",
        pulls: &[
            (
                "a.test/team/app@D",
                &["b.test/d/app@D missing", "b.test/both/app@D served"],
            ),
            (
                "a.test/team/app:T",
                &["c.test/t/app:T missing", "b.test/both/app:T served"],
            ),
        ],
    },
    Case {
        name: "tags may not reach a source, digests neither",
        objects: "itms-never a.test/team b.test/m",
        holds: "a.test/team/app",
        pulls: &[
            (
                "a.test/team/app:T",
                &[
                    "b.test/m/app:T missing",
                    "a.test/team/app:T blocked by a.test/team",
                ],
            ),
            (
                "a.test/team/app@D",
                &["a.test/team/app@D blocked by a.test/team"],
            ),
        ],
    },
    Case {
        name: "the old kind is for digests alone",
        objects: "icsp a.test/team b.test/m c.test/m",
        holds: "a.test/team/app c.test/m/app",
        pulls: &[
            (
                "a.test/team/app@D",
                &["b.test/m/app@D missing", "c.test/m/app@D served"],
            ),
            ("a.test/team/app:T", &["a.test/team/app:T served"]),
        ],
    },
    Case {
        name: "what stands behind the scope is kept",
        objects: "idms a.test/team/app b.test/other/name
                  itms a.test/team/app b.test/other/name",
        holds: "b.test/other/name b.test/other/name/sub/part a.test/team/apps",
        pulls: &[
            ("a.test/team/app@D", &["b.test/other/name@D served"]),
            ("a.test/team/app:T", &["b.test/other/name:T served"]),
            (
                "a.test/team/app/sub/part@D",
                &["b.test/other/name/sub/part@D served"],
            ),
            // A scope ends where a component ends.
            ("a.test/team/apps@D", &["a.test/team/apps@D served"]),
        ],
    },
    Case {
        name: "a whole host is mirrored, into a path and onto a host",
        objects: "idms a.test b.test/cache c.test",
        holds: "b.test/cache/team/app c.test/team/other",
        pulls: &[
            ("a.test/team/app@D", &["b.test/cache/team/app@D served"]),
            (
                "a.test/team/other@D",
                &[
                    "b.test/cache/team/other@D missing",
                    "c.test/team/other@D served",
                ],
            ),
        ],
    },
    Case {
        name: "a repository mirrored onto a bare host fails every pull of just that",
        objects: "idms a.test/team b.test/m c.test",
        holds: "a.test/team b.test/m c.test/sub",
        pulls: &[
            (
                "a.test/team@D",
                &["fails: rewriting reference: repository name must be canonical"],
            ),
            // Below it there is a name.
            (
                "a.test/team/sub@D",
                &["b.test/m/sub@D missing", "c.test/sub@D served"],
            ),
            // Mirrors that do not count are not rewritten.
            ("a.test/team:T", &["a.test/team:T served"]),
        ],
    },
    Case {
        name: "a host without a port governs every port of it",
        objects: "insecure 127.0.0.1 localhost c.test
                  idms 127.0.0.1 localhost
                  idms b.test/team c.test/m",
        holds: "a.local/team/app c.test/m/app",
        pulls: &[
            ("a.test/team/app@D", &["a.local/team/app@D served"]),
            ("b.test/team/app@D", &["c.test/m/app@D served"]),
        ],
    },
    Case {
        name: "a mirror with a path cannot take a port",
        objects: "insecure 127.0.0.1 localhost
                  idms 127.0.0.1 localhost/m",
        holds: "a.test/team/app",
        pulls: &[
            (
                "a.test/team/app@D",
                &["fails: rewriting reference: invalid reference format"],
            ),
            ("a.test/team/app:T", &["a.test/team/app:T served"]),
        ],
    },
    Case {
        name: "a mirror that is down is passed by",
        objects: "idms a.test/team down.test/m b.test/m",
        holds: "b.test/m/app",
        pulls: &[(
            "a.test/team/app@D",
            &["down.test/m/app@D down", "b.test/m/app@D served"],
        )],
    },
    Case {
        name: "a source that is down is asked last",
        objects: "itms down.test/team b.test/m",
        holds: "b.test/m/there",
        pulls: &[
            (
                "down.test/team/app:T",
                &["b.test/m/app:T missing", "down.test/team/app:T down"],
            ),
            ("down.test/team/there:T", &["b.test/m/there:T served"]),
        ],
    },
    Case {
        name: "the longest scope wins, and nothing is inherited",
        objects: "idms a.test b.test/host
                  idms a.test/team b.test/team
                  idms a.test/team/app c.test/app",
        holds: "a.test/team/app a.test/team/other b.test/team/app b.test/host/team/app \
                b.test/team/other b.test/host/free",
        pulls: &[
            (
                "a.test/team/app@D",
                &["c.test/app@D missing", "a.test/team/app@D served"],
            ),
            ("a.test/team/other@D", &["b.test/team/other@D served"]),
            ("a.test/free@D", &["b.test/host/free@D served"]),
        ],
    },
    Case {
        name: "a blocked scope inside a mirrored one keeps the mirrors",
        objects: "idms a.test b.test/host
                  itms a.test b.test/host
                  blocked a.test/team",
        holds: "b.test/host/team/app a.test/team/only a.test/free",
        pulls: &[
            ("a.test/team/app@D", &["b.test/host/team/app@D served"]),
            (
                "a.test/team/only:T",
                &[
                    "b.test/host/team/only:T missing",
                    "a.test/team/only:T blocked by a.test/team",
                ],
            ),
            (
                "a.test/free:T",
                &["b.test/host/free:T missing", "a.test/free:T served"],
            ),
        ],
    },
    Case {
        name: "a mirrored scope inside a blocked one is blocked, too",
        objects: "idms a.test/team b.test/m
                  blocked a.test",
        holds: "a.test/team/app a.test/free b.test/m/there",
        pulls: &[
            ("a.test/team/there@D", &["b.test/m/there@D served"]),
            (
                "a.test/team/app@D",
                &[
                    "b.test/m/app@D missing",
                    "a.test/team/app@D blocked by a.test/team",
                ],
            ),
            ("a.test/free@D", &["a.test/free@D blocked by a.test"]),
        ],
    },
    Case {
        name: "a mirror in a blocked scope is not contacted",
        objects: "idms a.test/team b.test/m c.test/m
                  blocked b.test",
        holds: "b.test/m/app c.test/m/app",
        pulls: &[(
            "a.test/team/app@D",
            &["b.test/m/app@D blocked by b.test", "c.test/m/app@D served"],
        )],
    },
    Case {
        name: "a mirror inside its own blocked source is not contacted",
        objects: "idms-never a.test a.test/cache b.test/m",
        holds: "a.test/cache/app b.test/m/app",
        pulls: &[(
            "a.test/app@D",
            &[
                "a.test/cache/app@D blocked by a.test",
                "b.test/m/app@D served",
            ],
        )],
    },
    Case {
        name: "mirrors of a mirror are not asked",
        objects: "idms a.test/team b.test/m
                  idms b.test/m c.test/m",
        holds: "c.test/m/app",
        pulls: &[
            (
                "a.test/team/app@D",
                &["b.test/m/app@D missing", "a.test/team/app@D missing"],
            ),
            ("b.test/m/app@D", &["c.test/m/app@D served"]),
        ],
    },
    Case {
        name: "a source among its mirrors is asked where it stands",
        objects: "itms a.test/team b.test/m a.test/team c.test/m",
        holds: "a.test/team/app c.test/m/app c.test/m/other",
        pulls: &[
            (
                "a.test/team/app:T",
                &["b.test/m/app:T missing", "a.test/team/app:T served"],
            ),
            (
                "a.test/team/other:T",
                &[
                    "b.test/m/other:T missing",
                    "a.test/team/other:T missing",
                    "c.test/m/other:T served",
                ],
            ),
        ],
    },
    Case {
        name: "several objects give one source its mirrors",
        objects: "idms a.test/team c.test/m b.test/m
                  idms a.test/team b.test/m a.local/m
                  icsp a.test/team b.local/late",
        holds: "a.test/team/app",
        pulls: &[(
            "a.test/team/app@D",
            // In an order that holds for each of them.
            &[
                "c.test/m/app@D missing",
                "b.local/late/app@D missing",
                "b.test/m/app@D missing",
                "a.local/m/app@D missing",
                "a.test/team/app@D served",
            ],
        )],
    },
    Case {
        name: "a registry that talks plain HTTP must be called insecure",
        objects: "insecure a.test c.test/m
                  idms a.test/team b.test/m c.test/m
                  idms b.test/team c.test/other",
        holds: "b.test/m/app c.test/m/app b.test/team/app c.test/other/app",
        pulls: &[
            (
                "a.test/team/app@D",
                &["b.test/m/app@D plain http", "c.test/m/app@D served"],
            ),
            (
                "b.test/team/app@D",
                &[
                    "c.test/other/app@D plain http",
                    "b.test/team/app@D plain http",
                ],
            ),
        ],
    },
    Case {
        name: "insecure hosts are called so by a wildcard",
        objects: "insecure *.0.0.1
                  idms a.test/team b.test/m a.local/m",
        holds: "a.local/m/app a.test/team/app",
        pulls: &[(
            "a.test/team/app@D",
            &[
                "b.test/m/app@D missing",
                "a.local/m/app@D plain http",
                "a.test/team/app@D served",
            ],
        )],
    },
    Case {
        name: "the hub's names are mirrored with `library`",
        objects: "itms-never docker.io b.test/hub
                  idms-never docker.io/library c.test/official",
        holds: "b.test/hub/team/app c.test/official/app b.test/hub/library/app",
        pulls: &[
            ("docker.io/team/app:T", &["b.test/hub/team/app:T served"]),
            ("docker.io/app@D", &["c.test/official/app@D served"]),
            (
                "docker.io/library/app:T",
                &["docker.io/library/app:T blocked by docker.io/library"],
            ),
        ],
    },
    Case {
        name: "a release is mirrored as the documentation says",
        objects: "idms-never quay.io/openshift-release-dev/ocp-release b.test/ocp/release-images
                  idms-never quay.io/openshift-release-dev/ocp-v4.0-art-dev b.test/ocp/release
                  icsp registry.redhat.io/redhat c.test/redhat b.test/redhat",
        holds: "b.test/ocp/release b.test/ocp/release-images b.test/redhat/community-operator-index",
        pulls: &[
            (
                "quay.io/openshift-release-dev/ocp-v4.0-art-dev@D",
                &["b.test/ocp/release@D served"],
            ),
            (
                "quay.io/openshift-release-dev/ocp-release@D",
                &["b.test/ocp/release-images@D served"],
            ),
            (
                "quay.io/openshift-release-dev/ocp-release:T",
                &["quay.io/openshift-release-dev/ocp-release:T blocked by \
                   quay.io/openshift-release-dev/ocp-release"],
            ),
            (
                "registry.redhat.io/redhat/community-operator-index@D",
                &[
                    "c.test/redhat/community-operator-index@D missing",
                    "b.test/redhat/community-operator-index@D served",
                ],
            ),
        ],
    },
];

/// The same with sources that are wildcards, which operators take since 4.16.
///
/// A wildcard with mirrors tolerates no insecure scope inside it.
const WILDCARDS: &[Case] = &[
    Case {
        name: "a wildcard governs the hosts below, whose ports a bare mirror takes over",
        objects: "insecure *.0.0.1 localhost
                  idms *.0.0.1 localhost
                  itms *.0.0.1 localhost/m",
        holds: "a.test/team/app b.test/only",
        pulls: &[
            ("a.test/team/app@D", &["a.local/team/app@D served"]),
            (
                "c.test/team/app@D",
                &["c.local/team/app@D missing", "c.test/team/app@D missing"],
            ),
            (
                "b.test/only:T",
                &["fails: rewriting reference: invalid reference format"],
            ),
            ("a.local/team/app@D", &["a.local/team/app@D served"]),
        ],
    },
    Case {
        name: "a mirror of a wildcard loses the host, and with a path takes no port",
        objects: "insecure *.0.0.1 localhost a.local
                  idms *.0.0.1 a.local/w
                  idms-never *.example.test a.local/w",
        holds: "a.local/w/team/app a.test/team/app",
        pulls: &[
            (
                "x.example.test/team/app@D",
                &["a.local/w/team/app@D served"],
            ),
            (
                "x.y.example.test/team/app@D",
                &["a.local/w/team/app@D served"],
            ),
            (
                "x.example.test/team/app:T",
                &["x.example.test/team/app:T blocked by *.example.test"],
            ),
            (
                "a.test/team/app@D",
                &["fails: rewriting reference: invalid reference format"],
            ),
            ("a.test/team/app:T", &["a.test/team/app:T served"]),
        ],
    },
    Case {
        name: "a longer wildcard wins",
        objects: "insecure *.0.0.1 localhost
                  itms *.0.1 localhost
                  itms-never *.0.0.1 localhost",
        holds: "b.test/app",
        pulls: &[
            ("b.test/app:T", &["b.local/app:T served"]),
            (
                "a.test/app:T",
                &["a.local/app:T missing", "a.test/app:T blocked by *.0.0.1"],
            ),
        ],
    },
    Case {
        name: "a wildcard beats a host as long as itself",
        objects: "idms-never *.example.test b.test/wild
                  idms-never a.example.test b.test/plain
                  idms-never aa.example.test b.test/longer",
        holds: "b.test/wild/app b.test/plain/app b.test/longer/app",
        pulls: &[
            ("a.example.test/app@D", &["b.test/wild/app@D served"]),
            ("aa.example.test/app@D", &["b.test/longer/app@D served"]),
            ("x.y.example.test/app@D", &["b.test/wild/app@D served"]),
        ],
    },
];

/// Lets a client make the pulls of a case by what a release renders; gives what differs.
fn differences(world: &World, case: &Case, release: OpenShift, client: Client) -> Vec<String> {
    let Case {
        name,
        objects,
        holds,
        pulls,
    } = case;
    let image = Image::labelled(name);
    let digest = image.digest();
    // No other case may find the image by its tag.
    let tag = &digest[digest.len() - 8..];
    let filled = |text: &str| {
        text.replace(":T", &format!(":{tag}"))
            .replace("@D", &format!("@{digest}"))
    };
    for place in holds.split_ascii_whitespace() {
        world.push(place, tag, &image);
    }
    let trial = Trial::new(world, objects, release);
    let trial = trial.unwrap_or_else(|error| panic!("{name}, {release}: {error}"));
    let mut differences = Vec::new();
    for (reference, attempts) in *pulls {
        match trial.compare(client, &filled(reference)) {
            Err(difference) => differences.push(format!("{name}, {release}: {difference}")),
            Ok(seen) => {
                let attempts: Vec<String> = attempts.iter().map(|line| filled(line)).collect();
                if seen != attempts {
                    let difference = format!("both try {seen:#?}, not {attempts:#?}");
                    differences.push(format!("{name}, {release}: {difference}"));
                }
            }
        }
    }
    differences
}

fn check(client: Client) {
    let test = format!("picked, {client:?}");
    if absent(&test, &[client]) {
        return;
    }
    let world = World::start();
    let mut all = Vec::new();
    for (cases, oldest) in [(CASES, RELEASE), (WILDCARDS, OpenShift::V4_16)] {
        let releases = match client {
            Client::Skopeo => vec![oldest, OpenShift::NEWEST],
            // It takes longer, and the library is the same.
            Client::Podman => vec![oldest],
        };
        for release in releases {
            for case in cases {
                all.append(&mut differences(&world, case, release, client));
            }
        }
    }
    assert!(all.is_empty(), "{} differ\n{}", all.len(), all.join("\n\n"));
}

#[test]
fn skopeo_tries_what_is_resolved() {
    check(Client::Skopeo);
}

#[test]
fn podman_tries_what_is_resolved() {
    check(Client::Podman);
}
