//! Paths against patterns, without asking the file system.

use glob::{MatchOptions, Pattern, PatternError};
use std::path::{Component, Path, PathBuf};

/// A `*` stops at a `/`; hidden names are names like others.
pub(crate) const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// Patterns for paths below a directory.
#[derive(Clone, Default, Debug)]
pub(crate) struct Patterns {
    // Invariant: absolute, without `.` and `..`.
    directory: PathBuf,
    patterns: Vec<Pattern>,
}

impl Patterns {
    pub(crate) fn new(directory: &Path, patterns: Vec<Pattern>) -> Patterns {
        let directory = normal(directory);
        Patterns {
            directory,
            patterns,
        }
    }

    /// Whether one of them is that of a path or of a directory that it is in.
    pub(crate) fn contain(&self, path: &Path) -> bool {
        if self.patterns.is_empty() {
            return false;
        }
        let path = normal(path);
        let Ok(below) = path.strip_prefix(&self.directory) else {
            return false;
        };
        let mut paths = below.ancestors().filter(|path| *path != Path::new(""));
        paths.any(|path| {
            let mut patterns = self.patterns.iter();
            patterns.any(|pattern| pattern.matches_path_with(path, OPTIONS))
        })
    }
}

/// Reads a pattern such as `vendor/**/*.yaml`; a `/` at the end says nothing.
pub(crate) fn pattern(text: &str) -> Result<Pattern, PatternError> {
    let text = text.strip_prefix("./").unwrap_or(text);
    Pattern::new(text.strip_suffix('/').unwrap_or(text))
}

/// A path from the root, without `.` and `..`; links are not followed.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut normal = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_for_paths_and_what_is_in_them() {
        for (text, path, expected) in [
            ("a.yaml", "/d/a.yaml", true),
            ("./a.yaml", "/d/a.yaml", true),
            ("a.yaml", "/d/b/a.yaml", false),
            ("**/a.yaml", "/d/a.yaml", true),
            ("**/a.yaml", "/d/b/c/a.yaml", true),
            ("*.yaml", "/d/b/a.yaml", false),
            ("b", "/d/b/c/a.yaml", true),
            ("b/", "/d/b/c/a.yaml", true),
            ("b/**", "/d/b/c/a.yaml", true),
            ("b/*/*.yaml", "/d/b/../b/./c/a.yaml", true),
            ("b", "/d/bc/a.yaml", false),
            ("*", "/e/a.yaml", false),
            (".b/*", "/d/.b/a.yaml", true),
        ] {
            let patterns = Patterns::new(Path::new("/d/x/.."), vec![pattern(text).unwrap()]);
            assert_eq!(patterns.contain(Path::new(path)), expected, "{text} {path}");
        }
        assert!(pattern("a[").is_err());
    }
}
