//! Fixes: which of those that rules propose hold, and the texts after them.
//!
//! Texts are changed byte by byte where a fix says so and nowhere else. After that everything is
//! read and linted again: what a fix was for must be gone, and nothing as grave may have come.

use crate::document::Problem;
use crate::file::{FileId, Files, Span};
use crate::finding::{Edit, Finding, Fix, Safety, Severity};
use crate::lint::introduced::introduced;
use crate::model::{Contents, Model, Settings};
use crate::order;
use crate::sorted::{Map, Set};

/// Most times that fixes are applied to what earlier ones left.
///
/// A fix seldom makes another one possible, and two that undo each other must end. Each round
/// is verified, so that stopping here leaves texts which are no worse.
pub const ROUNDS_MAX: usize = 10;

/// Most times that texts are read again to verify fixes.
///
/// All fixes are verified at once, and halves of them only where that fails: this is enough to
/// find a dozen bad ones among thousands. A fix that is not verified by then is withheld.
pub const VERIFICATIONS_MAX: usize = 100;

/// What is to be fixed.
pub struct Job<'a> {
    /// The texts.
    pub files: &'a Files,
    /// Those that may be changed.
    pub inputs: &'a [FileId],
    /// What the model depends on beside the texts.
    pub settings: &'a Settings,
    /// Puts together what the inputs say, in their order: `together`, unless some are applied to
    /// what others have.
    pub combine: &'a dyn Fn(&[Contents]) -> Contents,
    /// Finds what is wrong: `lint::run` with some rules, less what is to be ignored.
    pub find: &'a dyn Fn(&Model) -> Vec<Finding>,
    /// The least safe fix that is applied.
    pub safety: Safety,
}

/// What came of it.
pub struct Fixed {
    /// Everything the texts mean now; its files are those of the job, with other texts.
    pub model: Model,
    /// What is still found.
    pub findings: Vec<Finding>,
    /// What was fixed, in order; places are those of the round that fixed it.
    pub applied: Vec<Finding>,
    /// What has a fix of the safety asked for that does not hold, in order.
    pub withheld: Vec<Withheld>,
}

/// A finding that is still there, though it has a fix.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Withheld {
    /// Which; its place is one of the texts as they are now.
    pub finding: Finding,
    /// Why the fix was not applied.
    pub reason: Reason,
}

/// Why a fix is not applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It would change a text that is not an input, or a place that is none.
    Outside,
    /// Something of the text could not be read with it.
    Unreadable,
    /// The finding would still be there.
    Remains,
    /// Something else would be found; this is its message.
    Introduces(String),
    /// Too many others had to be looked at.
    NotVerified,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::Outside => f.write_str("it would change what is no input"),
            Reason::Unreadable => f.write_str("the text could not be read with it"),
            Reason::Remains => f.write_str("it would not be enough"),
            Reason::Introduces(message) => write!(f, "with it, {message}"),
            Reason::NotVerified => f.write_str("too many others had to be verified first"),
        }
    }
}

/// What inputs say that stand beside each other.
pub fn together(contents: &[Contents]) -> Contents {
    let mut all = Contents::default();
    for contents in contents {
        all.append(contents.clone());
    }
    all
}

/// Applies fixes until none is left that holds.
pub fn fix(job: &Job<'_>) -> Fixed {
    let mut state = State::read(job);
    let mut applied = Vec::new();
    let mut n_verified = 0;
    let mut withheld = Map::new();
    for _ in 0..ROUNDS_MAX {
        let candidates = candidates(job, &state.findings, &withheld);
        if candidates.is_empty() {
            break;
        }
        let mut round = Round {
            job,
            before: &state,
            accepted: Vec::new(),
            after: None,
            withheld: &mut withheld,
            n_verified: &mut n_verified,
        };
        round.settle(&candidates);
        let Round {
            mut accepted,
            after,
            ..
        } = round;
        // Where nothing was changed, what was left out for another's sake gets its turn.
        if let Some(after) = after {
            order::sort(&mut accepted);
            applied.extend(accepted.iter().map(|idx| state.findings[*idx].clone()));
            state = after;
            withheld.clear();
        }
    }
    for idx in candidates(job, &state.findings, &withheld) {
        withheld.insert(idx, Reason::NotVerified);
    }
    let State {
        model, findings, ..
    } = state;
    let withheld = withheld.into_iter().map(|(idx, reason)| Withheld {
        finding: findings[idx].clone(),
        reason,
    });
    Fixed {
        withheld: withheld.collect(),
        model,
        findings,
        applied,
    }
}

