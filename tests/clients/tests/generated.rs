//! Configurations without pattern, the same at every run.

use clients::client::{Client, absent};
use clients::trial::{RELEASE, Trial};
use clients::world::World;
use pullproof_core::openshift::OpenShift;
use std::fmt::Write as _;
use test_registry::image::Image;

/// How many configurations are tried, each with `PULLS` pulls: half a minute on two
/// processors that have other things to do.
const CONFIGURATIONS: u64 = 30;
/// How many pulls are tried in each.
const PULLS: usize = 6;

const HOSTS: [&str; 5] = ["a.test", "b.test", "c.test", "a.local", "b.local"];
const PATHS: [&str; 6] = ["", "/team", "/team/app", "/team/app/sub", "/m", "/m/app"];
const RESTS: [&str; 5] = ["", "/app", "/app/sub", "s", "/x"];

/// Numbers without pattern, the same at every run.
struct Numbers(u64);

impl Numbers {
    /// A number below `end`.
    // From Sebastiano Vigna, splitmix64.c.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn pick<T: Clone>(&mut self, values: &[T]) -> T {
        let idx = self.below(values.len() as u64);
        values[usize::try_from(idx).unwrap_or(0)].clone()
    }

    fn is_one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn place(&mut self) -> String {
        format!("{}{}", self.pick(&HOSTS), self.pick(&PATHS))
    }
}

/// Objects as lines, the sources among them, and the release that takes them.
fn objects(numbers: &mut Numbers) -> (String, Vec<String>, OpenShift) {
    let mut lines = String::new();
    let mut sources = Vec::new();
    let is_wild = numbers.is_one_in(4);
    if is_wild {
        // Where a mirror has a path no port fits, and no insecure scope may be inside.
        let mirror = numbers.pick(&["localhost", "localhost", "a.local/m"]);
        let kind = numbers.pick(&["idms", "itms", "idms-never"]);
        _ = writeln!(
            lines,
            "insecure *.0.0.1 localhost a.local/m b.local\n{kind} *.0.0.1 {mirror}"
        );
        sources.extend(["a.test".to_owned(), "b.test/m".to_owned()]);
    }
    for _ in 0..1 + numbers.below(4) {
        let kind = numbers.pick(&["idms", "idms", "itms", "icsp", "idms-never", "itms-never"]);
        let source = match sources.is_empty() || numbers.is_one_in(2) {
            // A host without a port has those with one.
            true if numbers.is_one_in(10) => numbers.pick(&["127.0.0.1", "localhost"]).to_owned(),
            true => numbers.place(),
            false => format!("{}{}", numbers.pick(&sources), numbers.pick(&["", "/app"])),
        };
        let mut mirrors = String::new();
        for _ in 0..1 + numbers.below(3) {
            let mirror = match numbers.is_one_in(8) {
                true => "down.test/m".to_owned(),
                false => numbers.place(),
            };
            _ = write!(mirrors, " {mirror}");
        }
        _ = writeln!(lines, "{kind} {source}{mirrors}");
        sources.push(source);
    }
    if numbers.is_one_in(3) {
        let scope = match numbers.is_one_in(2) {
            true => numbers.place(),
            false => format!("{}/app", numbers.pick(&sources)),
        };
        _ = writeln!(lines, "blocked {scope}");
    }
    if !is_wild && numbers.is_one_in(3) {
        let hosts = HOSTS.map(|host| match numbers.is_one_in(4) {
            true => format!("{host}/team"),
            false => host.to_owned(),
        });
        _ = writeln!(lines, "insecure {}", hosts.join(" "));
    }
    let release = match is_wild {
        // The first that takes wildcards.
        true => OpenShift::V4_16,
        false => RELEASE,
    };
    (lines, sources, release)
}

/// Lets a client pull by every configuration; gives how many pulls were compared, and what
/// differs.
fn differences(client: Client) -> (usize, Vec<String>) {
    let world = World::start();
    let mut differences = Vec::new();
    let mut n_compared = 0;
    let mut n_configurations = 0;
    for seed in 0.. {
        if n_configurations == CONFIGURATIONS {
            break;
        }
        let mut numbers = Numbers(seed);
        let (lines, sources, release) = objects(&mut numbers);
        // What operators refuse reaches no node.
        let Ok(trial) = Trial::new(&world, &lines, release) else {
            continue;
        };
        n_configurations += 1;
        let image = Image::labelled(&lines);
        let tag = format!("t{seed}");
        for _ in 0..PULLS {
            let name = match numbers.is_one_in(5) {
                true => format!("{}/app", numbers.place()),
                false => format!("{}{}", numbers.pick(&sources), numbers.pick(&RESTS)),
            };
            // Nobody listens on the port that a bare host stands for.
            let name = name
                .replace("127.0.0.1", "c.test")
                .replace("localhost", "c.local");
            if !name.contains('/') {
                continue;
            }
            let reference = match numbers.is_one_in(3) {
                true => format!("{name}:{tag}"),
                false => format!("{name}@{}", image.digest()),
            };
            for (attempt, _) in trial.expected(client, &reference).attempts {
                let name = attempt.split_once('@').map(|(name, _)| name);
                let name = name.or_else(|| attempt.rsplit_once(':').map(|(name, _)| name));
                if let Some(name) = name
                    && world.server(name).is_some()
                    && numbers.is_one_in(3)
                {
                    world.push(name, &tag, &image);
                }
            }
            n_compared += 1;
            if let Err(difference) = trial.compare(client, &reference) {
                differences.push(format!("seed {seed}\n{lines}{difference}"));
            }
        }
    }
    (n_compared, differences)
}

fn check(client: Client) {
    let test = format!("generated, {client:?}");
    if absent(&test, &[client]) {
        return;
    }
    let (n_compared, differences) = differences(client);
    let all = differences.join("\n\n");
    assert!(
        differences.is_empty(),
        "{} of {n_compared} differ\n{all}",
        differences.len()
    );
    // What is hardly tried proves little.
    assert!(120 < n_compared, "only {n_compared} pulls");
}

#[test]
fn skopeo_tries_what_is_resolved() {
    check(Client::Skopeo);
}

#[test]
fn podman_tries_what_is_resolved() {
    check(Client::Podman);
}
