//! Cutting what is too long: text to characters, bags to bytes.
//!
//! The limits are Sentry's, in the field's own step where it has one and here for bags. A text may pass its limit
//! by an allowance, so that nothing is cut for the sake of a few characters; what is cut ends in `...`.

use std::borrow::Cow;

use errand_model::event::{Bag, Event, Raw, Text};
use serde_json::Value;

const KIB: usize = 1024;

/// A limit in characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub max: usize,
    pub allowance: usize,
}

impl Limit {
    /// Messages and exception values.
    pub(super) const MESSAGE: Limit = Limit::new(8_192, 200);
    /// Types, modules, functions, host names.
    pub(super) const SYMBOL: Limit = Limit::new(256, 20);
    /// File names and paths.
    pub(super) const PATH: Limit = Limit::new(256, 40);
    /// Transactions, culprits, releases, tag keys and values.
    pub(super) const NAME: Limit = Limit::new(200, 0);
    /// Environments, loggers, distributions.
    pub(super) const SHORT: Limit = Limit::new(64, 0);
    /// A user's id and name.
    pub(super) const USER: Limit = Limit::new(128, 0);
    /// A user's address.
    pub(super) const EMAIL: Limit = Limit::new(254, 0);
    /// A thread's name.
    pub(super) const THREAD: Limit = Limit::new(1_024, 0);
    /// A URL.
    pub(super) const URL: Limit = Limit::new(2_048, 40);
    /// A line of source.
    pub(super) const LINE: Limit = Limit::new(1_024, 40);
    /// The value of a header.
    pub(super) const HEADER: Limit = Limit::new(2_048, 40);

    const fn new(max: usize, allowance: usize) -> Self {
        Limit { max, allowance }
    }
}

/// Cuts `text` to `limit`.
pub(super) fn text(text: &mut Text<'_>, limit: Limit) {
    // Bytes are never fewer than characters, and most texts are short.
    if text.len() <= limit.max {
        return;
    }
    let most = limit.max + limit.allowance;
    if text.len() <= most || text.chars().count() <= most {
        return;
    }
    let mut cut: String = text.chars().take(limit.max.saturating_sub(3)).collect();
    cut.push_str("...");
    *text = Cow::Owned(cut);
}

/// Cuts the text of a field; empty text counts as absent.
pub(super) fn field(field: &mut Option<Text<'_>>, limit: Limit) {
    match field {
        Some(value) if value.is_empty() => *field = None,
        Some(value) => text(value, limit),
        None => {}
    }
}

/// Cuts every bag of the event that its own step did not.
pub(super) fn bags(event: &mut Event<'_>) {
    bag(&mut event.extra, 16 * KIB, 256 * KIB);
    bag(&mut event.contexts, 8 * KIB, 256 * KIB);
    bag(&mut event.other, 256 * KIB, 512 * KIB);
    raw(&mut event.modules, 8 * KIB);
    raw(&mut event.debug_meta, 256 * KIB);
    raw(&mut event.errors, 8 * KIB);
    for report in [
        &mut event.csp,
        &mut event.hpkp,
        &mut event.expectct,
        &mut event.expectstaple,
    ] {
        raw(report, 64 * KIB);
    }
}

/// Cuts each value of a bag to `each` bytes, and drops those for which `total` bytes leave no room.
fn bag(bag: &mut Bag<'_>, each: usize, total: usize) {
    let mut left = total;
    bag.0.retain_mut(|(_, value)| {
        cut(value, each);
        let size = value.get().len();
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    });
}

/// Cuts a raw value to about `max` bytes of JSON text.
pub(super) fn raw(field: &mut Option<Raw<'_>>, max: usize) {
    if let Some(value) = field {
        cut(value, max);
    }
}

fn cut(raw: &mut Raw<'_>, max: usize) {
    if raw.get().len() > max {
        let mut budget = max;
        *raw = Raw::from_value(&within(raw.value(), &mut budget));
    }
}

/// As much of `value` as the budget allows, in the order written.
fn within(value: Value, budget: &mut usize) -> Value {
    match value {
        Value::String(mut text) => {
            if text.len() > *budget {
                let end = text.floor_char_boundary(budget.saturating_sub(3));
                text.truncate(end);
                text.push_str("...");
            }
            *budget = budget.saturating_sub(text.len() + 2);
            Value::String(text)
        }
        Value::Array(values) => {
            let mut kept = Vec::new();
            for value in values {
                if *budget == 0 {
                    break;
                }
                kept.push(within(value, budget));
            }
            Value::Array(kept)
        }
        Value::Object(map) => {
            let mut kept = serde_json::Map::new();
            for (key, value) in map {
                if *budget <= key.len() {
                    *budget = 0;
                    break;
                }
                *budget -= key.len();
                kept.insert(key, within(value, budget));
            }
            Value::Object(kept)
        }
        scalar => {
            *budget = budget.saturating_sub(4);
            scalar
        }
    }
}
