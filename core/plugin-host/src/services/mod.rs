//! What the host needs of the hub: storage for plugins, and answers to their questions. The wiring is the caller's,
//! so that this crate knows no database.

mod counted;
mod grants;
mod mail;
mod memory;

use std::pin::Pin;

use errand_model::alert::Addressee;
use errand_model::issue::Assignee;
use errand_model::ticket::Ticket;
use errand_model::{EventId, InstallationId, IssueId, ProjectId, Timestamp};
use serde_json::Value;

use crate::attempt::IssueSummary;

pub use counted::{
    NewValue, PastMinute, PastMinutes, SessionsCounts, SessionsFilter, SessionsMinutes, StatsCounts,
    StatsFilter, StatsWindow,
};
pub use grants::{GrantFuture, Grants, KeptGrant, MemoryGrants};
pub use mail::{Image, Mail, MailError, MailFuture, Mailer, NoMail, Recipient};
pub use memory::MemoryServices;

/// What a service gives, later.
pub type ServiceFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, KvError>> + Send + 'a>>;

/// Entries that one installation may keep. Implementations answer [`KvError::Quota`] beyond.
pub const MAX_KV_ENTRIES: usize = 10_000;

/// What keys of the journal of effects begin with; no plugin can name such a key.
pub const JOURNAL_PREFIX: &str = "\u{1}once/";

/// Effects that the journal of one installation keeps, besides its own entries.
pub const MAX_JOURNAL_ENTRIES: usize = 100_000;

/// How many entries like the one of this key an installation may have: [`MAX_JOURNAL_ENTRIES`] or [`MAX_KV_ENTRIES`].
pub fn max_entries(key: &str) -> usize {
    match key.starts_with(JOURNAL_PREFIX) {
        true => MAX_JOURNAL_ENTRIES,
        false => MAX_KV_ENTRIES,
    }
}

/// A value of the key-value store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvEntry {
    /// The value.
    pub value: Vec<u8>,
    /// Grows with every change; the first is 1.
    pub revision: u64,
}

/// Why the key-value store did not do it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KvError {
    /// Too many entries.
    #[error("{0}")]
    Quota(String),
    /// The entry stands at another revision; 0 if there is none.
    #[error("the entry stands at revision {0}")]
    Conflict(u64),
    /// The storage fails.
    #[error("the storage fails: {0}")]
    Unavailable(String),
}

/// An answer, later.
pub type AnswerFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, ServiceError>> + Send + 'a>>;

/// Why a question has no answer.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ServiceError {
    /// There is no such thing, or it is none of the installation's business: the plugin is told the same.
    #[error("there is none")]
    NotFound,
    /// The question makes no sense. The text is for the plugin's author.
    #[error("{0}")]
    Invalid(String),
    /// The hub cannot answer this. The text is for the plugin's author.
    #[error("{0}")]
    Unsupported(String),
    /// The storage fails.
    #[error("the storage fails: {0}")]
    Unavailable(String),
}

/// An installation that an alert can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its id.
    pub id: InstallationId,
    /// What people call it.
    pub name: String,
    /// Which plugin it is of.
    pub plugin: String,
}

/// A page of what a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IssuePage {
    /// The issues.
    pub issues: Vec<IssueSummary>,
    /// What to give as `after` for the next page; none for the last.
    pub next: Option<String>,
}

/// A page of issues and the tickets that they are linked with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkedPage {
    /// The links.
    pub linked: Vec<(IssueId, Ticket)>,
    /// What to give as `after` for the next page; none for the last.
    pub next: Option<String>,
}

/// What the hub does for plugins. Keys and sizes are checked before; the installation is the caller's own, never
/// what a plugin said.
pub trait HostServices: Send + Sync {
    /// The entry of a key.
    fn kv_get<'a>(&'a self, installation: InstallationId, key: &'a str)
    -> ServiceFuture<'a, Option<KvEntry>>;

