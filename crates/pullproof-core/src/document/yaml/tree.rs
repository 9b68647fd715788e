//! The tree of one YAML document: anchors, merge keys and tags resolved as kubectl does.

use super::super::base64;
use super::super::scalar::{CoreTag, Resolved};
use super::super::{
    Entry, MAX_ALIAS_NODES, MAX_DEPTH, MAX_NODES, Mapping, Node, ProblemKind, Problems, Value,
};
use crate::file::{FileId, Span, Spanned};
use crate::sorted::Map;
use pullproof_yaml::{Cause, Event, Events, Properties, Style, Tag};
use std::borrow::Cow;
use std::ops::Range;

/// Reading the document cannot go on; the reason is among the problems.
pub(super) struct Stop;

/// The tree of a document and where it ends.
pub(super) struct Built {
    pub(super) root: Node,
    /// Byte offset in the file after the document and its `...`, if it has one.
    pub(super) end: usize,
}

/// Builds one document after another, within limits that they share.
pub(super) struct Builder<'text> {
    /// The whole file.
    text: &'text str,
    file: FileId,
    n_nodes: usize,
    n_alias_nodes: usize,
    pub(super) problems: Problems,
}

/// A document that is not read to its end yet.
#[derive(Default)]
struct Unfinished {
    open: Vec<Open>,
    /// By number; an anchor whose node is not read to its end is not here yet.
    anchors: Map<usize, Anchored>,
}

/// A sequence or mapping whose end is not read yet.
struct Open {
    start: usize,
    /// The end of what it holds so far.
    end: usize,
    anchor: Option<usize>,
    /// How many nodes were read before it.
    n_nodes_before: usize,
    parts: Parts,
}

enum Parts {
    Sequence(Vec<Node>),
    Mapping {
        entries: Vec<Entry>,
        /// The indices of the entries that merge keys brought in.
        merged: Vec<Range<usize>>,
        /// The key whose value comes next.
        key: Option<Key>,
    },
}

enum Key {
    Name(Spanned<String>),
    /// `<<`
    Merge,
}

/// A node that aliases can stand for.
struct Anchored {
    node: Node,
    n_nodes: usize,
    depth: usize,
    /// What it is as a key.
    key: Result<String, ProblemKind>,
}

impl Unfinished {
    fn is_at_key(&self) -> bool {
        let parts = self.open.last().map(|open| &open.parts);
        matches!(parts, Some(Parts::Mapping { key: None, .. }))
    }

    /// Makes what was read the key of the innermost mapping.
    fn set_key(&mut self, new: Key, end: usize) {
        if let Some(open) = self.open.last_mut()
            && let Parts::Mapping { key, .. } = &mut open.parts
        {
            *key = Some(new);
            open.end = end;
        }
    }
}

