//! Decides which events belong together: the same semantics as Sentry's `newstyle@2023-01-11`, as pure functions.
//!
//! [`normalize_stacktraces`] prepares an event, [`group()`] hashes what tells it from others, and [`explain()`] says
//! what was hashed and why. All three work by [`Rules`]. How this looks to who writes rules: `docs/grouping.md`.
//!
//! The way of an event:
//!
//! | module | what happens there |
//! | --- | --- |
//! | `normalize`, `function_name`, `frame_data` | frames get their final paths, names, `in_app` and category |
//! | `fingerprint`, `rules` | what SDK and rules want it to be grouped by |
//! | `strategy` | which part of the event is telling enough: exceptions, threads, …, message |
//! | `exception`, `exception_group`, `stack`, `frame`, `java`, `message`, `security` | what that part adds |
//! | `variants` | one hash for each variant: the program's frames, all frames, … |
//! | `sink`, `explain` | where it all ends: a hash, or an explanation |
//!
//! A change that makes other hashes of the same event must come as a new [`Algorithm`], or every issue splits.

mod component;
mod exception;
mod exception_group;
mod explain;
mod family;
mod fingerprint;
mod frame;
mod frame_data;
mod function_name;
mod java;
mod message;
mod normalize;
mod parameterize;
mod rules;
mod security;
mod sink;
mod stack;
mod strategy;
mod variable;
mod variants;

use errand_model::GroupHash;
use errand_model::event::Event;

pub use explain::{Component, Explanation, VariantExplanation, explain};
pub use normalize::normalize_stacktraces;
pub(crate) use rules::{Glob, GlobDialect};
pub use rules::{RuleError, RuleText, Rules};
use variants::Analysis;

/// The version that new events are grouped by, as it is stored with them.
pub const VERSION: i16 = Algorithm::Newstyle20230111 as i16;

/// The ways of grouping that this hub has had. A later one stands beside the earlier ones, so that for a while
/// events can be looked up by the hashes of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum Algorithm {
    /// Sentry's `newstyle@2023-01-11`.
    Newstyle20230111 = 1,
}

/// What an event is grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// How it was made.
    pub algorithm: Algorithm,
    /// The ways to look at the event, in the order in which their hashes are looked up. At least one has a hash.
    pub variants: Vec<Variant>,
    /// What a fingerprint rule wants the event to be called.
    pub title: Option<String>,
}

/// One way to look at an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// `app`, `system`, `default`, `custom-fingerprint`, `built-in-fingerprint`, `checksum`, `hashed-checksum` or
    /// `fallback`.
    pub name: &'static str,
    /// Where the hash comes from: `component`, `salted_component`, or the name with underscores.
    pub kind: &'static str,
    /// The hash; none if this way of looking decides nothing.
    pub hash: Option<GroupHash>,
}

impl Grouping {
    /// The hashes in the order in which they are to be looked up; there is at least one.
    pub fn hashes(&self) -> impl Iterator<Item = GroupHash> {
        self.variants.iter().filter_map(|variant| variant.hash)
    }
}

/// What `event`, whose stack traces are normalised, is grouped by.
pub fn group(event: &Event<'_>, rules: &Rules) -> Grouping {
    let analysis = Analysis::new(event, rules, false);
    Grouping {
        algorithm: Algorithm::Newstyle20230111,
        title: analysis.fingerprint.title(event),
        variants: analysis.variants,
    }
}

#[cfg(test)]
mod tests;
