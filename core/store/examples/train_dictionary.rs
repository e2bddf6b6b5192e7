//! Trains a dictionary for the codec from events: `train_dictionary OUT FILE…`.
//!
//! A file is an envelope, or JSON with an event or an `event` in it. Each event is varied, because what differs
//! from one event to the next (ids, users, numbers) must not be learnt by heart.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for the terminal: it stops at what it did not expect"
)]

use std::path::Path;
use std::{env, fs, process};

use serde_json::Value;

/// Bytes of the dictionary: zstd's own recommendation, and it stays in the second-level cache.
const SIZE: usize = 112_640;
const VARIANTS: u64 = 24;

fn main() {
    let mut arguments = env::args().skip(1);
    let Some(out) = arguments.next() else {
        eprintln!("usage: train_dictionary OUT FILE…");
        process::exit(2);
    };
    let events: Vec<Value> = arguments.flat_map(|file| read(Path::new(&file))).collect();
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut samples = Vec::new();
    for event in &events {
        for _ in 0..VARIANTS {
            samples.push(vary(event, &mut random).to_string().into_bytes());
        }
    }
    let dictionary = zstd::dict::from_samples(&samples, SIZE).expect("the samples are enough to train on");
    fs::write(&out, &dictionary).expect("the dictionary is written");

    let encoder = zstd::dict::EncoderDictionary::copy(&dictionary, 1);
    let mut compressor = zstd::bulk::Compressor::with_prepared_dictionary(&encoder).expect("a compressor");
    let (mut before, mut after) = (0, 0);
    for event in &events {
        let fresh = vary(event, &mut random).to_string();
        before += fresh.len();
        after += compressor
            .compress(fresh.as_bytes())
            .expect("it compresses")
            .len();
    }
    println!(
        "{} events of {} bytes on average become {} bytes; the dictionary has {} bytes",
        events.len(),
        before / events.len().max(1),
        after / events.len().max(1),
        dictionary.len()
    );
}

/// The events of a file.
fn read(file: &Path) -> Vec<Value> {
    let text = String::from_utf8_lossy(&fs::read(file).expect("the file is readable")).into_owned();
    if let Ok(mut whole) = serde_json::from_str::<Value>(&text) {
        return vec![if whole["event"].is_object() {
            whole["event"].take()
        } else {
            whole
        }];
    }
    // An envelope: of its lines, those with an exception, a message or frames are events.
    let is_event = |line: &Value| line["event_id"].is_string() && line["platform"].is_string();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(is_event)
        .collect()
}

/// The same event with other ids, numbers and digits.
fn vary(event: &Value, random: &mut Random) -> Value {
    match event {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), vary(value, random)))
            .collect(),
        Value::Array(values) => values.iter().map(|value| vary(value, random)).collect(),
        Value::Number(number) if number.is_u64() && number.as_u64() > Some(9_999) => {
            Value::from(number.as_u64().unwrap_or(0) / 1_000 * 1_000 + random.below(1_000))
        }
        Value::Number(number) if number.is_f64() => {
            Value::from(number.as_f64().unwrap_or(0.0) + random.below(100_000) as f64 / 1e3)
        }
        Value::String(text) => Value::from(vary_text(text, random)),
        other => other.clone(),
    }
}

/// Ids (long runs of hexadecimal digits) and digits of times become others.
fn vary_text(text: &str, random: &mut Random) -> String {
    let is_id = text.len() >= 16 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let is_time = text.len() >= 20 && text.starts_with("20") && text.contains('T') && text.contains(':');
    let change = |c: char, random: &mut Random| match c {
        '0'..='9' | 'a'..='f' if is_id => char::from_digit(random.below(16) as u32, 16).unwrap_or(c),
        '0'..='5' if is_time => char::from_digit(random.below(6) as u32, 10).unwrap_or(c),
        '0'..='9' if text.len() < 80 => char::from_digit(random.below(10) as u32, 10).unwrap_or(c),
        c => c,
    };
    text.chars().map(|c| change(c, random)).collect()
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
