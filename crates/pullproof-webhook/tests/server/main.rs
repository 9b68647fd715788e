//! The server over loopback TLS, with policies that do as they are told.

mod playground;
#[cfg(test)]
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pullproof_webhook::config::{OnError, TlsVersion};
use serde_json::Value;
use support::Running;
use support::certificates::Ca;
use support::client::{Client, body, eventually};

#[test]
fn good_and_bad_objects() {
    let server = Running::start(|_| {});
    let mut client = server.client();
    let good = client.review(&body("good"));
    assert_eq!(good.status, 200);
    assert_eq!(good.header("content-type"), Some("application/json"));
    assert_eq!(
        good.text(),
        r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"uid-good","allowed":true}}"#
    );
    // The same connection serves on.
    let bad = client.review(&body("bad")).json();
    assert_eq!(bad["response"]["allowed"], false);
    assert_eq!(bad["response"]["uid"], "uid-bad");
    assert_eq!(bad["response"]["status"]["code"], 422);
    assert_eq!(
        bad["response"]["status"]["details"]["causes"][0]["field"],
        "spec.a"
    );
    let beta = body("bad").replace("admission.k8s.io/v1", "admission.k8s.io/v1beta1");
    let beta = client.review(&beta).json();
    assert_eq!(beta["apiVersion"], "admission.k8s.io/v1beta1");
    assert_eq!(beta["response"]["allowed"], false);
    let failing = client.review(&body("trap")).json();
    assert_eq!(failing["response"]["status"]["code"], 500);
    server.stop();
}

#[test]
fn what_is_no_review_is_a_status() {
    let server = Running::start(|_| {});
    let review = body("good");
    let foreign = review.replace("admission.k8s.io/v1", "foo/v9");
    let json = ("content-type", "application/json");
    for (request, headers, body, status, message) in [
        ("POST /validate", &[json][..], "", 400, "the body is empty"),
        ("POST /validate", &[json], "{", 400, "the body: EOF"),
        (
            "POST /validate",
            &[json],
            &foreign,
            400,
            "`AdmissionReview` of `foo/v9` is not answered",
        ),
        (
            "POST /validate",
            &[],
            &review,
            415,
            "the content type is not `application/json`",
        ),
        (
            "POST /validate",
            &[("content-type", "text/plain")],
            &review,
            415,
            "the content type",
        ),
        (
            "POST /validate",
            &[json, ("content-encoding", "gzip")],
            &review,
            415,
            "encoded bodies",
        ),
        ("GET /validate", &[], "", 405, "only POST is answered here"),
        ("DELETE /healthz", &[], "", 405, "only GET is answered here"),
        (
            "POST /",
            &[json],
            &review,
            404,
            "there is nothing at this path",
        ),
        (
            "GET /../etc/passwd",
            &[],
            "",
            404,
            "there is nothing at this path",
        ),
    ] {
        let answer = server.client().send(request, headers, body.as_bytes());
        assert_eq!(answer.status, status, "{request} {headers:?}");
        let answer = answer.json();
        assert_eq!(answer["kind"], "Status");
        assert_eq!(answer["code"], status);
        let text = answer["message"].as_str().unwrap();
        assert!(text.starts_with(message), "{text}");
    }
    let parameters = [("Content-Type", "Application/JSON; charset=utf-8")];
    let answer = server
        .client()
        .send("POST /validate?timeout=10s", &parameters, review.as_bytes());
    assert_eq!(answer.status, 200);
    // A review that is half readable is still a valid answer.
    let operation = review.replace("CREATE", "PATCH");
    let answer = server.client().review(&operation).json();
    assert_eq!(answer["response"]["uid"], "uid-good");
    assert_eq!(answer["response"]["status"]["code"], 400);
    server.stop();
}

