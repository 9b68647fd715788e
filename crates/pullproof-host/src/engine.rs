//! The one engine: what WebAssembly may do here, where instances live, what time it is for them.

use crate::limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Store,
    WasmFeatures,
};

/// How often it is looked whether a deadline has passed.
const TICK: Duration = Duration::from_millis(1);

/// Ticks without any review after which the clock rests.
const IDLE_TICKS: u32 = 200;

/// Memory of an instance that is wiped rather than given back, which a small review stays within.
const KEEP_RESIDENT_BYTES: usize = 512 << 10;

/// Instances that keep their memory for the next one.
const WARM_SLOTS: u32 = 8;

/// What ends a review that does not end by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interruption {
    /// The clock: cheap, but two runs may end at different instructions.
    Clock,
    /// The clock and a count of instructions, which is the same every time.
    Fuel(u64),
}

/// What an engine is made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct EngineConfig {
    /// The most instances at one time.
    pub(crate) instances: u32,
    /// What ends a review that does not end by itself.
    pub(crate) interruption: Interruption,
}

/// The engine, and the thread that moves its clock.
pub(crate) struct Engine {
    wasm: wasmtime::Engine,
    interruption: Interruption,
    clock: Arc<Clock>,
    ticker: Thread,
    /// Whether instances come from a pool.
    pub(crate) is_pooling: bool,
}

struct Clock {
    /// Counts calls; one that changed since the last tick keeps the clock going.
    n_armed: AtomicU64,
    is_resting: AtomicBool,
    is_over: AtomicBool,
}

impl Engine {
    /// Makes the engine; without a pool where there is not enough address space for one.
    pub(crate) fn new(config: &EngineConfig) -> wasmtime::Result<Engine> {
        let pooled = wasmtime::Engine::new(&wasm_config(config, true));
        let is_pooling = pooled.is_ok();
        let wasm = match pooled {
            Ok(wasm) => wasm,
            Err(_) => wasmtime::Engine::new(&wasm_config(config, false))?,
        };
        let clock = Arc::new(Clock {
            n_armed: AtomicU64::new(0),
            is_resting: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        });
        let ticker = {
            let (clock, weak) = (Arc::clone(&clock), wasm.weak());
            thread::Builder::new()
                .name("pullproof-clock".to_owned())
                .spawn(move || tick(&clock, &weak))?
        };
        Ok(Engine {
            wasm,
            interruption: config.interruption,
            clock,
            ticker: ticker.thread().clone(),
            is_pooling,
        })
    }

    pub(crate) fn wasm(&self) -> &wasmtime::Engine {
        &self.wasm
    }

    /// Lets a store run until a deadline.
    pub(crate) fn arm<T>(&self, store: &mut Store<T>, deadline: Instant) {
        self.clock.n_armed.fetch_add(1, Ordering::SeqCst);
        if self.clock.is_resting.load(Ordering::SeqCst) {
            self.ticker.unpark();
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let ticks = left.as_micros().div_ceil(TICK.as_micros());
        // The tick that is under way does not count, since it may end at once.
        store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX).saturating_add(1));
        if let Interruption::Fuel(fuel) = self.interruption {
            store
                .set_fuel(fuel)
                .expect("the engine was made to count fuel");
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.clock.is_over.store(true, Ordering::SeqCst);
        self.ticker.unpark();
    }
}

/// Moves the clock while anything runs.
///
/// A thread of its own, since one that also runs policies could not interrupt them.
fn tick(clock: &Clock, engine: &wasmtime::EngineWeak) {
    let (mut n_armed, mut n_idle) = (0, 0);
    while !clock.is_over.load(Ordering::SeqCst) {
        thread::sleep(TICK);
        match engine.upgrade() {
            Some(engine) => engine.increment_epoch(),
            None => return,
        }
        let now = clock.n_armed.load(Ordering::SeqCst);
        n_idle = if now == n_armed { n_idle + 1 } else { 0 };
        n_armed = now;
        if n_idle < rest_after() {
            continue;
        }
        // Whoever arms first counts, then looks whether the clock rests; here it is the other way
        // round, so that one of the two sees the other.
        clock.is_resting.store(true, Ordering::SeqCst);
        if clock.n_armed.load(Ordering::SeqCst) == n_armed && !clock.is_over.load(Ordering::SeqCst)
        {
            thread::park();
        }
        clock.is_resting.store(false, Ordering::SeqCst);
        n_idle = 0;
    }
}

/// Ticks after which nothing can still be running.
fn rest_after() -> u32 {
    let longest = limits::DEADLINE_MAX.as_millis() / TICK.as_millis();
    u32::try_from(longest)
        .unwrap_or(u32::MAX)
        .saturating_add(IDLE_TICKS)
}

fn wasm_config(config: &EngineConfig, is_pooling: bool) -> Config {
    let mut wasm = Config::new();
    // A policy needs what Rust and its like compile to, and nothing else.
    let unneeded = WasmFeatures::RELAXED_SIMD
        | WasmFeatures::MEMORY64
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::THREADS;
    wasm.wasm_features(unneeded, false);
    wasm.concurrency_support(false);
    // Backtraces would only show a plugin's inside, and cost at each trap.
    wasm.wasm_backtrace_max_frames(None);
    wasm.native_unwind_info(false);
    wasm.generate_address_map(false);
    wasm.max_wasm_stack(limits::STACK_BYTES);
    wasm.epoch_interruption(true);
    wasm.consume_fuel(matches!(config.interruption, Interruption::Fuel(_)));
    wasm.cranelift_opt_level(OptLevel::Speed);
    wasm.memory_init_cow(true);
    wasm.allocation_strategy(match is_pooling {
        true => InstanceAllocationStrategy::Pooling(pool(config.instances)),
        false => InstanceAllocationStrategy::OnDemand,
    });
    wasm
}

fn pool(instances: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances);
    // A component is one module and at most a few shims around it.
    pool.max_core_instances_per_component(4);
    pool.total_core_instances(instances.saturating_mul(4));
    pool.max_memories_per_component(1);
    pool.total_memories(instances);
    pool.max_tables_per_component(2);
    pool.total_tables(instances.saturating_mul(2));
    pool.table_elements(limits::TABLE_ELEMENTS);
    pool.max_memory_size(limits::MEMORY_BYTES_MAX);
    pool.max_unused_warm_slots(WARM_SLOTS);
    pool.linear_memory_keep_resident(KEEP_RESIDENT_BYTES);
    pool.table_keep_resident(KEEP_RESIDENT_BYTES);
    pool.pagemap_scan(Enabled::Auto);
    pool
}
