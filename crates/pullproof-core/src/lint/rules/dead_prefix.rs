//! `dead-prefix`: an entry of a registries.conf that no pull can be about.

use crate::finding::{Edit, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, conf, form};
use crate::model::Model;
use crate::model::confs::ConfSet;
use crate::registries::entry::Registry;
use crate::registries::reach::matches_anything;
use crate::scope::form::{Form, fault, repaired};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "dead-prefix",
        code: "PP042",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("dead_prefix.md"),
    },
    looks_at: Subject::Confs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for set in &model.confs {
        let registries = set
            .registries
            .iter()
            .flat_map(crate::registries::load::Registries::list);
        for registry in registries.filter(|registry| !matches_anything(&registry.prefix)) {
            tell(set, registry, emit);
        }
    }
}

fn tell(set: &ConfSet, registry: &Registry, emit: &mut Emit<'_>) {
    let Some((span, key)) = conf::prefix_place(set, registry) else {
        return;
    };
    let prefix = registry.prefix.as_str();
    let (why, help, repaired) = match (fault(prefix, Form::Source), meant(prefix)) {
        (Some(fault), _) => (
            form::message(key, prefix, &fault),
            form::help(prefix, Form::Source, &fault),
            repaired(prefix, Form::Source),
        ),
        (None, Some((why, meant))) => (
            format!("{key} {} {why}", code(prefix)),
            format!("write {}", code(&meant)),
            Some(meant),
        ),
        (None, None) => (
            format!("{key} {} is in no name of an image", code(prefix)),
            "write a host, with a path where needed".to_owned(),
            None,
        ),
    };
    let finding = conf::add(
        emit,
        set,
        span,
        format!("{why}: no pull is about this entry"),
    );
    finding.help(help);
    if let Some(repaired) = repaired.filter(|repaired| matches_anything(repaired))
        && let Some(text) = conf::quoted(&repaired)
        && set.table(registry).is_some()
    {
        let title = format!("write {}", code(&repaired));
        conf::fix(finding, title, Safety::Unsafe, vec![Edit { span, text }]);
    }
}

/// Why a prefix of the right form is not in names, and what is.
///
/// From containers/image, docker/reference `splitDockerDomain`.
fn meant(prefix: &str) -> Option<(&'static str, String)> {
    let (host, path) = prefix.split_once('/').unwrap_or((prefix, ""));
    if host == "index.docker.io" {
        let meant = format!("docker.io{}", &prefix[host.len()..]);
        return Some(("is called `docker.io` in every name", meant));
    }
    let meant = format!("docker.io/{prefix}");
    let is_short = !host.contains(['.', ':']) && !path.is_empty();
    is_short.then_some(("starts with no host, which a dot or a port shows", meant))
}
