//! What there is to know of a migration: what was written, the proof, and what to do.

use super::Work;
use super::write::{Named, Target};
use crate::excerpt;
use crate::input::STDIN_NAME;
use crate::output::{Output, printable};
use anyhow::Result;
use pullproof_core::compare::ChangedPull;
use pullproof_core::file::{Files, Span, Spanned};
use pullproof_core::finding::Finding;
use pullproof_core::migrate::convert::Converted;
use pullproof_core::migrate::proof::{Proof, Step, first_patch};
use pullproof_core::migrate::todo::{self, Todo};
use pullproof_core::model::Model;
use pullproof_core::report::plural;
use pullproof_core::resource::mirror_set::MirrorSetKind;
use pullproof_core::rollout::Effect;
use pullproof_core::trace::{Context, Place, trace};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Most pulls of a step that are told as text; the JSON report has all.
const PULLS_MAX: usize = 20;

pub(super) fn text(
    work: &Work,
    target: &Target,
    named: &[Named],
    is_written: bool,
    output: &Output,
) -> Result<String> {
    let mut text = String::new();
    // Places of a mended text are of no use to its reader.
    for finding in &work.mended {
        let title = finding.fix.as_ref().map_or("", |fix| fix.title.as_str());
        let name = printable(work.files.name(finding.span.file));
        writeln!(text, "{name}: {}", printable(&finding.message))?;
        writeln!(text, "  mended: {}", printable(title))?;
    }
    text.push_str(&excerpt::report(&work.files, &work.refused, output));
    let Some(proof) = &work.proof else {
        let n_refused = plural(work.refused.len(), "problem");
        writeln!(
            text,
            "{}: nothing is written, the API server would refuse it: {n_refused}",
            output.bad("refused")
        )?;
        let version = work.settings.version;
        writeln!(text, "  --fix mends what is plain (OpenShift {version})")?;
        return Ok(text);
    };
    objects(&mut text, work)?;
    for span in &proof.replaced {
        let place = place(&work.files, *span);
        writeln!(
            text,
            "{place}: an object of this kind and name is there already, and is replaced"
        )?;
    }
    proof_text(&mut text, proof, work, output)?;
    if !is_written {
        writeln!(text, "\nnothing is written; --unproven writes nevertheless")?;
        return Ok(text);
    }
    for Named { path, .. } in named {
        writeln!(text, "wrote {}", printable(&path.display().to_string()))?;
    }
    if proof.holds() {
        writeln!(text, "\nsteps, one after the other")?;
        for (todo_idx, todo) in todos(work, proof, target).into_iter().enumerate() {
            writeln!(text, "  {}. {}", todo_idx + 1, printable(&todo.command))?;
            let effect = todo.effect.map(|effect| {
                let sentence = effect.sentence();
                match effect {
                    Effect::None | Effect::Reload => output.good(sentence),
                    Effect::Drain => output.odd(sentence),
                    Effect::Reboot | Effect::Failed => output.bad(sentence),
                }
            });
            let notes = [effect.unwrap_or_default(), todo.note.to_owned()];
            let notes: Vec<&str> = notes
                .iter()
                .map(String::as_str)
                .filter(|it| !it.is_empty())
                .collect();
            writeln!(text, "     {}", notes.join("; "))?;
        }
        if let Some(patch) = first_patch(work.settings.version) {
            writeln!(
                text,
                "  before {patch} nodes get nothing while both kinds are there: update first"
            )?;
        }
    }
    Ok(text)
}

/// The new objects, and what of the old ones is missing.
fn objects(text: &mut String, work: &Work) -> Result<()> {
    for migrated in &work.migrated {
        let name = printable(work.files.name(migrated.file));
        for object in migrated.sets.iter().chain(&migrated.twins) {
            let kept = match (object.is_edited, has_comments(work, object)) {
                (true, _) => ", its lines kept",
                (false, true) => ", written anew without its comments",
                (false, false) => ", written anew",
            };
            writeln!(text, "{name}: {}{kept}", printable(&title(object)))?;
            // The twin has what the set has.
            let kind = MirrorSetKind::ImageTagMirrorSet.kind();
            let dropped = object.dropped.iter();
            for Spanned { value, span } in dropped.filter(|_| object.object.kind.value != kind) {
                let line = work.files.position(span.file, span.start).line;
                writeln!(text, "  left out: `{}` of line {line}", printable(value))?;
            }
        }
        if !migrated.others.is_empty() {
            let others = plural(migrated.others.len(), "other object");
            writeln!(text, "  not migrated: {others} of the file")?;
        }
    }
    Ok(())
}

