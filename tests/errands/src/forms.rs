//! Forms of buttons that a plugin draws.

use anyhow::{Context, Result};
use errand_model::IssueId;
use errand_model::grant::Grant;
use errand_plugin_host::{ChoicePage, DrawnForm, FindCall, FormCall};
use serde_json::Value;

use crate::{INSTALLATION, Stand, ada};

impl Stand {
    /// Somebody looks at the form of a button, with what is filled in so far.
    pub async fn draw(&self, action: &str, issue: IssueId, input: Value) -> Result<DrawnForm> {
        let call = self.form(action, issue, input)?;
        Ok(self.host.draw(&self.plugin, call).await?)
    }

    /// Somebody looks for what may be chosen for a field of that form.
    pub async fn find(
        &self,
        (action, field): (&str, &str),
        issue: IssueId,
        input: Value,
        query: &str,
    ) -> Result<ChoicePage> {
        let call = FindCall {
            form: self.form(action, issue, input)?,
            field: field.to_owned(),
            query: query.to_owned(),
            page: None,
        };
        Ok(self.host.find(&self.plugin, call).await?)
    }

    fn form(&self, action: &str, issue: IssueId, input: Value) -> Result<FormCall> {
        Ok(FormCall {
            installation: INSTALLATION,
            config: self.settings.clone(),
            grant: Grant::default(),
            action: action.to_owned(),
            issue: self.hub.issue(issue).context("the issue is there")?,
            by: ada(),
            input,
        })
    }
}
