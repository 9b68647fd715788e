//! The program itself under policies, clients and signals that want to take it down.

mod honest;
#[path = "../support"]
#[cfg(test)]
mod support {
    pub(crate) mod certificates;
    pub(crate) mod client;
    pub(crate) mod process;
}

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use honest::{Honest, ask, mirror_set, response, review};
use serde_json::{Value, json};
use support::client::eventually;
use support::process::{self, Process};

/// The most memory that the program may ever have had, in MiB.
///
/// It has some 40 when it is not optimised, a policy may take 64 and another writes 64 into its
/// answer; all bodies together may have 56. This is twice what was seen.
const MEMORY_PEAK_MIB: u64 = 256;

/// How much the peak may grow when everything bad happens again, in MiB.
const MEMORY_GROWTH_MIB: u64 = 64;

/// A policy of settings that misbehaves for objects of its own name.
fn hostile(behaviour: &str, limits: &str) -> String {
    format!(
        "[[policy]]\nname = '{behaviour}'\npath = '{}'\n{limits}\n\
         settings = {{ behaviour = '{behaviour}', name = '{behaviour}' }}\n",
        process::HOSTILE
    )
}

/// Each misbehaviour, the limits it meets, and the codes that it may be told by.
const MISBEHAVIOURS: [(&str, &str, &[&str]); 7] = [
    ("loop", "deadline_ms = 200", &["deadline"]),
    ("memory", "memory_bytes = 67108864", &["memory"]),
    // Which of its two stacks ends first is the compiler's affair.
    ("recursion", "", &["stack", "trap"]),
    ("trap", "", &["trap"]),
    ("huge-result", "memory_bytes = 536870912", &["result"]),
    ("many-findings", "", &["result"]),
    ("bad-utf8", "", &["result"]),
];

fn every_misbehaviour(on_error: &str) -> String {
    let mut settings = format!("workers = 2\non_error = '{on_error}'\n");
    settings += "[[policy]]\nname = 'pullproof'\n";
    for (behaviour, limits, _) in MISBEHAVIOURS {
        settings += &hostile(behaviour, limits);
    }
    settings + &hostile("ugly-text", "")
}

/// The number of times a policy failed, by code.
fn n_errors(process: &Process, policy: &str, code: &str) -> f64 {
    let series = format!("pullproof_policy_errors_total{{policy=\"{policy}\",code=\"{code}\"}}");
    process.metric(&series)
}

#[test]
fn every_misbehaviour_is_answered_and_honest_requests_go_on() {
    let process = Process::start(&every_misbehaviour("deny"));
    let honest = Honest::start(&process, 2);
    let mut peaks = Vec::new();
    for round in 1..=3 {
        for (behaviour, _, codes) in MISBEHAVIOURS {
            let answer = ask(&process.connector(), &review(behaviour));
            let response = response(&answer, &format!("uid-{behaviour}"));
            assert_eq!(response["allowed"], false, "{behaviour}");
            assert_eq!(response["status"]["code"], 500, "{behaviour}");
            let message = response["status"]["message"].as_str().expect("it says why");
            let code = codes
                .iter()
                .find(|code| message.ends_with(&format!("[{code}]")));
            let code = code.unwrap_or_else(|| panic!("{behaviour}: {message}"));
            assert!(
                message.starts_with(&format!("policy `{behaviour}` ")) && !message.contains("0x"),
                "{message}"
            );
            assert_eq!(n_errors(&process, behaviour, code), f64::from(round));
            if round == 1 {
                eprintln!(
                    "{behaviour}: {message}; peak {:?} MiB",
                    process.memory_peak_mib()
                );
            }
        }
        let answer = ask(&process.connector(), &review("ugly-text"));
        let response = response(&answer, "uid-ugly-text");
        assert_eq!(response["allowed"], true);
        let warnings = response["warnings"].as_array().expect("it warns");
        assert!(warnings.len() <= 15, "{}", warnings.len());
        peaks.extend(process.memory_peak_mib());
    }
    let n_honest = honest.stop();
    eprintln!("{n_honest} honest reviews beside them; peaks {peaks:?} MiB");
    for (policy, code) in [("pullproof", "deadline"), ("pullproof", "capacity")] {
        assert_eq!(n_errors(&process, policy, code), 0.0);
    }
    if let (Some(first), Some(last)) = (peaks.first(), peaks.last()) {
        assert!(*last <= MEMORY_PEAK_MIB, "{peaks:?}");
        assert!(last - first <= MEMORY_GROWTH_MIB, "{peaks:?}");
    }
    assert_eq!(process.client().get("/healthz").status, 200);
}

