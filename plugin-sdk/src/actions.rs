//! Buttons on issues.

use serde_json::{Map, Value};

use crate::bindings::actions::exports::errand::plugin::actions as export;
use crate::bindings::errand::plugin::types as wit;
use crate::plugin::{Adapter, current};
use crate::{Actor, Call, Failure, Issue, Plugin};

/// A plugin that offers buttons; they and their forms stand in the manifest under `actions`.
pub trait Actions: Plugin {
    /// Somebody pressed one, and waits. It is not tried again.
    ///
    /// # Errors
    /// A [`Failure`], which is shown to who pressed it.
    fn on_action(call: &Call, action: &Action, settings: &Self::Settings) -> Result<Reply, Failure>;
}

/// A button that was pressed.
#[derive(Clone, Debug)]
pub struct Action {
    /// Which: the id in the manifest.
    pub id: String,
    /// On which issue.
    pub issue: Issue,
    /// Who.
    pub by: Actor,
    /// What its form asked for.
    pub input: Map<String, Value>,
}

impl Action {
    pub(crate) fn new(id: String, issue: Issue, by: Actor, input: &str) -> Self {
        Action {
            id,
            issue,
            by,
            input: serde_json::from_str(input).unwrap_or_default(),
        }
    }

    /// What a text of the form says, without blanks at its ends; empty where it is not filled in.
    pub fn text(&self, key: &str) -> &str {
        let text = self.input.get(key).and_then(Value::as_str);
        text.unwrap_or_default().trim()
    }
}

/// What to show who pressed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// A sentence.
    pub message: Option<String>,
    /// Where to go next.
    pub open_url: Option<String>,
}

impl Reply {
    /// A sentence alone.
    pub fn message(message: impl Into<String>) -> Self {
        Reply {
            message: Some(message.into()),
            open_url: None,
        }
    }
}

impl<P: Actions> export::Guest for Adapter<P> {
    fn on_action(
        delivery: wit::Delivery,
        action: String,
        issue: wit::Issue,
        by: wit::Actor,
        input: String,
    ) -> Result<export::Reply, wit::Failure> {
        let action = Action::new(action, issue, by, &input);
        let run = || P::on_action(&Call::from(delivery), &action, &current::<P>()?);
        let reply = run().map_err(wit::Failure::from)?;
        Ok(export::Reply {
            message: reply.message,
            open_url: reply.open_url,
        })
    }
}
