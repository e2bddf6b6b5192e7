//! What the services of vendors do, as far as plugins see it: for [`crate::contract::Mock`].

mod forges;
pub mod jira;
mod linear;
mod pagers;

pub use forges::{GitHub, GitLab, Issue as ForgeIssue, Issues as ForgeIssues};
pub use linear::{Linear, LinearIssue};
pub use pagers::{Opsgenie, PagerDuty};
