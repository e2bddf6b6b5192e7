//! What the services of vendors do, as far as plugins see it: for [`crate::contract::Mock`].

pub mod chats;
mod forges;
pub mod jira;
mod linear;
mod pagers;
pub mod sentry;
pub mod slack;
pub mod zendesk;

pub use forges::{GitHub, GitLab, Issue as ForgeIssue, Issues as ForgeIssues};
pub use linear::{Linear, LinearIssue};
pub use pagers::{Opsgenie, PagerDuty};
pub use sentry::Sentry;
