//! `unusable-location`: a location of a registries.conf with which pulls fail before anything is contacted.

use super::unusable_mirror;
use crate::file::Span;
use crate::finding::{Edit, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, conf, form};
use crate::model::Model;
use crate::model::confs::ConfSet;
use crate::reference::Reference;
use crate::registries::entry::Registry;
use crate::registries::load::Registries;
use crate::resolve::RewriteError;
use crate::resolve::endpoint_fault::{EndpointFaultKind, Extent};
use crate::scope::form::{Form, FormFault, fault, repaired};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unusable-location",
        code: "PP043",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("unusable_location.md"),
    },
    looks_at: Subject::Confs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for set in &model.confs {
        if let Some(registries) = &set.registries {
            check_mirrors(set, registries, emit);
            check_locations(set, registries, emit);
        }
    }
}

fn check_mirrors(set: &ConfSet, registries: &Registries, emit: &mut Emit<'_>) {
    for fault in &set.endpoint_faults {
        let EndpointFaultKind::Unusable { error, extent } = &fault.kind else {
            continue;
        };
        let registry = registries.registry(fault.registry);
        let mirror = &registry.mirrors[fault.mirror_idx];
        let Some(span) = set.mirror_place(registry, fault.mirror_idx) else {
            continue;
        };
        let unusable = Unusable {
            registry,
            location: &mirror.location,
            span,
            witness: &fault.witness,
            error,
            extent: *extent,
        };
        unusable.tell(
            set,
            unusable_mirror::message(registry, mirror, *extent),
            emit,
        );
    }
}

fn check_locations(set: &ConfSet, registries: &Registries, emit: &mut Emit<'_>) {
    for fate in &set.source_fates {
        let Some(EndpointFaultKind::Unusable { error, extent }) = &fate.fault else {
            continue;
        };
        let registry = registries.registry(fate.registry);
        let Some(span) = set.places(registry).location.or(registry.span) else {
            continue;
        };
        let (prefix, location) = (code(&registry.prefix), code(&registry.location));
        let message = match extent {
            Extent::Below => format!("every pull of {prefix} fails over its location {location}"),
            Extent::OneComponent => {
                format!(
                    "pulls of {prefix} with one name behind it fail over its location {location}"
                )
            }
            Extent::Itself => format!(
                "pulls of {prefix} itself, if it is a repository, fail over its location {location}"
            ),
        };
        let unusable = Unusable {
            registry,
            location: &registry.location,
            span,
            witness: &fate.witness,
            error,
            extent: *extent,
        };
        unusable.tell(set, message, emit);
    }
}

/// A location that cannot be used.
struct Unusable<'a> {
    registry: &'a Registry,
    location: &'a str,
    span: Span,
    witness: &'a Reference,
    error: &'a RewriteError,
    extent: Extent,
}

impl Unusable<'_> {
    fn help(&self) -> String {
        match fault(self.location, Form::Mirror) {
            Some(FormFault::WildcardMirror) if self.location == self.registry.prefix => {
                "write `prefix` in place of `location`".to_owned()
            }
            Some(fault) => form::help(self.location, Form::Mirror, &fault),
            None => unusable_mirror::help(self.registry, self.location, self.error, self.extent),
        }
    }

    fn tell(&self, set: &ConfSet, message: String, emit: &mut Emit<'_>) {
        let Some(severity) = unusable_mirror::severity(self.registry, self.extent) else {
            return;
        };
        let rewritten = unusable_mirror::rewritten(self.witness, self.error);
        let finding = conf::add(emit, set, self.span, message);
        finding
            .severity(severity)
            .also(self.span, rewritten)
            .help(self.help());
        if self.extent == Extent::Below
            && set.table(self.registry).is_some()
            && let Some(repaired) = repaired(self.location, Form::Mirror)
            && let Some(text) = conf::quoted(&repaired)
        {
            // A slash at the end is what later releases pass over.
            let safety = match self.location.trim_end_matches('/') == repaired {
                true => Safety::Safe,
                false => Safety::Unsafe,
            };
            let title = format!("write {}", code(&repaired));
            let span = self.span;
            conf::fix(finding, title, safety, vec![Edit { span, text }]);
        }
    }
}
