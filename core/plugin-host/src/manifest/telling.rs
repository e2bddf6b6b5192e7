//! How a plugin is told: one by one and in order, the latest alone, or together.

use errand_model::telling::{Digest, GatherBy, Telling};
use serde::{Deserialize, Serialize};

use super::Manifest;

/// The longest window of a digest, in minutes: a week.
const MAX_MINUTES: u32 = 7 * 24 * 60;
/// The largest digest.
const MAX_MOST: usize = 500;

/// Whether a plugin hears of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Of everything, in order for each issue.
    #[default]
    Strict,
    /// Of the latest of each issue: what waits when something newer happens is not told any more. For plugins that
    /// bring another system in line with how an issue stands.
    Coalesce,
}

impl Order {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
    pub(super) fn is_strict(&self) -> bool {
        *self == Order::Strict
    }
}

/// What makes a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestRule {
    /// How long what comes is gathered, from the first on.
    pub minutes: u32,
    /// What is gathered with each other.
    #[serde(default)]
    pub by: GatherBy,
    /// How many at most make one digest; as soon as there are that many, it is told.
    #[serde(default = "most")]
    pub most: usize,
}

fn most() -> usize {
    100
}

pub(super) fn of(manifest: &Manifest) -> Telling {
    match (manifest.digest, manifest.order) {
        (Some(rule), _) => Telling::Together(Digest {
            window_seconds: i64::from(rule.minutes) * 60,
            by: rule.by,
            most: rule.most,
        }),
        (None, Order::Coalesce) => Telling::Latest,
        (None, Order::Strict) => Telling::Each,
    }
}

pub(super) fn check(manifest: &Manifest) -> Result<(), String> {
    let Some(rule) = manifest.digest else {
        return Ok(());
    };
    if manifest.order == Order::Coalesce {
        return Err("digest: goes with order 'strict' alone: a digest tells of everything".to_owned());
    }
    if !(1..=MAX_MINUTES).contains(&rule.minutes) {
        return Err(format!("digest: 'minutes' has to be from 1 to {MAX_MINUTES}"));
    }
    if !(1..=MAX_MOST).contains(&rule.most) {
        return Err(format!("digest: 'most' has to be from 1 to {MAX_MOST}"));
    }
    Ok(())
}
