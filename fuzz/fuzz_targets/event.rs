//! Any bytes as the event of a well-formed envelope.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../promises.rs"]
mod promises;

fuzz_target!(|payload: &[u8]| {
    let header = format!("{{}}\n{{\"type\":\"event\",\"length\":{}}}\n", payload.len());
    let mut body = header.into_bytes();
    body.extend_from_slice(payload);
    promises::hold(&body);
});
