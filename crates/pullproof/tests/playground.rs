//! `pullproof playground` as a browser meets it: over a socket.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

struct Served {
    program: Child,
    address: SocketAddr,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// `None`, and told, where the program has no page in it.
fn served() -> Option<Served> {
    if !pullproof_page::is_built() {
        eprintln!("not run: {}", pullproof_page::HOW_TO_BUILD);
        return None;
    }
    let mut program = Command::new(env!("CARGO_BIN_EXE_pullproof"))
        .args(["playground", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = program.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let address = line.strip_prefix("http://").unwrap();
    let address = address.strip_suffix("/\n").unwrap().parse().unwrap();
    Some(Served { program, address })
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Served {
    fn ask(&self, request: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let text = format!("{request} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n");
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        let body = answer.split_off(end + 4);
        let head = String::from_utf8(answer).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body }
    }
}

#[test]
fn the_page_is_served_on_loopback() {
    let Some(served) = served() else { return };
    assert!(served.address.ip().is_loopback());
    for file in pullproof_page::FILES {
        let request = format!("GET /{}", file.name);
        let plain = served.ask(&request, "");
        assert_eq!(plain.status, 200, "{request}");
        assert_eq!(plain.body, file.bytes, "{request}");
        assert!(!plain.head.contains("content-encoding"), "{}", plain.head);
        let small = served.ask(&request, "accept-encoding: gzip, br\r\n");
        assert_eq!(small.body, file.brotli, "{request}");
        assert!(
            small.head.contains("content-encoding: br\r\n"),
            "{}",
            small.head
        );
    }
    let document = served.ask("GET /", "");
    assert_eq!(document.status, 200);
    for header in [
        "content-type: text/html; charset=utf-8",
        "x-content-type-options: nosniff",
        "cache-control: no-cache",
        "connect-src 'none'",
    ] {
        assert!(
            document.head.contains(header),
            "{header}: {}",
            document.head
        );
    }
    let head = served.ask("HEAD /", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    let length = format!("content-length: {}\r\n", document.body.len());
    assert!(head.head.contains(&length), "{}", head.head);
}

#[test]
fn nothing_else_is_served() {
    let Some(served) = served() else { return };
    for (request, status) in [
        ("GET /nothing", 404),
        ("GET /../Cargo.toml", 404),
        ("GET /..%2fCargo.toml", 404),
        ("GET //etc/passwd", 404),
        ("GET /.gitkeep", 404),
        ("GET /index.html.br", 404),
        ("POST /nothing", 404),
        ("POST /", 405),
        ("DELETE /index.html", 405),
    ] {
        assert_eq!(served.ask(request, "").status, status, "{request}");
    }
}

#[test]
fn a_port_that_is_taken_is_told() {
    let Some(served) = served() else { return };
    let port = served.address.port().to_string();
    let second = Command::new(env!("CARGO_BIN_EXE_pullproof"))
        .args(["playground", "--port", &port])
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(3));
    let told = String::from_utf8(second.stderr).unwrap();
    let expected = format!("pullproof: cannot listen on 127.0.0.1:{port}, ");
    assert!(told.starts_with(&expected), "{told}");
}