#[test]
fn bodies_end_at_the_limit() {
    let limit = 100_000;
    let server = Running::start(|config| config.body_limit_bytes = limit);
    let review = body("good");
    let padded = |n_bytes: usize| review.clone() + &" ".repeat(n_bytes - review.len());
    for (n_bytes, status) in [(limit, 200), (limit + 1, 413), (2 * limit, 413)] {
        let answer = server.client().review(&padded(n_bytes));
        assert_eq!(answer.status, status, "{n_bytes}");
        // The same without a promise of the length.
        let chunked = server.client().send_chunked(padded(n_bytes).as_bytes());
        assert_eq!(chunked.status, status, "{n_bytes}");
    }
    let refused = server.client().review(&padded(limit + 1)).json();
    assert_eq!(refused["reason"], "RequestEntityTooLarge");
    assert_eq!(
        refused["message"],
        "the body has more than 100000 bytes (`body_limit_bytes`)"
    );
    // A promise alone is refused without waiting for what is promised.
    let mut client = server.client();
    client.write(
        b"POST /validate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n",
    );
    assert_eq!(client.read_answer().unwrap().status, 413);
    server.stop();
}

#[test]
fn broken_clients_cost_nothing() {
    let server = Running::start(|config| config.timeout = Duration::from_millis(300));
    let head = b"POST /validate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
    // A body that never comes.
    let mut slow = server.client();
    slow.write(head);
    let start = Instant::now();
    let answer = slow.read_answer().unwrap();
    assert_eq!(answer.status, 408);
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(start.elapsed() < Duration::from_secs(5));
    // A body that ends early, no TLS at all, half a handshake, and garbage.
    let mut cut = server.client();
    cut.write(head);
    drop(cut);
    server.tcp().write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    server.tcp().write_all(&[0x16, 3, 1, 0, 200]).unwrap();
    let mut garbage = server.client();
    garbage.write(b"\x00\x01\x02 / HTTP/9\r\n\r\n");
    assert_eq!(garbage.read_answer().map(|answer| answer.status), Some(400));
    let mut endless = server.client();
    endless.write(b"GET /healthz HTTP/1.1\r\n");
    let line = [b"a: ".as_slice(), &[b'b'; 60_000], b"\r\n"].concat();
    // The server may close before all of it is written.
    let _ = endless.try_write(&line);
    let _ = endless.try_write(&line);
    assert_ne!(endless.read_answer().map(|answer| answer.status), Some(200));
    // Others are served meanwhile and afterwards.
    assert_eq!(server.client().review(&body("good")).status, 200);
    drop((slow, garbage, endless));
    eventually(|| server.app().n_connections.load(Ordering::Relaxed) == 0);
    // The thread that answered may let go of its body after the answer has arrived.
    eventually(|| server.app().bodies.load(Ordering::Relaxed) == 0);
    assert!(server.metric("pullproof_tls_handshake_failures_total") >= 2.0);
    server.stop();
}

#[test]
fn large_bodies_together_have_a_limit() {
    let server = Running::start(|config| {
        config.body_limit_bytes = 100_000;
        config.workers = 1;
    });
    let review = |name: &str| {
        let review = body(name);
        review.clone() + &" ".repeat(100_000 - review.len())
    };
    // One is being judged, seven wait, and there is no room for a ninth.
    let held: Vec<_> = (0..8)
        .map(|idx| {
            let mut client = server.client();
            client.start_review("/validate", &review("gate"));
            eventually(|| server.app().bodies.load(Ordering::Relaxed) == (idx + 1) * 100_000);
            client
        })
        .collect();
    let answer = server.client().review(&review("good"));
    assert_eq!(answer.status, 503);
    assert_eq!(
        answer.json()["message"],
        "too many large reviews at a time, try again"
    );
    server.policies.open_gate();
    for mut client in held {
        assert_eq!(client.read_answer().unwrap().status, 200);
    }
    assert_eq!(server.client().review(&review("good")).status, 200);
    server.stop();
}

