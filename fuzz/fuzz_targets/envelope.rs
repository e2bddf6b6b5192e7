//! Any bytes as an envelope.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../promises.rs"]
mod promises;

fuzz_target!(|body: &[u8]| promises::hold(body));
