//! What there is to say of a rule, beside how it looks for things.

use crate::finding::{Safety, Severity};
use crate::openshift::OpenShift;

/// What there is to say of a rule, be it one about objects or one about changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Card {
    /// Reads well after "allow" and names the pattern: `self-mirror`.
    pub id: &'static str,
    /// Two letters and three digits; never used again once a rule is gone.
    pub code: &'static str,
    /// How much its findings matter, unless one says otherwise.
    pub severity: Severity,
    /// The project's version that had it first.
    pub since: &'static str,
    /// The OpenShift releases that it looks at; for others it finds nothing.
    pub releases: Releases,
    /// The least safe fix that its findings may have; `None` when they have none.
    pub fix: Option<Safety>,
    /// The page: what, why, bad and good examples, which a test runs; empty where it is not
    /// brought along.
    pub page: &'static str,
}

/// The text of a rule's page, which stands beside its file.
#[cfg(not(small))]
macro_rules! page {
    ($file:literal) => {
        include_str!($file)
    };
}

/// A program that is fetched before it runs brings no pages along.
#[cfg(small)]
macro_rules! page {
    ($file:literal) => {
        ""
    };
}

pub(crate) use page;

/// Releases in a row, both ends among them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Releases {
    /// The first; `None` when there is none.
    pub first: Option<OpenShift>,
    /// The last; `None` when it is not known yet.
    pub last: Option<OpenShift>,
}

impl Releases {
    /// Every release.
    pub const ALL: Releases = Releases {
        first: None,
        last: None,
    };

    /// This release and every later one.
    pub const fn since(first: OpenShift) -> Releases {
        Releases {
            first: Some(first),
            last: None,
        }
    }

    /// This release and every earlier one.
    pub const fn until(last: OpenShift) -> Releases {
        Releases {
            first: None,
            last: Some(last),
        }
    }

    /// Whether a release is one of them.
    pub fn contains(self, release: OpenShift) -> bool {
        self.first.is_none_or(|first| first <= release)
            && self.last.is_none_or(|last| release <= last)
    }
}

impl std::fmt::Display for Releases {
    /// In words: "every release", "4.16 and later".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.first, self.last) {
            (None, None) => f.write_str("every release"),
            (Some(first), None) => write!(f, "{first} and later"),
            (None, Some(last)) => write!(f, "{last} and earlier"),
            (Some(first), Some(last)) => write!(f, "{first} to {last}"),
        }
    }
}

impl Card {
    /// The page's first paragraph, as one line.
    pub fn summary(&self) -> String {
        let body = self.page.lines();
        let body = body.skip_while(|line| line.starts_with('#') || line.is_empty());
        body.take_while(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_among_the_releases() {
        let (first, last) = (OpenShift::V4_13, OpenShift::V4_16);
        let between = Releases {
            first: Some(first),
            last: Some(last),
        };
        for (releases, text, contains) in [
            (Releases::ALL, "every release", [true; 4]),
            (
                Releases::since(first),
                "4.13 and later",
                [false, true, true, true],
            ),
            (
                Releases::until(last),
                "4.16 and earlier",
                [true, true, true, false],
            ),
            (between, "4.13 to 4.16", [false, true, true, false]),
        ] {
            let asked = [OpenShift::V4_12, first, last, OpenShift::V4_17];
            assert_eq!(
                asked.map(|release| releases.contains(release)),
                contains,
                "{text}"
            );
            assert_eq!(releases.to_string(), text);
        }
    }
}
