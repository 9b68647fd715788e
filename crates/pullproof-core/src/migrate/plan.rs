//! What of some files is migrated, and the texts that come of it.

use super::convert::{Converted, convert, is_policy};
use super::yaml::{self, Layout};
use crate::document;
use crate::file::{FileId, Files, Span};
use crate::finding::Finding;
use crate::lint::{self, Rule, rules};
use crate::model::{Contents, Judged, Model, Settings};
use crate::openshift::OpenShift;
use crate::resource::mirror_set::MirrorSetKind;
use crate::resource::{self, Object};
use std::sync::Arc;

/// What stands between two documents of a stream.
const SEPARATOR: &str = "---\n";

/// What becomes of one file.
#[derive(Clone, Debug)]
pub struct Migrated {
    /// The file.
    pub file: FileId,
    /// Its policies as digest mirror sets, in order.
    pub sets: Vec<Converted>,
    /// The same as tag mirror sets; empty where nobody asked.
    pub twins: Vec<Converted>,
    /// The places of its other objects.
    pub others: Vec<Span>,
    /// The whole file with what is new in the place of what was.
    pub in_place: String,
}

impl Migrated {
    /// The new objects as one stream.
    pub fn stream(&self) -> String {
        stream(self.sets.iter().chain(&self.twins))
    }
}

/// Objects as one stream.
pub fn stream<'a>(objects: impl IntoIterator<Item = &'a Converted>) -> String {
    let texts: Vec<&str> = objects.into_iter().map(|it| it.text.as_str()).collect();
    texts.join(SEPARATOR)
}

/// Whether tag mirror sets are wanted, too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Twins {
    /// They are.
    Wanted,
    /// They are not.
    Unwanted,
}

/// Migrates the policies of files; those without any are left out.
pub fn plan(files: &Files, inputs: &[FileId], twins: Twins) -> Vec<Migrated> {
    let migrated = inputs.iter().map(|file| migrate(files, *file, twins));
    migrated.filter(|it| !it.sets.is_empty()).collect()
}

fn migrate(files: &Files, file: FileId, twins: Twins) -> Migrated {
    let (documents, _) = document::read(files, file);
    let mut migrated = Migrated {
        file,
        sets: Vec::new(),
        twins: Vec::new(),
        others: Vec::new(),
        in_place: String::new(),
    };
    let text = files.text(file);
    let mut at = 0;
    for document in documents {
        let span = document.span;
        let whole = whole(text, span);
        let objects = resource::objects(vec![document]);
        if !objects.iter().any(is_policy) {
            migrated.others.extend(objects.iter().map(Object::span));
            continue;
        }
        let alone = matches!(objects.as_slice(), [object] if !object.is_list_item);
        let mut texts = Vec::new();
        let mut is_edited = false;
        for object in &objects {
            if !is_policy(object) {
                migrated.others.push(object.span());
                texts.push(yaml::write(&object.root, Layout::Narrow));
                continue;
            }
            let kind = MirrorSetKind::ImageDigestMirrorSet;
            let set = convert(files, object, kind, alone.then_some(whole));
            texts.push(set.text.clone());
            is_edited = set.is_edited;
            migrated.sets.push(set);
            if twins == Twins::Wanted {
                let twin = convert(files, object, MirrorSetKind::ImageTagMirrorSet, None);
                texts.push(twin.text.clone());
                migrated.twins.push(twin);
            }
        }
        // What is written anew takes the place of the object alone, not of what stands behind it.
        let place = if is_edited { whole } else { span };
        let (start, end) = (place.start as usize, place.end as usize);
        migrated
            .in_place
            .push_str(text.get(at..start).unwrap_or_default());
        let mut new = texts.join(SEPARATOR);
        let followed = text.get(end..).unwrap_or_default();
        if followed.starts_with(['\n', '\r']) {
            new.truncate(new.trim_end_matches('\n').len());
        }
        migrated.in_place.push_str(&new);
        at = end;
    }
    migrated
        .in_place
        .push_str(text.get(at..).unwrap_or_default());
    migrated
}

/// A document up to the next separator, with the comments that are behind it.
fn whole(text: &str, span: Span) -> Span {
    let rest = text.get(span.start as usize..).unwrap_or_default();
    let length = rest.find("\n---").map_or(rest.len(), |at| at + 1);
    Span::new(span.file, span.start as usize, span.start as usize + length)
}

/// The rules that are asked about new objects: what the API server would refuse.
fn refusal_rules() -> Vec<&'static Rule> {
    let is_asked = |rule: &&&'static Rule| {
        ["rejected-object", "unserved-kind", "unreadable-document"].contains(&rule.card.id)
    };
    rules::ALL.iter().filter(is_asked).copied().collect()
}

/// Why the API server would refuse new objects, at the places of the input, with what mends it.
pub fn refusals<'a>(
    files: &Files,
    objects: impl IntoIterator<Item = &'a Converted>,
    version: OpenShift,
) -> Vec<Finding> {
    let judged = |converted: &Converted| Arc::new(Judged::new(converted.object.clone(), version));
    let judged = objects.into_iter().map(judged).collect();
    let contents = Contents::of_objects(judged, Vec::new());
    let settings = Settings {
        version,
        release_image: None,
    };
    let model = Model::of(&mut files.clone(), contents, &settings);
    lint::run(&model, &refusal_rules())
}

/// The same for every policy of a model, to find out which fixes hold.
pub fn refusals_of_model(model: &Model) -> Vec<Finding> {
    let policies = model.objects.iter().map(|judged| &judged.object);
    let policies = policies.filter(|object| is_policy(object));
    let kind = MirrorSetKind::ImageDigestMirrorSet;
    let sets: Vec<Converted> = policies
        .map(|policy| convert(&model.files, policy, kind, None))
        .collect();
    refusals(&model.files, &sets, model.version)
}
