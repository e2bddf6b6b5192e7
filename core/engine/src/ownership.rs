//! Giving new issues to whom the project's ownership rules name.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use errand_model::event::Event;
use errand_model::issue::Assignee;
use errand_model::lifecycle::{Actor, Change, LifecycleEvent};
use errand_model::{OrganizationId, ProjectId};
use errand_pipeline::ownership::{Owned, Ownership};
use errand_store::events::Which;
use errand_store::issues::{self, By};
use errand_store::{Tx, events, people, projects, teams};

use crate::hub::Hub;

/// The rules of the projects of one pass of the fan-out.
#[derive(Default)]
pub(crate) struct Owners(HashMap<ProjectId, Ownership>);

impl Owners {
    /// Gives a new issue to whom a rule names; answers whether it did. What somebody gave to somebody stays theirs.
    pub(crate) async fn give(
        &mut self,
        tx: &mut Tx,
        hub: &Hub,
        event: &LifecycleEvent,
    ) -> errand_store::Result<bool> {
        if !matches!(event.change, Change::Created) {
            return Ok(false);
        }
        let rules = self.rules(tx, event.project).await?;
        if rules.is_empty() {
            return Ok(false);
        }
        let issue = issues::get(&mut *tx, event.issue).await?;
        let is_free = issue.is_some_and(|issue| issue.assignee.is_none());
        let stored = events::end_of_issue(&mut *tx, event.issue, Which::Oldest).await?;
        let Some(stored) = stored.filter(|_| is_free) else {
            return Ok(false);
        };
        let parsed = Event::from_json(&stored.payload)
            .ok()
            .flatten()
            .unwrap_or_default();
        let Some(owned) = rules.owner(&parsed) else {
            return Ok(false);
        };
        let Some(assignee) = known(tx, event.organization, &owned).await? else {
            tracing::debug!(issue = %event.issue, rule = owned.rule, "nobody whom the rule names is known");
            return Ok(false);
        };
        let by = By::new(Actor::System);
        issues::give(tx, hub.context(), &by, event.issue, (assignee, &owned.rule)).await?;
        Ok(true)
    }

    async fn rules(&mut self, tx: &mut Tx, project: ProjectId) -> errand_store::Result<&Ownership> {
        Ok(match self.0.entry(project) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let found = projects::by_id(&mut *tx, project).await?;
                let text = found
                    .map(|project| project.settings.ownership_rules)
                    .unwrap_or_default();
                // They are checked when they are saved.
                unknown.insert(Ownership::read(&text).unwrap_or_default())
            }
        })
    }
}

/// The first of those whom a rule names who is there.
async fn known(
    tx: &mut Tx,
    organization: OrganizationId,
    owned: &Owned,
) -> errand_store::Result<Option<Assignee>> {
    for name in &owned.owners {
        let found = match name.strip_prefix('#') {
            Some(slug) => teams::by_slug(&mut *tx, organization, slug)
                .await?
                .map(|team| Assignee::Team(team.id)),
            None => people::by_email(&mut *tx, name)
                .await?
                .map(|person| Assignee::User(person.id)),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
