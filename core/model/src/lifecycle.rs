//! What can happen to an issue, and who did it: the rows of the outbox.

use serde::{Deserialize, Serialize};

use crate::alert::Alert;
use crate::issue::{ArchiveUntil, Assignee, Resolution};
use crate::ticket::Ticket;
use crate::{InstallationId, IssueId, LifecycleId, OrganizationId, ProjectId, Timestamp, UserId};

/// A change worth telling, written in the transaction that made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LifecycleEvent {
    /// Grows with time.
    pub id: LifecycleId,
    /// Whose issue it is.
    pub organization: OrganizationId,
    /// Whose issue it is.
    pub project: ProjectId,
    /// The issue.
    pub issue: IssueId,
    /// What happened.
    pub change: Change,
    /// Who did it.
    pub actor: Actor,
    /// How many plugin-made changes led to this one; bounded, so that plugins cannot answer each other for ever.
    pub chain_depth: i16,
    /// When.
    pub at: Timestamp,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Actor {
    /// The hub itself: a new event, a timer.
    System,
    /// A person, or a token that acts for nobody in particular.
    User {
        /// The person; none for a token.
        id: Option<UserId>,
        /// What to call them.
        name: String,
    },
    /// A plugin.
    Plugin {
        /// Which.
        installation: InstallationId,
    },
    /// Somebody in another system, for whom a plugin speaks.
    External {
        /// Which plugin.
        installation: InstallationId,
        /// What the other system knows him by.
        id: Option<String>,
        /// What to call him.
        name: String,
    },
}

impl Actor {
    /// The installation that did it, if one did: for itself, or for somebody.
    pub const fn installation(&self) -> Option<InstallationId> {
        match self {
            Actor::System | Actor::User { .. } => None,
            Actor::Plugin { installation } | Actor::External { installation, .. } => Some(*installation),
        }
    }
}

/// What happened. Stored as JSON: variants and fields may be added, never renamed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// The first event of a new issue.
    Created,
    /// It happened again after it was resolved.
    Regressed {
        /// How it had been resolved.
        resolution: Option<Resolution>,
        /// The release it happened in.
        release: Option<String>,
    },
    /// It grew beyond what its archiving allowed.
    Escalating {
        /// In words: `seen 100 more times`.
        reason: String,
    },
    /// It was said to be done.
    Resolved {
        /// How.
        resolution: Resolution,
    },
    /// It was taken up again by hand.
    Unresolved,
    /// It was archived.
    Archived {
        /// Until when.
        until: ArchiveUntil,
    },
    /// It was given to somebody, or to nobody.
    Assigned {
        /// To whom.
        assignee: Option<Assignee>,
    },
    /// Somebody wrote something.
    Commented {
        /// The comment's activity row.
        activity: i64,
        /// What, as Markdown.
        text: String,
    },
    /// Other issues were folded into it.
    Merged {
        /// Which.
        losers: Vec<IssueId>,
    },
    /// Hashes were taken out of it, into a new issue.
    Unmerged {
        /// The new issue.
        into: IssueId,
    },
    /// It was deleted; `discard` drops its future events too.
    Deleted {
        /// Whether its future events are dropped.
        discard: bool,
    },
    /// Its priority was set by hand.
    Prioritized {
        /// To what.
        priority: crate::issue::Priority,
    },
    /// It belongs together with a ticket of another system.
    Linked {
        /// As it stood then.
        ticket: Ticket,
    },
    /// A ticket that it is linked with stands otherwise now.
    TicketMoved {
        /// As it stands.
        ticket: Ticket,
        /// Its state before.
        was: String,
    },
    /// It does not any more.
    Unlinked {
        /// As it last stood.
        ticket: Ticket,
    },
    /// A rule wants plugins to act. Told to those that it names only.
    AlertRaised(Alert),
    /// The release that holds its fix, or a later one, was deployed to where customers are: once for each time that it
    /// was resolved.
    FixDeployed {
        /// The release that was deployed.
        release: String,
        /// Where to.
        environment: String,
        /// A page about the deploy, if it named one.
        url: Option<String>,
        /// How it had been resolved.
        resolution: Resolution,
    },
}

impl Change {
    /// The name plugins and webhooks hear: `issue.created`.
    pub const fn name(&self) -> &'static str {
        match self {
            Change::Created => "issue.created",
            Change::Regressed { .. } => "issue.regressed",
            Change::Escalating { .. } => "issue.escalating",
            Change::Resolved { .. } => "issue.resolved",
            Change::Unresolved => "issue.unresolved",
            Change::Archived { .. } => "issue.archived",
            Change::Assigned { .. } => "issue.assigned",
            Change::Commented { .. } => "issue.commented",
            Change::Merged { .. } => "issue.merged",
            Change::Unmerged { .. } => "issue.unmerged",
            Change::Deleted { .. } => "issue.deleted",
            Change::Prioritized { .. } => "issue.prioritized",
            Change::Linked { .. } => "issue.linked",
            Change::TicketMoved { .. } => "issue.ticket_moved",
            Change::Unlinked { .. } => "issue.unlinked",
            Change::AlertRaised(_) => "alert.raised",
            Change::FixDeployed { .. } => "fix.deployed",
        }
    }
}
