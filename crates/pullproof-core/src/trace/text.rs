//! Traces for people, line by line.

use super::judgement::Judgement;
use super::{Candidate, Outcome, Place, Step, Trace};
use crate::policy_json::decision::Verdict;
use crate::printable::printable;
use std::fmt;

/// How a piece of text is meant, for hosts that have colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// What is asked about.
    Bold,
    /// Where something comes from.
    Dim,
    /// A pull works.
    Good,
    /// A pull fails, or an endpoint.
    Bad,
    /// Something that surprises.
    Odd,
}

/// Gives a piece of text its tone, or leaves it as it is.
pub type Paint<'a> = &'a dyn Fn(Tone, &str) -> String;

/// What happens to images, as `pullproof resolve` tells it.
pub fn text(traces: &[Trace], paint: Paint<'_>) -> String {
    let mut text = String::new();
    for (idx, trace) in traces.iter().enumerate() {
        if 0 < idx {
            text.push('\n');
        }
        let told = Told { trace, paint };
        text.push_str(&told.to_string());
    }
    text
}

/// A place as people write it: file, line, column.
pub fn place_text(place: &Place) -> String {
    printable(&format!("{}:{}:{}", place.file, place.line, place.column))
}

/// One trace, told.
struct Told<'a> {
    trace: &'a Trace,
    paint: Paint<'a>,
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let image = (self.paint)(Tone::Bold, &printable(&self.trace.image));
        let found = self.trace.place.as_ref().map_or(String::new(), |place| {
            (self.paint)(Tone::Dim, &format!("  {}", place_text(place)))
        });
        writeln!(f, "{image}{found}")?;
        if let Some(error) = &self.trace.error {
            let fails = (self.paint)(Tone::Bad, "fails:");
            writeln!(f, "  {fails} {}", printable(error))?;
        }
        for candidate in &self.trace.candidates {
            self.candidate(f, candidate)?;
        }
        Ok(())
    }
}

impl Told<'_> {
    fn candidate(&self, f: &mut fmt::Formatter<'_>, candidate: &Candidate) -> fmt::Result {
        let paint = self.paint;
        if candidate.reference != self.trace.image {
            writeln!(f, "  as {}", candidate.reference)?;
        }
        match &candidate.entry {
            None => {
                let nothing = paint(Tone::Dim, "no entry matches");
                writeln!(f, "  governed by nothing: {nothing}")?;
            }
            Some(entry) => {
                let place = paint(Tone::Dim, &origin_text(&entry.origins));
                writeln!(f, "  governed by `{}`{place}", printable(&entry.prefix))?;
            }
        }
        for (idx, step) in candidate.attempts.iter().enumerate() {
            self.step(f, idx + 1, step)?;
        }
        for skipped in &candidate.skipped {
            let place = paint(Tone::Dim, &origin_text(&skipped.origins));
            let location = printable(&skipped.location);
            let (label, reason) = (paint(Tone::Odd, "not tried:"), &skipped.reason);
            writeln!(f, "  {label} `{location}`: {reason}{place}")?;
        }
        if let Some(error) = &candidate.error {
            writeln!(f, "  {} {}", paint(Tone::Bad, "error:"), printable(error))?;
        }
        let is_asked = !matches!(candidate.outcome, Outcome::Fails { .. });
        if let Some(policy) = candidate.policy.as_ref().filter(|_| is_asked) {
            self.policy(f, policy)?;
        }
        match &candidate.outcome {
            Outcome::Fails { reason } => {
                writeln!(f, "  {} {reason}", paint(Tone::Bad, "=> fails:"))
            }
            Outcome::Contacts { first, n_endpoints } => {
                let more = match n_endpoints {
                    1 => "and nobody else".to_owned(),
                    2 => "then 1 more where that fails".to_owned(),
                    n => format!("then {} more where that fails", n - 1),
                };
                writeln!(f, "  {} {first}, {more}", paint(Tone::Good, "=> contacts"))
            }
            Outcome::Rejected {
                first,
                n_endpoints: _,
                reason,
            } => {
                let fails = paint(Tone::Bad, "=> fails:");
                writeln!(f, "  {fails} {first} is contacted, and then: {reason}")
            }
        }
    }

    /// What policy.json says; nothing where nobody asked for what decides.
    fn policy(&self, f: &mut fmt::Formatter<'_>, policy: &Judgement) -> fmt::Result {
        let label = "policy.json:";
        let label = match policy.verdict {
            Verdict::Accepted if policy.origins.is_empty() => return Ok(()),
            Verdict::Accepted => label.to_owned(),
            Verdict::NeedsSignatures => (self.paint)(Tone::Odd, label),
            Verdict::Rejected => (self.paint)(Tone::Bad, label),
        };
        let place = (self.paint)(Tone::Dim, &origin_text(&policy.origins));
        writeln!(f, "  {label} {}{place}", printable(&policy.reason))
    }

    fn step(&self, f: &mut fmt::Formatter<'_>, number: usize, step: &Step) -> fmt::Result {
        let paint = self.paint;
        let tls = match (&step.refused, step.down, step.insecure) {
            (Some(refused), _, _) => paint(Tone::Bad, &format!("refused, {refused}")),
            (None, true, _) => paint(Tone::Bad, "down"),
            (None, false, true) => paint(Tone::Odd, "TLS not verified, plain HTTP accepted"),
            (None, false, false) => "over TLS".to_owned(),
        };
        writeln!(f, "  {number}. {}", step.reference)?;
        let place = paint(Tone::Dim, &origin_text(&step.origins));
        writeln!(f, "     {tls}; {}{place}", step.reason)
    }
}

/// The most telling of some places, in brackets.
fn origin_text(places: &[Place]) -> String {
    match places.first() {
        None => String::new(),
        Some(place) => match &place.object {
            Some(object) => printable(&format!(" ({object}, {})", place_text(place))),
            None => printable(&format!(" ({})", place_text(place))),
        },
    }
}
