//! Trials: a plugin is told of a change that did not happen, to see whether its settings are right.

use errand_model::alert::Alert;
use errand_model::issue::{Issue, Resolution};
use errand_model::lifecycle::{Actor, Change, LifecycleEvent};
use errand_model::occasion::Occasion;
use errand_model::project::Project;
use errand_model::search::{Query, Sort};
use errand_model::telling::Telling;
use errand_model::{InstallationId, LifecycleId};
use errand_plugin_host::{Attempt, CallHead, DeliveryCall, DigestCall, IssueSummary};
use errand_store::installations::Installation;
use errand_store::issues::{self, Search};
use errand_store::projects;
use serde_json::json;

use super::{Made, Occasions, PATIENCE};
use crate::calling::within;

/// Why a plugin cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// There is no issue to tell it of.
    #[error("there is no issue yet to try it with")]
    NoIssue,
    /// It hears of no change under these settings.
    #[error("the plugin hears of no change that it could be tried with")]
    HearsNothing,
    /// The database fails.
    #[error(transparent)]
    Store(#[from] errand_store::Error),
}

impl Occasions {
    /// Tells a plugin of the latest issue that it may see, as if something had just happened to it, with the settings in
    /// `installation`. In a dry run nothing is sent, changed or written down.
    ///
    /// # Errors
    /// [`TrialError`] if the plugin is not even called.
    pub async fn try_out(
        &self,
        installation: &Installation,
        is_dry_run: bool,
    ) -> Result<Attempt, TrialError> {
        let change = self.change_for(installation).ok_or(TrialError::HearsNothing)?;
        let issue = self.latest(installation).await?.ok_or(TrialError::NoIssue)?;
        let summary = self.summary(&issue).await?;
        let details = json!({ "made_up": true });
        let made = self.begin(Occasion::Trial, change.name(), Some(issue.id), details);
        let event = LifecycleEvent {
            id: LifecycleId(made.id.0),
            organization: installation.organization,
            project: issue.project,
            issue: issue.id,
            change,
            actor: Actor::System,
            chain_depth: 0,
            at: made.started,
        };
        let attempt = self.tell((installation, is_dry_run), &made, event, summary).await;
        if !is_dry_run {
            let mut tx = self.hub.db.begin().await?;
            self.record(&mut tx, made, installation, &attempt).await?;
            tx.commit().await?;
        }
        Ok(attempt)
    }

    async fn tell(
        &self,
        (installation, is_dry_run): (&Installation, bool),
        made: &Made,
        event: LifecycleEvent,
        issue: IssueSummary,
    ) -> Attempt {
        let plugin = installation.plugin_name();
        let head = CallHead {
            is_dry_run,
            ..self.head(made, installation)
        };
        let called = match self.plugins.telling(&plugin, &installation.settings()) {
            Telling::Together(digest) => {
                let call = DigestCall {
                    group: digest.by.name(event.project, event.issue),
                    events: vec![(event, issue)],
                    head,
                };
                within(PATIENCE, self.plugins.digest(&plugin, call)).await
            }
            Telling::Each | Telling::Latest => {
                let call = DeliveryCall {
                    delivery: head.delivery,
                    installation: head.installation,
                    idempotency_key: head.idempotency_key,
                    attempt: head.attempt,
                    is_replay: head.is_replay,
                    is_dry_run,
                    timeout: head.timeout,
                    event,
                    issue,
                    skipped: Vec::new(),
                    config: head.config,
                    grant: head.grant,
                };
                within(PATIENCE, self.plugins.deliver(&plugin, call)).await
            }
        };
        called.unwrap_or_else(|late| late)
    }

    /// The first change that the plugin wants to hear of.
    fn change_for(&self, installation: &Installation) -> Option<Change> {
        let (plugin, config) = (installation.plugin_name(), installation.settings());
        let mut changes = made_up(installation.id).into_iter();
        changes.find(|change| self.plugins.wants(&plugin, &config, change.name()))
    }

    /// The issue seen last of those that an installation may see.
    async fn latest(&self, installation: &Installation) -> errand_store::Result<Option<Issue>> {
        let db = &self.hub.db;
        let projects = projects::list(db, Some(installation.organization)).await?;
        let is_seen = |one: &Project| installation.project.is_none_or(|only| only == one.id);
        let projects: Vec<Project> = projects.into_iter().filter(is_seen).collect();
        let search = Search {
            organization: installation.organization,
            projects: &projects,
            query: &Query::default(),
            viewer: None,
        };
        let page = issues::list(db, &search, Sort::LastSeen, None, 1).await?;
        Ok(page.rows.into_iter().next())
    }
}

/// Changes to tell of, the likeliest first.
fn made_up(installation: InstallationId) -> [Change; 7] {
    [
        Change::Created,
        Change::Regressed {
            resolution: None,
            release: None,
        },
        Change::AlertRaised(Alert {
            rule: "A trial".to_owned(),
            reason: "somebody tries the plugin".to_owned(),
            action: "notify".to_owned(),
            to: vec![installation],
            people: Vec::new(),
            extra: json!({}),
        }),
        Change::Escalating {
            reason: "somebody tries the plugin".to_owned(),
        },
        Change::Resolved {
            resolution: Resolution::Now,
        },
        Change::Unresolved,
        Change::Assigned { assignee: None },
    ]
}
