//! What became of an item: every item of every envelope ends in exactly one outcome.

use serde::{Deserialize, Serialize};

/// What kind of data an item was: Sentry's data categories, which rate limits and client reports speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// What no other category claims.
    Default,
    /// Events that are errors or messages.
    Error,
    /// Transactions.
    Transaction,
    /// Spans.
    Span,
    /// Check-ins of cron monitors.
    Monitor,
    /// Log lines.
    LogItem,
    /// CSP and other browser reports.
    Security,
    /// Attached files, in bytes.
    Attachment,
    /// Release health.
    Session,
    /// Profiles.
    Profile,
    /// Replays.
    Replay,
    /// User feedback.
    Feedback,
    /// Metrics.
    Metric,
    /// The SDK's and the hub's own bookkeeping.
    Internal,
}

impl Category {
    /// As headers and client reports write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Category::Default => "default",
            Category::Error => "error",
            Category::Transaction => "transaction",
            Category::Span => "span",
            Category::Monitor => "monitor",
            Category::LogItem => "log_item",
            Category::Security => "security",
            Category::Attachment => "attachment",
            Category::Session => "session",
            Category::Profile => "profile",
            Category::Replay => "replay",
            Category::Feedback => "feedback",
            Category::Metric => "metric",
            Category::Internal => "internal",
        }
    }
}

/// How an item ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Stored or counted.
    Accepted,
    /// The same event id was there already.
    Duplicate,
    /// Turned away by a rate limit or a full queue.
    RateLimited,
    /// Turned away by a filter or a discarded issue.
    Filtered,
    /// Not readable.
    Invalid,
    /// Of a kind that this hub does not use yet.
    Unsupported,
    /// Dropped by the SDK, which said so in a client report.
    ClientDiscard,
}

impl Outcome {
    /// As the API and the metrics write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Duplicate => "duplicate",
            Outcome::RateLimited => "rate_limited",
            Outcome::Filtered => "filtered",
            Outcome::Invalid => "invalid",
            Outcome::Unsupported => "unsupported",
            Outcome::ClientDiscard => "client_discard",
        }
    }
}

/// That `quantity` items of a project ended so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OutcomeCount {
    /// Which project's.
    pub project: crate::ProjectId,
    /// What they were.
    pub category: Category,
    /// How they ended.
    pub outcome: Outcome,
    /// Why, in a word or two from a fixed list (or the client report's reason).
    pub reason: String,
    /// How many, or how many bytes for attachments.
    pub quantity: i64,
}
