//! The keys and projects that SDKs name, remembered for a few seconds.

use std::sync::Arc;

use errand_model::Clock;
use errand_store::Db;

use super::config::IngestConfig;

/// Remembers keys.
pub struct Directory {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl Directory {
    /// Remembers nothing yet.
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>, _config: &IngestConfig) -> Self {
        Directory { db, clock }
    }
}
