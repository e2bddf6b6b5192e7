//! Room for calls of other systems: so many may be under way.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::{NO_ROOM_SECONDS, wait};
use crate::error::Error;

/// Calls under way at a time: each may hold a body and a plugin.
const AT_ONCE: usize = 64;

/// How many calls may be under way.
#[derive(Debug)]
pub(crate) struct HookRoom(Arc<Semaphore>);

impl HookRoom {
    pub(crate) fn new() -> Self {
        HookRoom(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// Takes room, given back when dropped; 429 where there is none.
    pub(super) fn enter(&self) -> Result<OwnedSemaphorePermit, Error> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| {
            let error = Error::new(StatusCode::TOO_MANY_REQUESTS, "too many calls are under way");
            wait(error, NO_ROOM_SECONDS)
        })
    }
}