impl<'text> Builder<'text> {
    pub(super) fn new(text: &'text str, file: FileId) -> Builder<'text> {
        Builder {
            text,
            file,
            n_nodes: 0,
            n_alias_nodes: 0,
            problems: Problems::default(),
        }
    }

    /// Reads the first document of a part of the file; `None` when the part has none.
    pub(super) fn document(&mut self, part: Range<usize>) -> Result<Option<Built>, Stop> {
        let text = self.text.get(part.clone()).unwrap_or_default();
        let events = Events::new(text, part.start, super::LIBRARY_MAX_DEPTH);
        let mut unfinished = Unfinished::default();
        let mut root = None;
        for event in events {
            let (event, range) = match event {
                Ok(event) => event,
                Err(broken) => {
                    let rest = self.text.get(broken.at..).unwrap_or_default();
                    let length = rest.chars().next().map_or(0, char::len_utf8);
                    let kind = match broken.cause {
                        Cause::TooDeep => ProblemKind::TooDeep,
                        Cause::Syntax(text) => ProblemKind::Syntax(text),
                    };
                    return Err(self.stop(broken.at..broken.at + length, kind));
                }
            };
            if let Event::DocumentEnd = event {
                let end = range.end;
                return Ok(root.map(|root| Built { root, end }));
            }
            if let Some(finished) = self.step(&mut unfinished, event, range)? {
                root = Some(finished);
            }
        }
        Ok(None)
    }

    /// Takes one event in; the root comes back when it is read to its end.
    fn step(
        &mut self,
        unfinished: &mut Unfinished,
        event: Event<'_>,
        range: Range<usize>,
    ) -> Result<Option<Node>, Stop> {
        match event {
            Event::Scalar {
                text,
                is_plain,
                properties,
            } => self.scalar(unfinished, text, is_plain, properties, range),
            Event::Alias(anchor) => self.alias(unfinished, anchor, range),
            Event::UnknownAlias(name) => Err(self.stop(range, ProblemKind::UnknownAlias(name))),
            Event::SequenceStart(properties) => {
                self.open(unfinished, properties, range, Parts::Sequence(Vec::new()))
            }
            Event::MappingStart(properties) => {
                let parts = Parts::Mapping {
                    entries: Vec::new(),
                    merged: Vec::new(),
                    key: None,
                };
                self.open(unfinished, properties, range, parts)
            }
            Event::End(style) => self.close(unfinished, style, range.end),
            Event::DocumentEnd => Ok(None),
        }
    }

    fn scalar(
        &mut self,
        unfinished: &mut Unfinished,
        text: Cow<'_, str>,
        is_plain: bool,
        properties: Properties,
        range: Range<usize>,
    ) -> Result<Option<Node>, Stop> {
        let range = self.visible(range);
        // From yaml/go-yaml v2, decode.go, isMerge: quotes or another tag make it a plain key.
        let is_merge = text == "<<"
            && match &properties.tag {
                None => is_plain,
                Some((Tag::NonSpecific, _)) => true,
                Some((Tag::Core(name), _)) => name == "merge",
                Some((Tag::Other(_), _)) => false,
            };
        if is_merge && unfinished.is_at_key() && properties.anchor.is_none() {
            unfinished.set_key(Key::Merge, range.end);
            return Ok(None);
        }
        let (resolved, text) = self.resolve(text, is_plain, properties.tag, &range)?;
        if let Some(anchor) = properties.anchor {
            self.count_copies(1, &range)?;
            let node = self.node(resolved.into_value(&text), range.clone());
            let key = key_of(resolved, &text);
            let anchored = Anchored {
                node,
                n_nodes: 1,
                depth: 0,
                key,
            };
            unfinished.anchors.insert(anchor, anchored);
        }
        if unfinished.is_at_key() {
            let key = match resolved {
                Resolved::String => Ok(text.into_owned()),
                _ => key_of(resolved, &text),
            };
            return self.key(unfinished, key, range);
        }
        let value = match resolved {
            Resolved::String => Value::String(text.into_owned()),
            Resolved::Float(float) if !float.is_finite() => {
                // From kubernetes-sigs/yaml, yaml.go: the way through JSON ends here.
                let text = format!("JSON has no number `{text}`");
                return Err(self.stop(range, ProblemKind::Syntax(text)));
            }
            _ => resolved.into_value(&text),
        };
        self.count_nodes(1, &range)?;
        let node = self.node(value, range.clone());
        self.attach(unfinished, node, range.end, false)
    }

    /// What a scalar is by its text, its quotes and its tag; and its text, decoded.
    // From yaml/go-yaml v2, decode.go, decoder.scalar.
    fn resolve<'a>(
        &mut self,
        text: Cow<'a, str>,
        is_plain: bool,
        tag: Option<(Tag, Range<usize>)>,
        range: &Range<usize>,
    ) -> Result<(Resolved, Cow<'a, str>), Stop> {
        let (tag, tag_range) = match tag {
            None if is_plain => return Ok((Resolved::of(&text), text)),
            None => return Ok((Resolved::String, text)),
            Some(tag) => tag,
        };
        let core = match &tag {
            // `!` asks for the type that a plain scalar would have, whatever its quotes.
            Tag::NonSpecific => return Ok((Resolved::of(&text), text)),
            Tag::Core(name) => CoreTag::parse(name),
            Tag::Other(_) => None,
        };
        if let Some(core) = core {
            return match Resolved::of_tagged(core, &text) {
                Ok(resolved) => Ok((resolved, text)),
                Err(_) => {
                    let text = format!("the value is not what its tag `{tag}` says");
                    Err(self.stop(range.clone(), ProblemKind::Syntax(text)))
                }
            };
        }
        let is_binary = matches!(&tag, Tag::Core(name) if name == "binary");
        let span = self.span(tag_range);
        self.problems
            .push(span, ProblemKind::UnsupportedTag(tag.to_string()));
        if is_binary {
            return match base64::decode(&text) {
                Some(text) => Ok((Resolved::String, Cow::Owned(text))),
                None => {
                    let text = "the value is not base64".to_owned();
                    Err(self.stop(range.clone(), ProblemKind::Syntax(text)))
                }
            };
        }
        Ok((Resolved::String, text))
    }

