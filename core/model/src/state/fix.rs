//! What releases and deploys do to an issue that is resolved in one.

use super::{State, Transition};
use crate::issue::{Deployed, Resolution, Status};
use crate::lifecycle::Change;
use crate::release::{Heard, holds_fix};

impl State {
    /// Whether it is resolved by a fix that no deploy has brought yet. What was resolved at once needs none.
    pub fn awaits_deploy(&self) -> bool {
        self.awaited().is_some()
    }

    /// The release that the fix is in, where it is known.
    pub fn fixed_in(&self) -> Option<&str> {
        match &self.resolution {
            Some(Resolution::InRelease { version }) if self.status == Status::Resolved => Some(version),
            _ => None,
        }
    }

    /// What a deploy is to bring.
    fn awaited(&self) -> Option<&Resolution> {
        let resolution = self
            .resolution
            .as_ref()
            .filter(|resolution| **resolution != Resolution::Now);
        resolution.filter(|_| self.status == Status::Resolved && self.deployed.is_none())
    }

    /// A release went to where customers are. The first that holds the fix is told; then it is also known which one
    /// "the next release" was, if it was not yet.
    pub fn on_deploy(&self, deploy: &Deployed, heard: Heard<'_>) -> Option<Transition> {
        let resolution = self.awaited()?;
        holds_fix(&deploy.release, resolution, heard).then(|| Transition {
            to: State {
                deployed: Some(deploy.clone()),
                ..self.bound_to(&deploy.release)
            },
            change: Some(Change::FixDeployed {
                release: deploy.release.clone(),
                environment: deploy.environment.clone(),
                url: deploy.url.clone(),
                resolution: resolution.clone(),
            }),
        })
    }

    /// A release was made: it may be the one that "the next release" stood for.
    pub fn on_release(&self, release: &str, heard: Heard<'_>) -> Option<Transition> {
        let resolution = self.awaited()?;
        let is_next = matches!(resolution, Resolution::InNextRelease { .. });
        (is_next && holds_fix(release, resolution, heard)).then(|| Transition {
            to: self.bound_to(release),
            change: None,
        })
    }

    /// Commits were said to be in a release: what was resolved in one of them is resolved in that release. Short ids of
    /// commits stand for the long ones that begin so.
    pub fn on_commits(&self, release: &str, commits: &[String]) -> Option<Transition> {
        const SHORTEST: usize = 7;
        let Resolution::InCommit { commit: fix } = self.awaited()? else {
            return None;
        };
        let is_fix = |commit: &String| {
            let length = commit.len().min(fix.len());
            length >= SHORTEST && commit.as_bytes()[..length].eq_ignore_ascii_case(&fix.as_bytes()[..length])
        };
        commits.iter().any(is_fix).then(|| Transition {
            to: State {
                resolution: Some(Resolution::InRelease {
                    version: release.to_owned(),
                }),
                ..self.clone()
            },
            change: None,
        })
    }

    /// The same, with "the next release" known to be this one.
    fn bound_to(&self, release: &str) -> Self {
        let mut bound = self.clone();
        if let Some(Resolution::InNextRelease { .. }) = bound.resolution {
            bound.resolution = Some(Resolution::InRelease {
                version: release.to_owned(),
            });
        }
        bound
    }
}