/// The texts after edits, no two of which touch; those of other files stay.
pub fn apply<'a>(files: &Files, edits: impl IntoIterator<Item = &'a Edit>) -> Files {
    let mut by_file: Map<FileId, Vec<&Edit>> = Map::new();
    for edit in edits {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    let mut files = files.clone();
    for (file, mut edits) in by_file {
        order::sort_by_key(&mut edits, |edit| edit.span);
        let old = files.text(file);
        let mut new = String::with_capacity(old.len());
        let mut at = 0;
        for edit in edits {
            let range = edit.span.range();
            new.push_str(old.get(at..range.start).unwrap_or_default());
            new.push_str(&edit.text);
            at = range.end;
        }
        new.push_str(old.get(at..).unwrap_or_default());
        files.replace(file, new);
    }
    files
}

/// Texts and what is found in them.
struct State {
    /// Without what is rendered.
    files: Files,
    /// What each input says, in their order.
    contents: Vec<Contents>,
    model: Model,
    findings: Vec<Finding>,
}

impl State {
    fn read(job: &Job<'_>) -> State {
        let version = job.settings.version;
        let read = |file: &FileId| Contents::read(job.files, &[*file], version);
        let contents = job.inputs.iter().map(read).collect();
        State::of(job, job.files.clone(), contents)
    }

    fn of(job: &Job<'_>, files: Files, contents: Vec<Contents>) -> State {
        let all = (job.combine)(&contents);
        let model = Model::of(&mut files.clone(), all, job.settings);
        let findings = (job.find)(&model);
        State {
            files,
            contents,
            model,
            findings,
        }
    }

    /// The same after some of its fixes; files without edits are not read again.
    fn after(&self, job: &Job<'_>, fixed: &[usize]) -> State {
        let fixes = fixed
            .iter()
            .filter_map(|idx| self.findings[*idx].fix.as_ref());
        let edits: Vec<&Edit> = fixes.flat_map(|fix| &fix.edits).collect();
        let changed: Set<FileId> = edits.iter().map(|edit| edit.span.file).collect();
        let files = apply(&self.files, edits);
        let version = job.settings.version;
        let inputs = job.inputs.iter().zip(&self.contents);
        let contents = inputs.map(|(file, contents)| match changed.contains(file) {
            true => Contents::read(&files, &[*file], version),
            false => contents.clone(),
        });
        let contents = contents.collect();
        State::of(job, files, contents)
    }

    fn n_fatal(&self) -> usize {
        let problems = self.model.problems.iter();
        problems.filter(|problem| problem.kind.is_fatal()).count()
    }
}

/// The fixes that may be applied together, in order: of those that touch the first.
fn candidates(job: &Job<'_>, findings: &[Finding], withheld: &Map<usize, Reason>) -> Vec<usize> {
    // Where edits start and where they end.
    let mut taken: Map<(FileId, u32), u32> = Map::new();
    let mut candidates = Vec::new();
    for (idx, finding) in findings.iter().enumerate() {
        let Some(fix) = &finding.fix else {
            continue;
        };
        if job.safety < fix.safety || withheld.contains_key(&idx) {
            continue;
        }
        let is_free = |edit: &Edit| {
            let Span { file, start, end } = edit.span;
            let before = taken.range(..=(file, end)).next_back();
            before.is_none_or(|((other, _), other_end)| *other != file || *other_end < start)
        };
        if fix.edits.iter().all(is_free) {
            let edits = fix.edits.iter().map(|edit| edit.span);
            taken.extend(edits.map(|span| ((span.file, span.start), span.end)));
            candidates.push(idx);
        }
    }
    candidates
}

/// Fixes of one state on their way through verification.
struct Round<'a> {
    job: &'a Job<'a>,
    before: &'a State,
    /// What holds so far, and the state with it.
    accepted: Vec<usize>,
    after: Option<State>,
    withheld: &'a mut Map<usize, Reason>,
    n_verified: &'a mut usize,
}

