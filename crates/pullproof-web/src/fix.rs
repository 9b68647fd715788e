//! Texts after fixes, each verified by reading everything again.

use crate::ask::FixRequest;
use crate::cluster::Cluster;
use pullproof_core::file::FileId;
use pullproof_core::finding::{Finding, Safety};
use pullproof_core::fix::{self, Job, Withheld};
use pullproof_core::lint::rules;
use pullproof_core::model::Model;
use pullproof_core::suppress;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Fixed {
    files: Vec<File>,
    applied: Vec<Applied>,
    withheld: Vec<Left>,
}

#[derive(Serialize)]
struct File {
    file: String,
    text: String,
}

#[derive(Serialize)]
struct Applied {
    rule: &'static str,
    code: &'static str,
    title: String,
    message: String,
}

#[derive(Serialize)]
struct Left {
    rule: &'static str,
    code: &'static str,
    message: String,
    reason: String,
}

/// Applies one finding's fix, however safe, or all that are safe.
///
/// # Errors
/// When the request has no such finding.
pub(crate) fn fix(wanted: &FixRequest) -> Result<Fixed, String> {
    let request = &wanted.request;
    let cluster = Cluster::of(request);
    let settings = request.settings();
    let inputs: Vec<FileId> = cluster.inputs();
    let chosen = match wanted.finding {
        None => None,
        Some(idx) => {
            let findings = found(&cluster.after(&settings));
            let finding = findings.into_iter().nth(idx);
            Some(finding.ok_or_else(|| format!("there is no finding {idx}"))?)
        }
    };
    // Of the other findings only their fixes are left out: what a fix brings must be seen.
    let find = |model: &Model| match &chosen {
        None => found(model),
        Some(chosen) => {
            let mut findings = found(model);
            for finding in &mut findings {
                if !is_same(finding, chosen) {
                    finding.fix = None;
                }
            }
            findings
        }
    };
    let fixed = fix::fix(&Job {
        files: &cluster.files,
        inputs: &inputs,
        settings: &settings,
        combine: &|contents| cluster.combined(contents),
        find: &find,
        safety: match wanted.finding {
            None => Safety::Safe,
            Some(_) => Safety::Unsafe,
        },
    });
    let changed = inputs.into_iter().filter(|file| {
        let now = fixed.model.files.text(*file);
        now != cluster.files.text(*file)
    });
    let files = changed.map(|file| File {
        file: cluster.files.name(file).to_owned(),
        text: fixed.model.files.text(file).to_owned(),
    });
    Ok(Fixed {
        files: files.collect(),
        applied: fixed.applied.into_iter().map(applied).collect(),
        withheld: fixed.withheld.into_iter().map(left).collect(),
    })
}

fn found(model: &Model) -> Vec<Finding> {
    suppress::run(model, rules::ALL).findings
}

/// Whether two findings are one, by what makes their identity.
fn is_same(one: &Finding, other: &Finding) -> bool {
    let identity = |it: &Finding| {
        (
            it.code,
            it.object.clone(),
            it.path.clone(),
            it.message.clone(),
        )
    };
    identity(one) == identity(other)
}

fn applied(finding: Finding) -> Applied {
    Applied {
        rule: finding.rule,
        code: finding.code,
        title: finding.fix.map_or(String::new(), |fix| fix.title),
        message: finding.message,
    }
}

fn left(withheld: Withheld) -> Left {
    let Withheld { finding, reason } = withheld;
    Left {
        rule: finding.rule,
        code: finding.code,
        message: finding.message,
        reason: reason.to_string(),
    }
}
