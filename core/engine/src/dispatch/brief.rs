//! What a plugin is told: gathered for many deliveries at once.

use std::collections::HashMap;
use std::time::Duration;

use errand_model::telling::Telling;
use errand_model::{DeliveryId, InstallationId, IssueId, Timestamp};
use errand_store::deliveries::{self, Claimed};
use errand_store::installations::Installation;
use errand_store::{Db, issues, organizations, projects};

use super::plan::{Facts, Plan, Planner};
use crate::plugins::Plugins;

/// A delivery, or those of a digest, and what to do about it.
#[derive(Debug)]
pub(crate) struct Brief {
    pub(crate) claimed: Claimed,
    /// The others of the digest.
    pub(crate) others: Vec<Claimed>,
    pub(crate) plan: Plan,
    /// As of when the settings are.
    pub(crate) as_of: Timestamp,
}

/// What is shown to give deliveries back.
pub(crate) fn leases<'a>(briefs: impl IntoIterator<Item = &'a Brief>) -> Vec<(DeliveryId, i64)> {
    let claimed = |brief: &'a Brief| std::iter::once(&brief.claimed).chain(&brief.others);
    let lease = |claimed: &Claimed| (claimed.delivery.id, claimed.lease_token);
    briefs.into_iter().flat_map(claimed).map(lease).collect()
}

/// Gathers.
#[derive(Debug)]
pub(crate) struct Briefer {
    db: Db,
    deadline: Duration,
    base_url: String,
}

/// The installations of deliveries, and as of when they are.
pub(crate) type Known<'a> = (&'a HashMap<InstallationId, Installation>, Timestamp);

impl Briefer {
    pub(crate) fn new(db: Db, deadline: Duration, base_url: &str) -> Self {
        Briefer {
            db,
            deadline,
            base_url: base_url.trim_end_matches('/').to_owned(),
        }
    }

    /// Gathers what plugins are told of the lists of `claimed`, in the same order; the installations were read at the time
    /// beside them.
    pub(crate) async fn brief(
        &self,
        plugins: &dyn Plugins,
        claimed: Vec<Vec<Claimed>>,
        known: Known<'_>,
    ) -> errand_store::Result<Vec<Vec<Brief>>> {
        let facts = self.facts(plugins, &claimed, known).await?;
        let (installations, as_of) = known;
        let planner = Planner {
            plugins,
            facts: &facts,
            deadline: self.deadline,
            base_url: &self.base_url,
        };
        let brief = |mut together: Vec<Claimed>| {
            let installation = together.first().map(|one| one.delivery.installation);
            let installation = installation.and_then(|id| installations.get(&id));
            let plan = planner.plan(&together, installation);
            let others = together.split_off(1);
            let claimed = together.pop()?;
            Some(Brief {
                claimed,
                others,
                plan,
                as_of,
            })
        };
        let lists = claimed.into_iter().map(together);
        Ok(lists
            .map(|list| list.into_iter().filter_map(brief).collect())
            .collect())
    }

    async fn facts(
        &self,
        plugins: &dyn Plugins,
        claimed: &[Vec<Claimed>],
        (installations, _): Known<'_>,
    ) -> errand_store::Result<Facts> {
        let mut facts = Facts::default();
        let claimed: Vec<&Claimed> = claimed.iter().flatten().collect();
        let mut ids: Vec<IssueId> = claimed.iter().map(|claimed| claimed.event.issue).collect();
        ids.sort_unstable();
        ids.dedup();
        let issues = issues::by_ids(&self.db, &ids).await?;
        facts.issues = issues.into_iter().map(|issue| (issue.id, issue)).collect();
        ids.retain(|id| !facts.issues.contains_key(id));
        // Of an issue that is gone is told as it stood.
        let gone = issues::gone(&self.db, &ids).await?;
        facts
            .issues
            .extend(gone.into_iter().map(|issue| (issue.id, issue)));
        for claimed in &claimed {
            let (project, organization) = (claimed.event.project, claimed.event.organization);
            if !facts.projects.contains_key(&project)
                && let Some(found) = projects::by_id(&self.db, project).await?
            {
                facts.projects.insert(project, found);
            }
            if !facts.organizations.contains_key(&organization)
                && let Some(found) = organizations::by_id(&self.db, organization).await?
            {
                facts.organizations.insert(organization, found);
            }
        }
        let hears_of_the_latest = |claimed: &&&Claimed| {
            let installation = installations.get(&claimed.delivery.installation);
            installation
                .is_some_and(|one| plugins.telling(&one.plugin_name(), &one.settings()) == Telling::Latest)
        };
        let latest = claimed
            .iter()
            .filter(hears_of_the_latest)
            .map(|claimed| claimed.delivery.id);
        facts.skipped = deliveries::superseded(&self.db, &latest.collect::<Vec<_>>()).await?;
        Ok(facts)
    }
}

/// Those of a digest follow each other: they become one list.
fn together(claimed: Vec<Claimed>) -> Vec<Vec<Claimed>> {
    let mut lists: Vec<Vec<Claimed>> = Vec::new();
    for claimed in claimed {
        let digest = |one: &Claimed| one.digest.as_ref().map(|digest| digest.id);
        match lists.last_mut() {
            Some(list) if digest(&claimed).is_some() && list.first().and_then(digest) == digest(&claimed) => {
                list.push(claimed);
            }
            _ => lists.push(vec![claimed]),
        }
    }
    lists
}
