//! The pull that an entry of a mirror set is for, told step by step.

use crate::file::{FileId, Files, Span};
use crate::finding::Finding;
use crate::model::Model;
use crate::registries::entry::ShortNameMode;
use crate::registries::load::{Registries, RegistryId};
use crate::registries::sources::PullForm;
use crate::render::is_read;
use crate::resolve::endpoint_fault::{WITNESS_COMPONENT, witness, witness_end};
use crate::resource::mirror_set::{MirrorEntry, MirrorSetKind};
use crate::trace::{Candidate, Context, Outcome, Place, Step, trace};
use std::collections::BTreeMap;

/// Most attempts that are told: a source can have thousands of mirrors, each with a finding.
const ATTEMPTS_MAX: usize = 20;

/// One thing that happens in a pull.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct FlowStep {
    /// What in the input makes it happen.
    pub(super) place: Place,
    /// What happens.
    pub(super) text: String,
}

/// Tells pulls, each entry's once.
pub(super) struct Flows<'a> {
    files: &'a Files,
    model: &'a Model,
    registries: &'a Registries,
    /// The entries of all mirror sets that are read, by place.
    entries: Vec<(&'a MirrorEntry, PullForm)>,
    by_prefix: BTreeMap<&'a str, RegistryId>,
    /// What was told of an entry; `None` when no pull is governed by it.
    told: BTreeMap<usize, Option<Vec<FlowStep>>>,
}

impl<'a> Flows<'a> {
    /// `None` when nodes load no configuration, so that no pull can be told.
    pub(super) fn new(files: &'a Files, model: &'a Model) -> Option<Flows<'a>> {
        let registries = model.loaded()?;
        let sets = model.mirror_sets.iter();
        let sets = sets.filter(|set| is_read(set.kind, model.version));
        let mut entries: Vec<(&MirrorEntry, PullForm)> = sets
            .flat_map(|set| {
                let form = match set.kind {
                    MirrorSetKind::ImageTagMirrorSet => PullForm::Tag,
                    MirrorSetKind::ImageDigestMirrorSet
                    | MirrorSetKind::ImageContentSourcePolicy
                    | MirrorSetKind::ImageContentPolicy => PullForm::Digest,
                };
                set.entries.iter().map(move |entry| (entry, form))
            })
            .collect();
        entries.sort_by_key(|(entry, _)| entry.span);
        let by_prefix = registries.entries();
        let by_prefix = by_prefix.map(|(id, registry)| (registry.prefix.as_str(), id));
        Some(Flows {
            files,
            model,
            registries,
            entries,
            by_prefix: by_prefix.collect(),
            told: BTreeMap::new(),
        })
    }

    /// What happens to a pull that the entry around a finding governs; `None` when the finding is
    /// in no entry, or the entry governs nothing.
    pub(super) fn of(&mut self, finding: &Finding) -> Option<Vec<FlowStep>> {
        let idx = self.entry_around(finding.span)?;
        if let Some(told) = self.told.get(&idx) {
            return told.clone();
        }
        let (entry, form) = self.entries[idx];
        let told = self.tell(entry, form);
        self.told.insert(idx, told.clone());
        told
    }

    fn entry_around(&self, span: Span) -> Option<usize> {
        let place = |span: Span| -> (FileId, u32) { (span.file, span.start) };
        let after = self
            .entries
            .partition_point(|(entry, _)| place(entry.span) <= place(span));
        let idx = after.checked_sub(1)?;
        let around = self.entries[idx].0.span;
        (around.file == span.file && span.end <= around.end).then_some(idx)
    }

    fn tell(&self, entry: &MirrorEntry, form: PullForm) -> Option<Vec<FlowStep>> {
        let id = *self.by_prefix.get(entry.source.value.as_str())?;
        let end = witness_end(form == PullForm::Digest);
        // What has a path of its own is likely pulled itself, else what is below it.
        let one = format!("/{WITNESS_COMPONENT}");
        let below = match entry.source.value.matches('/').count() {
            0 | 1 => [one.as_str(), ""],
            _ => ["", one.as_str()],
        };
        let mut witnesses = below.into_iter();
        let witness = witnesses.find_map(|below| witness(self.registries, id, below, &end))?;
        let object_at = |span| self.model.locate(span).map(|(object, _)| object);
        let context = Context {
            files: self.files,
            registries: self.registries,
            policy: self.model.policy(),
            // CRI-O overrides the file's mode, and OpenShift's CRI-O disables asking.
            short_name_mode: ShortNameMode::Disabled,
            down: &[],
            object_at: &object_at,
        };
        let trace = trace(&context, witness.as_str(), Some(entry.source.span));
        let place = trace.place?;
        let candidate = trace.candidates.into_iter().next()?;
        Some(steps(&place, form, candidate))
    }
}