#[test]
fn what_a_failing_policy_comes_to_is_a_setting() {
    let process = Process::start(&every_misbehaviour("allow"));
    for (behaviour, _, _) in MISBEHAVIOURS {
        let answer = ask(&process.connector(), &review(behaviour));
        let response = response(&answer, &format!("uid-{behaviour}"));
        assert_eq!(response["allowed"], true, "{behaviour}");
        let warning = response["warnings"][0].as_str().expect("it warns");
        let start = format!("not judged: policy `{behaviour}` ");
        assert!(warning.starts_with(&start), "{warning}");
    }
    let n_open = process.metric("pullproof_fail_open_total{reason=\"policy\"}");
    assert_eq!(n_open, 7.0);
    drop(process);
    let process = Process::start(&every_misbehaviour("fail"));
    for (behaviour, _, _) in MISBEHAVIOURS {
        let answer = ask(&process.connector(), &review(behaviour));
        assert_eq!(answer.status, 503, "{behaviour}");
        let status = answer.json();
        assert_eq!(status["kind"], "Status");
        let start = format!("policy `{behaviour}` ");
        assert!(
            status["message"]
                .as_str()
                .expect("it says why")
                .starts_with(&start),
            "{status}"
        );
    }
    let answer = ask(&process.connector(), &review("honest"));
    assert_eq!(response(&answer, "uid-honest")["allowed"], true);
}

/// A policy that never ends, asked before all others, takes its own time and not theirs.
#[test]
fn a_policy_that_hangs_leaves_others_their_time() {
    let settings = format!(
        "workers = 1\n[[policy]]\nname = 'loop'\npath = '{}'\nmode = 'warn'\ndeadline_ms = 30000\n\
         settings = {{ behaviour = 'loop' }}\n[[policy]]\nname = 'pullproof'\n",
        process::HOSTILE
    );
    let process = Process::start(&settings);
    let mut client = process.client();
    client.start_review("/validate?timeout=4s", &review("any").to_string());
    let answer = client.read_answer().expect("there is an answer");
    let response = response(&answer, "uid-any");
    assert_eq!(response["allowed"], true, "{response}");
    let failing = "not judged: policy `loop` did not finish within its deadline [deadline]";
    assert_eq!(response["warnings"][0], failing);
    assert_eq!(n_errors(&process, "pullproof", "deadline"), 0.0);
    // A restart would not mend it, so the kubelet must not be told to.
    let health = process.client().get("/healthz");
    assert_eq!((health.status, health.text()), (200, "ok\n".to_owned()));
}

/// More policies of the core than a thread keeps instances of.
#[test]
fn many_policies_of_the_core_find_room() {
    let mut settings = "workers = 1\n".to_owned();
    for policy in 0..8 {
        settings += &format!("[[policy]]\nname = 'core-{policy}'\n");
    }
    let process = Process::start(&settings);
    for _ in 0..3 {
        assert_eq!(process.client().get("/healthz").status, 200);
        let answer = ask(&process.connector(), &review("any"));
        assert_eq!(response(&answer, "uid-any")["allowed"], true);
    }
    let metrics = process.client().get("/metrics").text();
    assert!(
        !metrics.contains("pullproof_policy_errors_total{"),
        "{metrics}"
    );
    // Those with an instance of their own need not be asked the third time.
    let repeated = |policy| format!("pullproof_repeated_answers_total{{policy=\"{policy}\"}} 1\n");
    assert!(metrics.contains(&repeated("core-0")), "{metrics}");
    assert!(!metrics.contains(&repeated("core-7")), "{metrics}");
}

fn own_hosts(settings: &str) -> String {
    format!(
        "[[policy]]\nname = 'hosts'\npath = '{}'\n{settings}\n[[policy]]\nname = 'pullproof'\n",
        process::OWN_HOSTS
    )
}

/// A component that would like to know the time.
fn importing() -> Vec<u8> {
    let text = "(component (import \"wasi:clocks/wall-clock@0.2.0\" (instance \
                (export \"now\" (func (result u64))))))";
    wat::parse_str(text).expect("it is a component")
}

