//! Policies that misbehave get an error that says what they did, and nobody else notices.

use pullproof_host::error::ErrorKind;
use pullproof_host::host::{Host, HostConfig, Interruption};
use pullproof_host::limits::Limits;
use pullproof_host::policy::{NO_SETTINGS, Policy, PolicySource};
use pullproof_host::types::{Finding, Request};
use pullproof_host::{builtin, set};
use std::time::{Duration, Instant};

const LIMITS: Limits = Limits {
    memory_bytes: 64 << 20,
    deadline: Duration::from_millis(300),
};

fn host(interruption: Interruption) -> Host {
    Host::new(&HostConfig {
        concurrency: 2,
        interruption,
        cache: None,
    })
    .expect("there is a host")
}

fn hostile(host: &Host, behaviour: &str) -> Policy {
    Policy::load(
        host,
        &PolicySource {
            name: "hostile",
            bytes: plugins::HOSTILE,
            settings: &format!("{{\"behaviour\":\"{behaviour}\"}}"),
            limits: LIMITS,
        },
    )
    .expect("it behaves while it is loaded")
}

fn change() -> Request<'static> {
    Request {
        name: "lab",
        ..set::HARMLESS
    }
}

/// Reviews under a misbehaving policy; says the error's code and text.
fn fault(host: &Host, behaviour: &str) -> (ErrorKind, String) {
    let policy = hostile(host, behaviour);
    let deadline = Instant::now() + LIMITS.deadline;
    let error = policy
        .review(&change(), deadline)
        .expect_err("it misbehaves");
    (error.kind, error.to_string())
}

#[test]
fn every_misbehaviour_is_told_by_its_kind() {
    let host = host(Interruption::Clock);
    let check = |behaviour, kind, text: &str| {
        let (found, message) = fault(&host, behaviour);
        assert_eq!(found, kind, "{behaviour}: {message}");
        assert!(
            message.starts_with("policy `hostile` ") && message.contains(text),
            "{behaviour}: {message}"
        );
        // The engine is whole: an honest policy still judges.
        let honest = hostile(&host, "honest");
        let findings = honest.review(&change(), Instant::now() + LIMITS.deadline);
        assert_eq!(findings, Ok(Vec::<Finding>::new()));
    };
    check("loop", ErrorKind::Deadline, "deadline");
    check("memory", ErrorKind::Memory, "more memory");
    check("trap", ErrorKind::Trap, "unreachable");
    check("huge-result", ErrorKind::Memory, "more memory");
    check("many-findings", ErrorKind::Result, "20000 findings");
    check("bad-utf8", ErrorKind::Result, "utf-8");
    let (kind, message) = fault(&host, "recursion");
    // Which of its two stacks ends first is the compiler's affair.
    assert!(
        [ErrorKind::Stack, ErrorKind::Trap].contains(&kind),
        "{message}"
    );
}

#[test]
fn a_result_above_its_limit_is_refused_where_memory_would_do() {
    let host = host(Interruption::Clock);
    let mut source = PolicySource {
        name: "hostile",
        bytes: plugins::HOSTILE,
        settings: "{\"behaviour\":\"huge-result\"}",
        limits: LIMITS,
    };
    source.limits.memory_bytes = 512 << 20;
    source.limits.deadline = Duration::from_secs(10);
    let policy = Policy::load(&host, &source).expect("it behaves while it is loaded");
    let error = policy
        .review(&change(), Instant::now() + Duration::from_secs(10))
        .expect_err("64 MiB are too much");
    assert_eq!(error.kind, ErrorKind::Result, "{error}");
}

#[test]
fn an_endless_loop_ends_near_its_deadline() {
    let host = host(Interruption::Clock);
    let policy = hostile(&host, "loop");
    let start = Instant::now();
    let deadline = start + Duration::from_millis(100);
    let error = policy.review(&change(), deadline).expect_err("it loops");
    assert_eq!(error.kind, ErrorKind::Deadline);
    // Not a measurement: that it ends at all, and not before its time.
    assert!(Duration::from_millis(100) <= start.elapsed());
}

#[test]
fn fuel_ends_a_loop_at_the_same_place_each_time() {
    let host = host(Interruption::Fuel(50_000_000));
    let policy = hostile(&host, "loop");
    for _ in 0..2 {
        let deadline = Instant::now() + Duration::from_secs(20);
        let error = policy.review(&change(), deadline).expect_err("it loops");
        assert_eq!(error.kind, ErrorKind::Fuel, "{error}");
    }
}

#[test]
fn every_review_starts_anew() {
    let host = host(Interruption::Clock);
    let policy = hostile(&host, "memoir");
    for _ in 0..3 {
        let findings = policy
            .review(&change(), Instant::now() + LIMITS.deadline)
            .expect("it only remembers");
        assert_eq!(findings[0].message, "review 1");
    }
}

#[test]
fn a_policy_that_does_not_load_says_why() {
    let host = host(Interruption::Clock);
    let check = |bytes: &[u8], settings: &str, kind, text: &str| {
        let error = Policy::load(
            &host,
            &PolicySource {
                name: "p",
                bytes,
                settings,
                limits: LIMITS,
            },
        )
        .err()
        .expect("it does not load");
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    };
    let importing = wat::parse_str(
        "(component (import \"wasi:clocks/wall-clock@0.2.0\" (instance \
         (export \"now\" (func (result u64))))))",
    )
    .expect("it is a component");
    check(
        &importing,
        NO_SETTINGS,
        ErrorKind::RefusedImport,
        "`wasi:clocks/wall-clock@0.2.0`",
    );
    let empty = wat::parse_str("(component)").expect("it is a component");
    check(&empty, NO_SETTINGS, ErrorKind::Version, "reviewer");
    let module = wat::parse_str("(module)").expect("it is a module");
    check(&module, NO_SETTINGS, ErrorKind::Invalid, "no component");
    check(
        b"text",
        NO_SETTINGS,
        ErrorKind::Invalid,
        "is not WebAssembly",
    );
    check(
        &plugins::HOSTILE[..1000],
        NO_SETTINGS,
        ErrorKind::Invalid,
        "no component",
    );
    check(
        plugins::HOSTILE,
        "{\"behaviour\":\"nonsense\"}",
        ErrorKind::Settings,
        "unknown behaviour `nonsense`",
    );
    check(
        plugins::HOSTILE,
        "{\"behaviour\":\"loop-in-configure\"}",
        ErrorKind::Deadline,
        "deadline",
    );
    check(
        plugins::OWN_HOSTS,
        NO_SETTINGS,
        ErrorKind::Settings,
        "\"hosts\" is a required property",
    );
}

#[test]
fn no_component_of_ours_imports_anything() {
    let host = host(Interruption::Clock);
    for (name, bytes, settings) in [
        ("pullproof", builtin::COMPONENT, NO_SETTINGS),
        ("own-hosts", plugins::OWN_HOSTS, "{\"hosts\":[]}"),
        ("hostile", plugins::HOSTILE, NO_SETTINGS),
    ] {
        let source = PolicySource {
            name,
            bytes,
            settings,
            limits: Limits::ORDINARY,
        };
        let policy = Policy::load(&host, &source);
        let policy = policy.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(policy.description.name, name);
    }
}
