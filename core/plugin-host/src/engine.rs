//! The one WebAssembly engine of the process: which features are on, how instances are allocated.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::{Deserialize, Serialize};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy,
};

use crate::Options;
use crate::error::HostError;

/// Address space of the guest's stack.
const WASM_STACK: usize = 512 << 10;

/// What of an engine's settings the machine code depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum EngineKind {
    /// Memories in slots of a pool.
    Pooled,
    /// Memories made when they are asked for, with this many bytes of address space.
    OnDemand(u64),
}

/// Makes the engine: pooled instances where the address space suffices, else instances on demand.
pub(crate) fn build(options: &Options) -> Result<(Engine, EngineKind), HostError> {
    let mut pooled = base();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(options)));
    // A pool reserves hundreds of gigabytes of address space, which `ulimit -v`, some sandboxes and small address
    // spaces refuse. Asking is the only way to know.
    match Engine::new(&pooled) {
        Ok(engine) => Ok((engine, EngineKind::Pooled)),
        Err(error) => {
            tracing::warn!(%error, "no address space for pooled plugin instances, allocating on demand");
            let kind = EngineKind::OnDemand(options.limits.most_memory() as u64);
            let engine = for_compiling(kind).map_err(|error| HostError::Engine(format!("{error:#}")))?;
            Ok((engine, kind))
        }
    }
}

/// An engine whose machine code an engine of that kind takes. It reserves nothing.
pub(crate) fn for_compiling(kind: EngineKind) -> wasmtime::Result<Engine> {
    let mut config = base();
    if let EngineKind::OnDemand(reservation) = kind {
        config.memory_reservation(reservation);
    }
    Engine::new(&config)
}

/// Differs where machine code made for one engine would not fit the other.
pub(crate) fn fingerprint(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    // wasmtime's word covers its own version and the engine's settings; the hub's version covers the rest.
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    hasher.finish()
}

fn base() -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .epoch_interruption(true)
        .consume_fuel(false)
        .memory_init_cow(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(2 * WASM_STACK + (1 << 20))
        // What plugins do not need is off: less to attack.
        .concurrency_support(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false);
    config
}

fn pool(options: &Options) -> PoolingAllocationConfig {
    let slots = options.slots.max(1);
    let mut pool = PoolingAllocationConfig::new();
    // A component of an interpreted language is made of eight and more core instances.
    pool.total_component_instances(slots)
        .total_core_instances(slots * 16)
        .total_memories(slots * 2)
        .total_tables(slots * 8)
        .total_stacks(slots)
        .max_core_instances_per_component(32)
        .max_memories_per_component(4)
        .max_tables_per_component(32)
        .max_memory_size(options.limits.most_memory().max(1 << 20))
        .table_elements(200_000)
        .max_unused_warm_slots(slots)
        .linear_memory_keep_resident(256 << 10)
        // Where the kernel says which pages were written (Linux 6.7), only those are made as they were.
        .pagemap_scan(Enabled::Auto)
        .table_keep_resident(16 << 10)
        .decommit_batch_size(8);
    pool
}
