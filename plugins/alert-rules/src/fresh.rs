//! `new value of release`: a tag has a value that nothing had before.

use errand_plugin_sdk::{Failure, issues, kv};
use serde::{Deserialize, Serialize};

use crate::questions::Questions;

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
    pub fn read(rule: &str, tag: &str) -> Result<Self, Failure> {
        Ok(kv::get_json(&key(rule, tag))?
            .map(|(told, _)| told)
            .unwrap_or_default())
    }

    /// What is new since the last look, and was not told by another call.
    pub fn find(
        &self,
        tag: &str,
        (since, now): (u64, u64),
        call: &str,
        questions: &mut Questions,
    ) -> Result<Vec<issues::NewValue>, Failure> {
        if !questions.take(1) {
            return Ok(Vec::new());
        }
        let since = since.saturating_sub(LATE_MS).max(now.saturating_sub(LONGEST_MS));
        let mut found = issues::new_values(None, tag, since, now)?;
        let is_told = |value: &str| self.0.iter().any(|told| told.value == value && told.by != call);
        found.retain(|new| !is_told(&new.value));
        Ok(found)
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

    pub fn write(&self, rule: &str, tag: &str) -> Result<(), Failure> {
        kv::put_json(&key(rule, tag), self, None)?;
        Ok(())
    }
}

fn key(rule: &str, tag: &str) -> String {
    format!("values/{rule}/{tag}").chars().take(200).collect()
}
