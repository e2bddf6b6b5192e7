//! What plugins have in common that post through the address of a webhook.

use serde::Deserialize;

use super::card::Card;
use super::filter::Filter;
use super::template::Template;
use crate::{Event, Failure, Problem, Secret, http};

/// How long a webhook is waited for.
const TIMEOUT_MS: u32 = 10_000;
/// What is told where the settings do not say.
const TOLD: [&str; 5] = [
    "issue.created",
    "issue.regressed",
    "issue.escalating",
    "issue.resolved",
    "alert.raised",
];

/// The settings of such a plugin: `webhook_url` (a secret of type `url`), `only` (a [`Filter`]), `changes` (of type
/// `choices`) and `template`.
#[derive(Clone, Debug, Deserialize)]
pub struct HookSettings {
    webhook_url: Secret,
    #[serde(default)]
    only: String,
    #[serde(default)]
    changes: Vec<String>,
    template: Option<String>,
}

impl HookSettings {
    /// What is wrong with them.
    pub fn check(&self) -> Vec<Problem> {
        let filter = Filter::parse(&self.only)
            .err()
            .map(|why| Problem::with("only", why));
        let template = self.template().err().map(|why| match why {
            Failure::Config(problem) => problem,
            other => Problem::with("template", other.to_string()),
        });
        filter.into_iter().chain(template).collect()
    }

    /// Whether a change is told.
    pub fn tells(&self, event: &Event) -> bool {
        match self.changes.is_empty() {
            true => TOLD.contains(&event.change.as_str()),
            false => self.changes.contains(&event.change),
        }
    }

    /// The only room, if the issue is one that is wanted.
    ///
    /// # Errors
    /// [`Failure`] if the filter cannot be read, or the hub cannot say who is in a team.
    pub fn room(&self, card: &Card) -> Result<Vec<String>, Failure> {
        let filter = Filter::parse(&self.only).map_err(|why| Failure::config("only", why))?;
        let is_wanted = filter.holds(&card.facts())?;
        Ok(is_wanted.then(|| "webhook".to_owned()).into_iter().collect())
    }

    /// What messages say instead, if the admin wants something else.
    ///
    /// # Errors
    /// [`Failure::Config`] if it cannot be read.
    pub fn template(&self) -> Result<Option<Template>, Failure> {
        let text = self
            .template
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let read = text.map(|text| Template::parse(&text.replace("\\n", "\n")));
        read.transpose().map_err(|why| Failure::config("template", why))
    }

    /// A request to the webhook, or to what stands behind its address.
    pub fn request(&self, method: &str, behind: &str) -> http::Request {
        http::request_to(method, &self.webhook_url, behind).timeout_ms(TIMEOUT_MS)
    }

    /// What became of it: a webhook that is not there any more, or refuses whom it knew, is a wrong setting.
    ///
    /// # Errors
    /// [`Failure`], by the answer.
    pub fn answered(&self, answer: http::Response) -> Result<http::Response, Failure> {
        match answer.status() {
            401 | 403 | 404 | 410 => {
                let status = answer.status();
                let message =
                    format!("the webhook is not there any more, or not meant for this: it answered {status}");
                Err(Failure::config("webhook_url", message))
            }
            _ => answer.ok(),
        }
    }
}
