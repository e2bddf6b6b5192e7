//! Caps and limits of what SDKs send.

use std::time::Duration;

const MIB: usize = 1024 * 1024;

/// Settings of ingest. Sizes are bytes.
#[derive(Clone, Debug)]
pub struct IngestConfig {
    /// The largest body as it comes over the wire, of endpoints that carry events.
    pub wire_bytes: usize,
    /// The largest body after decompression, of endpoints that carry events.
    pub body_bytes: usize,
    /// The largest body of endpoints that carry files: minidumps and attachments.
    pub file_bytes: usize,
    /// All bodies in flight together.
    pub in_flight_bytes: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How many keys are remembered.
    pub known_keys: usize,
    /// How long a key is believed to be as it was.
    pub key_lifetime: Duration,
    /// How long a key is believed not to exist.
    pub unknown_key_lifetime: Duration,
}

impl Default for IngestConfig {
    fn default() -> Self {
        IngestConfig {
            wire_bytes: 20 * MIB,
            body_bytes: 40 * MIB,
            file_bytes: 100 * MIB,
            in_flight_bytes: 256 * MIB,
            body_timeout: Duration::from_secs(30),
            known_keys: 10_000,
            key_lifetime: Duration::from_secs(5),
            unknown_key_lifetime: Duration::from_secs(1),
        }
    }
}