impl Round<'_> {
    /// Accepts as many as hold beside those that are accepted: all, or what holds of each half.
    fn settle(&mut self, trial: &[usize]) {
        match (self.verify(trial), trial) {
            (Ok(after), _) => {
                self.accepted.extend(trial);
                self.after = Some(after);
            }
            (Err(reason), [alone]) => {
                self.withheld.insert(*alone, reason);
            }
            (Err(_), _) => {
                let (first, second) = trial.split_at(trial.len() / 2);
                self.settle(first);
                self.settle(second);
            }
        }
    }

    fn verify(&mut self, trial: &[usize]) -> Result<State, Reason> {
        let before = self.before;
        let is_sure = |idx: &usize| {
            before.findings[*idx]
                .fix
                .as_ref()
                .is_some_and(|fix| is_applicable(self.job, &before.files, fix))
        };
        if !trial.iter().all(is_sure) {
            return Err(Reason::Outside);
        }
        if VERIFICATIONS_MAX <= *self.n_verified {
            return Err(Reason::NotVerified);
        }
        *self.n_verified += 1;
        let mut fixed = self.accepted.clone();
        fixed.extend(trial);
        let after = before.after(self.job, &fixed);
        match fault(before, &fixed, &after) {
            Some(reason) => Err(reason),
            None => Ok(after),
        }
    }
}

/// Whether all edits are of inputs, at places that are there, in order.
fn is_applicable(job: &Job<'_>, files: &Files, fix: &Fix) -> bool {
    let is_sure = |edit: &Edit| {
        let is_input = job.inputs.contains(&edit.span.file);
        is_input && files.text(edit.span.file).get(edit.span.range()).is_some()
    };
    let is_apart = |pair: &[Edit]| {
        let (left, right) = (pair[0].span, pair[1].span);
        left.file < right.file || left.file == right.file && left.end < right.start
    };
    fix.edits.iter().all(is_sure) && fix.edits.windows(2).all(is_apart)
}

/// What is wrong with a state after fixes; `None` when they hold.
fn fault(before: &State, fixed: &[usize], after: &State) -> Option<Reason> {
    if before.n_fatal() < after.n_fatal() || after.model.objects.len() < before.model.objects.len()
    {
        return Some(Reason::Unreadable);
    }
    let mut is_fixed = vec![false; before.findings.len()];
    for idx in fixed {
        is_fixed[*idx] = true;
    }
    let all = || before.findings.iter().zip(&is_fixed);
    let gone: Vec<&Finding> = all()
        .filter(|(_, is_fixed)| **is_fixed)
        .map(|it| it.0)
        .collect();
    let stays = all().filter(|(_, is_fixed)| !**is_fixed);
    let stays: Vec<Finding> = stays.map(|(finding, _)| finding.clone()).collect();
    let least = gone.iter().map(|finding| finding.severity).min();
    let least = least.unwrap_or(Severity::Info);
    // A finding that a fix is for and that is still there counts as new, too.
    let new = introduced(&stays, after.findings.clone());
    let mut new = new.into_iter().filter(|finding| least <= finding.severity);
    let new = new.find(|finding| !is_revealed(before, &gone, finding))?;
    let is_same = |old: &&Finding| old.rule == new.rule && old.message == new.message;
    Some(match gone.iter().copied().find(is_same) {
        Some(_) => Reason::Remains,
        None => Reason::Introduces(new.message),
    })
}

/// Whether a finding was there before, behind a place that nobody could read past: in an object
/// that is new, or in none.
fn is_revealed(before: &State, gone: &[&Finding], new: &Finding) -> bool {
    let is_barrier = |problem: &Problem| {
        let is_gone = |finding: &&Finding| finding.span == problem.span;
        problem.kind.is_fatal()
            && problem.span.file == new.span.file
            && problem.span.end < new.span.start
            && gone.iter().any(is_gone)
    };
    let is_known = |name: &str| {
        let mut objects = before.model.objects.iter();
        objects.any(|judged| {
            judged
                .locate(judged.object.span())
                .is_some_and(|it| it.0 == name)
        })
    };
    before.model.problems.iter().any(is_barrier)
        && new.object.as_deref().is_none_or(|name| !is_known(name))
}

#[cfg(test)]
mod tests;
