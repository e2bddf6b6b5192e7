//! From the outbox to deliveries: who is owed to hear of what happened.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use errand_model::delivery::Unowed;
use errand_model::lifecycle::{Change, LifecycleEvent};
use errand_model::{OrganizationId, ProjectId};
use errand_store::deliveries::{self, NewDelivery};
use errand_store::installations::{self, Installation};
use errand_store::lifecycle::FannedOut;
use errand_store::{Tx, lifecycle, notices};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::hub::Hub;
use crate::notices::{Ledger, writes_to_people};
use crate::ownership::Owners;
use crate::plugins::Plugins;
use crate::wake::{Steps, Wake};

/// Happenings that are fanned out in one transaction.
const BATCH: i64 = 500;
/// Plugin-made changes that may lead to one another; beyond that nobody is told, or two plugins that answer each
/// other would never end.
const MAX_CHAIN_DEPTH: i16 = 5;

/// Fans out.
pub(crate) struct Fanout {
    pub(crate) hub: Hub,
    pub(crate) plugins: Arc<dyn Plugins>,
    /// Woken when something is in the outbox.
    pub(crate) wake: Arc<Wake>,
    /// Woken when something is to be delivered.
    pub(crate) dispatch: Arc<Wake>,
    /// Woken when something is owed to people.
    pub(crate) notices: Arc<Wake>,
    pub(crate) steps: Arc<Steps>,
    pub(crate) poll: Duration,
}

/// An installation with its settings read.
struct Hearer {
    installation: Installation,
    config: Value,
}

impl Hearer {
    fn writes_to_people(&self) -> bool {
        writes_to_people(&self.installation, &self.config)
    }
}

impl Fanout {
    /// Runs until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut backoff = Backoff::new();
        while !stop.is_cancelled() {
            match self.pass().await {
                Ok(events) => {
                    backoff.reset();
                    self.steps.step();
                    if events < BATCH as usize {
                        stop.run_until_cancelled(self.wake.wait(self.poll)).await;
                    }
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "what happened cannot be fanned out"
                    );
                    stop.run_until_cancelled(backoff.wait()).await;
                }
            }
        }
    }

    /// Fans a batch out; answers how many happenings it was. Crashed half-way it has done nothing.
    async fn pass(&self) -> errand_store::Result<usize> {
        // Asked without a transaction first: on SQLite one would hold up the digest for nothing.
        if !lifecycle::is_pending(&self.hub.db).await? {
            return Ok(0);
        }
        let mut tx = self.hub.db.begin().await?;
        let events = lifecycle::pending(&mut tx, BATCH).await?;
        let mut hearers = HashMap::new();
        let (mut owners, mut ledger) = (Owners::default(), Ledger::default());
        let (mut owed, mut done) = (Vec::new(), Vec::with_capacity(events.len()));
        for event in &events {
            let place = (event.organization, event.project);
            let hearers = match hearers.entry(place) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(read_hearers(&mut tx, place).await?),
            };
            // What that changes is fanned out in the next pass.
            owners.give(&mut tx, &self.hub, event).await?;
            let channels = hearers.iter().filter(|hearer| hearer.writes_to_people());
            let channels: Vec<&Installation> = channels.map(|hearer| &hearer.installation).collect();
            ledger.add(&mut tx, self.hub.now(), event, &channels).await?;
            let mut passed_over = Vec::new();
            for hearer in hearers.iter() {
                let installation = hearer.installation.id;
                match self.unowed(hearer, event) {
                    Some(why) => {
                        if why == Unowed::ChainTooLong {
                            tracing::warn!(%installation, issue = %event.issue, "plugins answer each other's changes: it is told no more of them");
                        }
                        passed_over.push((installation, why));
                    }
                    None => owed.push(NewDelivery {
                        installation,
                        lifecycle: event.id,
                        project: event.project,
                        issue: event.issue,
                        telling: self
                            .plugins
                            .telling(&hearer.installation.plugin_name(), &hearer.config),
                    }),
                }
            }
            done.push(FannedOut {
                event: event.id,
                passed_over,
            });
        }
        deliveries::insert(&mut tx, self.hub.context(), &owed).await?;
        notices::owe(&mut tx, &ledger.owed).await?;
        lifecycle::mark_fanned_out(&mut tx, &done).await?;
        tx.commit().await?;
        metrics::counter!("errand_lifecycle_total").increment(events.len() as u64);
        metrics::counter!("errand_deliveries_total").increment(owed.len() as u64);
        if !owed.is_empty() {
            self.dispatch.wake();
        }
        if !ledger.owed.is_empty() {
            self.notices.wake();
        }
        Ok(events.len())
    }

    /// Why the hearer is owed nothing of an event; none if it is to be told.
    fn unowed(&self, hearer: &Hearer, event: &LifecycleEvent) -> Option<Unowed> {
        let Hearer { installation, config } = hearer;
        let is_its_own = event.actor.installation() == Some(installation.id);
        // Whether one that is not loaded now wants it is asked again when it is delivered.
        let is_wanted = || {
            let plugin = installation.plugin_name();
            !self.plugins.knows(&plugin) || self.plugins.wants(&plugin, config, event.change.name())
        };
        let names_others = || match &event.change {
            Change::AlertRaised(alert) => !alert.to.contains(&installation.id),
            _ => false,
        };
        if !installation.is_enabled {
            Some(Unowed::Disabled)
        } else if event.at < installation.created {
            Some(Unowed::TooEarly)
        } else if is_its_own {
            Some(Unowed::OwnChange)
        } else if event.chain_depth > MAX_CHAIN_DEPTH {
            Some(Unowed::ChainTooLong)
        } else if names_others() {
            Some(Unowed::NotNamed)
        } else {
            (!is_wanted()).then_some(Unowed::Unsubscribed)
        }
    }
}

async fn read_hearers(
    tx: &mut Tx,
    (organization, project): (OrganizationId, ProjectId),
) -> errand_store::Result<Vec<Hearer>> {
    let installations = installations::that_hear(tx, organization, project).await?;
    let hearer = |installation: Installation| Hearer {
        config: installation.settings(),
        installation,
    };
    Ok(installations.into_iter().map(hearer).collect())
}
