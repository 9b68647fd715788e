//! What inputs say is to be left out: comments and annotations that name rules, with a reason.
//!
//! In YAML and TOML, `# pullproof: ignore[RULE, …] reason` counts for the line it ends, or, alone
//! on its line, for the next line that is no comment and for what starts there: a whole object, an
//! item of a list, or a key with its value; in TOML a table. `ignore-file[RULE, …]`, before
//! anything else, counts for the file. An object has the annotation `pullproof.dev/ignore`, whose
//! value is `RULE: reason`, several of them parted by `;`.
//!
//! A finding is left out when its own place starts in what is covered; where else it points is
//! of no account. Which rules there are, nobody knows here.

use crate::document::{Node, toml, yaml};
use crate::file::{FileId, Files, Span, Spanned};
use crate::resource::Object;
use cover::{Cover, Syntax};
use std::ops::Range;

mod annotation;
mod comment;
mod cover;

/// The annotation of an object.
pub const ANNOTATION: &str = "pullproof.dev/ignore";

/// What a comment starts with that is meant here.
pub const MARK: &str = "pullproof:";

/// Most names that one file may have, those of comments that cannot be understood counted as one.
///
/// Each is looked for among all findings of the file, and nobody writes as many by hand.
pub const NAMES_MAX: usize = 1_000;

/// What one comment or a part of an annotation says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ignore {
    /// Where it stands.
    pub span: Span,
    /// Where findings are left out.
    pub covers: Span,
    /// The rules, by whatever was written; never empty.
    pub names: Vec<Spanned<String>>,
    /// Why; an empty one does not count.
    pub reason: String,
    /// The bytes to remove so that it is gone; `None` in an annotation.
    pub removal: Option<Span>,
    /// The bytes of the names, with what parts them; `None` in an annotation.
    pub list: Option<Span>,
}

impl Ignore {
    /// Whether it gives a reason, without which it leaves nothing out.
    pub fn has_reason(&self) -> bool {
        !self.reason.is_empty()
    }

    /// Whether a place starts in what is covered.
    pub fn covers(&self, span: Span) -> bool {
        let covers = self.covers;
        covers.file == span.file && covers.start <= span.start && span.start <= covers.end
    }
}

/// Something that was meant here and cannot be understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What can be wrong with a comment or an annotation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// A comment of another form.
    Comment,
    /// `ignore-file` behind something that is no comment.
    NotAtTop,
    /// An annotation of another form.
    Annotation,
    /// The file has more than `NAMES_MAX` names; this and what follows does not count.
    TooMany,
}

/// What files say, by place in each file: comments, then annotations.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Ignores {
    /// What is to be left out.
    pub ignores: Vec<Ignore>,
    /// What cannot be understood.
    pub faults: Vec<Fault>,
}

impl Ignores {
    /// What a YAML or JSON file says, whose objects are given.
    pub fn of_yaml(files: &Files, file: FileId, objects: &[Object]) -> Ignores {
        let mut reader = Reader::default();
        let text = files.text(file);
        if text.contains(MARK) {
            let cover = Cover::new(text, Syntax::Yaml(objects));
            reader.comments(text, file, yaml::comments::comments, cover);
        }
        for object in objects {
            let annotations = object
                .root
                .get("metadata")
                .and_then(|metadata| metadata.get("annotations"));
            if let Some(node) = annotations.and_then(|annotations| annotations.get(ANNOTATION)) {
                reader.annotation(object, node);
            }
        }
        reader.ignores
    }

    /// What a TOML file says, such as a registries.conf.
    #[cold]
    #[inline(never)]
    pub fn of_toml(files: &Files, file: FileId) -> Ignores {
        let mut reader = Reader::default();
        let text = files.text(file);
        if text.contains(MARK) {
            let cover = Cover::new(text, Syntax::Toml);
            reader.comments(text, file, toml::comments::comments, cover);
        }
        reader.ignores
    }

    /// Puts what later files say behind.
    pub fn append(&mut self, mut later: Ignores) {
        self.ignores.append(&mut later.ignores);
        self.faults.append(&mut later.faults);
    }
}

/// Takes in one file.
#[derive(Default)]
struct Reader {
    ignores: Ignores,
    n_names: usize,
}

impl Reader {
    /// Counts names; false when there are too many, which is told once.
    fn has_room(&mut self, n_names: usize, span: Span) -> bool {
        let had_room = self.n_names <= NAMES_MAX;
        self.n_names = self.n_names.saturating_add(n_names);
        let has_room = self.n_names <= NAMES_MAX;
        if had_room && !has_room {
            let kind = FaultKind::TooMany;
            self.ignores.faults.push(Fault { span, kind });
        }
        has_room
    }

    fn fault(&mut self, span: Span, kind: FaultKind) {
        if self.has_room(1, span) {
            self.ignores.faults.push(Fault { span, kind });
        }
    }

    /// Takes in the comments of a text, which `find` finds.
    #[cold]
    #[inline(never)]
    fn comments(
        &mut self,
        text: &str,
        file: FileId,
        find: fn(&str) -> Vec<Range<usize>>,
        mut cover: Cover<'_>,
    ) {
        for range in find(text) {
            self.comment(text, file, range, &mut cover);
        }
    }

    fn comment(&mut self, text: &str, file: FileId, range: Range<usize>, cover: &mut Cover<'_>) {
        let span = |range: Range<usize>| Span::new(file, range.start, range.end);
        let here = span(range.clone());
        let parsed = match comment::parse(text, range.clone()) {
            comment::Parsed::Other => return,
            comment::Parsed::Malformed => return self.fault(here, FaultKind::Comment),
            comment::Parsed::Ignore(parsed) => parsed,
        };
        let is_file = parsed.extent == comment::Extent::File;
        if is_file && !cover.is_top(range.start) {
            return self.fault(here, FaultKind::NotAtTop);
        }
        if !self.has_room(parsed.names.len(), here) {
            return;
        }
        let covers = match is_file {
            true => 0..text.len(),
            false if cover::is_alone(text, range.start) => cover.below(range.end),
            false => cover::line(text, range.start),
        };
        let name = |range: Range<usize>| Spanned::new(text[range.clone()].to_owned(), span(range));
        self.ignores.ignores.push(Ignore {
            span: here,
            covers: span(covers),
            names: parsed.names.into_iter().map(name).collect(),
            reason: text[parsed.reason].to_owned(),
            removal: Some(span(cover::removal(text, range))),
            list: Some(span(parsed.list)),
        });
    }

    #[cold]
    #[inline(never)]
    fn annotation(&mut self, object: &Object, node: &Node) {
        let Some(text) = node.as_str() else {
            return self.fault(node.span, FaultKind::Annotation);
        };
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let Some((names, reason)) = annotation::parse(part) else {
                self.fault(node.span, FaultKind::Annotation);
                continue;
            };
            if !self.has_room(names.len(), node.span) {
                continue;
            }
            let name = |name: &str| Spanned::new(name.to_owned(), node.span);
            self.ignores.ignores.push(Ignore {
                span: node.span,
                covers: object.span(),
                names: names.into_iter().map(name).collect(),
                reason: reason.to_owned(),
                removal: None,
                list: None,
            });
        }
    }
}

#[cfg(test)]
mod tests;
