//! Buttons on issues: somebody pressed one and waits.

use errand_model::issue::Issue;
use errand_model::lifecycle::Actor;
use errand_model::occasion::Occasion;
use errand_plugin_host::{
    ActionCall, ActionReply, CheckError, ChoicePage, ConfigProblem, DrawnForm, FindCall, FormCall,
    IssueSummary,
};
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

/// Which form somebody looks at, and what is filled in so far.
#[derive(Clone, Debug)]
pub struct Form {
    /// Whose plugin's.
    pub installation: Installation,
    /// Of which button.
    pub action: String,
    /// On which issue.
    pub issue: Issue,
    /// Who.
    pub by: Actor,
    /// What is filled in so far, a JSON object.
    pub input: Value,
}

impl Occasions {
    /// The form of a button that the plugin draws; or why there is none, in words.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn draw(&self, form: &Form) -> Result<Result<DrawnForm, String>, errand_store::Error> {
        let call = self.form_call(form).await?;
        let drawn = self.plugins.draw(&form.installation.plugin_name(), call).await;
        Ok(drawn.map_err(|error| why_not(&error)))
    }

    /// What may be chosen for a field of such a form; or why that cannot be said, in words.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find(
        &self,
        form: &Form,
        field: &str,
        (query, page): (&str, Option<&str>),
    ) -> Result<Result<ChoicePage, String>, errand_store::Error> {
        let call = FindCall {
            form: self.form_call(form).await?,
            field: field.to_owned(),
            query: query.to_owned(),
            page: page.map(str::to_owned),
        };
        let found = self.plugins.find(&form.installation.plugin_name(), call).await;
        Ok(found.map_err(|error| why_not(&error)))
    }

    async fn form_call(&self, form: &Form) -> Result<FormCall, errand_store::Error> {
        Ok(FormCall {
            installation: form.installation.id,
            config: form.installation.settings(),
            grant: form.installation.grant.clone(),
            action: form.action.clone(),
            issue: self.summary(&form.issue).await?,
            by: form.by.clone(),
            input: form.input.clone(),
        })
    }

    /// Has a plugin do what a button asks for, once, with what its form was filled in with.
    ///
    /// # Errors
    /// [`PressError`] if the plugin is not even asked.
    pub async fn press(&self, form: &Form) -> Result<Pressed, PressError> {
        let (installation, action) = (&form.installation, form.action.as_str());
        let offered = self.plugins.actions(&installation.plugin_name());
        let offered = offered.iter().find(|offered| offered.id == action);
        let offered = offered.ok_or(PressError::NoAction)?;
        let problems = match offered.drawn {
            false => offered.check(&form.input),
            // As it is drawn at this moment: what was sent may be of an older one, or of nobody's.
            true => match self.draw(form).await? {
                Ok(drawn) => drawn.check(&form.input),
                Err(why) => return Ok(Pressed::Failed(why)),
            },
        };
        if !problems.is_empty() {
            return Err(PressError::Input(problems));
        }
        let summary = self.summary(&form.issue).await?;
        let (by, input) = (form.by.clone(), form.input.clone());
        let details = json!({ "by": by, "input": input });
        let made = self.begin(Occasion::Action, action, Some(form.issue.id), details);
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

/// Why a plugin draws no form, in words for who waits.
fn why_not(error: &CheckError) -> String {
    match error {
        CheckError::Call(_) => "The plugin broke off while it drew its form.".to_owned(),
        other => other.to_string(),
    }
}
