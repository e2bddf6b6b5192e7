//! How an installation is told of what it is owed: one by one, the latest alone, or together.

use serde::{Deserialize, Serialize};

use crate::{IssueId, ProjectId};

/// How an installation is told of what it is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Telling {
    /// Each by itself, in order for each issue.
    #[default]
    Each,
    /// The latest of each issue alone: a later one takes the place of those that still wait.
    Latest,
    /// Together, after a while.
    Together(Digest),
}

/// What makes a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// How long what comes is gathered, from the first on.
    pub window_seconds: i64,
    /// What is gathered with each other.
    pub by: GatherBy,
    /// How many at most are told together; as soon as there are that many, they are.
    pub most: usize,
}

/// What is gathered with each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GatherBy {
    /// What happens to one issue.
    Issue,
    /// What happens in one project.
    #[default]
    Project,
    /// All that the installation is owed.
    Installation,
}

impl GatherBy {
    /// What stands for it: plugins are told it, and rows hold it.
    pub fn name(self, project: ProjectId, issue: IssueId) -> String {
        match self {
            GatherBy::Issue => format!("issue/{issue}"),
            GatherBy::Project => format!("project/{project}"),
            GatherBy::Installation => "installation".to_owned(),
        }
    }
}