fn steps(source: &Place, form: PullForm, candidate: Candidate) -> Vec<FlowStep> {
    let Candidate {
        reference,
        by_digest: _,
        entry,
        attempts,
        skipped,
        error,
        policy,
        outcome,
    } = candidate;
    let entry = entry.map_or(String::new(), |entry| entry.prefix);
    let at_source = |text| FlowStep {
        place: source.clone(),
        text,
    };
    let mut steps = vec![at_source(format!(
        "a pull by {} of `{reference}`, which `{entry}` governs",
        form.name()
    ))];
    let n_left_out = attempts.len().saturating_sub(ATTEMPTS_MAX);
    let told = attempts.into_iter().take(ATTEMPTS_MAX);
    for (idx, step) in told.enumerate() {
        steps.push(attempt(source, idx + 1, step));
    }
    if 0 < n_left_out {
        steps.push(at_source(format!("and {n_left_out} more attempts")));
    }
    for skipped in skipped.into_iter().take(ATTEMPTS_MAX) {
        steps.push(FlowStep {
            place: first(skipped.origins, source),
            text: format!("not tried: `{}`, {}", skipped.location, skipped.reason),
        });
    }
    steps.extend(error.map(at_source));
    let contacted = |first: String| format!("the first that is contacted is `{first}`");
    match outcome {
        Outcome::Contacts { first, .. } => steps.push(at_source(contacted(first))),
        Outcome::Rejected {
            first: endpoint,
            n_endpoints: _,
            reason,
        } => {
            steps.push(at_source(contacted(endpoint)));
            steps.extend(policy.map(|policy| FlowStep {
                place: first(policy.origins, source),
                text: format!("policy.json is asked: {}", policy.reason),
            }));
            steps.push(at_source(format!("the pull fails: {reason}")));
        }
        Outcome::Fails { reason } => {
            steps.push(at_source(format!("the pull fails: {reason}")));
        }
    }
    steps
}

fn attempt(source: &Place, number: usize, step: Step) -> FlowStep {
    let Step {
        reference,
        host: _,
        endpoint: _,
        insecure,
        reason,
        refused,
        down: _,
        origins,
        table: _,
    } = step;
    let end = match (refused, insecure) {
        (Some(refused), _) => format!("; refused, {refused}"),
        (None, true) => "; TLS not verified, plain HTTP accepted".to_owned(),
        (None, false) => String::new(),
    };
    FlowStep {
        place: first(origins, source),
        text: format!("{number}. `{reference}`: {reason}{end}"),
    }
}

fn first(places: Vec<Place>, or: &Place) -> Place {
    places.into_iter().next().unwrap_or_else(|| or.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{self, rules};
    use crate::model::Settings;
    use crate::openshift::OpenShift;

    /// The flow of the first finding that has one.
    fn flow(text: &str) -> Vec<String> {
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        let settings = Settings {
            version: OpenShift::NEWEST,
            release_image: None,
        };
        let model = Model::build(&mut files, &[file], &settings);
        let findings = lint::run(&model, rules::ALL);
        let Some(mut flows) = Flows::new(&files, &model) else {
            return Vec::new();
        };
        let told = findings.iter().find_map(|finding| flows.of(finding));
        let line = |step: FlowStep| {
            let text = step.text.replace(&"0".repeat(64), "0");
            format!("{}:{} {text}", step.place.line, step.place.column)
        };
        told.into_iter().flatten().map(line).collect()
    }

    fn digests(mirrors: &[String]) -> String {
        format!(
            "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\n\
             metadata:\n  name: lab\nspec:\n  imageDigestMirrors:\n  - source: quay.io/org\n    \
             mirrors: [{}]\n",
            mirrors.join(", ")
        )
    }

    #[test]
    fn a_pull_is_told_with_its_places() {
        let found = flow(&digests(&[
            "quay.io/org".to_owned(),
            "mirror.lab/org".to_owned(),
        ]));
        assert_eq!(
            found,
            [
                "7:13 a pull by digest of `quay.io/org/example@sha256:0`, which `quay.io/org` \
                 governs",
                "8:15 1. `quay.io/org/example@sha256:0`: mirror of `quay.io/org` for pulls by \
                 digest",
                "8:28 2. `mirror.lab/org/example@sha256:0`: mirror of `quay.io/org` for pulls by \
                 digest",
                "7:13 3. `quay.io/org/example@sha256:0`: the source, after all mirrors",
                "7:13 the first that is contacted is `quay.io/org/example@sha256:0`",
            ]
        );
    }

    #[test]
    fn a_finding_outside_of_entries_has_no_flow() {
        assert!(flow(&digests(&[]).replace("name: lab", "nome: lab")).is_empty());
    }

    #[test]
    fn attempts_beyond_the_limit_are_counted() {
        for (n_mirrors, n_told) in [(ATTEMPTS_MAX - 2, 0), (ATTEMPTS_MAX - 1, 1)] {
            let mirrors = (0..n_mirrors).map(|idx| format!("m{idx}.lab/org"));
            let mirrors: Vec<_> = std::iter::once("quay.io/org".to_owned())
                .chain(mirrors)
                .collect();
            let found = flow(&digests(&mirrors));
            let more = found
                .iter()
                .filter(|line| line.ends_with("and 1 more attempts"));
            assert_eq!(more.count(), n_told, "{found:#?}");
        }
    }
}
