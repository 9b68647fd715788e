//! How much a policy may use: what is set, and what nobody may set it above.

use std::time::Duration;

/// Memory of one instance.
///
/// The core needs 3 MiB for an ordinary review and about 150 MiB for 4 MiB of hostile text.
pub const MEMORY_BYTES: usize = 256 << 20;

/// The most that memory may be set to: what a pool slot holds.
pub const MEMORY_BYTES_MAX: usize = 1 << 30;

/// Elements of one instance's tables; a policy of Rust has some hundred functions in its own.
pub const TABLE_ELEMENTS: usize = 20_000;

/// Native stack of a running policy, ten times what the core's deepest recursion takes.
pub const STACK_BYTES: usize = 512 << 10;

/// What a policy may hand over in one call, strings and lists together.
///
/// A review of an object of 3 MiB, the most the API server takes, with a finding for each entry
/// stays below it.
pub const RESULT_BYTES: usize = 16 << 20;

/// The most findings that one review may have; nobody reads more.
pub const FINDINGS: usize = 10_000;

/// Bytes of a component; the core's own has about 2 MiB.
pub const COMPONENT_BYTES: usize = 64 << 20;

/// How long a review may take where nothing shorter is said.
pub const DEADLINE: Duration = Duration::from_secs(2);

/// The longest deadline: the API server itself waits no longer than 30 seconds.
pub const DEADLINE_MAX: Duration = Duration::from_secs(30);

/// What one policy may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Memory of one instance, in bytes; above `MEMORY_BYTES_MAX` it is that.
    pub memory_bytes: usize,
    /// How long a review may take; above `DEADLINE_MAX` it is that.
    pub deadline: Duration,
}

impl Limits {
    /// What a policy may use where nothing is said.
    pub const ORDINARY: Limits = Limits {
        memory_bytes: MEMORY_BYTES,
        deadline: DEADLINE,
    };

    /// The same, but nothing above its ceiling.
    pub fn capped(self) -> Limits {
        Limits {
            memory_bytes: self.memory_bytes.min(MEMORY_BYTES_MAX),
            deadline: self.deadline.min(DEADLINE_MAX),
        }
    }
}
