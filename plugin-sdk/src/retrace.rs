//! What would have been done by the clock: settings are tried on history before they are saved.

use serde_json::Value;

use crate::bindings::errand::plugin::types as wit;
use crate::bindings::retrace::exports::errand::plugin::retrace as export;
use crate::plugin::{Adapter, current};
use crate::{Failure, Plugin};

/// A plugin that works by the clock, and can say what it would have done.
pub trait Retrace: Plugin {
    /// What it would have done from `since` until `until` (milliseconds since 1970); nothing is done. It may stop on the way,
    /// and is asked for the rest in another call. `memory` is what was answered before, an empty object at first.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot say; who asked reads it.
    fn retrace(since: u64, until: u64, memory: Value, settings: &Self::Settings)
    -> Result<Retraced, Failure>;
}

/// What would have been done in a stretch of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retraced {
    /// In order.
    pub deeds: Vec<PastDeed>,
    /// How far it came, which is later than where it began.
    pub reached: u64,
    /// Whether there was more to look at than it could.
    pub is_capped: bool,
    /// What to remember for what follows.
    pub memory: Value,
}

/// What would have been done at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastDeed {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// About which issue: its id.
    pub issue: String,
    /// Because of what: `issue.grows`.
    pub change: String,
    /// A line for each deed.
    pub did: Vec<String>,
    /// Why, in a sentence.
    pub why: String,
}

impl<P: Retrace> export::Guest for Adapter<P> {
    fn retrace(since: u64, until: u64, memory: String) -> Result<export::Answer, wit::Failure> {
        let memory = serde_json::from_str(&memory).unwrap_or_default();
        let run = || P::retrace(since, until, memory, &current::<P>()?);
        let answer = run().map_err(wit::Failure::from)?;
        let deed = |deed: PastDeed| export::Deed {
            at: deed.at,
            issue: deed.issue,
            change: deed.change,
            did: deed.did,
            why: deed.why,
        };
        Ok(export::Answer {
            deeds: answer.deeds.into_iter().map(deed).collect(),
            reached: answer.reached,
            is_capped: answer.is_capped,
            memory: answer.memory.to_string(),
        })
    }
}