#[test]
fn policies_that_do_not_load_are_refused_at_the_start() {
    let check = |settings: &str, expected: &str| {
        let more: [(&str, &[u8]); 1] = [("importing.wasm", &importing())];
        let ended = process::refused(settings, &more);
        assert_eq!(ended.code, Some(1), "{}", ended.log);
        let start = format!("error: {expected}");
        assert!(ended.log.starts_with(&start), "{}", ended.log);
        assert_eq!(ended.log.lines().count(), 1, "{}", ended.log);
    };
    check(
        "[[policy]]\nname = 'clock'\npath = 'importing.wasm'\n",
        "policy `clock` imports `wasi:clocks/wall-clock@0.2.0`, and nothing may be imported",
    );
    check(
        &own_hosts("settings = { host = [] }"),
        "policy `hosts` does not take its settings: ",
    );
    check(
        &(hostile("loop-in-configure", "deadline_ms = 100") + "[[policy]]\nname = 'b'\n"),
        "policy `loop-in-configure` did not finish within its deadline",
    );
}

#[test]
fn a_bad_policy_leaves_the_last_good_one() {
    let good = own_hosts("settings = { hosts = ['mirror.example.com'] }");
    let process = Process::start(&good);
    let honest = Honest::start(&process, 1);
    let is_outdated = || process.metric("pullproof_policy_outdated{policy=\"hosts\"}") == 1.0;
    let is_kept = || process.metric("pullproof_settings_outdated") == 1.0;
    let judges = || {
        let mut foreign = review("foreign");
        let mirror = &mut foreign["request"]["object"]["spec"]["imageDigestMirrors"][0]["mirrors"];
        mirror[0] = json!("elsewhere.example.com/team");
        let response = response(&ask(&process.connector(), &foreign), "uid-foreign");
        let causes = &response["status"]["details"]["causes"];
        causes[0]["message"]
            == "mirror `elsewhere.example.com/team` is under a host that is not ours \
                [OH001 foreign-mirror]; use one of the hosts in the policy's settings"
    };
    assert!(!is_outdated() && !is_kept() && judges());
    process.replace(process::OWN_HOSTS, &importing());
    eventually(is_outdated);
    assert!(judges());
    let ready = process.client().get("/readyz");
    assert_eq!(ready.status, 200);
    let note = "note: policy `hosts`: policy `hosts` imports `wasi:clocks/wall-clock@0.2.0`";
    assert!(ready.text().contains(note), "{}", ready.text());
    process.replace(process::OWN_HOSTS, plugins::OWN_HOSTS);
    eventually(|| !is_outdated());
    process.replace("settings.toml", own_hosts("settings = {}").as_bytes());
    eventually(is_outdated);
    assert!(judges());
    process.replace("settings.toml", b"[[policy]]\nname = 'HOSTS'\n");
    eventually(is_kept);
    assert!(judges());
    let ready = process.client().get("/readyz").text();
    assert!(ready.contains("note: settings: not reloaded: "), "{ready}");
    process.replace("settings.toml", good.as_bytes());
    eventually(|| !is_outdated() && !is_kept());
    assert!(judges());
    honest.stop();
    for (result, n_least) in [("ok", 2.0), ("partly", 2.0), ("failed", 1.0)] {
        let series = format!("pullproof_policy_reloads_total{{result=\"{result}\"}}");
        assert!(n_least <= process.metric(&series), "{result}");
    }
}

#[test]
fn ten_certificate_swaps_lose_no_request() {
    let process = Process::start("");
    let honest = Honest::start(&process, 3);
    let mut seen = vec![process.client().leaf()];
    for _ in 0..10 {
        process.swap_certificate();
        let mut leaf = Vec::new();
        eventually(|| {
            leaf = process.client().leaf();
            !seen.contains(&leaf)
        });
        seen.push(leaf);
    }
    let n_honest = honest.stop();
    let n_reloads = process.metric("pullproof_certificate_reloads_total{result=\"ok\"}");
    assert_eq!(n_reloads, 10.0);
    eprintln!(
        "{n_honest} reviews during 10 swaps; peak {:?} MiB",
        process.memory_peak_mib()
    );
}