#[test]
fn a_full_queue_answers_at_once() {
    for (on_error, status, allowed) in [
        (OnError::Deny, 200, Some(false)),
        (OnError::Allow, 200, Some(true)),
        (OnError::Fail, 503, None),
    ] {
        let server = Running::start(|config| {
            config.workers = 1;
            config.queue = 1;
            config.on_error = on_error;
        });
        let mut first = server.client();
        first.start_review("/validate", &body("gate"));
        eventually(|| server.app().queue.busy().len() == 1);
        let mut second = server.client();
        second.start_review("/validate", &body("good"));
        eventually(|| server.app().queue.depth() == 1);
        let third = server.client().review(&body("good"));
        assert_eq!(third.status, status);
        let third = third.json();
        match allowed {
            Some(allowed) => {
                assert_eq!(third["response"]["allowed"], allowed);
                assert_eq!(third["response"]["uid"], "uid-good");
            }
            None => assert_eq!(third["kind"], "Status"),
        }
        assert_eq!(server.metric("pullproof_shed_total{reason=\"full\"}"), 1.0);
        if on_error != OnError::Deny {
            assert_eq!(
                server.metric("pullproof_fail_open_total{reason=\"full\"}"),
                1.0
            );
        }
        // Pages do not queue.
        assert_eq!(server.client().get("/healthz").status, 200);
        server.policies.open_gate();
        assert_eq!(first.read_answer().unwrap().status, 200);
        assert_eq!(second.read_answer().unwrap().status, 200);
        server.stop();
    }
}

/// Far more clients than threads and places: every answer is a valid review in time.
#[test]
fn overload_is_answered_with_reviews() {
    let server = Running::start(|config| {
        config.workers = 1;
        config.queue = 2;
    });
    let mut held = server.client();
    held.start_review("/validate", &body("gate"));
    eventually(|| server.app().queue.busy().len() == 1);
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let connector = server.connector();
            thread::spawn(move || {
                let mut client = connector.connect();
                let mut n_denied = 0;
                for _ in 0..20 {
                    client.start_review("/validate?timeout=1s", &body("good"));
                    let answer = client.read_answer().unwrap();
                    assert_eq!(answer.status, 200);
                    let answer = answer.json();
                    assert_eq!(answer["response"]["uid"], "uid-good");
                    n_denied += usize::from(answer["response"]["allowed"] == false);
                }
                n_denied
            })
        })
        .collect();
    let shed = || {
        server.metric("pullproof_shed_total{reason=\"full\"}")
            + server.metric("pullproof_shed_total{reason=\"late\"}")
    };
    eventually(|| 0.0 < shed());
    server.policies.open_gate();
    let n_denied: usize = clients
        .into_iter()
        .map(|client| client.join().unwrap())
        .sum();
    assert_eq!(held.read_answer().unwrap().status, 200);
    assert_eq!(shed(), f64::from(u32::try_from(n_denied).unwrap()));
    // The thread that answered may let go of its body after the answer has arrived.
    eventually(|| server.app().bodies.load(Ordering::Relaxed) == 0);
    server.stop();
}

#[test]
fn an_answer_comes_before_the_deadline() {
    let server = Running::start(|config| config.workers = 1);
    let start = Instant::now();
    let mut hanging = server.client();
    // The policy ignores its deadline; the answer does not.
    hanging.start_review("/validate?timeout=200ms", &body("gate"));
    eventually(|| server.app().queue.busy().len() == 1);
    // This one waits behind it, and is late without being judged.
    let mut waiting = server.client();
    waiting.start_review("/validate?timeout=200ms", &body("good"));
    for client in [&mut hanging, &mut waiting] {
        let answer = client.read_answer().unwrap();
        assert_eq!(answer.status, 200);
        let answer = answer.json();
        assert_eq!(answer["response"]["allowed"], false);
        assert_eq!(answer["response"]["status"]["code"], 503);
        assert_eq!(
            answer["response"]["status"]["details"]["retryAfterSeconds"],
            1
        );
    }
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(server.metric("pullproof_shed_total{reason=\"late\"}"), 2.0);
    let n_asked = server.policies.n_asked();
    server.policies.open_gate();
    eventually(|| server.app().queue.busy().is_empty() && server.app().queue.depth() == 0);
    assert_eq!(
        server.policies.n_asked(),
        n_asked,
        "what is late is not judged"
    );
    server.stop();
}

