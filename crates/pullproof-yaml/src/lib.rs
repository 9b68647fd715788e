//! The seam to the YAML library: the events of one document, with places in the file.
//!
//! No other file names the library. This is a crate of its own since the library's parser is
//! generic, and so compiled where it is used: the page wants that code fast, and the rest small.

use granit_parser::{ErrorKind, Event as LibraryEvent, Parser, ScalarStyle, ScanError, StrInput};
use granit_parser::{Span as LibrarySpan, StructureStyle, Tag as LibraryTag};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// A step of walking through a document.
#[derive(Debug)]
pub enum Event<'text> {
    /// A value that holds no others.
    Scalar {
        /// What it says, without quotes.
        text: Cow<'text, str>,
        /// Whether it is written without quotes.
        is_plain: bool,
        /// What stands before it.
        properties: Properties,
    },
    /// The number of the anchor that is meant.
    Alias(usize),
    /// The name of an anchor that is not there.
    UnknownAlias(String),
    /// The first byte of a sequence.
    SequenceStart(Properties),
    /// The first byte of a mapping.
    MappingStart(Properties),
    /// The end of a sequence or mapping, and whether it has bytes of its own.
    End(Style),
    /// After the last event of the document.
    DocumentEnd,
}

/// How a sequence or mapping is written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Style {
    /// By indentation.
    Block,
    /// Between brackets.
    Flow,
}

/// What stands before a node.
#[derive(Debug)]
pub struct Properties {
    /// The number of the anchor, from 1; numbers grow through a document.
    pub anchor: Option<usize>,
    /// The tag and its bytes in the file.
    pub tag: Option<(Tag, Range<usize>)>,
}

/// The type that a node is said to have.
#[derive(Debug)]
pub enum Tag {
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
pub struct Broken {
    /// Byte offset in the file.
    pub at: usize,
    /// Why.
    pub cause: Cause,
}

/// Why the library gives up.
#[derive(Debug)]
pub enum Cause {
    /// Sequences and mappings nest deeper than they may.
    TooDeep,
    /// The syntax rules are broken; the text is lower case, with no full stop.
    Syntax(String),
}

/// The events of the first document of a text.
pub struct Events<'text> {
    parser: Parser<'text, StrInput<'text>>,
    /// Byte offset of the text in its file.
    offset: usize,
    /// The styles of the sequences and mappings that are open.
    styles: Vec<Style>,
}

impl<'text> Events<'text> {
    /// Starts with a text that begins at a byte of its file; deeper nodes than `max_depth` are
    /// [`Cause::TooDeep`].
    pub fn new(text: &'text str, offset: usize, max_depth: usize) -> Events<'text> {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            flow_nesting_limit: max_depth,
            block_nesting_limit: max_depth,
        };
        Events {
            parser: Parser::new_from_str_with_options(text, options),
            offset,
            styles: Vec::new(),
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
        let cause = match error.kind() {
            ErrorKind::RecursionLimitExceeded => Cause::TooDeep,
            ErrorKind::UnexpectedCharacter { character } => Cause::Syntax(format!(
                "unexpected character `{}`",
                character.escape_debug()
            )),
            ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
                Cause::Syntax(format!("`{open}` is closed by `{close}`"))
            }
            kind => Cause::Syntax(in_backticks(&kind.to_string())),
        };
        let at = error.marker().byte_offset().unwrap_or_default();
        Broken {
            at: self.offset + at,
            cause,
        }
    }
}

impl<'text> Iterator for Events<'text> {
    /// An event and its bytes in the file.
    type Item = Result<(Event<'text>, Range<usize>), Broken>;

    /// `None` when the text has no document.
    fn next(&mut self) -> Option<Self::Item> {
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
}

/// The bytes of the comments of the first document of a text, up to where the text cannot be read.
pub fn comments(text: &str, offset: usize, max_depth: usize) -> Vec<Range<usize>> {
    let options = granit_parser::options! {
        emit_comments: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: max_depth,
        block_nesting_limit: max_depth,
        // The library keeps comments back until it knows what they stand beside; a text has no
        // more of them than lines.
        max_buffered_comment_events: text.len().max(1),
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
