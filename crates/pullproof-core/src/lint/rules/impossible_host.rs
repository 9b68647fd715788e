//! `impossible-host`: a host or port that no registry can have.

use crate::bytes::part_length;
use crate::file::Spanned;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::scope::authority_of;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "impossible-host",
        code: "PP037",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("impossible_host.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

/// Most bytes of one part of a host's name.
// From RFC 1035, 2.3.4.
const LABEL_BYTES_MAX: usize = 63;

/// Most bytes of a host's name as it is written.
// From RFC 1035, 2.3.4: 255 with a length before each part and an end.
const HOST_BYTES_MAX: usize = 253;

fn check(model: &Model, emit: &mut Emit<'_>) {
    for entry in model.entries() {
        tell("source", &entry.source, emit);
        for mirror in &entry.mirrors {
            tell("mirror", mirror, emit);
        }
    }
    let image = &model.image;
    for (noun, list) in [
        ("insecure registry", &image.insecure),
        ("blocked registry", &image.blocked),
        ("allowed registry", &image.allowed),
        ("search registry", &image.search),
    ] {
        for registry in list.iter().flatten() {
            tell(noun, registry, emit);
        }
    }
}

fn tell(noun: &str, location: &Spanned<String>, emit: &mut Emit<'_>) {
    let Some((what, help)) = fault(&location.value) else {
        return;
    };
    let message = format!("{noun} {} has {what}", code(&location.value));
    emit.add(location.span, message).help(help);
}

/// What is wrong with the host of a location, and what to do; `None` where nothing is.
fn fault(location: &str) -> Option<(&'static str, &'static str)> {
    // Most locations have a short host without a port, which is all that has to be seen.
    let host_bytes = part_length(location.as_bytes());
    if host_bytes <= LABEL_BYTES_MAX && location.as_bytes().get(host_bytes) == Some(&b'/') {
        return None;
    }
    let authority = authority_of(location);
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    // What is no number at all is a fault of form.
    if let Some(port) = port
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && !port.parse::<u16>().is_ok_and(|port| 0 < port)
    {
        return Some(("a port that does not exist", "write a port from 1 to 65535"));
    }
    if HOST_BYTES_MAX < host.len() {
        return Some((
            "a host of more than 253 bytes",
            "no name server knows such a host",
        ));
    }
    if LABEL_BYTES_MAX < host.len() && host.split('.').any(|part| LABEL_BYTES_MAX < part.len()) {
        return Some((
            "a host with a part of more than 63 bytes",
            "no name server knows such a host",
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_ports_and_names() {
        let label = |n_bytes: usize| "a".repeat(n_bytes);
        let host = |n_bytes: usize| {
            let parts = format!("{0}.{0}.{0}.", label(61));
            format!("{parts}{}/x", label(n_bytes - parts.len()))
        };
        for (location, is_fault) in [
            ("a.io:1/x".to_owned(), false),
            ("a.io:0/x".to_owned(), true),
            ("a.io:65535".to_owned(), false),
            ("a.io:65536".to_owned(), true),
            ("a.io:99999999999999999999".to_owned(), true),
            ("a.io:x".to_owned(), false),
            (format!("{}.io/x", label(63)), false),
            (format!("{}.io/x", label(64)), true),
            (format!("a.io/{}", label(64)), false),
            (host(248), false),
            (host(249), false),
            (format!("{0}.{0}.{0}.{1}", label(63), label(61)), false),
            (format!("{0}.{0}.{0}.{1}", label(63), label(62)), true),
        ] {
            assert_eq!(fault(&location).is_some(), is_fault, "{location}");
        }
    }
}
