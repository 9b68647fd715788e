//! What a policy did wrong: one code for each sort, and a sentence that names the policy.

use crate::limits;
use crate::types::SettingsProblem;
use std::fmt;
use wasmtime::Trap;

/// A sort of failure; its code is stable, for metrics and for scripts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ErrorKind {
    /// It took longer than it may.
    Deadline,
    /// It used up its instructions.
    Fuel,
    /// It asked for more memory than it may have.
    Memory,
    /// It recursed deeper than its stack.
    Stack,
    /// It stopped itself, or did what WebAssembly forbids.
    Trap,
    /// What it answered is too large, or not what the interface says.
    Result,
    /// It imports something.
    RefusedImport,
    /// It does not export what a policy of this version exports.
    Version,
    /// It is no component.
    Invalid,
    /// It does not take its settings, or its own schema does not.
    Settings,
    /// The host has no room for another instance.
    Capacity,
    /// The host could not read it.
    Unreadable,
}

impl ErrorKind {
    /// Every sort.
    pub const ALL: [ErrorKind; 12] = [
        ErrorKind::Deadline,
        ErrorKind::Fuel,
        ErrorKind::Memory,
        ErrorKind::Stack,
        ErrorKind::Trap,
        ErrorKind::Result,
        ErrorKind::RefusedImport,
        ErrorKind::Version,
        ErrorKind::Invalid,
        ErrorKind::Settings,
        ErrorKind::Capacity,
        ErrorKind::Unreadable,
    ];

    /// The code, such as `refused-import`; never another one for the same sort.
    pub fn code(self) -> &'static str {
        match self {
            ErrorKind::Deadline => "deadline",
            ErrorKind::Fuel => "fuel",
            ErrorKind::Memory => "memory",
            ErrorKind::Stack => "stack",
            ErrorKind::Trap => "trap",
            ErrorKind::Result => "result",
            ErrorKind::RefusedImport => "refused-import",
            ErrorKind::Version => "version",
            ErrorKind::Invalid => "invalid",
            ErrorKind::Settings => "settings",
            ErrorKind::Capacity => "capacity",
            ErrorKind::Unreadable => "unreadable",
        }
    }
}

/// A policy that gave no findings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyError {
    /// Which sort.
    pub kind: ErrorKind,
    /// The policy's name.
    pub policy: String,
    /// What it did: goes on after "policy `name` ", no full stop.
    pub what: String,
    /// What is wrong with its settings; empty for other sorts.
    pub settings: Vec<SettingsProblem>,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PolicyError {
            kind: _,
            policy,
            what,
            settings,
        } = self;
        write!(f, "policy `{policy}` {what}")?;
        for (idx, SettingsProblem { pointer, message }) in settings.iter().enumerate() {
            let joint = if idx == 0 { ": " } else { "; " };
            match pointer.as_str() {
                "" => write!(f, "{joint}{message}")?,
                pointer => write!(f, "{joint}`{pointer}`: {message}")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}

impl PolicyError {
    /// An error of a policy.
    pub(crate) fn new(kind: ErrorKind, policy: &str, what: impl Into<String>) -> PolicyError {
        PolicyError {
            kind,
            policy: policy.to_owned(),
            what: what.into(),
            settings: Vec::new(),
        }
    }

    /// What a call of the policy ended with.
    ///
    /// `is_memory_refused` is whether memory was asked for and not given: what a policy does next
    /// is its own, but that was the reason.
    pub(crate) fn of_call(
        policy: &str,
        error: &wasmtime::Error,
        is_memory_refused: bool,
    ) -> PolicyError {
        let trap = error.downcast_ref::<Trap>();
        let (kind, what) = match trap {
            Some(Trap::Interrupt) => (
                ErrorKind::Deadline,
                "did not finish within its deadline".to_owned(),
            ),
            Some(Trap::OutOfFuel) => (
                ErrorKind::Fuel,
                "used up the instructions it may run".to_owned(),
            ),
            _ if is_memory_refused => (
                ErrorKind::Memory,
                "asked for more memory than it may have".to_owned(),
            ),
            Some(Trap::StackOverflow) => (
                ErrorKind::Stack,
                format!(
                    "recursed deeper than {} KiB of stack",
                    limits::STACK_BYTES >> 10
                ),
            ),
            Some(trap) => (ErrorKind::Trap, format!("stopped: {trap}")),
            None if error.is::<wasmtime::PoolConcurrencyLimitError>() => (
                ErrorKind::Capacity,
                "found no room for another instance".to_owned(),
            ),
            None => (
                ErrorKind::Result,
                format!(
                    "gave an answer that cannot be taken: {}",
                    error.root_cause()
                ),
            ),
        };
        PolicyError::new(kind, policy, what)
    }
}
