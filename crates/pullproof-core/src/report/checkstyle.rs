//! Checkstyle's XML, which most tools that collect reports can read.

use super::xml::Xml;
use super::{PROGRAM, Run, UNREADABLE_INPUT, paragraph, path};

/// The version of Checkstyle whose form this is; readers look no closer than that.
const CHECKSTYLE: &str = "4.3";

/// Every input with its findings; those without show that they were looked at.
pub fn report(run: &Run<'_>) -> String {
    let mut xml = Xml::new();
    xml.open("checkstyle", &[("version", CHECKSTYLE)]);
    for unreadable in run.unreadable {
        xml.open("file", &[("name", path::relative(&unreadable.file))]);
        let source = source(UNREADABLE_INPUT);
        xml.empty(
            "error",
            &[
                ("line", "1"),
                ("severity", "error"),
                ("message", &unreadable.reason),
                ("source", &source),
            ],
        );
        xml.close();
    }
    for file in run.files_to_tell() {
        let name = path::relative(run.files.name(file));
        if run.findings_in(file).next().is_none() {
            xml.empty("file", &[("name", name)]);
            continue;
        }
        xml.open("file", &[("name", name)]);
        for finding in run.findings_in(file) {
            let position = run.files.position(file, finding.span.start);
            xml.empty(
                "error",
                &[
                    ("line", &position.line.to_string()),
                    ("column", &position.column.to_string()),
                    // The words are the same there.
                    ("severity", finding.severity.name()),
                    ("message", &paragraph(run.files, finding)),
                    ("source", &source(finding.rule)),
                ],
            );
        }
        xml.close();
    }
    xml.finish()
}

fn source(rule: &str) -> String {
    format!("{PROGRAM}.{rule}")
}
