//! Too much computing and too much memory.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use errand_plugin_sdk::{Failure, Outcome};

pub fn spin() -> Result<Outcome, Failure> {
    let mut turns = 0_u64;
    while black_box(true) {
        turns = black_box(turns.wrapping_add(1));
    }
    Ok(Outcome::Done)
}

pub fn spin_in_host_calls() -> Result<Outcome, Failure> {
    while errand_plugin_sdk::now() > 0 {}
    Ok(Outcome::Done)
}

pub fn hog() -> Result<Outcome, Failure> {
    let mut hoard = Vec::new();
    loop {
        hoard.push(black_box(vec![1_u8; 1 << 20]));
        if black_box(hoard.len()) > 4096 {
            return Ok(Outcome::Done);
        }
    }
}

pub fn overflow() -> Result<Outcome, Failure> {
    fn deeper(depth: u64) -> u64 {
        if depth == u64::MAX {
            return 0;
        }
        let ballast = black_box([depth; 64]);
        black_box(deeper(depth + 1)) + ballast[7]
    }
    black_box(deeper(0));
    Ok(Outcome::Done)
}

/// Done on a fresh instance alone.
pub fn count() -> Result<Outcome, Failure> {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    match CALLS.fetch_add(1, Ordering::Relaxed) {
        0 => Ok(Outcome::Done),
        calls => Err(Failure::permanent(format!("{calls} calls came before"))),
    }
}
