//! `new value of release`: a tag has a value that nothing had before.

use errand_plugin_sdk::Failure;
use serde::{Deserialize, Serialize};

use crate::memory::{self, Memory};

/// What comes in late, since clocks and networks are slow, is found for so long.
const LATE_MS: u64 = 15 * 60_000;
/// After a longer pause, only so far is looked back.
const LONGEST_MS: u64 = 24 * 3_600_000;
/// Values that are remembered as told.
const MOST: usize = 500;

/// Values that a rule told of, and by which calls: the same call again tells them again.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Told(Vec<Value>);

#[derive(Debug, Serialize, Deserialize)]
struct Value {
    value: String,
    by: String,
}

impl Told {
    pub fn read(memory: &dyn Memory, rule: &str, tag: &str) -> Result<Self, Failure> {
        memory::read(memory, &key(rule, tag))
    }

    /// From when to look for what is new since the last look.
    pub fn since(since: u64, now: u64) -> u64 {
        since.saturating_sub(LATE_MS).max(now.saturating_sub(LONGEST_MS))
    }

    /// Whether another call told of it.
    pub fn knows(&self, value: &str, call: &str) -> bool {
        let mut told = self.0.iter();
        told.any(|told| told.value == value && (told.by != call || call.is_empty()))
    }

    pub fn tell(&mut self, value: &str, call: &str) {
        self.0.retain(|told| told.value != value);
        self.0.push(Value {
            value: value.to_owned(),
            by: call.to_owned(),
        });
        let too_many = self.0.len().saturating_sub(MOST);
        self.0.drain(..too_many);
    }

    pub fn write(&self, memory: &mut dyn Memory, rule: &str, tag: &str) -> Result<(), Failure> {
        memory::write(memory, &key(rule, tag), self)
    }
}

fn key(rule: &str, tag: &str) -> String {
    format!("values/{rule}/{tag}").chars().take(200).collect()
}
