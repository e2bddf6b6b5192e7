//! Room for bodies: so many bytes may be in flight.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits;
use crate::error::Error;

/// When to try again if there is no room.
const RETRY_SECONDS: u32 = 5;

/// How many bytes of bodies may be in flight at once.
#[derive(Debug)]
pub(crate) struct BodyMemory {
    bytes: Arc<Semaphore>,
}

/// Room for a body; given back when dropped.
#[derive(Debug)]
pub(super) struct Room {
    memory: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl BodyMemory {
    /// Room for so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        BodyMemory {
            bytes: Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Room for one of them, empty yet.
    pub(super) fn room(&self) -> Room {
        Room {
            memory: Arc::clone(&self.bytes),
            taken: None,
        }
    }
}

impl Room {
    /// Takes more room, or says that there is none. Nobody waits: who waits holds what came so far.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Error> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let more = Arc::clone(&self.memory)
            .try_acquire_many_owned(bytes)
            .map_err(|_| no_room())?;
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            None => self.taken = Some(more),
        }
        Ok(())
    }
}

fn no_room() -> Error {
    let (retry, retry_value) = limits::retry_after(RETRY_SECONDS);
    let (rates, rates_value) = limits::everything_waits(RETRY_SECONDS, "memory");
    Error::new(
        StatusCode::TOO_MANY_REQUESTS,
        "the hub holds as many bodies as it can",
    )
    .with_header(retry, retry_value)
    .with_header(rates, rates_value)
}
