//! The nouns of the hub, for every other crate: ids, time, events, issues, what may happen to them.
//!
//! No I/O, no async, and no logic beyond what keeps a noun valid. To add a happening that plugins and people
//! hear of, add a variant to [`lifecycle::Change`] and follow the compiler.
//!
//! | word | meaning |
//! | --- | --- |
//! | event | one occurrence, as an SDK sent it |
//! | issue | the events with one cause |
//! | grouping hash | what decides the issue of an event |
//! | lifecycle event | a change of an issue worth telling; the outbox holds them |
//! | installation | a plugin configured for an organization |
//! | delivery | one lifecycle event owed to one installation |
//! | attempt | one try of a delivery |
//! | ticket | what another system has of an issue: its links |
//! | occasion | what else wakes a plugin: a job that is due, another system, a button |
//! | release | a version of a project's program, which events name and people make known |
//! | deploy | a release that went to an environment |
//! | grant | what an administrator lets an installation reach |
//! | destination | a host that an installation sends its requests to |

pub mod access;
pub mod alert;
mod clock;
pub mod clue;
pub mod cron;
pub mod delivery;
pub mod destination;
pub mod digested;
pub mod erasure;
pub mod event;
pub mod filters;
pub mod grant;
pub mod health;
mod id;
pub mod issue;
mod level;
pub mod lifecycle;
pub mod mention;
pub mod notice;
pub mod occasion;
pub mod outcome;
pub mod page;
pub mod patience;
pub mod project;
pub mod question;
pub mod release;
pub mod search;
mod secret;
pub mod similar;
pub mod single_sign_on;
pub mod staged;
pub mod state;
pub mod telling;
pub mod ticket;
pub mod urgency;
pub mod version;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use id::{
    CallId, DeliveryId, EventId, EventRow, GroupHash, Ids, InstallationId, IssueId, KeyId, LifecycleId,
    OrganizationId, ParseIdError, ProjectId, SessionId, TeamId, TokenId, UserId,
};
pub use level::Level;
pub use secret::Secret;
