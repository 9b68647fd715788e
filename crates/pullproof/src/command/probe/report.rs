//! What registries answered, for people and for machines.

use super::answer::{Answer, Kind};
use super::verdict::{Asked, Image, Judged, Outcome};
use crate::output::{Output, printable};
use anyhow::Result;
use pullproof_core::trace::text::place_text;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Most missing parts that are listed for an endpoint; JSON has all of them.
const MAX_LISTED: usize = 5;

/// The report for people.
pub(crate) fn text(images: &[Image<'_>], output: &Output) -> Result<String> {
    let mut text = String::new();
    for image in images {
        let trace = image.trace;
        let place = trace.place.as_ref().map_or(String::new(), |place| {
            output.dim(&format!("  {}", place_text(place)))
        });
        writeln!(text, "{}{place}", output.bold(&printable(&trace.image)))?;
        if let Some(error) = &trace.error {
            writeln!(text, "  {} {}", output.bad("fails:"), printable(error))?;
        }
        for judged in &image.candidates {
            candidate_text(&mut text, image, judged, output)?;
        }
        text.push('\n');
    }
    let n_of = |outcome| images.iter().filter(|it| it.outcome == outcome).count();
    let n_differing = images
        .iter()
        .filter(|it| it.candidates.iter().any(|it| !it.differing.is_empty()))
        .count();
    let mut parts = vec![format!("{} as simulated", n_of(Outcome::AsSimulated))];
    for (n_images, words) in [
        (n_of(Outcome::Later), "served by a later endpoint"),
        (n_of(Outcome::Breaks), "broken by an endpoint"),
        (n_of(Outcome::Rejected), "refused by policy.json"),
        (n_of(Outcome::NotServed), "not served"),
        (n_differing, "with tags that differ"),
    ] {
        if 0 < n_images {
            parts.push(format!("{n_images} {words}"));
        }
    }
    let noun = if images.len() == 1 { "image" } else { "images" };
    writeln!(text, "{} {noun}: {}", images.len(), parts.join(", "))?;
    Ok(text)
}

fn candidate_text(
    text: &mut String,
    image: &Image<'_>,
    judged: &Judged<'_>,
    output: &Output,
) -> Result<()> {
    let candidate = judged.candidate;
    if candidate.reference != image.trace.image {
        writeln!(text, "  as {}", candidate.reference)?;
    }
    for (idx, asked) in judged.endpoints.iter().enumerate() {
        writeln!(text, "  {}. {}", idx + 1, asked.step.reference)?;
        writeln!(text, "     {}", answer_text(&asked.answer, output))?;
        let missing = &asked.answer.missing;
        for part in missing.iter().take(MAX_LISTED) {
            writeln!(text, "     without {}", printable(part))?;
        }
        if MAX_LISTED < missing.len() {
            let n_more = missing.len() - MAX_LISTED;
            writeln!(text, "     without {n_more} more")?;
        }
    }
    if let Some(error) = &candidate.error {
        writeln!(text, "  {} {}", output.bad("error:"), printable(error))?;
    }
    if !judged.differing.is_empty() {
        let pair = |(name, digest): &(String, String)| format!("{name} has {}", printable(digest));
        let pairs: Vec<String> = judged.differing.iter().map(pair).collect();
        let pairs = pairs.join(", ");
        writeln!(text, "  {} {pairs}", output.odd("the tag differs:"))?;
    }
    let arrow = match judged.outcome {
        Outcome::AsSimulated => output.good("=>"),
        Outcome::Later => output.odd("=>"),
        Outcome::Breaks | Outcome::Rejected | Outcome::NotServed => output.bad("=>"),
    };
    writeln!(text, "  {arrow} {}", judged.told)?;
    Ok(())
}

fn answer_text(answer: &Answer, output: &Output) -> String {
    let Answer {
        kind,
        detail,
        digest,
        missing: _,
        plain_http,
        led_to,
    } = answer;
    let word = kind.word();
    let word = match kind {
        Kind::Found => output.good(word),
        Kind::Blocked | Kind::Refused | Kind::Down => output.odd(word),
        _ => output.bad(word),
    };
    let mut parts = Vec::new();
    parts.extend(digest.as_deref().map(printable));
    if !detail.is_empty() {
        parts.push(printable(detail));
    }
    if *plain_http {
        parts.push(output.odd("over plain HTTP"));
    }
    if !led_to.is_empty() {
        parts.push(printable(&format!("led to {}", led_to.join(", "))));
    }
    match parts.is_empty() {
        true => word,
        false => format!("{word}: {}", parts.join(", ")),
    }
}

/// The report for machines.
///
/// # Errors
/// Never, but that is what writing JSON says.
pub(crate) fn json(images: &[Image<'_>]) -> Result<String> {
    let images: Result<Vec<Value>> = images.iter().map(image_json).collect();
    let report = json!({ "version": 1, "images": images? });
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

fn image_json(image: &Image<'_>) -> Result<Value> {
    let candidates: Result<Vec<Value>> = image.candidates.iter().map(judged_json).collect();
    let mut value = json!({
        "image": image.trace.image,
        "outcome": image.outcome,
        "candidates": candidates?,
    });
    if let Some(place) = &image.trace.place {
        value["place"] = serde_json::to_value(place)?;
    }
    if let Some(error) = &image.trace.error {
        value["error"] = json!(error);
    }
    Ok(value)
}

fn judged_json(judged: &Judged<'_>) -> Result<Value> {
    let endpoints: Result<Vec<Value>> = judged.endpoints.iter().map(asked_json).collect();
    let mut value = json!({
        "reference": judged.candidate.reference,
        "by_digest": judged.candidate.by_digest,
        "outcome": judged.outcome,
        "told": judged.told,
        "tag_differs": !judged.differing.is_empty(),
        "endpoints": endpoints?,
    });
    if let Some(idx) = judged.decided_by {
        value["decided_by"] = json!(idx);
    }
    if let Some(error) = &judged.candidate.error {
        value["error"] = json!(error);
    }
    Ok(value)
}

fn asked_json(asked: &Asked<'_>) -> Result<Value> {
    let step = asked.step;
    let mut value = json!({
        "reference": step.reference,
        "host": step.host,
        "endpoint": step.endpoint,
        "insecure": step.insecure,
    });
    if let (Value::Object(value), Value::Object(answer)) =
        (&mut value, serde_json::to_value(&asked.answer)?)
    {
        value.extend(answer);
    }
    Ok(value)
}
