//! What an item is, how it is counted, and how large it may be.
//!
//! Sources: the item types of Sentry's envelope documentation, the default limits of Relay's configuration.

use errand_model::outcome::Category;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// What an item holds. What this hub does not know is [`ItemKind::Unknown`]: kept in step, counted, never refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// An error or a message.
    Event,
    /// A transaction.
    Transaction,
    /// A security report that was made an event by another hub.
    Security,
    /// A browser's security report as it came.
    RawSecurity,
    /// What a user wrote, as an event.
    Feedback,
    /// What a user wrote, in the old form.
    UserReport,
    /// A file.
    Attachment,
    /// Form fields beside a minidump.
    FormData,
    /// A crash of the Unreal engine.
    UnrealReport,
    /// One session.
    Session,
    /// Counts of sessions.
    Sessions,
    /// A check-in of a cron monitor.
    CheckIn,
    /// What the SDK dropped.
    ClientReport,
    /// A profile, or a chunk of one.
    Profile,
    /// A part of a replay.
    Replay,
    /// Metrics.
    Metric,
    /// Spans.
    Span,
    /// Log lines.
    Log,
    /// A browser's network error report.
    Nel,
    /// None of these.
    Unknown,
}

impl ItemKind {
    /// Reads the `type` of an item header.
    pub fn parse(name: &str) -> Self {
        match name {
            "event" => ItemKind::Event,
            "transaction" => ItemKind::Transaction,
            "security" => ItemKind::Security,
            "raw_security" => ItemKind::RawSecurity,
            "feedback" => ItemKind::Feedback,
            "user_report" => ItemKind::UserReport,
            "attachment" => ItemKind::Attachment,
            "form_data" => ItemKind::FormData,
            "unreal_report" => ItemKind::UnrealReport,
            "session" => ItemKind::Session,
            "sessions" => ItemKind::Sessions,
            "check_in" => ItemKind::CheckIn,
            "client_report" => ItemKind::ClientReport,
            "profile" | "profile_chunk" => ItemKind::Profile,
            "replay_event" | "replay_recording" | "replay_video" => ItemKind::Replay,
            "statsd" | "metric_buckets" | "trace_metric" => ItemKind::Metric,
            "span" | "otel_span" => ItemKind::Span,
            "log" | "otel_log" => ItemKind::Log,
            "nel" => ItemKind::Nel,
            _ => ItemKind::Unknown,
        }
    }

    /// What to call it in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            ItemKind::Event => "event",
            ItemKind::Transaction => "transaction",
            ItemKind::Security => "security",
            ItemKind::RawSecurity => "raw_security",
            ItemKind::Feedback => "feedback",
            ItemKind::UserReport => "user_report",
            ItemKind::Attachment => "attachment",
            ItemKind::FormData => "form_data",
            ItemKind::UnrealReport => "unreal_report",
            ItemKind::Session => "session",
            ItemKind::Sessions => "sessions",
            ItemKind::CheckIn => "check_in",
            ItemKind::ClientReport => "client_report",
            ItemKind::Profile => "profile",
            ItemKind::Replay => "replay",
            ItemKind::Metric => "metric",
            ItemKind::Span => "span",
            ItemKind::Log => "log",
            ItemKind::Nel => "nel",
            ItemKind::Unknown => "unknown",
        }
    }

    /// Whether it wants to be the envelope's one event.
    pub const fn is_event_like(self) -> bool {
        matches!(
            self,
            ItemKind::Event
                | ItemKind::Transaction
                | ItemKind::Security
                | ItemKind::RawSecurity
                | ItemKind::Feedback
        )
    }

    /// The category that it counts under.
    pub const fn category(self) -> Category {
        match self {
            ItemKind::Event => Category::Error,
            ItemKind::Transaction => Category::Transaction,
            ItemKind::Security | ItemKind::RawSecurity => Category::Security,
            ItemKind::Feedback | ItemKind::UserReport => Category::Feedback,
            ItemKind::Attachment | ItemKind::UnrealReport => Category::Attachment,
            ItemKind::Session | ItemKind::Sessions => Category::Session,
            ItemKind::CheckIn => Category::Monitor,
            ItemKind::ClientReport => Category::Internal,
            ItemKind::Profile => Category::Profile,
            ItemKind::Replay => Category::Replay,
            ItemKind::Metric => Category::Metric,
            ItemKind::Span => Category::Span,
            ItemKind::Log => Category::LogItem,
            ItemKind::FormData | ItemKind::Nel | ItemKind::Unknown => Category::Default,
        }
    }

    /// How many bytes one may have.
    pub const fn max_size(self) -> usize {
        match self {
            ItemKind::Event
            | ItemKind::Transaction
            | ItemKind::Security
            | ItemKind::RawSecurity
            | ItemKind::Feedback
            | ItemKind::UserReport
            | ItemKind::FormData
            | ItemKind::Nel
            | ItemKind::Metric => MIB,
            ItemKind::CheckIn | ItemKind::ClientReport => 100 * KIB,
            ItemKind::Session | ItemKind::Sessions | ItemKind::Span | ItemKind::Log => 12 * MIB,
            ItemKind::Profile => 50 * MIB,
            ItemKind::Replay => 100 * MIB,
            // Bounded by the body that carries them.
            ItemKind::Attachment | ItemKind::UnrealReport | ItemKind::Unknown => 200 * MIB,
        }
    }

    /// How many of them an envelope may hold.
    pub const fn max_count(self) -> usize {
        match self {
            ItemKind::Attachment => 30,
            ItemKind::Session | ItemKind::Sessions => 100,
            _ => MAX_ITEMS,
        }
    }
}

/// How many items an envelope may hold in all.
pub const MAX_ITEMS: usize = 1_000;
