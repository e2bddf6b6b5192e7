//! What a plugin is told: gathered for many deliveries at once.

use std::collections::HashMap;
use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use errand_model::issue::Issue;
use errand_model::project::{Organization, Project};
use errand_model::{DeliveryId, InstallationId, IssueId, OrganizationId, ProjectId, Timestamp};
use errand_plugin_host::{DeliveryCall, IssueSummary};
use errand_store::deliveries::Claimed;
use errand_store::installations::Installation;
use errand_store::{Db, issues, organizations, projects};

use crate::fanout::settings;
use crate::plugins::Plugins;

/// A delivery, and what to do about it.
#[derive(Debug)]
pub(crate) struct Brief {
    pub(crate) claimed: Claimed,
    pub(crate) plan: Plan,
    /// As of when the settings are.
    pub(crate) as_of: Timestamp,
}

/// What to do about a delivery.
#[derive(Debug)]
pub(crate) enum Plan {
    /// Call the plugin.
    Call { plugin: String, call: Box<DeliveryCall> },
    /// It has ended without.
    End(AttemptOutcome),
}

/// What is shown to give deliveries back.
pub(crate) fn leases<'a>(briefs: impl IntoIterator<Item = &'a Brief>) -> Vec<(DeliveryId, i64)> {
    let lease = |brief: &Brief| (brief.claimed.delivery.id, brief.claimed.lease_token);
    briefs.into_iter().map(lease).collect()
}

/// Gathers.
#[derive(Debug)]
pub(crate) struct Briefer {
    db: Db,
    deadline: Duration,
    base_url: String,
}

/// What deliveries have in common.
#[derive(Default)]
struct Facts {
    issues: HashMap<IssueId, Issue>,
    projects: HashMap<ProjectId, Project>,
    organizations: HashMap<OrganizationId, Organization>,
}

impl Briefer {
    pub(crate) fn new(db: Db, deadline: Duration, base_url: &str) -> Self {
        Briefer {
            db,
            deadline,
            base_url: base_url.trim_end_matches('/').to_owned(),
        }
    }

    /// Gathers what plugins are told of `claimed`, in the same order; the installations were read at the time beside
    /// them.
    pub(crate) async fn brief(
        &self,
        plugins: &dyn Plugins,
        claimed: Vec<Claimed>,
        (installations, as_of): (&HashMap<InstallationId, Installation>, Timestamp),
    ) -> errand_store::Result<Vec<Brief>> {
        let facts = self.facts(&claimed).await?;
        let brief = |claimed: Claimed| {
            let installation = installations.get(&claimed.delivery.installation);
            let plan = self.plan(plugins, &claimed, installation, &facts);
            Brief { claimed, plan, as_of }
        };
        Ok(claimed.into_iter().map(brief).collect())
    }

    async fn facts(&self, claimed: &[Claimed]) -> errand_store::Result<Facts> {
        let mut facts = Facts::default();
        let mut ids: Vec<IssueId> = claimed.iter().map(|claimed| claimed.event.issue).collect();
        ids.sort_unstable();
        ids.dedup();
        let issues = issues::by_ids(&self.db, &ids).await?;
        facts.issues = issues.into_iter().map(|issue| (issue.id, issue)).collect();
        for claimed in claimed {
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
        Ok(facts)
    }

    fn plan(
        &self,
        plugins: &dyn Plugins,
        claimed: &Claimed,
        installation: Option<&Installation>,
        facts: &Facts,
    ) -> Plan {
        let (delivery, event) = (&claimed.delivery, &claimed.event);
        let gone = |what: &str| {
            Plan::End(AttemptOutcome::Permanent {
                message: format!("the {what} is gone"),
            })
        };
        let Some(installation) = installation else {
            return gone("installation");
        };
        let config = settings(installation);
        // It was owed while nobody could ask the plugin whether it wants it.
        let (plugin, change) = (installation.plugin_name(), event.change.name());
        if plugins.knows(&plugin) && !plugins.wants(&plugin, &config, change) {
            return Plan::End(AttemptOutcome::Ignored);
        }
        let Some(issue) = facts.issues.get(&event.issue) else {
            return gone("issue");
        };
        let Some(project) = facts.projects.get(&event.project) else {
            return gone("project");
        };
        let Some(organization) = facts.organizations.get(&event.organization) else {
            return gone("organization");
        };
        let call = DeliveryCall {
            delivery: delivery.id,
            installation: installation.id,
            idempotency_key: format!("errand-{}", delivery.id),
            attempt: u32::try_from(delivery.attempts.saturating_add(1)).unwrap_or(1),
            is_replay: delivery.is_replay,
            is_dry_run: false,
            timeout: self.deadline,
            event: event.clone(),
            issue: IssueSummary::new(issue, project, &organization.slug, &self.base_url),
            config,
        };
        Plan::Call {
            plugin,
            call: Box::new(call),
        }
    }
}
