//! Image names out of lists and manifests.

use pullproof_core::document::{self, Node, Value};
use pullproof_core::file::{FileId, Files, Span};

/// The key whose text is an image name in every workload.
const IMAGE_KEY: &str = "image";

/// An image name and where it was found.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) span: Span,
}

/// Every image name of a file: each `image:` of manifests, or each line of a list.
///
/// A list has one name a line; blank lines and what follows `#` are left out.
pub(crate) fn find(files: &Files, file: FileId) -> Vec<Image> {
    let (documents, _) = document::read(files, file);
    let is_structured = |document: &document::Document| {
        matches!(document.root.value, Value::Mapping(_) | Value::Sequence(_))
    };
    let mut images = Vec::new();
    if documents.iter().any(is_structured) {
        for document in &documents {
            collect(&document.root, &mut images);
        }
        return images;
    }
    let mut start = 0;
    for line in files.text(file).split_inclusive('\n') {
        let name = line.split_once('#').map_or(line, |(name, _)| name);
        let at = start + (name.len() - name.trim_start().len());
        let name = name.trim();
        if !name.is_empty() {
            let span = Span::new(file, at, at + name.len());
            images.push(Image {
                name: name.to_owned(),
                span,
            });
        }
        start += line.len();
    }
    images
}

/// Readers bound the depth, so this does not run away.
fn collect(node: &Node, images: &mut Vec<Image>) {
    match &node.value {
        Value::Sequence(nodes) => nodes.iter().for_each(|node| collect(node, images)),
        Value::Mapping(mapping) => {
            for entry in mapping.entries() {
                match entry.value.as_str() {
                    Some(name) if entry.key.value == IMAGE_KEY && !name.is_empty() => {
                        images.push(Image {
                            name: name.to_owned(),
                            span: entry.value.span,
                        });
                    }
                    _ => collect(&entry.value, images),
                }
            }
        }
        _ => {}
    }
}
