//! Buttons on issues: somebody pressed one and waits.

use errand_model::issue::Issue;
use errand_model::lifecycle::Actor;
use errand_model::occasion::Occasion;
use errand_plugin_host::{ActionCall, ActionReply, ConfigProblem, IssueSummary};
use errand_store::installations::Installation;
use errand_store::{organizations, projects};
use serde_json::{Value, json};

use super::{Occasions, called, in_words};

/// What came of a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// The plugin answered.
    Answered(ActionReply),
    /// It did not do it: why, in words for who pressed it.
    Failed(String),
}

/// Why a button does nothing.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// The plugin offers no such button.
    #[error("the plugin offers no such button")]
    NoAction,
    /// What its form asks for is missing or wrong.
    #[error("the form is not filled in as it should be")]
    Input(Vec<ConfigProblem>),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] errand_store::Error),
}

impl Occasions {
    /// Has a plugin do what a button asks for, once. `input` holds what its form asks for, a JSON object.
    ///
    /// # Errors
    /// [`PressError`] if the plugin is not even asked.
    pub async fn press(
        &self,
        installation: &Installation,
        action: &str,
        issue: &Issue,
        (by, input): (Actor, Value),
    ) -> Result<Pressed, PressError> {
        let offered = self.plugins.actions(&installation.plugin_name());
        let offered = offered.iter().find(|offered| offered.id == action);
        let problems = offered.ok_or(PressError::NoAction)?.check(&input);
        if !problems.is_empty() {
            return Err(PressError::Input(problems));
        }
        let summary = self.summary(issue).await?;
        let details = json!({ "by": by, "input": input });
        let made = self.begin(Occasion::Action, action, Some(issue.id), details);
        let call = ActionCall {
            head: self.head(&made, installation),
            action: action.to_owned(),
            issue: summary,
            by,
            input,
        };
        let called = called(self.plugins.act(&installation.plugin_name(), call)).await;
        let mut tx = self.hub.db.begin().await?;
        self.record(&mut tx, made, installation, &called.attempt).await?;
        tx.commit().await?;
        Ok(match called.reply {
            Some(reply) => Pressed::Answered(reply),
            None => Pressed::Failed(in_words(&called.attempt.outcome)),
        })
    }

    pub(super) async fn summary(&self, issue: &Issue) -> Result<IssueSummary, errand_store::Error> {
        let missing = |what| errand_store::Error::Missing { what };
        let project = projects::by_id(&self.hub.db, issue.project).await?;
        let project = project.ok_or(missing("project"))?;
        let organization = organizations::by_id(&self.hub.db, project.organization).await?;
        let organization = organization.ok_or(missing("organization"))?;
        Ok(IssueSummary::new(
            issue,
            &project,
            &organization.slug,
            &self.base_url,
        ))
    }
}