#[test]
fn work_of_a_client_that_went_is_dropped() {
    let server = Running::start(|config| config.workers = 1);
    let mut first = server.client();
    first.start_review("/validate", &body("gate"));
    eventually(|| server.app().queue.busy().len() == 1);
    let mut gone = server.client();
    gone.start_review("/validate", &body("good"));
    eventually(|| server.app().queue.depth() == 1);
    drop(gone);
    eventually(|| server.app().n_connections.load(Ordering::Relaxed) == 1);
    let n_asked = server.policies.n_asked();
    server.policies.open_gate();
    assert_eq!(first.read_answer().unwrap().status, 200);
    eventually(|| server.app().queue.depth() == 0 && server.app().queue.busy().is_empty());
    assert_eq!(server.policies.n_asked(), n_asked);
    assert_eq!(server.metric("pullproof_shed_total{reason=\"gone\"}"), 1.0);
    server.stop();
}

#[test]
fn the_whole_chain_is_presented() {
    let server = Running::start(|_| {});
    // The client trusts the root alone; the leaf is signed by what lies between.
    let mut client = server.client();
    assert_eq!(client.review(&body("good")).status, 200);
    assert_eq!(client.n_certificates(), 2);
    assert_eq!(client.protocol(), "TLSv1_3");
    server.stop();
}

#[test]
fn the_oldest_version_of_tls_is_a_setting() {
    let current = Running::start(|_| {});
    let older = current.connector().oldest_tls();
    assert!(older.try_connect().is_none());
    current.stop();
    let server = Running::start(|config| config.tls.min_version = TlsVersion::V1_2);
    let mut client = server.connector().oldest_tls().connect();
    assert_eq!(client.review(&body("good")).status, 200);
    assert_eq!(client.protocol(), "TLSv1_2");
    assert_eq!(server.client().protocol(), "TLSv1_3");
    server.stop();
}