    /// Writes an entry and gives its new revision; with `expect`, only if it stands at that revision (0: if there
    /// is none).
    fn kv_put<'a>(
        &'a self,
        installation: InstallationId,
        key: &'a str,
        value: Vec<u8>,
        expect: Option<u64>,
    ) -> ServiceFuture<'a, u64>;

    /// Deletes an entry, if there is one.
    fn kv_delete<'a>(&'a self, installation: InstallationId, key: &'a str) -> ServiceFuture<'a, ()>;

    /// Keys that start with `prefix`, in byte order, after `after`, at most `limit`.
    fn kv_keys<'a>(
        &'a self,
        installation: InstallationId,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> ServiceFuture<'a, Vec<String>>;

    /// An issue as it stands, if the installation may see it.
    fn issue<'a>(&'a self, installation: InstallationId, issue: IssueId) -> AnswerFuture<'a, IssueSummary> {
        let _ = (installation, issue);
        Box::pin(async { Err(unsupported("issues")) })
    }

    /// The latest event of an issue that the installation may see, as a JSON object; none if none is kept.
    fn latest_event<'a>(
        &'a self,
        installation: InstallationId,
        issue: IssueId,
    ) -> AnswerFuture<'a, Option<Value>> {
        let _ = (installation, issue);
        Box::pin(async { Err(unsupported("events")) })
    }

    /// The latest event of an issue that had come in by then; otherwise like `latest_event`.
    fn event_at<'a>(
        &'a self,
        installation: InstallationId,
        issue: IssueId,
        at: Timestamp,
    ) -> AnswerFuture<'a, Option<Value>> {
        let _ = (installation, issue, at);
        Box::pin(async { Err(unsupported("events")) })
    }

    /// The other installations that may hear of what this one may see.
    fn targets<'a>(&'a self, installation: InstallationId) -> AnswerFuture<'a, Vec<Target>> {
        let _ = installation;
        Box::pin(async { Err(unsupported("other installations")) })
    }

    /// Who somebody is: of the people and teams that [`HostServices::assignee`] knows.
    fn addressee<'a>(
        &'a self,
        installation: InstallationId,
        who: Assignee,
    ) -> AnswerFuture<'a, Option<Addressee>> {
        let _ = (installation, who);
        Box::pin(async { Err(unsupported("people")) })
    }

    /// Whom an installation means by `user:12`, `team:3`, `team:slug` or an e-mail address; nobody if there is none.
    fn assignee<'a>(
        &'a self,
        installation: InstallationId,
        name: &'a str,
    ) -> AnswerFuture<'a, Option<Assignee>> {
        let _ = (installation, name);
        Box::pin(async { Err(unsupported("people")) })
    }

    /// The tickets of an issue that the installation may see, the oldest link first.
    fn links<'a>(&'a self, installation: InstallationId, issue: IssueId) -> AnswerFuture<'a, Vec<Ticket>> {
        let _ = (installation, issue);
        Box::pin(async { Err(unsupported("links")) })
    }

    /// The issues with a ticket that the installation may see, the newest first; at most 100.
    fn find_by_link<'a>(
        &'a self,
        installation: InstallationId,
        system: &'a str,
        id: &'a str,
    ) -> AnswerFuture<'a, Vec<IssueSummary>> {
        let _ = (installation, system, id);
        Box::pin(async { Err(unsupported("links")) })
    }

    /// The issue of an event, if the installation may see it.
    fn find_by_event<'a>(
        &'a self,
        installation: InstallationId,
        event: EventId,
    ) -> AnswerFuture<'a, IssueSummary> {
        let _ = (installation, event);
        Box::pin(async { Err(unsupported("events")) })
    }

    /// A page of at most `limit` links of issues that the installation may see with open tickets of a system, the oldest
    /// first.
    fn open_tickets<'a>(
        &'a self,
        installation: InstallationId,
        system: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> AnswerFuture<'a, LinkedPage> {
        let _ = (installation, system, after, limit);
        Box::pin(async { Err(unsupported("links")) })
    }

    /// A page of at most `limit` issues that the installation may see and a search finds, the latest seen first.
    fn search<'a>(
        &'a self,
        installation: InstallationId,
        query: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> AnswerFuture<'a, IssuePage> {
        let _ = (installation, query, after, limit);
        Box::pin(async { Err(unsupported("searches")) })
    }

    /// Unresolved issues of a project, or of all that the installation may see, of which at least so many events came in
    /// since then; at most 100.
    fn frequent<'a>(
        &'a self,
        installation: InstallationId,
        project: Option<ProjectId>,
        since: Timestamp,
        at_least: u64,
    ) -> AnswerFuture<'a, Vec<IssueSummary>> {
        let _ = (installation, project, since, at_least);
        Box::pin(async { Err(unsupported("counts")) })
    }

    /// Events of an issue that the installation may see in each of the last `hours` hours, the oldest first.
    fn hourly<'a>(
        &'a self,
        installation: InstallationId,
        issue: IssueId,
        hours: u32,
    ) -> AnswerFuture<'a, Vec<u64>> {
        let _ = (installation, issue, hours);
        Box::pin(async { Err(unsupported("counts")) })
    }

    /// How much there was since `since` of what the installation may see.
    fn count<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a StatsFilter,
        since: Timestamp,
    ) -> AnswerFuture<'a, StatsCounts> {
        let _ = (installation, filter, since);
        Box::pin(async { Err(unsupported("counts")) })
    }

    /// How the sessions went since the first time, and until the second if there is one, of what the installation may see.
    fn sessions<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a SessionsFilter,
        window: (Timestamp, Option<Timestamp>),
    ) -> AnswerFuture<'a, SessionsCounts> {
        let _ = (installation, filter, window);
        Box::pin(async { Err(unsupported("sessions")) })
    }

    /// How the sessions went from the first time to the second, minute by minute, of what the installation may see.
    fn sessions_by_minutes<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a SessionsFilter,
        window: (Timestamp, Timestamp),
    ) -> AnswerFuture<'a, SessionsMinutes> {
        let _ = (installation, filter, window);
        Box::pin(async { Err(unsupported("sessions")) })
    }

    /// What there was in a stretch of time of what the installation may see, minute by minute.
    fn by_minutes<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a StatsFilter,
        window: StatsWindow,
    ) -> AnswerFuture<'a, PastMinutes> {
        let _ = (installation, filter, window);
        Box::pin(async { Err(unsupported("counts")) })
    }

    /// How much there was in a stretch of time of what the installation may see.
    fn count_between<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a StatsFilter,
        window: StatsWindow,
    ) -> AnswerFuture<'a, StatsCounts> {
        let _ = (installation, filter, window);
        Box::pin(async { Err(unsupported("counts")) })
    }

    /// Values that a tag had from the first time to the second for the first time; of one project, or of all that the
    /// installation may see.
    fn new_values<'a>(
        &'a self,
        installation: InstallationId,
        project: Option<ProjectId>,
        tag: &'a str,
        window: (Timestamp, Timestamp),
    ) -> AnswerFuture<'a, Vec<NewValue>> {
        let _ = (installation, project, tag, window);
        Box::pin(async { Err(unsupported("values")) })
    }
}

fn unsupported(what: &str) -> ServiceError {
    ServiceError::Unsupported(format!("there are no {what} here"))
}