/// Every request that was sent before or after the signal is answered.
#[test]
fn a_signal_to_stop_loses_no_request() {
    let settings = "workers = 2\ndrain_delay_ms = 1500\n[[policy]]\nname = 'pullproof'\n";
    let process = Process::start(&(settings.to_owned() + &hostile("loop", "deadline_ms = 500")));
    let is_signalled = Arc::new(AtomicBool::new(false));
    let n_after = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..4)
        .map(|client_idx| {
            let (is_signalled, n_after) = (Arc::clone(&is_signalled), Arc::clone(&n_after));
            let connector = process.connector();
            let name = if client_idx == 0 { "loop" } else { "honest" };
            let body = review(name).to_string();
            thread::spawn(move || {
                let mut n_answers = 0;
                loop {
                    let was_signalled = is_signalled.load(Ordering::SeqCst);
                    let Some(mut client) = connector.try_connect() else {
                        let is_over = was_signalled || is_signalled.load(Ordering::SeqCst);
                        assert!(is_over, "nobody listens before the signal");
                        return n_answers;
                    };
                    loop {
                        client.start_review("/validate?timeout=10s", &body);
                        let answer = client.read_answer().expect("no request is lost");
                        let response = response(&answer, &format!("uid-{name}"));
                        assert_eq!(response["allowed"], name == "honest");
                        n_answers += 1;
                        n_after.fetch_add(usize::from(was_signalled), Ordering::Relaxed);
                        if answer.header("connection") == Some("close") {
                            break;
                        }
                    }
                }
            })
        })
        .collect();
    eventually(|| 20.0 < process.metric("pullproof_review_duration_seconds_count"));
    is_signalled.store(true, Ordering::SeqCst);
    process.terminate();
    let n_answers: Vec<usize> = clients
        .into_iter()
        .map(|client| client.join().expect("no request is lost"))
        .collect();
    let ended = process.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(ended.log.contains("\"draining\""), "{}", ended.log);
    let n_after = n_after.load(Ordering::Relaxed);
    assert!(0 < n_after, "it serves on for a while");
    eprintln!("{n_answers:?} answers, {n_after} of them on connections after the signal");
}

/// One thread, each review on it takes 100 ms, and forty clients at a time.
#[test]
fn overload_is_answered_or_shed_and_counted() {
    let settings = "workers = 1\nqueue = 4\n".to_owned() + &hostile("loop", "deadline_ms = 100");
    let process = Process::start(&settings);
    let clients: Vec<_> = (0..40)
        .map(|_| {
            let connector = process.connector();
            thread::spawn(move || {
                let mut n_shed = 0;
                for _ in 0..5 {
                    let response = response(&ask(&connector, &review("loop")), "uid-loop");
                    match response["status"]["code"].as_u64() {
                        Some(500) => {}
                        Some(503) => n_shed += 1,
                        code => panic!("{code:?}: {response}"),
                    }
                }
                n_shed
            })
        })
        .collect();
    let n_shed: u32 = clients
        .into_iter()
        .map(|it| it.join().expect("answers"))
        .sum();
    let counted = process.metric("pullproof_shed_total{reason=\"full\"}")
        + process.metric("pullproof_shed_total{reason=\"late\"}");
    assert_eq!(counted, f64::from(n_shed));
    assert!(100 < n_shed, "{n_shed}");
    let n_judged = n_errors(&process, "loop", "deadline");
    assert_eq!(n_judged + counted, 200.0);
    let peak = process.memory_peak_mib();
    eprintln!("{n_judged} judged, {n_shed} shed; peak {peak:?} MiB");
    assert!(peak.is_none_or(|peak| peak <= MEMORY_PEAK_MIB));
    let answer = ask(&process.connector(), &review("honest"));
    assert_eq!(response(&answer, "uid-honest")["allowed"], true);
}

