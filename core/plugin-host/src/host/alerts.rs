//! `alerts`: other plugins are made to act, once the call is acknowledged.

use errand_model::InstallationId;
use errand_model::alert::{Addressee, Alert};
use errand_model::staged::Edit;
use serde_json::Value;

use super::issue_changes::named;
use crate::bindings::v1::errand::plugin::alerts::{Alert as GuestAlert, Error, Host, Target};
use crate::bindings::v1::errand::plugin::issue_changes as changes;
use crate::instance::State;
use crate::services::{self, ServiceError};

/// Installations, and people, that one alert names.
const MAX_NAMED: usize = 20;
/// Bytes of a reason.
const MAX_REASON: usize = 1_000;
/// Bytes of what is said besides.
const MAX_EXTRA: usize = 4 << 10;

impl Host for State {
    async fn raise(&mut self, issue: String, alert: GuestAlert) -> Result<(), Error> {
        if alert.to.is_empty() || alert.to.len() > MAX_NAMED || alert.people.len() > MAX_NAMED {
            return Err(Error::Invalid(format!(
                "an alert names 1 to {MAX_NAMED} installations, and up to {MAX_NAMED} people"
            )));
        }
        let extra: Value = serde_json::from_str(&alert.extra).unwrap_or_default();
        if !extra.is_object() || alert.extra.len() > MAX_EXTRA {
            return Err(Error::Invalid(format!(
                "extra is a JSON object of at most {MAX_EXTRA} bytes"
            )));
        }
        let mut reason = self.secrets.scrub(&alert.reason).replace(char::is_control, " ");
        reason.truncate(reason.floor_char_boundary(MAX_REASON));
        let mut people = Vec::with_capacity(alert.people.len());
        for name in &alert.people {
            people.push(self.addressee(name).await?);
        }
        let alert = Alert {
            rule: named("a rule", self.secrets.scrub(&alert.rule))?,
            reason,
            action: named("an action", alert.action)?,
            to: self.installations(&alert.to).await?,
            people,
            extra,
        };
        let terms = changes::Terms {
            on_behalf_of: None,
            expect: None,
        };
        Ok(self.stage(&issue, Edit::Raise { alert }, terms).await?)
    }

    async fn targets(&mut self) -> Result<Vec<Target>, Error> {
        let targets = self.known_targets().await?;
        let shown = targets.iter().map(|target| Target {
            id: target.id.to_string(),
            name: target.name.clone(),
            plugin: target.plugin.clone(),
        });
        Ok(shown.collect())
    }
}

impl State {
    /// Whom alerts can name; one question, however many alerts a call raises.
    async fn known_targets(&mut self) -> Result<&[services::Target], Error> {
        if self.targets.is_none() {
            self.take_read().map_err(Error::BudgetExhausted)?;
            self.targets = Some(self.shared.services.targets(self.installation).await?);
        }
        Ok(self.targets.as_deref().unwrap_or_default())
    }

    async fn installations(&mut self, names: &[String]) -> Result<Vec<InstallationId>, Error> {
        let known = self.known_targets().await?;
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            let is_meant = |id: InstallationId, called: &str| called == name || id.to_string() == *name;
            let meant = known.iter().filter(|one| is_meant(one.id, &one.name));
            let before = found.len();
            found.extend(meant.map(|one| one.id));
            if found.len() == before {
                let allowed: Vec<&str> = known.iter().map(|target| target.name.as_str()).collect();
                return Err(Error::Invalid(format!(
                    "no plugin here is called '{name}'; there is: {}",
                    allowed.join(", ")
                )));
            }
        }
        Ok(found)
    }

    async fn addressee(&mut self, name: &str) -> Result<Addressee, Error> {
        self.take_read().map_err(Error::BudgetExhausted)?;
        let services = &self.shared.services;
        let found = match services.assignee(self.installation, name).await? {
            Some(who) => services.addressee(self.installation, who).await?,
            None => None,
        };
        let nobody = || {
            Error::Invalid(format!(
                "'{name}' is nobody here: user:12, team:3, team:slug or an e-mail address is allowed"
            ))
        };
        found.ok_or_else(nobody)
    }
}

impl From<changes::Error> for Error {
    fn from(error: changes::Error) -> Self {
        match error {
            changes::Error::NotFound => Error::NotFound,
            changes::Error::Invalid(message) => Error::Invalid(message),
            changes::Error::BudgetExhausted(message) => Error::BudgetExhausted(message),
            changes::Error::Unavailable(message) => Error::Unavailable(message),
            // Nothing is expected of the issue.
            changes::Error::Conflict(_) => Error::Invalid("the issue was changed meanwhile".to_owned()),
        }
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        changes::Error::from(error).into()
    }
}
