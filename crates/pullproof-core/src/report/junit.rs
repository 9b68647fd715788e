//! JUnit's XML, in the dialect of Jenkins: a suite for each input, a case for each finding.
//!
//! A case fails where the finding makes the run fail, so that report and exit code agree; others
//! pass and tell what was found. An input without findings is a case that passes: a report
//! without any would read as if nothing had run.

use super::xml::Xml;
use super::{PROGRAM, Run, UNREADABLE_INPUT, compact, paragraph, path};
use crate::file::FileId;

/// Every input with its findings.
pub fn report(run: &Run<'_>) -> String {
    let n_findings = run.findings.len();
    let files = run.files_to_tell();
    let is_clean = |file: &&FileId| run.findings_in(**file).next().is_none();
    let n_clean = files.iter().filter(is_clean).count();
    let n_errors = run.unreadable.len();
    let fails = run.findings.iter().filter(|it| run.fail_on <= it.severity);
    let mut xml = Xml::new();
    xml.open(
        "testsuites",
        &[
            ("name", PROGRAM),
            ("tests", &(n_findings + n_clean + n_errors).to_string()),
            ("failures", &fails.count().to_string()),
            ("errors", &n_errors.to_string()),
        ],
    );
    for unreadable in run.unreadable {
        let name = path::relative(&unreadable.file);
        open_suite(&mut xml, name, [1, 0, 1]);
        xml.open(
            "testcase",
            &[("name", UNREADABLE_INPUT), ("classname", name)],
        );
        let reason = &unreadable.reason;
        let attributes = [("type", UNREADABLE_INPUT), ("message", reason)];
        xml.empty("error", &attributes);
        xml.close();
        xml.close();
    }
    for file in files {
        suite(run, file, &mut xml);
    }
    xml.finish()
}

fn suite(run: &Run<'_>, file: FileId, xml: &mut Xml) {
    let name = path::relative(run.files.name(file));
    let n_findings = run.findings_in(file).count();
    let fails = run
        .findings_in(file)
        .filter(|it| run.fail_on <= it.severity);
    open_suite(xml, name, [n_findings.max(1), fails.count(), 0]);
    if n_findings == 0 {
        xml.empty("testcase", &[("name", "no findings"), ("classname", name)]);
    }
    for finding in run.findings_in(file) {
        let position = run.files.position(file, finding.span.start);
        let title = format!("{} at {position}", finding.rule);
        xml.open("testcase", &[("name", &title), ("classname", name)]);
        let place = compact::place(run.files, finding.span);
        let text = format!("{place}: {}", paragraph(run.files, finding));
        if run.fail_on <= finding.severity {
            let kind = ("type", finding.severity.name());
            let attributes = [kind, ("message", &finding.message)];
            xml.element("failure", &attributes, &text);
        } else {
            let text = format!("{}: {text}", finding.severity);
            xml.element("system-out", &[], &text);
        }
        xml.close();
    }
    xml.close();
}

/// Opens a suite with how many cases there are, how many fail, and how many could not run.
fn open_suite(xml: &mut Xml, name: &str, [n_tests, n_failures, n_errors]: [usize; 3]) {
    xml.open(
        "testsuite",
        &[
            ("name", name),
            ("tests", &n_tests.to_string()),
            ("failures", &n_failures.to_string()),
            ("errors", &n_errors.to_string()),
        ],
    );
}
