//! `large-node-files`: files of nodes that are too large to be given to them.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::render::{self, FILES_BYTES_MAX};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "large-node-files",
        code: "PP039",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("large_node_files.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Ok(node) = &model.node else {
        return;
    };
    let n_bytes = node.n_bytes();
    let is_read = |kind| render::is_read(kind, model.version);
    let mut sets = model.mirror_sets.iter().filter(|set| is_read(set.kind));
    let first = sets.next().map(|set| set.name.span);
    let image = model.image.name.as_ref().map(|name| name.span);
    if let (true, Some(span)) = (is_too_large(n_bytes), first.or(image)) {
        let message = "nodes would get files that are larger than a `MachineConfig` can be";
        emit.add(span, message).help(format!(
            "have fewer sources, or block or mark as insecure fewer scopes in them, each of \
             which inherits all mirrors: the files have {n_bytes} bytes, of at most \
             {FILES_BYTES_MAX}",
        ));
    }
}

fn is_too_large(n_bytes: usize) -> bool {
    FILES_BYTES_MAX < n_bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_nodes_have_a_limit() {
        assert_eq!(FILES_BYTES_MAX, 1_179_648);
        assert!(!is_too_large(FILES_BYTES_MAX));
        assert!(is_too_large(FILES_BYTES_MAX + 1));
    }
}
