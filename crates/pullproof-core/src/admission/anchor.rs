//! Where a finding is told: at the changed object, wherever its rule happens to look first.

use crate::file::FileId;
use crate::finding::{Finding, Label};
use crate::model::Model;

/// Makes a place in the changed text the finding's own, if it has one there.
///
/// Of two objects that do not go together a rule tells at the first by name and points to the
/// other; whoever changes one of them can only mend that one. What was the finding's place
/// becomes the first of the related ones.
pub(super) fn at_change(finding: &mut Finding, changed: FileId, model: &Model) {
    if finding.span.file == changed {
        return;
    }
    let is_there = |label: &Label| label.span.file == changed;
    let Some(idx) = finding.related.iter().position(is_there) else {
        return;
    };
    let there = finding.related.remove(idx);
    let Some((object, path)) = model.locate(there.span) else {
        return finding.related.insert(idx, there);
    };
    let elsewhere = finding.object.take().unwrap_or_default();
    let text = format!("together with this, in `{elsewhere}`");
    let span = std::mem::replace(&mut finding.span, there.span);
    finding.related.insert(0, Label { span, text });
    (finding.object, finding.path) = (Some(object), path);
}
