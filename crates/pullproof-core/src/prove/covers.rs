//! Which mirrors serve given images, and which images they leave to others.

use super::{Refuted, World, contacted};
use crate::file::Spanned;
use crate::finding::{Finding, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::order;
use crate::reference::without_witness_end;
use crate::regions::Form;
use crate::registries::entry::ShortNameMode;
use crate::registries::load::RegistryId;
use crate::resolve::short_name::candidates;
use crate::resolve::{Endpoint, resolve, serves};
use crate::sorted::{Map, Set};
use crate::trace::is_host;

pub(super) static UNSERVED: Card = Card {
    id: "unserved-image",
    code: "PV005",
    severity: Severity::Error,
    since: "0.1.0",
    releases: Releases::ALL,
    fix: None,
    page: page!("unserved_image.md"),
};

pub(super) static IDLE: Card = Card {
    id: "idle-mirror",
    code: "PV006",
    severity: Severity::Info,
    since: "0.1.0",
    releases: Releases::ALL,
    fix: None,
    page: page!("idle_mirror.md"),
};

/// Who serves given images.
pub struct Covered {
    /// Images that no mirror serves, and mirrors that serve none, by place.
    pub findings: Vec<Finding>,
    /// How many images a mirror is asked for first.
    pub n_mirrored: usize,
    /// How many are asked of their source alone.
    pub n_at_source: usize,
    /// How many nobody serves, or policy.json refuses.
    pub n_failing: usize,
}

/// What becomes of one image.
enum Fate {
    Mirrored,
    AtSource(String),
    Failing(String),
}

/// Asks about images, as pods name them; hosts that are down serve none.
pub fn covers(world: &World<'_>, images: &[Spanned<String>], down: &[String]) -> Covered {
    let mut forms: Map<RegistryId, Set<Form>> = Map::new();
    let mut unserved = world.refuted(&UNSERVED);
    let (mut n_mirrored, mut n_at_source, mut n_failing) = (0, 0, 0);
    for image in images {
        match fate(world, &image.value, down, &mut forms) {
            Fate::Mirrored => n_mirrored += 1,
            Fate::AtSource(asked) => {
                n_at_source += 1;
                let message = format!(
                    "image {} has no mirror and is asked for as {}",
                    code(&image.value),
                    code(without_witness_end(&asked))
                );
                unserved.add(image.span, message).help(
                    "give its source mirrors for this form of pull, or take it out of the list",
                );
            }
            Fate::Failing(reason) => {
                n_failing += 1;
                let message = format!("image {} cannot be pulled: {reason}", code(&image.value));
                unserved
                    .add(image.span, message)
                    .help("`pullproof resolve` shows what is tried for it");
            }
        }
    }
    let mut findings = unserved.findings;
    findings.append(&mut idle(world, &forms));
    order::sort_by_key(&mut findings, |finding| (finding.span, finding.code));
    Covered {
        findings,
        n_mirrored,
        n_at_source,
        n_failing,
    }
}

fn fate(
    world: &World<'_>,
    image: &str,
    down: &[String],
    forms: &mut Map<RegistryId, Set<Form>>,
) -> Fate {
    let references = match candidates(world.registries, image, ShortNameMode::Disabled) {
        Ok(references) => references,
        Err(error) => return Fate::Failing(error.to_string()),
    };
    let mut reason = "no endpoint is contacted".to_owned();
    for reference in references {
        let resolution = resolve(world.registries, &reference);
        if let Some(entry) = resolution.registry {
            forms.entry(entry).or_default().insert(Form::of(&reference));
        }
        let is_up = |host: &str| !down.iter().any(|down| is_host(host, down));
        let mut open = contacted(&resolution).filter(|it| is_up(it.reference.domain()));
        let Some(first) = open.next() else {
            continue;
        };
        if let Some(scope) = world.refused_by(&reference) {
            reason = match scope {
                "" => "policy.json lets in nothing that is not allowed".to_owned(),
                scope => format!("policy.json refuses {}", code(scope)),
            };
            continue;
        }
        return match first.endpoint {
            Endpoint::Mirror(_) => Fate::Mirrored,
            Endpoint::Source | Endpoint::AsWritten => Fate::AtSource(first.reference.to_string()),
        };
    }
    Fate::Failing(reason)
}

/// Mirrors that are for a form of pull by which no image of their entry is asked for.
fn idle(world: &World<'_>, forms: &Map<RegistryId, Set<Form>>) -> Vec<Finding> {
    let mut idle: Refuted<'_> = world.refuted(&IDLE);
    for (entry, forms) in forms {
        let registry = world.registries.registry(*entry);
        for (idx, mirror) in (0..u32::MAX).zip(&registry.mirrors) {
            let serves =
                |form: Form| serves(registry, mirror.pull_from_mirror, form == Form::Digest);
            if forms.iter().any(|form| serves(*form)) {
                continue;
            }
            let by = match Form::ALL.into_iter().find(|form| serves(*form)) {
                Some(form) => super::form_name(form),
                None => "of no form",
            };
            let places = world.places(Some(*entry), Endpoint::Mirror(idx));
            let span = places.origins.first().map_or(places.span, |it| it.span);
            let message = format!(
                "mirror {} of {} is for pulls {by}, and no image of the list is pulled so",
                code(&mirror.location),
                code(&registry.prefix)
            );
            idle.add(span, message)
                .help("keep it for other images, or remove it");
        }
    }
    idle.findings
}
