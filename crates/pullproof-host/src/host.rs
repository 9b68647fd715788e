//! What all policies share: the engine, and compiled code on disk.

use crate::cache::Cache;
use crate::engine::{Engine, EngineConfig};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::engine::Interruption;

/// Instances that are held warm or are running, beside those that reviews need.
const SPARE_INSTANCES: u32 = 4;

/// How a host is made.
#[derive(Clone, Debug)]
pub struct HostConfig<'a> {
    /// Reviews that may run at one time.
    pub concurrency: u32,
    /// What ends a review that does not end by itself.
    pub interruption: Interruption,
    /// Where compiled code may be kept; `None` to compile at every start.
    pub cache: Option<&'a Path>,
}

/// What all policies share.
#[derive(Clone)]
pub struct Host {
    pub(crate) engine: Arc<Engine>,
    pub(crate) cache: Option<Cache>,
}

/// Why there is no host.
#[derive(Debug)]
pub enum HostError {
    /// WebAssembly cannot run here.
    Engine(wasmtime::Error),
    /// Compiled code cannot be kept where it shall be.
    Cache(io::Error),
}

impl std::fmt::Display for HostError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HostError::Engine(error) => write!(f, "WebAssembly cannot run here: {error}"),
            HostError::Cache(error) => write!(f, "compiled code cannot be kept there: {error}"),
        }
    }
}

impl std::error::Error for HostError {}

impl Host {
    /// Makes a host; the process needs one.
    ///
    /// # Errors
    /// When WebAssembly cannot run here, or compiled code cannot be kept where it shall be.
    pub fn new(config: &HostConfig<'_>) -> Result<Host, HostError> {
        let HostConfig {
            concurrency,
            interruption,
            cache,
        } = config;
        let engine = Engine::new(&EngineConfig {
            // Each worker may hold a warm instance beside the one it runs.
            instances: concurrency
                .saturating_mul(2)
                .saturating_add(SPARE_INSTANCES),
            interruption: *interruption,
        });
        Ok(Host {
            engine: Arc::new(engine.map_err(HostError::Engine)?),
            cache: cache
                .map(Cache::open)
                .transpose()
                .map_err(HostError::Cache)?,
        })
    }

    /// Whether instances come from a pool; without one they are several times as dear.
    pub fn is_pooling(&self) -> bool {
        self.engine.is_pooling
    }
}

/// Where compiled code may be kept when nothing is said: below `XDG_CACHE_HOME`, else `.cache` of
/// the home directory.
///
/// Made when it is missing; `None` when it cannot be.
pub fn user_cache() -> Option<PathBuf> {
    let set = |name| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let caches = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
    let ours = caches.join("pullproof");
    std::fs::create_dir_all(&ours).ok()?;
    Some(ours)
}
