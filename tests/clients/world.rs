//! Three servers, a port that nobody listens on, and what the servers hold.
//!
//! Texts name them `a.test`, `b.test`, `c.test` and `down.test`, which stand for `127.0.0.1:PORT`;
//! `a.local` is the same server as `a.test`, by the name `localhost:PORT`.

use crate::client::Home;
use crate::expected::Outcome;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeSet;
use test_registry::closed::ClosedPort;
use test_registry::image::Image;
use test_registry::request::Request;
use test_registry::server::{Options, Server, Tls};

/// How the servers are called.
const NAMES: [&str; 3] = ["a", "b", "c"];

/// The servers of one test.
pub struct World {
    servers: [Server; 3],
    options: [Options; 3],
    closed: ClosedPort,
    /// What is there to be pulled, as `SERVER/REPOSITORY` with `:TAG` or `@DIGEST`.
    held: RefCell<BTreeSet<String>>,
    access: RefCell<Access>,
}

/// What clients have beside registries.conf, by names such as `b.test`.
#[derive(Default)]
pub struct Access {
    /// The hosts whose certificate is trusted.
    pub trusted: Vec<String>,
    /// The hosts, or repositories and what is below, for which there is the password.
    pub passwords: Vec<String>,
}

impl World {
    /// Three servers that talk plain HTTP with anyone.
    ///
    /// # Panics
    /// When they do not start.
    pub fn start() -> World {
        World::with([(), (), ()].map(|()| Options::default()))
    }

    /// Servers that may want a password or talk TLS.
    ///
    /// # Panics
    /// When they do not start.
    pub fn with(options: [Options; 3]) -> World {
        World {
            servers: options.each_ref().map(Server::start),
            options,
            closed: ClosedPort::take(),
            held: RefCell::default(),
            access: RefCell::default(),
        }
    }

    /// Says what clients have for the servers from now on.
    pub fn give(&self, access: Access) {
        self.access.replace(access);
    }

    /// A text with addresses in place of names.
    pub fn addressed(&self, text: &str) -> String {
        let mut text = text.replace("down.test", &self.closed.address().to_string());
        for (name, server) in NAMES.iter().zip(&self.servers) {
            let port = server.port();
            text = text.replace(&format!("{name}.test"), &format!("127.0.0.1:{port}"));
            text = text.replace(&format!("{name}.local"), &format!("localhost:{port}"));
        }
        text
    }

    /// A text with names in place of addresses.
    pub fn named(&self, text: &str) -> String {
        let mut text = text.replace(&self.closed.address().to_string(), "down.test");
        for (name, server) in NAMES.iter().zip(&self.servers) {
            let port = server.port();
            text = text.replace(&format!("127.0.0.1:{port}"), &format!("{name}.test"));
            text = text.replace(&format!("localhost:{port}"), &format!("{name}.local"));
        }
        text
    }

    /// Puts an image to a place such as `b.test/mirror/app`, by tag and by digest.
    ///
    /// # Panics
    /// When the place is not on a server.
    pub fn push(&self, place: &str, tag: &str, image: &Image) {
        let (idx, repository) = self.server(place).expect("images are put on servers");
        let digest = self.servers[idx].push(repository, Some(tag), image);
        let mut held = self.held.borrow_mut();
        held.insert(format!("{idx}/{repository}:{tag}"));
        held.insert(format!("{idx}/{repository}@{digest}"));
    }

    /// Which server a reference with a name or an address is about, and the rest of it; `None`
    /// when nobody listens there.
    pub fn server<'a>(&self, reference: &'a str) -> Option<(usize, &'a str)> {
        let (host, rest) = reference.split_once('/')?;
        let host = self.named(host);
        let is_host = |name: &&str| {
            let rest = host.strip_prefix(*name);
            rest.is_some_and(|rest| [".test", ".local"].contains(&rest))
        };
        Some((NAMES.iter().position(is_host)?, rest))
    }

    /// Whether a server has what a reference names.
    pub fn holds(&self, idx: usize, rest: &str) -> bool {
        self.held.borrow().contains(&format!("{idx}/{rest}"))
    }

    /// How much each server has logged so far.
    pub fn marks(&self) -> [u64; 3] {
        self.servers.each_ref().map(Server::mark)
    }

    /// What each server was asked since it had logged as much.
    pub fn requests_since(&self, marks: [u64; 3]) -> [Vec<Request>; 3] {
        let mut marks = marks.into_iter();
        let since = |server: &Server| server.requests_since(marks.next().unwrap_or_default());
        self.servers.each_ref().map(since)
    }

    /// What keeps a client from asking a server for images; `None` when nothing does.
    pub(crate) fn barrier(&self, idx: usize, name: &str, insecure: bool) -> Option<Outcome> {
        let Options {
            is_protected,
            tls,
            is_read_only: _,
        } = &self.options[idx];
        let Access { trusted, passwords } = &*self.access.borrow();
        let name = self.named(name);
        let is_within = |scope: &String| {
            let rest = name.strip_prefix(&**scope);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match tls {
            None if !insecure => Some(Outcome::PlainHttp),
            Some(_) if !insecure && !trusted.iter().any(is_within) => Some(Outcome::Untrusted),
            _ if *is_protected && !passwords.iter().any(is_within) => Some(Outcome::Unauthorized),
            _ => None,
        }
    }

    /// What a server answers to who asks whether it is there.
    pub(crate) fn ping_status(&self, idx: usize) -> u16 {
        match self.options[idx].is_protected {
            true => 401,
            false => 200,
        }
    }

    /// Gives a home directory what clients have.
    pub(crate) fn admit(&self, home: &Home) {
        let Access { trusted, passwords } = &*self.access.borrow();
        for host in trusted {
            let tls = self
                .server(&format!("{host}/"))
                .map(|(idx, _)| &self.options[idx].tls);
            if let Some(Some(Tls { certificate, .. })) = tls {
                let host = self.addressed(host);
                home.write(
                    &format!(".config/containers/certs.d/{host}/ca.crt"),
                    certificate,
                );
            }
        }
        let auths: serde_json::Map<_, _> = passwords
            .iter()
            .map(|scope| (self.addressed(scope), json!({ "auth": PASSWORD_BASE64 })))
            .collect();
        if !auths.is_empty() {
            home.write(
                ".docker/config.json",
                &json!({ "auths": auths }).to_string(),
            );
        }
    }
}

/// The base64 of the servers' `USER:PASSWORD`.
const PASSWORD_BASE64: &str = "cmVhZGVyOm1pcnJvci10ZXN0";
