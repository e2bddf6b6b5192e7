//! Who reads alert rules, as requests need it. Defined here, where it is used; the plugins stand behind it.

pub(crate) mod saved;

use errand_model::{InstallationId, IssueId, ProjectId, Timestamp};
use futures_util::future::BoxFuture;

/// The plugin that rules are settings of.
pub const PLUGIN: &str = "alert-rules";

/// What rules would have done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BackTest {
    /// Changes of issues that were looked at.
    pub changes: usize,
    /// Whether there were more, before those.
    pub is_capped: bool,
    /// Each time that a rule would have fired, the oldest first.
    pub firings: Vec<Firing>,
}

/// A time that a rule would have fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Firing {
    /// Which rule.
    pub rule: String,
    /// About which issue.
    pub issue: IssueId,
    /// `SHOP-1A`.
    pub short_id: String,
    /// What it is called.
    pub title: String,
    /// Because of what: `issue.created`, `issue.grows`.
    pub change: String,
    /// When.
    pub at: Timestamp,
}

/// Why rules cannot be read or tried.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The rules are wrong, or take too long: for who wrote them.
    #[error("{0}")]
    Refused(String),
    /// The hub fails.
    #[error("the rules cannot be tried: {0}")]
    Failed(String),
}

/// Reads rules, and tries them.
pub trait Rules: Send + Sync {
    /// What is wrong with a text of rules; nothing if it is good.
    fn check<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Vec<String>, RulesError>>;

    /// What the rules would have done about what happened in a project since then, as an installation of it.
    fn look_back<'a>(
        &'a self,
        project: ProjectId,
        installation: InstallationId,
        text: &'a str,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<BackTest, RulesError>>;
}
