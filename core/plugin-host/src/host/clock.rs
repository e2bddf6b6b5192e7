//! `clock`: the hub's time, and randomness.

use std::sync::Arc;
use std::time::Duration;

use errand_model::Clock;
use wasmtime_wasi::p2::bindings::random::random::Host as _;
use wasmtime_wasi::{HostWallClock, WasiView as _};

use crate::bindings::v1::errand::plugin::clock::Host;
use crate::instance::State;

const MAX_RANDOM: u32 = 4096;

impl Host for State {
    fn now(&mut self) -> u64 {
        u64::try_from(self.shared.clock.now().millis()).unwrap_or(0)
    }

    fn random(&mut self, len: u32) -> wasmtime::Result<Vec<u8>> {
        // WASI's generator, so that there is one source of chance to replace in a test.
        self.ctx()
            .ctx
            .random()
            .get_random_bytes(len.min(MAX_RANDOM).into())
    }
}

/// The hub's clock as WASI asks for it.
pub(crate) struct WallClock(pub(crate) Arc<dyn Clock>);

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        Duration::from_micros(1)
    }

    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.now().micros()).unwrap_or(0))
    }
}
