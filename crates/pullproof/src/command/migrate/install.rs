//! install-configs: the list of mirrors under its other name.

use super::write::Target;
use crate::exit;
use crate::output::{Format, Output, printable};
use anyhow::Result;
use pullproof_core::file::{FileId, Files};
use pullproof_core::migrate::install::{CONTENT, DIGEST, Outcome, Wanted, convert};
use serde_json::json;

pub(super) fn run(
    files: &Files,
    configs: &[FileId],
    wanted: Wanted,
    target: &Target,
    format: Format,
    output: &Output,
) -> Result<u8> {
    let (new, old) = match wanted {
        Wanted::Digest => (DIGEST, CONTENT),
        Wanted::Content => (CONTENT, DIGEST),
    };
    let (mut changed, mut reports, mut is_refused) = (Vec::new(), Vec::new(), false);
    for file in configs {
        let name = printable(files.name(*file));
        match convert(files, *file, wanted) {
            Outcome::Changed(text) => {
                eprintln!("{name}: `{old}` becomes `{new}`, every other byte stays");
                reports.push(json!({ "input": files.name(*file), "text": text }));
                changed.push((*file, text));
            }
            Outcome::Unchanged => {
                eprintln!("{name}: nothing to change, there is no `{old}`");
                reports.push(json!({ "input": files.name(*file), "text": null }));
            }
            Outcome::Refused {
                span,
                message,
                help,
            } => {
                let position = files.position(span.file, span.start);
                eprintln!("error: {name}:{position}: {message}\n  help: {help}");
                reports.push(json!({
                    "input": files.name(*file),
                    "line": position.line,
                    "column": position.column,
                    "message": message,
                    "help": help,
                }));
                is_refused = true;
            }
        }
    }
    let named = match target.names_of(files, &changed) {
        Ok(named) => named,
        Err(reason) => {
            eprintln!("pullproof: {reason}");
            return Ok(exit::USAGE);
        }
    };
    let is_json = matches!(format, Format::Json);
    if is_json {
        let report = json!({ "version": 1, "install_configs": reports });
        output.print(&format!("{report:#}\n"))?;
    }
    if is_refused {
        return Ok(exit::FINDINGS);
    }
    if changed.is_empty() {
        return Ok(exit::NOTHING);
    }
    target.write_whole(files, &changed, &named, is_json, output)?;
    Ok(exit::CLEAN)
}