fn has_comments(work: &Work, object: &Converted) -> bool {
    let written = work.files.slice(object.object.span());
    written
        .lines()
        .any(|line| line.trim_start().starts_with('#') || line.contains(" #"))
}

fn title(object: &Converted) -> String {
    format!("{}/{}", object.object.kind.value, object.object.name.value)
}

fn proof_text(text: &mut String, proof: &Proof, work: &Work, output: &Output) -> Result<()> {
    let version = work.settings.version;
    let verdict = match (
        proof.holds(),
        work.migrated.iter().any(|it| !it.twins.is_empty()),
    ) {
        (true, false) => output.good("proven: no pull changes"),
        (true, true) => output.good("proven: no pull by digest changes"),
        (false, _) => output.bad("not proven"),
    };
    writeln!(text, "\n{verdict}, OpenShift {version}")?;
    for step in &proof.steps {
        let name = step.to.name();
        let file = match step.is_same_file {
            true => "registries.conf is the same to the byte",
            false => "registries.conf is another text",
        };
        match &step.changed {
            None => writeln!(text, "  {name}: nothing is known")?,
            Some(changed) if changed.is_empty() => {
                writeln!(text, "  {name}: every pull as it was, {file}")?;
            }
            Some(changed) => {
                let n_changed = match changed.len() {
                    1 => "1 class of pulls is".to_owned(),
                    n => format!("{n} classes of pulls are"),
                };
                writeln!(text, "  {name}: {n_changed} answered otherwise, {file}")?;
                pulls(text, step, changed, proof)?;
            }
        }
    }
    for (stage, model) in &proof.states {
        for refusal in model.refusals() {
            let place = refusal
                .spans()
                .first()
                .map(|span| place(&model.files, *span));
            writeln!(
                text,
                "  {}: {}the Machine Config Operator refuses: {}",
                stage.name(),
                place.map_or(String::new(), |place| place + ": "),
                printable(&refusal.reason())
            )?;
        }
    }
    Ok(())
}

fn pulls(text: &mut String, step: &Step, changed: &[ChangedPull], proof: &Proof) -> Result<()> {
    for pull in changed.iter().take(PULLS_MAX) {
        let ChangedPull {
            change,
            witness,
            before,
            after,
            ..
        } = pull;
        writeln!(text, "    {}: {}", change.name(), printable(witness))?;
        writeln!(text, "      was   {}", attempts(before))?;
        writeln!(text, "      will  {}", attempts(after))?;
        for place in reasons(proof.model(step.to), witness) {
            let role = place.role.unwrap_or("entry");
            let object = place.object.unwrap_or_default();
            let (file, line, column) = (printable(&place.file), place.line, place.column);
            writeln!(
                text,
                "      {role} of {} at {file}:{line}:{column}",
                printable(&object)
            )?;
        }
    }
    if PULLS_MAX < changed.len() {
        let rest = changed.len() - PULLS_MAX;
        writeln!(text, "    and {rest} more, which --format json has")?;
    }
    Ok(())
}

fn attempts(references: &[String]) -> String {
    match references {
        [] => "nothing".to_owned(),
        references => printable(&references.join(", ")),
    }
}

/// Where the entry comes from that governs a pull.
fn reasons(model: Option<&Model>, witness: &str) -> Vec<Place> {
    let Some((model, registries)) = model.and_then(|model| Some((model, model.loaded()?))) else {
        return Vec::new();
    };
    let context = Context {
        files: &model.files,
        registries,
        policy: model.policy(),
        short_name_mode: registries.short_name_mode,
        down: &[],
        object_at: &|span| model.locate(span).map(|(object, _)| object),
    };
    let trace = trace(&context, witness, None);
    let entries = trace.candidates.into_iter().filter_map(|it| it.entry);
    entries.flat_map(|entry| entry.origins).collect()
}

