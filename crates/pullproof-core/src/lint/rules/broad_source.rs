//! `broad-source`: sources that stand for more than was copied.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::registries::load::RegistryId;
use crate::render;
use crate::resource::mirror_set::{MirrorSet, SourcePolicy};
use crate::sorted::{Map, Set};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "broad-source",
        code: "PP100",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("broad_source.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(registries) = model.loaded() else {
        return;
    };
    // Which repositories were copied of what each entry governs, but that which it is for alone.
    let mut copied: Map<RegistryId, Set<&str>> = Map::new();
    let all = model.beside.copies();
    for copies in all {
        let name = copies.name.name();
        if let Some(id) = registries.find(name)
            && registries.registry(id).prefix != name
        {
            copied.entry(id).or_default().insert(name);
        }
    }
    let by_prefix: Map<&str, usize> = copied
        .iter()
        .map(|(id, names)| (registries.registry(*id).prefix.as_str(), names.len()))
        .collect();
    if by_prefix.is_empty() {
        return;
    }
    let is_read = |set: &&MirrorSet| render::is_read(set.kind, model.version);
    for set in model.mirror_sets.iter().filter(is_read) {
        for policy in [
            SourcePolicy::NeverContactSource,
            SourcePolicy::AllowContactingSource,
        ] {
            tell(set, policy, &by_prefix, emit);
        }
    }
}

/// One finding for all entries of a set that have one policy.
fn tell(set: &MirrorSet, policy: SourcePolicy, by_prefix: &Map<&str, usize>, emit: &mut Emit<'_>) {
    let broad = set.entries.iter().filter_map(|entry| {
        let n_copied = by_prefix.get(entry.source.value.as_str())?;
        (entry.effective_policy() == policy).then_some((&entry.source, *n_copied))
    });
    let broad: Vec<_> = broad.collect();
    let Some((first, n_copied)) = broad.first() else {
        return;
    };
    let what = match *n_copied {
        1 => "only one repository was".to_owned(),
        n => format!("only {n} repositories were"),
    };
    let rest = match policy {
        SourcePolicy::NeverContactSource => "nothing else there can be pulled",
        SourcePolicy::AllowContactingSource => "all else is first looked for in vain",
    };
    let message = format!(
        "{what} copied of all that {} stands for: {rest}",
        code(&first.value)
    );
    let others = broad.iter().skip(1);
    let others = others.map(|(source, _)| (source.span, "so it is here".to_owned()));
    let finding = emit.add(first.span, message);
    if policy == SourcePolicy::NeverContactSource {
        finding.severity(Severity::Warning);
    }
    finding.also_each(others).help(
        "write an entry for each repository, as `pullproof catalog --generate idms` does, unless \
         all the rest is mirrored, too",
    );
}
