//! OpenShift minor versions and the programs each one ships.

use std::fmt;

/// One OpenShift minor release, as the newest patch release behaves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OpenShift {
    /// 4.6
    V4_6,
    /// 4.7
    V4_7,
    /// 4.8
    V4_8,
    /// 4.9
    V4_9,
    /// 4.10
    V4_10,
    /// 4.11
    V4_11,
    /// 4.12
    V4_12,
    /// 4.13
    V4_13,
    /// 4.14
    V4_14,
    /// 4.15
    V4_15,
    /// 4.16
    V4_16,
    /// 4.17
    V4_17,
    /// 4.18
    V4_18,
    /// 4.19
    V4_19,
    /// 4.20
    V4_20,
    /// 4.21
    V4_21,
    /// 4.22
    V4_22,
    /// 4.23
    V4_23,
    /// 5.0
    V5_0,
    /// 5.1
    V5_1,
    /// 5.2
    V5_2,
}

impl OpenShift {
    /// The newest release that the project knows, and the default everywhere.
    pub const NEWEST: OpenShift = OpenShift::V5_2;

    /// Every release, oldest first, with its name.
    pub const ALL: [(OpenShift, &'static str); 21] = [
        (OpenShift::V4_6, "4.6"),
        (OpenShift::V4_7, "4.7"),
        (OpenShift::V4_8, "4.8"),
        (OpenShift::V4_9, "4.9"),
        (OpenShift::V4_10, "4.10"),
        (OpenShift::V4_11, "4.11"),
        (OpenShift::V4_12, "4.12"),
        (OpenShift::V4_13, "4.13"),
        (OpenShift::V4_14, "4.14"),
        (OpenShift::V4_15, "4.15"),
        (OpenShift::V4_16, "4.16"),
        (OpenShift::V4_17, "4.17"),
        (OpenShift::V4_18, "4.18"),
        (OpenShift::V4_19, "4.19"),
        (OpenShift::V4_20, "4.20"),
        (OpenShift::V4_21, "4.21"),
        (OpenShift::V4_22, "4.22"),
        (OpenShift::V4_23, "4.23"),
        (OpenShift::V5_0, "5.0"),
        (OpenShift::V5_1, "5.1"),
        (OpenShift::V5_2, "5.2"),
    ];

    /// The release with a name such as `4.16`; `None` for any other text.
    pub fn parse(name: &str) -> Option<OpenShift> {
        OpenShift::ALL
            .iter()
            .find(|(_, other)| *other == name)
            .map(|(version, _)| *version)
    }

    /// The name, such as `4.16`.
    pub fn name(self) -> &'static str {
        OpenShift::ALL[self as usize].1
    }
}

impl fmt::Display for OpenShift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_releases_are_one_to_one() {
        for (at, (version, name)) in OpenShift::ALL.iter().enumerate() {
            assert_eq!(*version as usize, at);
            assert_eq!(OpenShift::parse(name), Some(*version));
            assert_eq!(version.name(), *name);
        }
        assert_eq!(OpenShift::parse("4.5"), None);
    }
}
