//! Reviewing one new mirror set through WebAssembly, in processor time: in a new instance each
//! time, and in one kept warm, which is asked about another set each time, or about the same.
//!
//! Processor time, since that is what a server pays, whatever else its machine does.

use pullproof_core::admission::{self, Cluster, read_settings};
use pullproof_host::builtin;
use pullproof_host::host::{Host, HostConfig, Interruption};
use pullproof_host::limits::Limits;
use pullproof_host::policy::{NO_SETTINGS, Policy, PolicySource};
use pullproof_host::set::HARMLESS;
use pullproof_host::types::Request;
use pullproof_host::warm::Warm;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Longer than any review here takes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reviews that are measured together.
const N_REVIEWS: u32 = 2_000;

/// Sets that differ: more than answers are kept for those who ask again.
const N_OBJECTS: usize = 1_000;

/// The same of what takes no more than one or two microseconds: the system tells time in steps.
const N_REPEATED: u32 = 100_000;

/// Measurements, of which the best and the middle one are told.
const N_ROUNDS: usize = 15;

/// Time this thread has run, in nanoseconds; `None` where the system does not tell.
fn processor_ns() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok()
}

/// Prints the microseconds of one review.
fn measure(name: &str, review: impl FnMut()) {
    measure_many(name, N_REVIEWS, review);
}

fn measure_many(name: &str, n_reviews: u32, mut review: impl FnMut()) {
    for _ in 0..n_reviews {
        review();
    }
    let mut rounds = Vec::new();
    for _ in 0..N_ROUNDS {
        let (wall, start) = (Instant::now(), processor_ns());
        for _ in 0..n_reviews {
            review();
        }
        let ns = match (start, processor_ns()) {
            (Some(start), Some(end)) => u128::from(end - start),
            _ => wall.elapsed().as_nanos(),
        };
        rounds.push(ns / u128::from(n_reviews));
    }
    rounds.sort_unstable();
    let us = |ns: u128| format!("{}.{:02}", ns / 1_000, ns % 1_000 / 10);
    let (best, middle) = (us(rounds[0]), us(rounds[N_ROUNDS / 2]));
    println!("{name:<28} {best:>8} best {middle:>8} median, microseconds of processor time");
}

fn policy(host: &Host, name: &str, bytes: &[u8], settings: &str) -> Policy {
    let source = PolicySource {
        name,
        bytes,
        settings,
        limits: Limits::ORDINARY,
    };
    match Policy::load(host, &source) {
        Ok(policy) => policy,
        Err(error) => unreachable!("{error}"),
    }
}

fn main() {
    let object = bench::sent_mirror_set(0);
    println!("the object has {} bytes", object.len());
    let objects: Vec<String> = (0..N_OBJECTS).map(bench::sent_mirror_set).collect();
    let request = Request {
        name: "",
        object: Some(&object),
        ..HARMLESS
    };
    if let Ok(settings) = read_settings(NO_SETTINGS) {
        let cluster = Cluster::new(Vec::new(), settings).0;
        let request = admission::Request {
            operation: admission::Operation::Create,
            group: request.kind.group,
            version: request.kind.version,
            kind: request.kind.kind,
            name: "",
            subresource: "",
            object: Some(&object),
            old_object: None,
        };
        measure("core, native", || {
            black_box(admission::review(&cluster, black_box(&request)));
        });
    }
    for (label, interruption) in [
        ("", Interruption::Clock),
        (", fuel", Interruption::Fuel(1_000_000_000)),
    ] {
        let Ok(host) = Host::new(&HostConfig {
            concurrency: 1,
            interruption,
            cache: None,
        }) else {
            unreachable!("WebAssembly runs here");
        };
        let core = policy(&host, builtin::NAME, builtin::COMPONENT, NO_SETTINGS);
        let hosts = "{\"hosts\":[\"mirror.lab.example.com:5000\"]}";
        let plugin = policy(&host, "own-hosts", plugins::OWN_HOSTS, hosts);
        for (name, policy) in [("core", &core), ("example plugin", &plugin)] {
            measure(&format!("{name}, fresh{label}"), || {
                black_box(policy.review(&request, Instant::now() + PATIENCE).is_ok());
            });
        }
        let mut warm = Warm::new(core);
        let mut others = objects.iter().cycle();
        measure(&format!("core, warm{label}"), || {
            let request = Request {
                object: others.next().map(String::as_str),
                ..request
            };
            let said = warm.review(&request, Instant::now() + PATIENCE);
            assert!(said.is_ok_and(|said| !said.is_repeated));
        });
        let mut n_repeated = 0_u32;
        measure_many(&format!("core, asked again{label}"), N_REPEATED, || {
            let said = warm.review(&request, Instant::now() + PATIENCE);
            n_repeated += u32::from(said.is_ok_and(|said| said.is_repeated));
        });
        assert!(N_REPEATED < n_repeated);
    }
}
