//! What an instance is given: its limits, and what is remembered of how it met them.

use crate::engine::Engine;
use crate::limits::{self, Limits};
use std::time::Instant;
use wasmtime::{ResourceLimiter, Store};

/// What an instance is allowed, and whether it was refused memory.
pub(crate) struct Allowance {
    memory_bytes: usize,
    /// Whether memory or tables were asked for and not given.
    pub(crate) is_memory_refused: bool,
    /// The most memory it has had, in bytes.
    pub(crate) memory_peak_bytes: usize,
}

impl ResourceLimiter for Allowance {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let is_given =
            desired <= self.memory_bytes && maximum.is_none_or(|maximum| desired <= maximum);
        match is_given {
            true => self.memory_peak_bytes = self.memory_peak_bytes.max(desired),
            false => self.is_memory_refused = true,
        }
        Ok(is_given)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let is_given =
            desired <= limits::TABLE_ELEMENTS && maximum.is_none_or(|maximum| desired <= maximum);
        self.is_memory_refused |= !is_given;
        Ok(is_given)
    }
}

/// A store for one instance, whose time runs until `deadline`.
pub(crate) fn store(engine: &Engine, limits: Limits, deadline: Instant) -> Store<Allowance> {
    let allowance = Allowance {
        memory_bytes: limits.capped().memory_bytes,
        is_memory_refused: false,
        memory_peak_bytes: 0,
    };
    let mut store = Store::new(engine.wasm(), allowance);
    store.limiter(|allowance| allowance);
    store.set_hostcall_fuel(limits::RESULT_BYTES);
    engine.arm(&mut store, deadline);
    store
}
