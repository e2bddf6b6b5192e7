//! When rules fired: what limits go by. One memory for what happens, one for history on trial.

use std::collections::BTreeMap;

use errand_plugin_sdk::{Failure, kv};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Firings that are remembered of one rule; beyond that the oldest are forgotten, and their limits with them.
const MOST: usize = 1_000;
/// How often rules are looked at in history.
pub const MINUTE_MS: u64 = 60_000;
/// How often somebody may be faster.
const TRIES: usize = 5;

/// One time that a rule fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    /// When, in milliseconds.
    pub at: i64,
    /// About which issue.
    pub issue: String,
    /// The delivery: a repetition of it is no second time.
    pub by: String,
}

/// What is remembered of rules, by name.
pub trait Memory {
    /// Has `change` look at a rule's firings, and keep what it leaves there if it answers true. Answers what it did.
    fn visit(
        &mut self,
        rule: &str,
        change: &mut dyn FnMut(&mut Vec<Firing>) -> bool,
    ) -> Result<bool, Failure>;

    /// What is noted under a key; none if nothing is.
    fn note(&self, key: &str) -> Result<Option<Value>, Failure>;

    /// Notes something under a key.
    fn put_note(&mut self, key: &str, note: Value) -> Result<(), Failure>;

    /// Until when it was looked before, by a look that goes until `now`; none for the first.
    fn looked(&mut self, now: u64) -> Result<Option<u64>, Failure>;

    /// What the delivery that is judged is called.
    fn delivery(&self) -> &str;
}

/// What is noted, as what it is.
pub fn read<T: DeserializeOwned + Default>(memory: &dyn Memory, key: &str) -> Result<T, Failure> {
    let note = memory.note(key)?;
    Ok(note
        .and_then(|note| serde_json::from_value(note).ok())
        .unwrap_or_default())
}

/// Notes it.
pub fn write<T: Serialize>(memory: &mut dyn Memory, key: &str, note: &T) -> Result<(), Failure> {
    let note = serde_json::to_value(note).map_err(|error| Failure::permanent(error.to_string()))?;
    memory.put_note(key, note)
}

/// The installation's own memory.
pub struct Stored<'a> {
    delivery: &'a str,
}

impl<'a> Stored<'a> {
    pub fn new(delivery: &'a str) -> Self {
        Stored { delivery }
    }
}

impl Memory for Stored<'_> {
    fn visit(
        &mut self,
        rule: &str,
        change: &mut dyn FnMut(&mut Vec<Firing>) -> bool,
    ) -> Result<bool, Failure> {
        let key = format!("fired/{rule}");
        for _ in 0..TRIES {
            let (mut firings, revision) = kv::get_json::<Vec<Firing>>(&key)?.unwrap_or_default();
            if !change(&mut firings) {
                return Ok(false);
            }
            bound(&mut firings);
            match kv::put_json(&key, &firings, Some(revision)) {
                Ok(_) => return Ok(true),
                Err(kv::Error::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::retry("others fire the same rule at the same time"))
    }

    fn note(&self, key: &str) -> Result<Option<Value>, Failure> {
        Ok(kv::get_json::<Value>(key)?.map(|(note, _)| note))
    }

    fn put_note(&mut self, key: &str, note: Value) -> Result<(), Failure> {
        kv::put_json(key, &note, None)?;
        Ok(())
    }

    /// The same call again is told the same.
    fn looked(&mut self, now: u64) -> Result<Option<u64>, Failure> {
        const KEY: &str = "looked";
        let known: Looked = read(self, KEY)?;
        if known.by == self.delivery {
            return Ok(known.before);
        }
        let looked = Looked {
            until: now,
            by: self.delivery.to_owned(),
            before: Some(known.until).filter(|until| *until > 0),
        };
        write(self, KEY, &looked)?;
        Ok(looked.before)
    }

    fn delivery(&self) -> &str {
        self.delivery
    }
}

/// Until when it was looked at what the clock decides.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Looked {
    until: u64,
    by: String,
    before: Option<u64>,
}

/// A memory that is handed on from one stretch of history to the next.
#[derive(Default, Serialize, Deserialize)]
pub struct History {
    #[serde(default)]
    fired: BTreeMap<String, Vec<Firing>>,
    #[serde(default)]
    notes: BTreeMap<String, Value>,
}

impl History {
    pub fn read(memory: Value) -> Self {
        serde_json::from_value(memory).unwrap_or_default()
    }

    pub fn write(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Memory for History {
    fn visit(
        &mut self,
        rule: &str,
        change: &mut dyn FnMut(&mut Vec<Firing>) -> bool,
    ) -> Result<bool, Failure> {
        let firings = self.fired.entry(rule.to_owned()).or_default();
        let fires = change(firings);
        bound(firings);
        Ok(fires)
    }

    fn note(&self, key: &str) -> Result<Option<Value>, Failure> {
        Ok(self.notes.get(key).cloned())
    }

    fn put_note(&mut self, key: &str, note: Value) -> Result<(), Failure> {
        self.notes.insert(key.to_owned(), note);
        Ok(())
    }

    /// A minute ago, as the clock has it.
    fn looked(&mut self, now: u64) -> Result<Option<u64>, Failure> {
        Ok(Some(now.saturating_sub(MINUTE_MS)))
    }

    /// Nothing is repeated in history.
    fn delivery(&self) -> &str {
        ""
    }
}

fn bound(firings: &mut Vec<Firing>) {
    let too_many = firings.len().saturating_sub(MOST);
    firings.drain(..too_many);
}