#[test]
fn ten_certificate_swaps_lose_no_request() {
    let server = Running::start(|_| {});
    let is_done = Arc::new(AtomicBool::new(false));
    let n_good = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (is_done, n_good) = (Arc::clone(&is_done), Arc::clone(&n_good));
            let connector = server.connector();
            thread::spawn(move || {
                while !is_done.load(Ordering::Relaxed) {
                    let mut client = connector.connect();
                    for _ in 0..10 {
                        let answer = client.review(&body("good"));
                        assert_eq!(answer.json()["response"]["allowed"], true);
                        n_good.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    let mut seen = vec![server.client().leaf()];
    for _ in 0..10 {
        server.swap_certificate();
        let mut leaf = Vec::new();
        eventually(|| {
            leaf = server.client().leaf();
            !seen.contains(&leaf)
        });
        seen.push(leaf);
    }
    is_done.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    assert!(0 < n_good.load(Ordering::Relaxed));
    assert_eq!(
        server.metric("pullproof_certificate_reloads_total{result=\"ok\"}"),
        10.0
    );
    // Files that cannot be used change nothing.
    fs::write(server.dir().join("tls.crt"), "nothing").unwrap();
    eventually(|| server.metric("pullproof_certificate_reloads_total{result=\"failed\"}") == 1.0);
    assert_eq!(server.client().leaf(), *seen.last().unwrap());
    server.stop();
}

#[test]
fn clients_need_a_certificate_with_an_allowed_name() {
    let clients = Ca::new("clients");
    let strangers = Ca::new("strangers");
    let dir = tempfile::tempdir().unwrap();
    let client_ca = dir.path().join("ca.crt");
    fs::write(&client_ca, clients.pem()).unwrap();
    let server = Running::start(|config| {
        config.tls.client_ca = Some(client_ca.clone());
        config.tls.client_names = vec!["kube-apiserver".to_owned()];
    });
    let allowed = clients.issue("kube-apiserver", &["api.local"]);
    let mut client = server.connector().identity(&allowed).connect();
    assert_eq!(client.review(&body("good")).status, 200);
    let other = clients.issue("somebody", &["else.local"]);
    let answer = server
        .connector()
        .identity(&other)
        .connect()
        .review(&body("good"));
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.json()["message"],
        "no name of the client's certificate is allowed: somebody, else.local"
    );
    assert_eq!(server.client().review(&body("good")).status, 401);
    // The kubelet has no certificate.
    assert_eq!(server.client().get("/healthz").status, 200);
    let foreign = strangers.issue("kube-apiserver", &[]);
    let mut refused = server.connector().identity(&foreign).connect();
    // The server may have closed before all of it is written.
    let _ = refused.try_write(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
    assert!(
        refused.read_answer().is_none(),
        "a certificate of another authority"
    );
    let log = server.stop();
    let refused = "\"level\":\"warn\",\"message\":\"request refused\"";
    assert_eq!(log.matches(refused).count(), 2, "{log}");
}

#[test]
fn draining_loses_nothing() {
    let server = Running::start(|config| config.drain_delay = Duration::from_millis(500));
    let address = server.address();
    let connector = server.connector();
    assert_eq!(server.client().get("/readyz").status, 200);
    let mut in_flight = server.client();
    in_flight.start_review("/validate", &body("gate"));
    eventually(|| server.app().queue.busy().len() == 1);
    let mut idle = server.client();
    assert_eq!(idle.review(&body("good")).header("connection"), None);

    server.stop.drain();
    eventually(|| server.app().is_draining.load(Ordering::Relaxed));
    let start = Instant::now();
    // Connections of before and new ones are served, and told to go elsewhere.
    let answer = idle.review(&body("good"));
    assert_eq!(
        (answer.status, answer.header("connection")),
        (200, Some("close"))
    );
    let ready = connector.connect().get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("fault: draining"), "{}", ready.text());
    assert_eq!(connector.connect().get("/healthz").status, 200);
    let mut n_served = 0;
    while start.elapsed() < Duration::from_millis(300) {
        let answer = connector.connect().review(&body("good"));
        assert_eq!(
            (answer.status, answer.header("connection")),
            (200, Some("close"))
        );
        n_served += 1;
    }
    assert!(0 < n_served);
    // Nothing new is accepted after the delay, and what was begun is finished.
    eventually(|| std::net::TcpStream::connect(address).is_err());
    server.policies.open_gate();
    let answer = in_flight.read_answer().unwrap();
    assert_eq!(answer.json()["response"]["uid"], "uid-gate");
    server.join();
}

#[test]
fn old_connections_are_asked_to_close() {
    let server = Running::start(|config| config.max_connection_age = Some(Duration::ZERO));
    let mut client = server.client();
    let answer = client.review(&body("good"));
    assert_eq!(
        (answer.status, answer.header("connection")),
        (200, Some("close"))
    );
    assert!(client.read_answer().is_none());
    server.stop();
}

#[test]
fn connections_beyond_the_limit_wait() {
    let server = Running::start(|config| config.max_connections = 1);
    let mut first = server.client();
    assert_eq!(first.review(&body("good")).status, 200);
    let waiting = {
        let connector = server.connector();
        thread::spawn(move || connector.connect().review(&body("good")).status)
    };
    assert_eq!(first.review(&body("good")).status, 200);
    drop(first);
    assert_eq!(waiting.join().unwrap(), 200);
    server.stop();
}

/// Whoever fills the server with connections that do nothing does not keep others out.
#[test]
fn idle_connections_make_room_when_there_is_none() {
    let server = Running::start(|config| config.max_connections = 2);
    let mut idle = [server.client(), server.client()];
    assert_eq!(idle[0].review(&body("good")).status, 200);
    assert_eq!(server.client().review(&body("good")).status, 200);
    assert!(idle[0].read_answer().is_none() || idle[1].read_answer().is_none());
    server.stop();
}

#[test]
fn pages() {
    let server = Running::start(|config| config.metrics_listen = Some(([127, 0, 0, 1], 0).into()));
    assert_eq!(server.client().get("/healthz").text(), "ok\n");
    assert_eq!(server.client().get("/readyz").text(), "ready\n");
    let version = server.client().get("/version").json();
    assert_eq!(version["policies"][0]["digest"], "sha256:scripted");
    server.client().review(&body("bad"));
    server
        .client()
        .review(&body("warn").replace("\"dryRun\":false", "\"dryRun\":true"));
    for (series, value) in [
        (
            r#"pullproof_reviews_total{operation="CREATE",kind="ImageDigestMirrorSet",dry_run="false",decision="deny"}"#,
            1.0,
        ),
        (
            r#"pullproof_policy_reviews_total{policy="pullproof",operation="CREATE",kind="ImageDigestMirrorSet",dry_run="true",decision="warn"}"#,
            1.0,
        ),
        (
            r#"pullproof_findings_total{policy="pullproof",rule="some-rule",effect="deny"}"#,
            1.0,
        ),
        ("pullproof_review_duration_seconds_count", 2.0),
        ("pullproof_evaluation_duration_seconds_count", 2.0),
        ("pullproof_queue_wait_seconds_count", 2.0),
        ("pullproof_queue_depth", 0.0),
    ] {
        assert_eq!(server.metric(series), value, "{series}");
    }
    assert!(server.metric("pullproof_certificate_not_after_seconds") > 1.7e9);
    // The port of pages speaks no TLS and judges nothing.
    let mut pages = std::net::TcpStream::connect(server.pages_address()).unwrap();
    pages
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    pages.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.contains("pullproof_build_info{version="), "{text}");
    let mut pages = std::net::TcpStream::connect(server.pages_address()).unwrap();
    pages
        .write_all(
            b"POST /validate HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        )
        .unwrap();
    let mut text = String::new();
    pages.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 404 "), "{text}");
    server.stop();
}

#[test]
fn a_broken_evaluator_is_unhealthy() {
    let server = Running::start(|_| {});
    server.policies.break_all();
    eventually(|| server.client().get("/healthz").status == 503);
    assert_eq!(server.client().get("/healthz").text(), "it is broken\n");
    let ready = server.client().get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("fault: policies: it is broken"));
    server.stop();
}

#[test]
fn a_certificate_near_its_end_makes_unready() {
    for (left_s, status, word) in [
        (3 * 86_400, 200, "note: certificate: it expires in 7"),
        (30, 503, "fault: certificate: it expires in "),
        (-10, 503, "fault: certificate: it has expired"),
    ] {
        let server = Running::start_with(Ca::new("root").server_valid_for(left_s), |_| {});
        let answer = server.unverified().get("/readyz");
        assert_eq!(answer.status, status);
        assert!(answer.text().contains(word), "{}", answer.text());
        server.stop();
    }
}

#[test]
fn logs_name_and_never_show() {
    let server = Running::start(|_| {});
    let secret = body("bad").replace("\"spec\":{}", "\"spec\":{\"password\":\"hunter2\"}");
    server.client().review(&secret);
    let log = server.stop();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let denied: Vec<_> = lines
        .iter()
        .filter(|line| line["decision"] == "deny")
        .collect();
    assert_eq!(denied.len(), 1, "{log}");
    assert_eq!(denied[0]["uid"], "uid-bad");
    assert_eq!(denied[0]["user"], "admin");
    assert_eq!(denied[0]["rules"], "some-rule");
    assert!(!log.contains("hunter2"));
}

/// Clients that only connect and wait.
#[test]
fn idle_clients_do_not_stop_others() {
    let server = Running::start(|_| {});
    let idle: Vec<Client> = (0..50).map(|_| server.client()).collect();
    let tcp: Vec<_> = (0..50).map(|_| server.tcp()).collect();
    assert_eq!(server.client().review(&body("good")).status, 200);
    drop((idle, tcp));
    server.stop();
}
