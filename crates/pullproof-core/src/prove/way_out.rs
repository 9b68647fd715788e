//! `way-out`: something is contacted that is not allowed.

use super::allowed::{Allowed, Extent};
use super::{Places, Proof, Refuted, Shortest, World, contacted};
use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, codes};
use crate::reference::without_witness_end;
use crate::regions::{Form, Region, Regions, short};
use crate::registries::Role;
use crate::registries::entry::{Registry, ShortNameMode};
use crate::registries::load::RegistryId;
use crate::resolve::short_name::candidates;
use crate::resolve::{Endpoint, Resolution, resolve, serves};
use crate::sorted::Map;

pub(super) static CARD: Card = Card {
    id: "way-out",
    code: "PV001",
    severity: Severity::Error,
    since: "0.1.0",
    releases: Releases::ALL,
    fix: None,
    page: page!("way_out.md"),
};

/// What is asked of one endpoint of an entry, or of whom a name says where there is no entry.
type Way = (Option<RegistryId>, Endpoint);

pub(super) fn prove(world: &World<'_>, allowed: &Allowed<'_>) -> Proof {
    let mut ways: Map<Way, Shortest> = Map::new();
    let counts = world.each(&allowed.also(), |region: &Region<'_>, resolution| {
        for attempt in contacted(resolution) {
            let is_judged = resolution.registry.is_some() || allowed.extent == Extent::All;
            if is_judged && !allowed.contains(&attempt.reference) {
                let way = ways.entry((resolution.registry, attempt.endpoint));
                let form = region.class.form();
                way.or_default()
                    .add(form, &region.witness, &attempt.reference);
            }
        }
    });
    let mut refuted = world.refuted(&CARD);
    for ((entry, endpoint), shortest) in &ways {
        let places = world.places(*entry, *endpoint);
        let registry = entry.map(|id| world.registries.registry(id));
        match (registry, endpoint) {
            (None, _) => as_written(&mut refuted, shortest),
            (Some(registry), Endpoint::Mirror(idx)) => {
                let location = &registry.mirrors[*idx as usize].location;
                mirror(&mut refuted, registry, location, shortest, &places);
            }
            (Some(registry), _) => source(&mut refuted, registry, shortest, &places),
        }
    }
    if allowed.extent == Extent::All {
        short_names(&mut refuted, allowed);
    }
    counts.proof(refuted.findings)
}

/// "`a/b` by tag and by digest", and what is asked for it where that is something else.
fn story(shortest: &Shortest) -> String {
    let forms = shortest.forms();
    let witness = shortest.first();
    let (image, asked) = witness.map_or(("", ""), |it| (&*it.image, &*it.asked));
    match image == asked {
        true => format!("for {} {forms}", code(without_witness_end(image))),
        false => format!(
            "for {} {forms}, as {}",
            code(without_witness_end(image)),
            code(without_witness_end(asked))
        ),
    }
}

fn as_written(refuted: &mut Refuted<'_>, shortest: &Shortest) {
    let start = refuted.world.start;
    let message = format!(
        "registries that no source covers are contacted, {}",
        story(shortest)
    );
    refuted.add(start, message).help(
        "no mirror object closes this: stop it with a firewall, or with wildcards such as `*.com` \
         in `blockedRegistries` for the names that you know; `--governed` leaves it out",
    );
}

fn mirror(
    refuted: &mut Refuted<'_>,
    registry: &Registry,
    location: &str,
    shortest: &Shortest,
    places: &Places<'_>,
) {
    let (span, others) = first(places, Role::Mirror);
    let message = format!(
        "mirror {} of {} is contacted and not allowed, {}",
        code(location),
        code(&registry.prefix),
        story(shortest)
    );
    let also = others.map(|span| (span, "the same mirror".to_owned()));
    let finding = refuted.add(span, message).also_each(also);
    finding.help("allow its host, or remove the mirror");
}

fn source(
    refuted: &mut Refuted<'_>,
    registry: &Registry,
    shortest: &Shortest,
    places: &Places<'_>,
) {
    let (span, others) = first(places, Role::Source);
    let prefix = code(&registry.prefix);
    let is_mirrored = |form: Form| {
        let mut mirrors = registry.mirrors.iter();
        mirrors.any(|mirror| serves(registry, mirror.pull_from_mirror, form == Form::Digest))
    };
    let open = Form::ALL.into_iter().filter(|form| shortest.has(*form));
    let open: Vec<Form> = open.filter(|form| !is_mirrored(*form)).collect();
    let why = match open.as_slice() {
        _ if registry.mirrors.is_empty() => "which has no mirrors",
        [Form::Tag] => "which has no mirrors for pulls by tag",
        [Form::Digest] => "which has no mirrors for pulls by digest",
        _ => "after its mirrors",
    };
    let message = format!("source {prefix} is contacted, {why}, {}", story(shortest));
    let also = others.map(|span| (span, "the same source".to_owned()));
    let finding = refuted.add(span, message).also_each(also);
    let block = "write `mirrorSourcePolicy: NeverContactSource` beside its mirrors in every object \
                 that has them";
    finding.help(match open.as_slice() {
        _ if registry.mirrors.is_empty() => {
            format!(
                "give {prefix} mirrors and `mirrorSourcePolicy: NeverContactSource`, or block it"
            )
        }
        [Form::Tag] => format!(
            "give {prefix} mirrors in an ImageTagMirrorSet, too, and {block}: without such mirrors \
             its pulls by tag fail then"
        ),
        [Form::Digest] => format!(
            "give {prefix} mirrors in an ImageDigestMirrorSet, too, and {block}: without such \
             mirrors its pulls by digest fail then"
        ),
        _ => format!("{block}; of an ImageContentSourcePolicy make an ImageDigestMirrorSet first"),
    });
}

/// The place of a finding, and other places that do the same.
fn first<'a>(places: &Places<'a>, role: Role) -> (Span, impl Iterator<Item = Span> + use<'a>) {
    let origins = places.origins;
    let fitting = origins.iter().find(|origin| origin.role == role);
    let span = fitting.or(origins.first()).map(|origin| origin.span);
    let span = span.unwrap_or(places.span);
    let others = origins.iter().filter(move |origin| origin.role == role);
    (span, others.map(|origin| origin.span))
}

/// Search registries that make short names whole in a way that is not allowed.
fn short_names(refuted: &mut Refuted<'_>, allowed: &Allowed<'_>) {
    let world = refuted.world;
    let also = allowed.also();
    let regions = Regions::of(world.registries, &also);
    let names = short::names(&[world.registries], &regions);
    let mut hosts: Map<String, Shortest> = Map::new();
    for name in names {
        let found = candidates(world.registries, &name, ShortNameMode::Disabled);
        for reference in found.unwrap_or_default() {
            let resolution: Resolution = resolve(world.registries, &reference);
            for attempt in contacted(&resolution) {
                if !allowed.contains(&attempt.reference) {
                    let host = hosts.entry(reference.domain().to_owned()).or_default();
                    host.add(Form::Tag, &reference, &attempt.reference);
                }
            }
        }
    }
    if hosts.is_empty() {
        return;
    }
    let message = format!(
        "names without a registry are looked for on {}",
        codes(hosts.keys().map(String::as_str))
    );
    let searched = world.registries.search.iter().map(|host| host.span);
    let mut written = searched.filter(|span| span.file == world.start.file);
    let span = written.next().unwrap_or(world.start);
    refuted.add(span, message).help(
        "name the registry in every image, or write \
         `containerRuntimeSearchRegistries` with a registry that is allowed",
    );
}