#[test]
fn slow_and_broken_clients_harm_nobody() {
    let process = Process::start("");
    let honest = Honest::start(&process, 1);
    let body = review("slow").to_string();
    let head = |n_bytes: usize, query: &str| {
        format!(
            "POST /validate{query} HTTP/1.1\r\nhost: localhost\r\n\
             content-type: application/json\r\ncontent-length: {n_bytes}\r\n\r\n"
        )
    };
    // Each byte in a packet of its own.
    let mut slow = process.client();
    for byte in (head(body.len(), "") + &body).bytes() {
        slow.write(&[byte]);
    }
    let answer = slow.read_answer().expect("it is slow, not wrong");
    assert_eq!(response(&answer, "uid-slow")["allowed"], true);
    // Half of a body, and nothing more.
    let mut half = process.client();
    half.write((head(body.len(), "?timeout=1s") + &body[..100]).as_bytes());
    assert_eq!(half.read_answer().map(|answer| answer.status), Some(408));
    for _ in 0..20 {
        // Gone in the middle of a body, with an answer to something else unread: a reset.
        let mut broken = process.client();
        broken.write(b"GET /version HTTP/1.1\r\nhost: localhost\r\n\r\n");
        broken.write((head(body.len(), "") + &body[..100]).as_bytes());
        drop(broken);
        // Gone in the middle of an evaluation.
        let mut gone = process.client();
        gone.start_review("/validate", &body);
        drop(gone);
        // No TLS, and half a handshake.
        let mut tcp = process.connector().tcp();
        tcp.write_all(b"POST /validate HTTP/1.1\r\n\r\n")
            .expect("it is sent");
        let mut tcp = process.connector().tcp();
        tcp.write_all(&[0x16, 3, 1, 2, 0, 1]).expect("it is sent");
    }
    // Texts that end early, said to be whole.
    for end in [0, 1, 20, body.len() / 2, body.len() - 1] {
        let answer = process.client().review(&body[..end]);
        assert_eq!(answer.status, 400, "{end}");
        assert_eq!(answer.json()["kind"], "Status", "{end}");
    }
    honest.stop();
    eventually(|| process.metric("pullproof_connections") <= 2.0);
}

#[test]
fn enormous_bodies_fill_no_memory() {
    let process = Process::start("workers = 2\n");
    let honest = Honest::start(&process, 1);
    let padded = |n_bytes: usize| {
        let mut review = review("large");
        review["request"]["object"]["metadata"]["annotations"] =
            json!({ "a": "x".repeat(n_bytes) });
        review.to_string()
    };
    let largest = padded((7 << 20) - 2_000);
    let clients: Vec<_> = (0..12)
        .map(|_| {
            let (connector, body) = (process.connector(), largest.clone());
            thread::spawn(move || {
                let mut client = connector.connect();
                client.start_review("/validate?timeout=10s", &body);
                let answer = client.read_answer().expect("there is an answer");
                match answer.status {
                    200 => _ = response(&answer, "uid-large"),
                    status => assert_eq!((status, &answer.json()["code"]), (503, &json!(503))),
                }
                answer.status
            })
        })
        .collect();
    let statuses: Vec<u16> = clients
        .into_iter()
        .map(|it| it.join().expect("answers"))
        .collect();
    let answer = process.client().review(&padded(8 << 20));
    assert_eq!(answer.status, 413);
    let answer = process.client().send_chunked(padded(8 << 20).as_bytes());
    assert_eq!(answer.status, 413);
    let promise = b"POST /validate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                    content-length: 999999999999\r\n\r\n";
    let mut client = process.client();
    client.write(promise);
    assert_eq!(client.read_answer().map(|answer| answer.status), Some(413));
    honest.stop();
    let peak = process.memory_peak_mib();
    eprintln!("answers {statuses:?} to 12 of 7 MiB at a time; peak {peak:?} MiB");
    assert!(peak.is_none_or(|peak| peak <= MEMORY_PEAK_MIB));
}