    #[cold]
    #[inline(never)]
    fn alias(
        &mut self,
        unfinished: &mut Unfinished,
        anchor: usize,
        range: Range<usize>,
    ) -> Result<Option<Node>, Stop> {
        let Some(anchored) = unfinished.anchors.get(&anchor) else {
            let name = self.text.get(range.clone()).unwrap_or_default();
            let name = name.strip_prefix('*').unwrap_or(name).to_owned();
            return Err(self.stop(range, ProblemKind::RecursiveAlias(name)));
        };
        if unfinished.is_at_key() {
            let key = anchored.key.clone();
            return self.key(unfinished, key, range);
        }
        self.count_copies(anchored.n_nodes, &range)?;
        self.count_nodes(anchored.n_nodes, &range)?;
        if MAX_DEPTH < unfinished.open.len() + anchored.depth {
            return Err(self.stop(range, ProblemKind::TooDeep));
        }
        let node = anchored.node.clone();
        self.attach(unfinished, node, range.end, true)
    }

    fn key(
        &mut self,
        unfinished: &mut Unfinished,
        key: Result<String, ProblemKind>,
        range: Range<usize>,
    ) -> Result<Option<Node>, Stop> {
        match key {
            Ok(key) => {
                let end = range.end;
                let key = Spanned::new(key, self.span(range));
                unfinished.set_key(Key::Name(key), end);
                Ok(None)
            }
            Err(kind) => Err(self.stop(range, kind)),
        }
    }

    fn open(
        &mut self,
        unfinished: &mut Unfinished,
        properties: Properties,
        range: Range<usize>,
        parts: Parts,
    ) -> Result<Option<Node>, Stop> {
        if unfinished.is_at_key() {
            return Err(self.stop(range, ProblemKind::CompositeKey));
        }
        if MAX_DEPTH <= unfinished.open.len() {
            return Err(self.stop(range, ProblemKind::TooDeep));
        }
        let own = match &parts {
            Parts::Sequence(_) => "seq",
            Parts::Mapping { .. } => "map",
        };
        // From yaml/go-yaml v2, decode.go, parser.sequence and mapping: the tag is not looked at.
        match properties.tag {
            None | Some((Tag::NonSpecific, _)) => {}
            Some((Tag::Core(name), _)) if name == own => {}
            Some((tag, tag_range)) => {
                let span = self.span(tag_range);
                self.problems
                    .push(span, ProblemKind::UnsupportedTag(tag.to_string()));
            }
        }
        let n_nodes_before = self.n_nodes;
        self.count_nodes(1, &range)?;
        unfinished.open.push(Open {
            start: range.start,
            end: range.end,
            anchor: properties.anchor,
            n_nodes_before,
            parts,
        });
        Ok(None)
    }

    fn close(
        &mut self,
        unfinished: &mut Unfinished,
        style: Style,
        end: usize,
    ) -> Result<Option<Node>, Stop> {
        let Some(open) = unfinished.open.pop() else {
            return Ok(None);
        };
        // The library ends what is indented where the next thing starts.
        let end = match style {
            Style::Flow => end,
            Style::Block => open.end,
        };
        let value = match open.parts {
            Parts::Sequence(nodes) => Value::Sequence(nodes),
            Parts::Mapping {
                entries, merged, ..
            } => Value::Mapping(self.mapping(entries, &merged)),
        };
        let range = open.start..end;
        let node = self.node(value, range.clone());
        if let Some(anchor) = open.anchor {
            let n_nodes = self.n_nodes - open.n_nodes_before;
            self.count_copies(n_nodes, &range)?;
            let anchored = Anchored {
                node: node.clone(),
                n_nodes,
                depth: node.depth(),
                key: Err(ProblemKind::CompositeKey),
            };
            unfinished.anchors.insert(anchor, anchored);
        }
        self.attach(unfinished, node, end, false)
    }

