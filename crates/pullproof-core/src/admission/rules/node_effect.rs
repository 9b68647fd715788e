//! `node-effect`: what happens to nodes on a change.

use super::super::change::Change;
use super::{ChangeRule, Emit};
use crate::file::Span;
use crate::finding::{PLACES_MAX, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, codes};
use crate::model::Model;
use crate::registries::Origin;
use crate::rollout::conf_change::{AddedKind, FlagKey, TextKey, Unsafe};
use crate::rollout::{Effect, Rollout, rollout_rendered};

pub(super) static RULE: ChangeRule = ChangeRule {
    card: Card {
        id: "node-effect",
        code: "PC001",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("node_effect.md"),
    },
    check,
};

fn check(change: &Change<'_>, emit: &mut Emit<'_>) {
    let (Ok(old), Ok(new)) = (&change.before().node, &change.after().node) else {
        return;
    };
    let Some(span) = change.span else {
        return;
    };
    let rollout = rollout_rendered(old, new, &[], change.version);
    match rollout.effect {
        Effect::None => {}
        Effect::Reload => {
            let message = format!(
                "nodes take new files and keep their pods: {}",
                files(&rollout)
            );
            emit.add(span, message).severity(Severity::Info);
        }
        Effect::Drain => drain(change, &rollout, span, emit),
        Effect::Reboot => {
            let message = format!("nodes reboot one after another: {}", files(&rollout));
            emit.add(span, message).help(PLAN);
        }
        Effect::Failed => {
            let why = rollout.conf_change.err().unwrap_or_default();
            emit.add(
                span,
                format!("nodes fail to update and are degraded: {why}"),
            )
            .severity(Severity::Error);
        }
    }
}

const PLAN: &str = "choose a time for it, or pause the machine config pools until then";

fn files(rollout: &Rollout) -> String {
    let paths = rollout.diff_files.iter().map(String::as_str);
    let n_files = rollout.diff_files.len();
    let verb = if n_files == 1 { "changes" } else { "change" };
    format!("{} {verb}", codes(paths))
}

fn drain(change: &Change<'_>, rollout: &Rollout, span: Span, emit: &mut Emit<'_>) {
    let changes = rollout.conf_change.as_deref().unwrap_or_default();
    let more = match changes.len() {
        0 | 1 => String::new(),
        n_changes => format!(", and {} more", n_changes - 1),
    };
    let why = match changes.first() {
        Some(first) => reason(first),
        // Releases before 4.8 do not look.
        None => files(rollout),
    };
    let finding = emit.add(span, format!("nodes drain one after another: {why}{more}"));
    for unsafe_change in changes.iter().take(PLACES_MAX) {
        if let Some(place) = place_of(change, unsafe_change) {
            finding.also(place, reason(unsafe_change));
        }
    }
    finding.help(PLAN);
}

/// What makes nodes drain, in our words.
fn reason(unsafe_change: &Unsafe) -> String {
    match unsafe_change {
        Unsafe::SearchShorter => "there are fewer search registries".to_owned(),
        Unsafe::SearchChanged(at) => format!("search registry {} is another", at + 1),
        Unsafe::Removed { scope } => format!("{} has no entry any more", code(scope)),
        Unsafe::TextChanged {
            scope,
            key: TextKey::Prefix | TextKey::Location,
            new,
            ..
        } => format!("{} is pulled from {}", code(scope), code(new)),
        Unsafe::FlagChanged { scope, key, new } => {
            let scope = code(scope);
            match (key, new) {
                (FlagKey::Blocked, true) => format!("{scope} must not be contacted any more"),
                (FlagKey::Blocked, false) => format!("{scope} may be contacted again"),
                (FlagKey::Insecure, true) => format!("{scope} becomes insecure"),
                (FlagKey::Insecure, false) => format!("{scope} is no longer insecure"),
                (FlagKey::MirrorByDigestOnly, true) => {
                    format!("mirrors of {scope} are for digests only")
                }
                (FlagKey::MirrorByDigestOnly, false) => {
                    format!("mirrors of {scope} are no longer for digests only")
                }
            }
        }
        Unsafe::MirrorRemoved { scope, location } => {
            format!("{} loses the mirror {}", code(scope), code(location))
        }
        Unsafe::PullFromMirrorChanged {
            scope, location, ..
        } => format!(
            "the mirror {} of {} is no longer for digests only",
            code(location),
            code(scope)
        ),
        Unsafe::MirrorAdded {
            scope,
            location,
            kind,
        } => {
            let kind = match kind {
                AddedKind::Mirror(kind) if kind == "tag-only" => "tag mirror",
                AddedKind::Mirror(_) | AddedKind::Table => "mirror for all pulls",
            };
            format!("{} gets the {kind} {}", code(scope), code(location))
        }
        Unsafe::Added { scope, kind } => match kind {
            AddedKind::Mirror(kind) if kind == "tag-only" => {
                format!("{} gets an entry with tag mirrors", code(scope))
            }
            AddedKind::Mirror(_) | AddedKind::Table => {
                format!("{} gets an entry that is not for digests only", code(scope))
            }
        },
    }
}

/// Where in the objects something comes from, or came from.
fn place_of(change: &Change<'_>, unsafe_change: &Unsafe) -> Option<Span> {
    let (scope, mirror) = match unsafe_change {
        Unsafe::SearchShorter | Unsafe::SearchChanged(_) => return None,
        Unsafe::Removed { scope }
        | Unsafe::TextChanged { scope, .. }
        | Unsafe::FlagChanged { scope, .. }
        | Unsafe::Added { scope, .. } => (scope, None),
        Unsafe::MirrorRemoved { scope, location }
        | Unsafe::PullFromMirrorChanged {
            scope, location, ..
        }
        | Unsafe::MirrorAdded {
            scope, location, ..
        } => (scope, Some(location)),
    };
    let models = [change.after(), change.before()];
    models
        .into_iter()
        .find_map(|model| origin(model, scope, mirror.map(String::as_str)))
}

/// Where an entry comes from, or one of its mirrors.
fn origin(model: &Model, scope: &str, mirror: Option<&str>) -> Option<Span> {
    let registries = model.loaded()?;
    let registry = registries.registry(registries.of_prefix(scope)?);
    let origins: &[Origin] = match mirror {
        None => &registry.origins,
        Some(location) => {
            let mut mirrors = registry.mirrors.iter();
            &mirrors.find(|mirror| mirror.location == location)?.origins
        }
    };
    origins.first().map(|origin| origin.span)
}
