//! The seam to the YAML library: the events of one document, with places in the file.
//!
//! No other file names the library.

use super::super::{MAX_BYTES, MAX_DEPTH, ProblemKind};
use granit_parser::{ErrorKind, Event as LibraryEvent, Parser, ScalarStyle, ScanError, StrInput};
use granit_parser::{Span as LibrarySpan, StructureStyle, Tag as LibraryTag};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// A step of walking through a document.
#[derive(Debug)]
pub(super) enum Event<'text> {
    Scalar {
        text: Cow<'text, str>,
        is_plain: bool,
        properties: Properties,
    },
    /// The number of the anchor that is meant.
    Alias(usize),
    UnknownAlias(String),
    SequenceStart(Properties),
    MappingStart(Properties),
    /// The end of a sequence or mapping, and whether it has bytes of its own.
    End(Style),
    /// After the last event of the document.
    DocumentEnd,
}

/// How a sequence or mapping is written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Style {
    /// By indentation.
    Block,
    /// Between brackets.
    Flow,
}

/// What stands before a node.
#[derive(Debug)]
pub(super) struct Properties {
    /// The number of the anchor, from 1; numbers grow through a document.
    pub(super) anchor: Option<usize>,
    /// The tag and its bytes in the file.
    pub(super) tag: Option<(Tag, Range<usize>)>,
}

/// The type that a node is said to have.
#[derive(Debug)]
pub(super) enum Tag {
    /// `!`
    NonSpecific,
    /// `!!name`, or another spelling of it.
    Core(String),
    /// Any other, as it was written.
    Other(String),
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tag::NonSpecific => f.write_str("!"),
            Tag::Core(name) => write!(f, "!!{name}"),
            Tag::Other(tag) => f.write_str(tag),
        }
    }
}

/// The first byte where the library gave up, and why.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) at: usize,
    pub(super) kind: ProblemKind,
}

/// The events of the first document of a text.
pub(super) struct Events<'text> {
    parser: Parser<'text, StrInput<'text>>,
    /// Byte offset of the text in its file.
    offset: usize,
    /// The styles of the sequences and mappings that are open.
    styles: Vec<Style>,
}

impl<'text> Events<'text> {
    pub(super) fn new(text: &'text str, offset: usize) -> Events<'text> {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            // One more, so that the reader above meets its own limit first and can tell where.
            flow_nesting_limit: MAX_DEPTH + 1,
            block_nesting_limit: MAX_DEPTH + 1,
        };
        Events {
            parser: Parser::new_from_str_with_options(text, options),
            offset,
            styles: Vec::new(),
        }
    }

    /// The next event and its bytes in the file; `None` when the text has no document.
    pub(super) fn next(&mut self) -> Option<Result<(Event<'text>, Range<usize>), Broken>> {
        loop {
            let (event, span) = match self.parser.next_event()? {
                Ok(next) => next,
                Err(error) => return Some(Err(self.broken(&error))),
            };
            let range = self.range(span);
            let event = match event {
                LibraryEvent::Scalar(text, style, anchor, tag) => {
                    let is_plain = style == ScalarStyle::Plain;
                    Event::Scalar {
                        // The library calls a value that is not there `~`.
                        text: if is_plain && range.is_empty() {
                            Cow::Borrowed("")
                        } else {
                            text
                        },
                        is_plain,
                        properties: self.properties(anchor, tag, span),
                    }
                }
                LibraryEvent::Alias(anchor) => Event::Alias(anchor),
                LibraryEvent::UnresolvedAlias(name) => Event::UnknownAlias(name.into_owned()),
                LibraryEvent::SequenceStart(style, anchor, tag) => {
                    self.styles.push(style_of(style));
                    Event::SequenceStart(self.properties(anchor, tag, span))
                }
                LibraryEvent::MappingStart(style, anchor, tag) => {
                    self.styles.push(style_of(style));
                    Event::MappingStart(self.properties(anchor, tag, span))
                }
                LibraryEvent::SequenceEnd | LibraryEvent::MappingEnd => {
                    // A mapping written as `[a: b]` has the flow style, but no brackets.
                    let style = self.styles.pop().filter(|_| !range.is_empty());
                    Event::End(style.unwrap_or(Style::Block))
                }
                LibraryEvent::DocumentEnd => Event::DocumentEnd,
                LibraryEvent::StreamEnd => return None,
                // The start of the stream and of the document, and what was not asked for.
                _ => continue,
            };
            return Some(Ok((event, range)));
        }
    }

    fn properties(
        &self,
        anchor: usize,
        tag: Option<Cow<'_, LibraryTag>>,
        span: LibrarySpan,
    ) -> Properties {
        const CORE: &str = "tag:yaml.org,2002:";
        let tag_of = |tag: &LibraryTag| match tag.suffix_in_namespace(CORE) {
            Some(name) => Tag::Core(name.into_owned()),
            None if tag.parts() == ("", "!") => Tag::NonSpecific,
            None => Tag::Other(tag.original()),
        };
        let tag = tag.map(|tag| {
            let tag_span = span.tag_span().unwrap_or(span);
            (tag_of(&tag), self.range(tag_span))
        });
        Properties {
            anchor: (anchor != 0).then_some(anchor),
            tag,
        }
    }

    fn range(&self, span: LibrarySpan) -> Range<usize> {
        let range = span.byte_range().unwrap_or_default();
        self.offset + range.start..self.offset + range.end
    }

    fn broken(&self, error: &ScanError) -> Broken {
        let kind = match error.kind() {
            ErrorKind::RecursionLimitExceeded => ProblemKind::TooDeep,
            ErrorKind::UnexpectedCharacter { character } => ProblemKind::Syntax(format!(
                "unexpected character `{}`",
                character.escape_debug()
            )),
            ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
                ProblemKind::Syntax(format!("`{open}` is closed by `{close}`"))
            }
            kind => ProblemKind::Syntax(in_backticks(&kind.to_string())),
        };
        let at = error.marker().byte_offset().unwrap_or_default();
        Broken {
            at: self.offset + at,
            kind,
        }
    }
}

/// The bytes of the comments of the first document of a text, up to where the text cannot be read.
pub(super) fn comments(text: &str, offset: usize) -> Vec<Range<usize>> {
    let options = granit_parser::options! {
        emit_comments: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH + 1,
        block_nesting_limit: MAX_DEPTH + 1,
        // The library keeps comments back until it knows what they stand beside; a text has no
        // more of them than lines.
        max_buffered_comment_events: MAX_BYTES,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut comments = Vec::new();
    let mut n_documents = 0;
    while let Some(Ok((event, span))) = parser.next_event() {
        match event {
            LibraryEvent::Comment(_, _) => {
                let range = span.byte_range().unwrap_or_default();
                comments.push(offset + range.start..offset + range.end);
            }
            LibraryEvent::DocumentStart(..) => n_documents += 1,
            _ => {}
        }
        // Nobody reads a second document between two separators.
        if 1 < n_documents {
            break;
        }
    }
    comments
}

fn style_of(style: StructureStyle) -> Style {
    match style {
        StructureStyle::Block => Style::Block,
        StructureStyle::Flow => Style::Flow,
    }
}

/// The library's text with single characters in backticks, as our own have them.
fn in_backticks(text: &str) -> String {
    let marks = ['!', '-', ':', ',', '.', '>', '[', ']', '{', '}'];
    marks.iter().fold(text.to_owned(), |text, mark| {
        text.replace(&format!("'{mark}'"), &format!("`{mark}`"))
    })
}