    fn mapping(&mut self, entries: Vec<Entry>, merged: &[Range<usize>]) -> Mapping {
        if merged.is_empty() {
            let (mapping, repeated) = Mapping::from_entries(entries);
            self.problems.push_repeated(repeated);
            return mapping;
        }
        // What a merge key brings in may stand beside what is written out; only a key that is
        // written out twice is a problem.
        let written = entries.iter().enumerate().filter(|(entry_idx, _)| {
            let mut merged = merged.iter();
            !merged.any(|merged| merged.contains(entry_idx))
        });
        let keys = written.map(|(_, entry)| Entry {
            key: entry.key.clone(),
            value: self.node(Value::Null, 0..0),
        });
        let (_, repeated) = Mapping::from_entries(keys.collect());
        self.problems.push_repeated(repeated);
        Mapping::from_entries(entries).0
    }

    /// Puts a value where it belongs; the root comes back.
    fn attach(
        &mut self,
        unfinished: &mut Unfinished,
        node: Node,
        end: usize,
        is_alias: bool,
    ) -> Result<Option<Node>, Stop> {
        let Some(open) = unfinished.open.last_mut() else {
            return Ok(Some(node));
        };
        open.end = open.end.max(end);
        match &mut open.parts {
            Parts::Sequence(nodes) => nodes.push(node),
            Parts::Mapping {
                entries,
                merged,
                key,
            } => match key.take() {
                Some(Key::Name(key)) => entries.push(Entry { key, value: node }),
                Some(Key::Merge) => {
                    let start = entries.len();
                    let span = node.span;
                    if merge(entries, node, is_alias).is_none() {
                        let text = "`<<` takes a mapping or a list of mappings".to_owned();
                        self.problems.push(span, ProblemKind::Syntax(text));
                        return Err(Stop);
                    }
                    merged.push(start..entries.len());
                }
                // Unreachable: keys never get here.
                None => {}
            },
        }
        Ok(None)
    }

    fn count_nodes(&mut self, n_nodes: usize, range: &Range<usize>) -> Result<(), Stop> {
        self.n_nodes += n_nodes;
        if MAX_NODES < self.n_nodes {
            let max_nodes = MAX_NODES;
            return Err(self.stop(range.clone(), ProblemKind::TooManyNodes { max_nodes }));
        }
        Ok(())
    }

    fn count_copies(&mut self, n_nodes: usize, range: &Range<usize>) -> Result<(), Stop> {
        self.n_alias_nodes += n_nodes;
        if MAX_ALIAS_NODES < self.n_alias_nodes {
            return Err(self.stop(range.clone(), ProblemKind::TooManyAliases));
        }
        Ok(())
    }

    /// The bytes of a scalar without the lines after a block, and after the colon when there
    /// is nothing.
    fn visible(&self, range: Range<usize>) -> Range<usize> {
        let text = self.text.get(range.clone()).unwrap_or_default();
        if text.is_empty() && self.text.as_bytes().get(range.end) == Some(&b':') {
            return range.end + 1..range.end + 1;
        }
        range.start..range.start + text.trim_end_matches([' ', '\t', '\r', '\n']).len()
    }

    fn node(&self, value: Value, range: Range<usize>) -> Node {
        Node {
            span: self.span(range),
            value,
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    #[cold]
    #[inline(never)]
    fn stop(&mut self, range: Range<usize>, kind: ProblemKind) -> Stop {
        let span = self.span(range);
        self.problems.push(span, kind);
        Stop
    }
}

fn key_of(resolved: Resolved, text: &str) -> Result<String, ProblemKind> {
    // From kubernetes-sigs/yaml, yaml.go, convertToJSONableObject: unsupported map key.
    resolved.into_key(text).ok_or_else(|| {
        let text = match resolved {
            Resolved::Null => "a key may not be null",
            _ => "a number beyond 63 bits may not be a key",
        };
        ProblemKind::Syntax(text.to_owned())
    })
}

/// Adds what a merge key brings in; `None` when the value cannot be merged.
// From yaml/go-yaml v2, decode.go, decoder.merge: it acts where it stands, so that it overrides
// the keys before it and is overridden by those after it. In a list the first mapping wins.
// A list must be written out, its items need not.
#[cold]
#[inline(never)]
fn merge(entries: &mut Vec<Entry>, node: Node, is_alias: bool) -> Option<()> {
    match node.value {
        Value::Mapping(mapping) => entries.extend(mapping.entries),
        Value::Sequence(nodes) if !is_alias => {
            for node in nodes.into_iter().rev() {
                match node.value {
                    Value::Mapping(mapping) => entries.extend(mapping.entries),
                    _ => return None,
                }
            }
        }
        _ => return None,
    }
    Some(())
}
