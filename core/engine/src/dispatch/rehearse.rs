//! Rehearsals: a delivery is made without anything being sent or changed, to see what it would do.

use std::collections::HashMap;
use std::sync::Arc;

use errand_model::DeliveryId;
use errand_plugin_host::Attempt;
use errand_store::{deliveries, installations};

use super::attempt::Attempter;
use super::brief::{Brief, Briefer};
use super::plan::Plan;
use crate::hub::Hub;
use crate::options::DispatchOptions;
use crate::plugins::Plugins;

/// What a delivery would do.
pub type Rehearsal = Attempt;

/// Why a delivery cannot be rehearsed.
#[derive(Debug, thiserror::Error)]
pub enum RehearseError {
    /// There is none.
    #[error("there is no such delivery")]
    Missing,
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] errand_store::Error),
}

/// Rehearses deliveries.
pub(crate) struct Rehearser {
    attempter: Attempter,
    briefer: Briefer,
}

impl Rehearser {
    pub(crate) fn new(hub: Hub, plugins: Arc<dyn Plugins>, options: DispatchOptions, base_url: &str) -> Self {
        Rehearser {
            briefer: Briefer::new(hub.db.clone(), options.deadline, base_url),
            attempter: Attempter {
                hub,
                plugins,
                deadline: options.deadline,
            },
        }
    }

    /// Makes a delivery without anything being sent or changed; where it stands does not matter, and does not change.
    pub(crate) async fn rehearse(&self, id: DeliveryId) -> Result<Rehearsal, RehearseError> {
        let db = &self.attempter.hub.db;
        let claimed = deliveries::peek(db, id).await?.ok_or(RehearseError::Missing)?;
        let as_of = self.attempter.hub.now();
        let installation = installations::by_id(db, claimed.delivery.installation).await?;
        let installations: HashMap<_, _> = installation.into_iter().map(|one| (one.id, one)).collect();
        let plugins = self.attempter.plugins.as_ref();
        let briefs = self
            .briefer
            .brief(plugins, vec![vec![claimed]], (&installations, as_of))
            .await?;
        let Some(Brief { plan, .. }) = briefs.into_iter().flatten().next() else {
            return Err(RehearseError::Missing);
        };
        match plan {
            Plan::Call { plugin, mut call } => {
                call.is_dry_run = true;
                Ok(self.attempter.call(&plugin, *call).await)
            }
            Plan::Together { plugin, mut call } => {
                call.head.is_dry_run = true;
                Ok(self.attempter.digest(&plugin, *call).await)
            }
            Plan::End(outcome) => Ok(Attempt::not_run(outcome)),
        }
    }
}
