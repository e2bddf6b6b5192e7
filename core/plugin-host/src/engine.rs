//! The one WebAssembly engine of the process: which features are on, how instances are allocated.

use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy};

use crate::Options;
use crate::error::HostError;

/// Address space of the guest's stack.
const WASM_STACK: usize = 512 << 10;

/// Makes the engine: pooled instances where the address space suffices, else instances on demand.
pub(crate) fn build(options: &Options) -> Result<Engine, HostError> {
    let mut pooled = base();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(options)));
    // A pool reserves hundreds of gigabytes of address space, which `ulimit -v`, some sandboxes and small address
    // spaces refuse. Asking is the only way to know.
    match Engine::new(&pooled) {
        Ok(engine) => Ok(engine),
        Err(error) => {
            tracing::warn!(%error, "no address space for pooled plugin instances, allocating on demand");
            let mut on_demand = base();
            on_demand.memory_reservation(options.limits.memory as u64);
            Engine::new(&on_demand).map_err(|error| HostError::Engine(format!("{error:#}")))
        }
    }
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
        .max_memory_size(options.limits.memory.max(1 << 20))
        .table_elements(200_000)
        .max_unused_warm_slots(slots)
        .linear_memory_keep_resident(256 << 10)
        .table_keep_resident(16 << 10)
        .decommit_batch_size(8);
    pool
}