/// What is to be done, one after the other.
fn todos(work: &Work, proof: &Proof, target: &Target) -> Vec<Todo> {
    let what = match target {
        Target::Directory { path, .. } => path.display().to_string(),
        Target::InPlace => {
            let names = work.migrated.iter().map(|it| work.files.name(it.file));
            let names: Vec<&str> = names.filter(|name| *name != STDIN_NAME).collect();
            names.join(" -f ")
        }
        Target::Stdout | Target::Diff | Target::Nowhere => "-".to_owned(),
    };
    let note = match target {
        Target::Stdout | Target::Diff | Target::Nowhere => "what this command writes",
        Target::Directory { .. } | Target::InPlace => "",
    };
    todo::todos(&work.migrated, proof, &what, note)
}

fn place(files: &Files, span: Span) -> String {
    let position = files.position(span.file, span.start);
    format!("{}:{position}", printable(files.name(span.file)))
}

pub(super) fn json(work: &Work, target: &Target, named: &[Named], is_written: bool) -> String {
    let finding = |finding: &Finding| {
        let position = work.files.position(finding.span.file, finding.span.start);
        json!({
            "file": work.files.name(finding.span.file),
            "line": position.line,
            "column": position.column,
            "object": finding.object,
            "path": finding.path,
            "message": finding.message,
            "help": finding.help,
            "fix": finding.fix.as_ref().map(|fix| &fix.title),
        })
    };
    let findings = |findings: &[Finding]| findings.iter().map(finding).collect::<Value>();
    let object = |object: &Converted| {
        json!({
            "kind": object.object.kind.value,
            "name": object.object.name.value,
            "lines_kept": object.is_edited,
            "left_out": object.dropped.iter().map(|it| &it.value).collect::<Vec<_>>(),
            "text": object.text,
        })
    };
    let outputs = work.migrated.iter().map(|migrated| {
        let objects = migrated.sets.iter().chain(&migrated.twins).map(object);
        json!({
            "input": work.files.name(migrated.file),
            "objects": objects.collect::<Value>(),
            "not_migrated": migrated.others.len(),
        })
    });
    let proof = work.proof.as_ref();
    let steps = proof.filter(|it| is_written && it.holds()).map(|proof| {
        let todos = todos(work, proof, target).into_iter();
        let todos = todos.map(
            |Todo {
                 command,
                 effect,
                 note,
             }| {
                json!({ "command": command, "effect": effect.map(Effect::name), "note": note })
            },
        );
        todos.collect::<Value>()
    });
    let paths = named.iter().map(|it| it.path.display().to_string());
    let report = json!({
        "version": 1,
        "openshift": work.settings.version.name(),
        "written": is_written,
        "files": paths.collect::<Vec<_>>(),
        "mended": findings(&work.mended),
        "refused": findings(&work.refused),
        "outputs": outputs.collect::<Value>(),
        "proof": proof.map(proof_json),
        "steps": steps,
        "first_patch": first_patch(work.settings.version),
    });
    format!("{report:#}\n")
}

fn proof_json(proof: &Proof) -> Value {
    let step = |step: &Step| {
        let changed = step.changed.as_ref().map(|changed| {
            let pulls = changed.iter().map(|pull| {
                json!({
                    "change": pull.change.name(),
                    "witness": pull.witness,
                    "was": pull.before,
                    "will": pull.after,
                    "because": reasons(proof.model(step.to), &pull.witness),
                })
            });
            pulls.collect::<Value>()
        });
        json!({
            "from": step.from.name(),
            "to": step.to.name(),
            "changed": changed,
            "registries_conf_is_the_same": step.is_same_file,
            "effect": step.rollout.as_ref().map(|it| it.effect.name()),
        })
    };
    let refusals = proof.states.iter().flat_map(|(stage, model)| {
        let refusals = model.refusals().iter();
        refusals.map(|it| json!({ "stage": stage.name(), "reason": it.reason() }))
    });
    json!({
        "holds": proof.holds(),
        "steps": proof.steps.iter().map(step).collect::<Value>(),
        "refusals": refusals.collect::<Value>(),
    })
}
