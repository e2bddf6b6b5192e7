//! What an admin set.

use std::collections::BTreeMap;

use errand_plugin_sdk::{Problem, Secret};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Settings {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) email: String,
    pub(crate) token: Secret,
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) match_by: Vec<String>,
    pub(crate) match_days: Option<f64>,
    pub(crate) max_links: Option<f64>,
    #[serde(default)]
    pub(crate) hide_requester: bool,
    #[serde(default)]
    pub(crate) reply: Reply,
    #[serde(default)]
    pub(crate) reply_text: String,
    #[serde(default, rename = "macro")]
    pub(crate) macro_id: String,
    #[serde(default)]
    pub(crate) fix_status: FixStatus,
    #[serde(default)]
    pub(crate) fix_tags: String,
    #[serde(default)]
    pub(crate) on_regress: OnRegress,
    pub(crate) reopen_days: Option<f64>,
    #[serde(default)]
    pub(crate) closed: Closed,
    #[serde(default)]
    pub(crate) poll: bool,
}

/// What a linked ticket gets when the fix is deployed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    #[default]
    Internal,
    Public,
    None,
}

/// What status it gets then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FixStatus {
    #[default]
    Solved,
    Pending,
    Open,
    Keep,
}

impl FixStatus {
    pub(crate) const fn word(self) -> Option<&'static str> {
        match self {
            FixStatus::Solved => Some("solved"),
            FixStatus::Pending => Some("pending"),
            FixStatus::Open => Some("open"),
            FixStatus::Keep => None,
        }
    }
}

/// What happens when the error comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OnRegress {
    #[default]
    Reopen,
    Note,
    Nothing,
}

/// What becomes of tickets that cannot be changed any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Closed {
    #[default]
    FollowUp,
    Leave,
}

/// Days that may be asked for.
const MAX_DAYS: f64 = 365.0;
/// Links that may be made by themselves.
const MAX_LINKS: f64 = 8.0;

impl Settings {
    pub(crate) fn matches_by(&self, what: &str) -> bool {
        self.match_by.is_empty() || self.match_by.iter().any(|chosen| chosen == what)
    }

    pub(crate) fn match_days(&self) -> u32 {
        whole(self.match_days, 14.0, MAX_DAYS)
    }

    pub(crate) fn max_links(&self) -> usize {
        whole(self.max_links, 3.0, MAX_LINKS) as usize
    }

    pub(crate) fn reopen_days(&self) -> u32 {
        whole(self.reopen_days, 28.0, MAX_DAYS)
    }

    pub(crate) fn fix_tags(&self) -> Vec<String> {
        let tags = self.fix_tags.split([',', ' ']).map(str::trim);
        tags.filter(|tag| !tag.is_empty())
            .map(str::to_lowercase)
            .collect()
    }

    /// The part of the address that tells Zendesk accounts apart: `acme.zendesk.com`.
    pub(crate) fn host(&self) -> &str {
        let rest = self
            .url
            .split_once("://")
            .map_or(self.url.as_str(), |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }

    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        for (field, holds) in &self.fields {
            if !is_number(field) {
                problems.push(Problem::with(
                    "fields",
                    format!("'{field}' is no number of a ticket field"),
                ));
            }
            let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']');
            if holds.is_empty() || !holds.chars().all(is_key) {
                problems.push(Problem::with("fields", format!("'{holds}' is no tag's name")));
            }
        }
        if !self.macro_id.is_empty() && !is_number(&self.macro_id) {
            problems.push(Problem::with("macro", "a macro is named by its number"));
        }
        if self.host().len() > 90 {
            problems.push(Problem::with("url", "the host's name is too long"));
        }
        if !self.email.is_empty() && (!self.email.contains('@') || self.email.contains(['/', ':', ' '])) {
            problems.push(Problem::with(
                "email",
                "an e-mail address has the form somebody@example.com",
            ));
        }
        problems
    }
}

fn whole(set: Option<f64>, usual: f64, most: f64) -> u32 {
    set.unwrap_or(usual).clamp(1.0, most) as u32
}
