//! Reads bodies within bounds of size, time and memory.

/// How many bytes of bodies may be in flight at once.
#[derive(Debug)]
pub struct BodyMemory {
    bytes: std::sync::Arc<tokio::sync::Semaphore>,
}

impl BodyMemory {
    /// Room for so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        BodyMemory {
            bytes: std::sync::Arc::new(tokio::sync::Semaphore::new(bytes)),
        }
    }
}
