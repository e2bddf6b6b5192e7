//! Making other plugins act: they hear `alert.raised`, if they are named and subscribe to it.
//!
//! ```ignore
//! alerts::Alert::new("Fatal in production", "it is new").to("Team chat").tell("team:checkout").raise(&event.issue.id)?;
//! ```

use serde_json::{Map, Value};

use crate::bindings::errand::plugin::alerts as wit;
use crate::{Failure, Problem};

pub use wit::Target;

/// An alert to be raised.
#[derive(Clone, Debug)]
pub struct Alert {
    alert: wit::Alert,
    extra: Map<String, Value>,
}

impl Alert {
    /// One that a rule raises, for a reason; those who are named are to notify somebody.
    pub fn new(rule: &str, reason: &str) -> Self {
        Alert {
            alert: wit::Alert {
                rule: rule.to_owned(),
                reason: reason.to_owned(),
                action: "notify".to_owned(),
                to: Vec::new(),
                people: Vec::new(),
                extra: String::new(),
            },
            extra: Map::new(),
        }
    }

    /// They are to do something else: `ticket`.
    #[must_use]
    pub fn action(mut self, action: &str) -> Self {
        action.clone_into(&mut self.alert.action);
        self
    }

    /// Names an installation that is to act, by id or name.
    #[must_use]
    pub fn to(mut self, installation: &str) -> Self {
        self.alert.to.push(installation.to_owned());
        self
    }

    /// Names somebody whom they are to tell: `user:12`, `team:backend`, an e-mail address.
    #[must_use]
    pub fn tell(mut self, whom: &str) -> Self {
        self.alert.people.push(whom.to_owned());
        self
    }

    /// Says something more.
    #[must_use]
    pub fn extra(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(key.to_owned(), value.into());
        self
    }

    /// Raises it about an issue, once the call has ended well.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be asked for; where nobody is called so, it says who there is.
    pub fn raise(mut self, issue: &str) -> Result<(), Failure> {
        self.alert.extra = Value::Object(self.extra).to_string();
        wit::raise(issue, &self.alert).map_err(failed)
    }
}

/// Whom an alert can name.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn targets() -> Result<Vec<Target>, Failure> {
    wit::targets().map_err(failed)
}

fn failed(error: wit::Error) -> Failure {
    match error {
        wit::Error::NotFound => Failure::permanent("there is no such issue here"),
        wit::Error::Unavailable(message) => Failure::retry(message),
        wit::Error::Invalid(message) => Failure::Config(Problem { field: None, message }),
        wit::Error::BudgetExhausted(message) => Failure::permanent(message),
    }
}
