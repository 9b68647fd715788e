//! `dotless-host`: a source or mirror whose first part is no host.

use crate::file::{Span, Spanned};
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, edits};
use crate::model::Model;
use crate::reference::{Reference, looks_like_registry};
use crate::resolve::endpoint_fault::EndpointFaultKind;
use crate::scope::authority_of;
use crate::sorted::Set;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "dotless-host",
        code: "PP018",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("dotless_host.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let unusable = unusable(model);
    for entry in model.entries() {
        source(&entry.source, emit);
        for mirror in &entry.mirrors {
            // What that does to pulls is another rule's.
            if !unusable.contains(&mirror.span) {
                self::mirror(mirror, emit);
            }
        }
    }
}

/// The places of mirrors that cannot be used.
fn unusable(model: &Model) -> Set<Span> {
    let Some(registries) = model.loaded() else {
        return Set::new();
    };
    let is_unusable = |kind: &EndpointFaultKind| matches!(kind, EndpointFaultKind::Unusable { .. });
    let faults = model.endpoint_faults.iter();
    let places = faults
        .filter(|fault| is_unusable(&fault.kind))
        .flat_map(|fault| {
            let mirror = &registries.registry(fault.registry).mirrors[fault.mirror_idx];
            mirror.origins.iter().map(|origin| origin.span)
        });
    places.collect()
}

fn source(source: &Spanned<String>, emit: &mut Emit<'_>) {
    if is_parted_by_dot(&source.value) {
        return;
    }
    let text = || code(&source.value);
    if is_tag_for_port(&source.value) {
        emit.add(
            source.span,
            format!("source {} is read as a host with a port", text()),
        )
        .help("write the host, and leave the tag out");
    } else if has_no_host(&source.value) {
        let model = emit.model;
        let finding = emit.add(
            source.span,
            format!("source {} has no host and matches no pull", text()),
        );
        match Reference::parse_normalized(&source.value) {
            Ok(reference) => {
                let name = code(reference.name());
                let edit = edits::replace(model, source.span, reference.name());
                let fix =
                    edit.map(|edit| Fix::new(format!("write {name}"), Safety::Unsafe, vec![edit]));
                finding.fix = fix;
                finding.help(format!(
                    "write the host: without one the name is short for {name}"
                ))
            }
            Err(_) => finding.help("write the host"),
        };
    }
}

fn mirror(mirror: &Spanned<String>, emit: &mut Emit<'_>) {
    if is_parted_by_dot(&mirror.value) {
        return;
    }
    let text = || code(&mirror.value);
    if is_tag_for_port(&mirror.value) {
        emit.add(
            mirror.span,
            format!("mirror {} is read as a host with a port", text()),
        )
        .help("write the host, and leave the tag out");
    } else if has_no_host(&mirror.value) {
        emit.add(mirror.span, format!("mirror {} has no host", text()))
            .help("write the host");
    }
}

/// Whether a dot is what first parts a location, as it is in nearly all: its host has one, whatever
/// comes behind it.
fn is_parted_by_dot(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.find(|byte| matches!(byte, b'.' | b':' | b'/')) == Some(b'.')
}

/// Whether the part before the first slash is what short names start with.
fn has_no_host(text: &str) -> bool {
    let host = authority_of(text);
    !host.is_empty() && !looks_like_registry(host)
}

/// Whether a text such as `ubi8:8` has what is more likely a tag than a port.
fn is_tag_for_port(text: &str) -> bool {
    let Some((name, port)) = text.split_once(':') else {
        return false;
    };
    // Registries listen on ports that anyone may open, or on those of HTTP.
    const PORT_MIN: u32 = 1024;
    const HTTP: [u32; 2] = [80, 443];
    let is_name = !looks_like_registry(name);
    is_name
        && port
            .parse()
            .is_ok_and(|port| port < PORT_MIN && !HTTP.contains(&port))
}
