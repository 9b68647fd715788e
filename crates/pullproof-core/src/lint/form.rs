//! Words for texts that do not have the form of a source, mirror or registry.

use super::edits;
use super::words::code;
use crate::file::Span;
use crate::finding::{Fix, Safety};
use crate::model::Model;
use crate::scope::copied::Leftover;
use crate::scope::form::{Form, FormFault, repair, repaired};

/// What is wrong, such as "source `quay.io/a:1` has a tag, `:1`".
pub(super) fn message(noun: &str, text: &str, fault: &FormFault) -> String {
    let what = match fault {
        FormFault::Empty => return format!("{noun} is empty"),
        FormFault::Space('\n') => "has a line break".to_owned(),
        FormFault::Space('\t') => "has a tab".to_owned(),
        FormFault::Space(' ') => "has a space".to_owned(),
        FormFault::Space(character) => {
            format!("has character U+{:04X}", u32::from(*character))
        }
        FormFault::Copied(leftover) => what_is_left(*leftover).to_owned(),
        FormFault::Placeholder => "has a placeholder that was not filled in".to_owned(),
        FormFault::Scheme(scheme) => format!("has a scheme, {}", code(scheme)),
        FormFault::List => "is several, joined by commas".to_owned(),
        FormFault::Ipv6 => "has an IPv6 address".to_owned(),
        FormFault::Digest(_) => "has a digest".to_owned(),
        FormFault::Tag(tag) => format!("has a tag, {}", code(tag)),
        FormFault::WildcardMirror => "has a wildcard".to_owned(),
        FormFault::WildcardPlace => "has a wildcard in the wrong place".to_owned(),
        FormFault::WildcardWith(rest) => {
            format!(
                "has a wildcard and something behind the host, {}",
                code(rest)
            )
        }
        FormFault::SlashAtEnd => "ends with a slash".to_owned(),
        FormFault::SlashAtStart => "starts with a slash".to_owned(),
        FormFault::DoubleSlash => "has two slashes in a row".to_owned(),
        FormFault::Uppercase => "has capitals in its path".to_owned(),
        FormFault::Port(port) if port.is_empty() => "has a colon without a port".to_owned(),
        FormFault::Port(port) => format!("has a port that is no number, {}", code(port)),
        FormFault::Character(character) => {
            format!("has the character {}", code(&character.to_string()))
        }
        FormFault::UnderscoreInHost => "has an underscore in its host".to_owned(),
        FormFault::HostPart(part) if part.is_empty() => "has an empty part in its host".to_owned(),
        FormFault::HostPart(part) => format!("has a host part that is no name, {}", code(part)),
        FormFault::PathPart(part) if part.is_empty() => "has an empty part in its path".to_owned(),
        FormFault::PathPart(part) => {
            format!("has misplaced separators in its path, {}", code(part))
        }
    };
    format!("{noun} {} {what}", code(text))
}

/// What a document left around a text, such as "has typographic quotes".
pub(super) fn what_is_left(leftover: Leftover) -> &'static str {
    match leftover {
        Leftover::CallOut => "ends with a call-out of a document",
        Leftover::Quotes => "has typographic quotes",
        Leftover::Backslash => "ends with the backslash of a command line",
        Leftover::Invisible => "has an invisible character",
    }
}

/// What to do about it.
pub(super) fn help(text: &str, form: Form, fault: &FormFault) -> String {
    let what = match fault {
        FormFault::Empty => "write a host, with a path where needed, such as `quay.io/org`",
        FormFault::Placeholder => "fill it in",
        FormFault::List => "give each an element of its own",
        FormFault::Ipv6 => "give the host a name, since addresses of IPv6 cannot be written here",
        FormFault::WildcardMirror => "name one host: only a source can be a wildcard",
        FormFault::WildcardPlace => "only `*.` before a host is a wildcard, as in `*.example.com`",
        FormFault::UnderscoreInHost | FormFault::HostPart(_) => {
            "a host has letters, digits and inner hyphens, with dots between its parts"
        }
        FormFault::Port(_) => "write a number, or neither colon nor port",
        FormFault::PathPart(_) => {
            "between letters and digits there may be one `.`, one or two `_`, or any number of `-`"
        }
        FormFault::Character(_) => {
            "paths have lower-case letters, digits, `.`, `_` and `-`, and hosts no `_`"
        }
        _ => "",
    };
    let why = match fault {
        FormFault::Tag(_) | FormFault::Digest(_) => ", which stands for all its tags and digests",
        FormFault::WildcardWith(_) => ", which stands for all ports and paths",
        FormFault::Uppercase => ", since paths have no capitals",
        _ => "",
    };
    match repaired(text, form) {
        Some(repaired) => format!("write {}{why}", code(&repaired)),
        None if what.is_empty() => "write a host, with a path where needed".to_owned(),
        None => what.to_owned(),
    }
}

/// Writes what was probably meant; `None` when that cannot be told, or not be written there.
pub(super) fn fix(model: &Model, span: Span, form: Form) -> Option<Fix> {
    let repair = repair(edits::text_at(model, span)?, form)?;
    let edit = edits::replace(model, span, &repair.text)?;
    let safety = match repair.is_guess {
        true => Safety::Unsafe,
        false => Safety::Safe,
    };
    let title = format!("write {}", code(&repair.text));
    Some(Fix::new(title, safety, vec![edit]))
}
