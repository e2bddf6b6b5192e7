//! How much keys and projects may still send.

use super::config::IngestConfig;

/// The buckets of keys and projects.
#[derive(Debug)]
pub struct Limits;

impl Limits {
    pub(crate) fn new(_config: &IngestConfig) -> Self {
        Limits
    }
}