/// While other objects are not known, a change is judged alone, and whoever makes it is told.
#[test]
fn what_is_not_known_of_the_cluster_is_said() {
    let dir = tempfile::tempdir().expect("there is room");
    let nowhere = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let server = format!("https://{}", nowhere.expect("there is a port"));
    let kubeconfig = dir.path().join("kubeconfig");
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "gone", "cluster": { "server": server } }],
        "users": [{ "name": "nobody", "user": {} }],
        "contexts": [{ "name": "gone", "context": { "cluster": "gone", "user": "nobody" } }],
        "current-context": "gone",
    });
    fs::write(&kubeconfig, config.to_string()).expect("it is our directory");
    let variables = [("KUBECONFIG", kubeconfig.as_path())];
    let process = Process::start_self_signed("[state]\nsource = 'cluster'\n", &variables);
    let answer = ask(&process.connector(), &review("any"));
    let warnings = &response(&answer, "uid-any")["warnings"];
    let caveat = "the cluster's other objects are not known yet, so this object was judged alone";
    assert_eq!(warnings[0], caveat);
    let ready = process.client().get("/readyz");
    let expected = format!("ready\nnote: state: {caveat}\n");
    assert_eq!((ready.status, ready.text()), (200, expected));
    drop(process);
    // A directory with an object that nobody can read, among others.
    let objects = dir.path().join("objects");
    fs::create_dir(&objects).expect("it is our directory");
    let write = |name: &str, text: &str| {
        let new = objects.join("new");
        fs::write(&new, text).expect("it is our directory");
        fs::rename(&new, objects.join(name)).expect("it is our directory");
    };
    write("bad.yaml", "a: [");
    let mut closed = mirror_set("closed");
    closed["spec"]["imageDigestMirrors"][0]["mirrorSourcePolicy"] = json!("NeverContactSource");
    write("closed.json", &closed.to_string());
    let path = objects.display();
    let settings = format!("[state]\nsource = 'directory'\npath = '{path}'\n");
    let process = Process::start(&settings);
    let ask = || response(&ask(&process.connector(), &review("open")), "uid-open");
    let denied = ask();
    let message = denied["status"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("see `closed.json`"), "{denied}");
    let warning = denied["warnings"][0].as_str().unwrap_or_default();
    let start = "judged without an object of the cluster that cannot be read: ";
    assert!(
        warning.starts_with(start) && warning.contains("bad.yaml"),
        "{warning}"
    );
    // Both mended while it runs.
    write("bad.yaml", "");
    write("closed.json", "");
    eventually(|| ask()["allowed"] == true);
    assert_eq!(process.client().get("/readyz").text(), "ready\n");
}

/// Every field of a review, replaced by everything that does not belong there.
#[test]
fn garbage_in_each_field_is_a_valid_answer_or_a_bad_request() {
    let process = Process::start("workers = 2\n");
    let mut whole = review("whole");
    whole["request"]["operation"] = json!("UPDATE");
    whole["request"]["oldObject"] = mirror_set("whole");
    let mut nested = json!("deep");
    for _ in 0..100 {
        nested = json!([nested]);
    }
    let garbage = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1.5e300),
        json!(""),
        json!("\u{0}\n\u{1b}[31m\u{202e}"),
        json!("x".repeat(100_000)),
        json!([]),
        json!([null, {}, "a"]),
        json!({}),
        json!({ "": { "a": [] } }),
        nested,
    ];
    let mut client = process.client();
    let (mut n_reviews, mut n_refusals) = (0, 0);
    for pointer in pointers(&whole) {
        for value in &garbage {
            let mut review = whole.clone();
            *review.pointer_mut(&pointer).expect("it is there") = value.clone();
            let answer = client.review(&review.to_string());
            let uid = review.pointer("/request/uid").and_then(Value::as_str);
            match (answer.status, uid) {
                (200, Some(uid)) => {
                    response(&answer, uid);
                    n_reviews += 1;
                }
                (status, _) => {
                    assert_eq!(status, 400, "{pointer} {value}: {}", answer.text());
                    assert_eq!(answer.json()["kind"], "Status");
                    n_refusals += 1;
                }
            }
            if answer.header("connection") == Some("close") {
                client = process.client();
            }
        }
    }
    eprintln!("{n_reviews} answered, {n_refusals} refused");
    assert!(100 < n_reviews && 10 < n_refusals);
    let metrics = client.get("/metrics").text();
    assert!(
        !metrics.contains("pullproof_policy_errors_total{"),
        "{metrics}"
    );
    let peak = process.memory_peak_mib();
    assert!(peak.is_none_or(|peak| peak <= MEMORY_PEAK_MIB));
}

/// A JSON Pointer to every value but the whole.
fn pointers(value: &Value) -> Vec<String> {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(idx, item)| (idx.to_string(), item)).collect()
        }
        _ => Vec::new(),
    };
    let pointers = members.into_iter().flat_map(|(key, value)| {
        let key = format!("/{key}");
        let below = pointers(value)
            .into_iter()
            .map(|below| key.clone() + &below);
        let below: Vec<String> = below.collect();
        [key].into_iter().chain(below)
    });
    pointers.collect()
}
