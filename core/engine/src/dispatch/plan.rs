//! What to do about deliveries, when all is known that plugins are told.

use std::collections::HashMap;
use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use errand_model::issue::Issue;
use errand_model::lifecycle::LifecycleEvent;
use errand_model::project::{Organization, Project};
use errand_model::{DeliveryId, IssueId, OrganizationId, ProjectId};
use errand_plugin_host::{CallHead, DeliveryCall, DigestCall, IssueSummary};
use errand_store::deliveries::Claimed;
use errand_store::installations::Installation;
use serde_json::Value;

use crate::plugins::Plugins;

/// What to do about a delivery, or about those of a digest.
#[derive(Debug)]
pub(crate) enum Plan {
    /// Call the plugin.
    Call { plugin: String, call: Box<DeliveryCall> },
    /// Call it for all of them together.
    Together { plugin: String, call: Box<DigestCall> },
    /// It has ended without.
    End(AttemptOutcome),
}

/// What deliveries have in common.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) issues: HashMap<IssueId, Issue>,
    pub(crate) projects: HashMap<ProjectId, Project>,
    pub(crate) organizations: HashMap<OrganizationId, Organization>,
    /// What deliveries took the place of.
    pub(crate) skipped: HashMap<DeliveryId, Vec<LifecycleEvent>>,
}

/// Makes plans.
pub(crate) struct Planner<'p> {
    pub(crate) plugins: &'p dyn Plugins,
    pub(crate) facts: &'p Facts,
    pub(crate) deadline: Duration,
    pub(crate) base_url: &'p str,
}

/// What is missing is gone for good.
fn gone(what: &str) -> Plan {
    Plan::End(AttemptOutcome::Permanent {
        message: format!("the {what} is gone"),
    })
}

impl Planner<'_> {
    /// What to do about deliveries that are told together, or about one.
    pub(crate) fn plan(&self, claimed: &[Claimed], installation: Option<&Installation>) -> Plan {
        let Some(installation) = installation else {
            return gone("installation");
        };
        let config = installation.settings();
        match claimed {
            [one] if one.digest.is_none() => self.one(one, installation, config),
            claimed => self.together(claimed, installation, config),
        }
    }

    fn one(&self, claimed: &Claimed, installation: &Installation, config: Value) -> Plan {
        if !self.is_wanted(claimed, installation, &config) {
            return Plan::End(AttemptOutcome::Ignored);
        }
        let issue = match self.summary(claimed) {
            Ok(issue) => issue,
            Err(what) => return gone(what),
        };
        let delivery = &claimed.delivery;
        let call = DeliveryCall {
            delivery: delivery.id,
            installation: installation.id,
            idempotency_key: format!("errand-{}", delivery.id),
            attempt: attempt(claimed),
            is_replay: delivery.is_replay,
            is_dry_run: false,
            timeout: self.deadline,
            event: claimed.event.clone(),
            issue,
            skipped: self.facts.skipped.get(&delivery.id).cloned().unwrap_or_default(),
            config,
            grant: installation.grant.clone(),
        };
        Plan::Call {
            plugin: installation.plugin_name(),
            call: Box::new(call),
        }
    }

    /// What nobody wants any more, or cannot be told, is left out.
    fn together(&self, claimed: &[Claimed], installation: &Installation, config: Value) -> Plan {
        let wanted = claimed
            .iter()
            .filter(|one| self.is_wanted(one, installation, &config));
        let told = wanted.filter_map(|one| Some((one.event.clone(), self.summary(one).ok()?)));
        let events: Vec<_> = told.collect();
        let (Some(first), false) = (claimed.first(), events.is_empty()) else {
            return Plan::End(AttemptOutcome::Ignored);
        };
        let digest = first.digest.as_ref();
        let id = digest.map_or(first.delivery.id.0, |digest| digest.id);
        let call = DigestCall {
            head: CallHead {
                delivery: first.delivery.id,
                installation: installation.id,
                idempotency_key: format!("errand-digest-{id}"),
                attempt: attempt(first),
                is_replay: claimed.iter().any(|one| one.delivery.is_replay),
                is_dry_run: false,
                timeout: self.deadline,
                config,
                grant: installation.grant.clone(),
            },
            group: digest.map(|digest| digest.gathering.clone()).unwrap_or_default(),
            events,
        };
        Plan::Together {
            plugin: installation.plugin_name(),
            call: Box::new(call),
        }
    }

    /// It was owed while nobody could ask the plugin whether it wants it.
    fn is_wanted(&self, claimed: &Claimed, installation: &Installation, config: &Value) -> bool {
        let (plugin, change) = (installation.plugin_name(), claimed.event.change.name());
        !self.plugins.knows(&plugin) || self.plugins.wants(&plugin, config, change)
    }

    /// The issue, as plugins are told of it; or what of it is gone.
    fn summary(&self, claimed: &Claimed) -> Result<IssueSummary, &'static str> {
        let (event, facts) = (&claimed.event, self.facts);
        let issue = facts.issues.get(&event.issue).ok_or("issue")?;
        let project = facts.projects.get(&event.project).ok_or("project")?;
        let organization = facts
            .organizations
            .get(&event.organization)
            .ok_or("organization")?;
        Ok(IssueSummary::new(
            issue,
            project,
            &organization.slug,
            self.base_url,
        ))
    }
}

fn attempt(claimed: &Claimed) -> u32 {
    u32::try_from(claimed.delivery.attempts.saturating_add(1)).unwrap_or(1)
}
