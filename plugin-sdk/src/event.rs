//! What the hub tells: an event about an issue, and the call that carries it.

use serde_json::{Map, Value};

use crate::bindings::errand::plugin::types as wit;

pub use wit::{ActorKind, Level, Priority, Status};

/// Somebody or something that acts.
pub type Actor = wit::Actor;
/// A project.
pub type Project = wit::Project;
/// An issue, as it stood when the delivery was made. Title and culprit come from the program that failed: whoever
/// could make it fail may have written them.
pub type Issue = wit::Issue;
/// A ticket of another system.
pub type Ticket = wit::Ticket;

/// The call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The delivery's id.
    pub delivery: String,
    /// The installation.
    pub installation: String,
    /// The same in every attempt. Pass it on to receivers that can tell repetitions by it.
    pub idempotency_key: String,
    /// 1 for the first.
    pub attempt: u32,
    /// Somebody asked for it again.
    pub is_replay: bool,
    /// Nothing is to be changed in the world; the hub holds writing requests back by itself.
    pub is_dry_run: bool,
    /// When the hub takes the plugin's time away, in milliseconds since 1970.
    pub deadline: u64,
    /// How many changes made by plugins led to this one.
    pub chain_depth: u8,
}

/// Something happened to an issue.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// `issue.created`, `issue.regressed`, …: answer [`Outcome::Ignored`](crate::Outcome) to what you do not know.
    pub change: String,
    /// What there is to say of the change.
    pub details: Map<String, Value>,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Who did it.
    pub actor: Actor,
    /// To what.
    pub issue: Issue,
    /// What later versions have to say besides, and, where the plugin hears of the latest alone, what was `skipped`.
    pub extra: Map<String, Value>,
}

/// A fix that customers have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    /// The release that was deployed; none where no release was named.
    pub release: Option<String>,
    /// Where to.
    pub environment: Option<String>,
    /// A page about the deploy.
    pub url: Option<String>,
}

impl Event {
    /// The fix that customers have from now on, if that is what happened: `fix.deployed`, and `issue.resolved` of an issue
    /// that was resolved at once, which no deploy is waited for.
    pub fn fix(&self) -> Option<Fix> {
        let text = |key: &str| Some(self.details.get(key)?.as_str()?.to_owned());
        match self.change.as_str() {
            "fix.deployed" => Some(Fix {
                release: text("release"),
                environment: text("environment"),
                url: text("url"),
            }),
            "issue.resolved" => {
                let kind = self.details.get("resolution")?.get("kind")?.as_str()?;
                (kind == "now").then(Fix::default)
            }
            _ => None,
        }
    }
}

impl From<wit::Delivery> for Call {
    fn from(delivery: wit::Delivery) -> Self {
        Call {
            delivery: delivery.id,
            installation: delivery.installation,
            idempotency_key: delivery.idempotency_key,
            attempt: delivery.attempt,
            is_replay: delivery.is_replay,
            is_dry_run: delivery.is_dry_run,
            deadline: delivery.deadline,
            chain_depth: delivery.chain_depth,
        }
    }
}

impl From<wit::LifecycleEvent> for Event {
    fn from(event: wit::LifecycleEvent) -> Self {
        Event {
            id: event.id,
            change: event.change,
            details: serde_json::from_str(&event.details).unwrap_or_default(),
            at: event.at,
            actor: event.actor,
            issue: event.issue,
            extra: serde_json::from_str(&event.extra).unwrap_or_default(),
        }
    }
}

/// Names as the hub's API writes them.
macro_rules! names {
    ($($type:ident: $($variant:ident = $name:literal),*;)*) => {$(
        impl $type {
            /// As the hub's API writes it.
            pub const fn as_str(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }
        }
    )*};
}

names! {
    Level: Debug = "debug", Info = "info", Warning = "warning", Error = "error", Fatal = "fatal";
    Status: Unresolved = "unresolved", Resolved = "resolved", Ignored = "ignored";
    Priority: Low = "low", Medium = "medium", High = "high";
    ActorKind: System = "system", User = "user", Plugin = "plugin", External = "external";
}
