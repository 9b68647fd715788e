//! Paths to values of an object, written as the API server writes them.

use std::fmt;

/// One step from a value to a value inside it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// To the value under a key.
    Key(String),
    /// To the element at an index, from 0.
    Index(usize),
}

/// The way from the object's root to a value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Path {
    /// From the root; empty for the root itself.
    pub steps: Vec<Step>,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // From apimachinery, field.Path.String, which prints a nil path like this.
        if self.steps.is_empty() {
            return f.write_str("<nil>");
        }
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                Step::Key(key) if at == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A path that lives on the stack of a walk, and costs nothing until it is needed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trail<'a> {
    /// The root of the object.
    Root,
    /// The value under a key of a mapping.
    Key(&'a Trail<'a>, &'a str),
    /// The element of a sequence at an index, from 0.
    Index(&'a Trail<'a>, usize),
}

impl Trail<'_> {
    /// The whole way from the root.
    pub(super) fn path(&self) -> Path {
        let mut steps = Vec::new();
        let mut trail = *self;
        loop {
            trail = match trail {
                Trail::Root => break,
                Trail::Key(parent, key) => {
                    steps.push(Step::Key(key.to_owned()));
                    *parent
                }
                Trail::Index(parent, index) => {
                    steps.push(Step::Index(index));
                    *parent
                }
            };
        }
        steps.reverse();
        Path { steps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_the_server_prints_them() {
        let root = Trail::Root;
        let spec = Trail::Key(&root, "spec");
        let list = Trail::Key(&spec, "imageDigestMirrors");
        let entry = Trail::Index(&list, 3);
        let source = Trail::Key(&entry, "source");
        for (trail, expected) in [
            (root, "<nil>"),
            (spec, "spec"),
            (entry, "spec.imageDigestMirrors[3]"),
            (source, "spec.imageDigestMirrors[3].source"),
        ] {
            assert_eq!(trail.path().to_string(), expected);
        }
    }
}
