//! Who is to hear of a change.

use std::collections::{BTreeMap, BTreeSet};

use errand_plugin_sdk::{ActorKind, Event, Failure, log, mail};

use crate::{Settings, alert, words};

/// Finds recipients, and asks for each team once.
#[derive(Default)]
pub(crate) struct Recipients(BTreeMap<String, Vec<String>>);

impl Recipients {
    /// Everybody who is to hear of it, once. A rule that names people means them, and nobody else.
    pub(crate) fn of(&mut self, event: &Event, settings: &Settings) -> Result<BTreeSet<String>, Failure> {
        let named = alert::people(event);
        if !named.is_empty() {
            return Ok(named);
        }
        let assignee = event.issue.assignee.as_deref().filter(|_| settings.to_assignee);
        let mut all = BTreeSet::new();
        for recipient in words(&settings.to).chain(assignee) {
            match recipient.contains(':') {
                true => all.extend(self.people(recipient)?.iter().cloned()),
                false => {
                    all.insert(recipient.to_owned());
                }
            }
        }
        // Who did it knows. A plugin's id may be the same number as a person's.
        if event.actor.kind == ActorKind::User {
            let by = event.actor.id.as_deref().unwrap_or_default();
            all.remove(&format!("user:{by}"));
        }
        Ok(all)
    }

    /// Who that is; nobody, where the person or the team is gone.
    fn people(&mut self, of: &str) -> Result<&[String], Failure> {
        if !self.0.contains_key(of) {
            let people = match mail::people(of) {
                Err(Failure::Permanent(why)) => {
                    log::error(&format!("{of} is not told: {why}"));
                    Vec::new()
                }
                people => people?,
            };
            self.0.insert(of.to_owned(), people);
        }
        Ok(&self.0[of])
    }
}
