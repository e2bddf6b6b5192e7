//! Trains a dictionary for the store's codec: `train_dictionary OUT ENVELOPE…`.
//!
//! A dictionary holds what stored events have in common, so it learns from events as they are stored: captured
//! envelopes go through the pipeline first. Each is varied, because what differs from one event to the next (ids)
//! must not be learnt by heart.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for the terminal: it stops at what it did not expect"
)]

use std::{env, fs, process};

use errand_model::project::ProjectSettings;
use errand_model::{EventId, ProjectId, Timestamp};
use errand_pipeline::{ClientHints, Input, ProjectContext, digest};

/// Bytes of the dictionary: zstd's own recommendation, and it stays in the second-level cache.
const SIZE: usize = 112_640;
const VARIANTS: u64 = 24;

fn main() {
    let mut arguments = env::args().skip(1);
    let Some(out) = arguments.next() else {
        eprintln!("usage: train_dictionary OUT ENVELOPE…");
        process::exit(2);
    };
    let envelopes: Vec<Vec<u8>> = arguments.map(|file| fs::read(file).expect("readable")).collect();
    let project =
        ProjectContext::compile(ProjectId(1), &ProjectSettings::default()).expect("the defaults compile");
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut samples = Vec::new();
    for envelope in &envelopes {
        for _ in 0..VARIANTS {
            samples.extend(stored(&vary(envelope, &mut random), &project));
        }
    }
    let dictionary = zstd::dict::from_samples(&samples, SIZE).expect("the samples are enough to train on");
    fs::write(&out, &dictionary).expect("the dictionary is written");

    let encoder = zstd::dict::EncoderDictionary::copy(&dictionary, 3);
    let mut compressor = zstd::bulk::Compressor::with_prepared_dictionary(&encoder).expect("a compressor");
    let fresh: Vec<_> = envelopes
        .iter()
        .filter_map(|envelope| stored(&vary(envelope, &mut random), &project))
        .collect();
    let before: usize = fresh.iter().map(Vec::len).sum();
    let after: usize = fresh
        .iter()
        .map(|event| compressor.compress(event).expect("it compresses").len())
        .sum();
    let count = fresh.len().max(1);
    println!(
        "{count} events of {} bytes on average become {} bytes",
        before / count,
        after / count
    );
}

/// The envelope's event, as it would be stored.
fn stored(envelope: &[u8], project: &ProjectContext) -> Option<Vec<u8>> {
    let input = Input {
        body: envelope,
        received: Timestamp::from_seconds(1_795_000_000),
        client_ip: None,
        user_agent: None,
        client_hints: ClientHints::default(),
        default_event_id: EventId([7; 16]),
    };
    Some(
        digest(&input, project)
            .expect("a captured envelope is well-formed")
            .event?
            .payload,
    )
}

/// The same envelope with other ids: every run of 16 or 32 hexadecimal digits.
fn vary(envelope: &[u8], random: &mut Random) -> Vec<u8> {
    let mut varied = envelope.to_vec();
    let mut at = 0;
    while at < varied.len() {
        let run = varied[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        if run == 16 || run == 32 {
            for byte in &mut varied[at..at + run] {
                *byte = b"0123456789abcdef"[(random.next() % 16) as usize];
            }
        }
        at += run.max(1);
    }
    varied
}

/// Marsaglia's xorshift: the same dictionary from the same input.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
