//! By the clock: what jobs there are, which are due, and what becomes of their runs.
//!
//! Rows say when a job is due (`errand_store::plugin_jobs`), so that of several hubs one does it and none is
//! forgotten while all are down. A run that fails is tried again as a delivery is; once it is over, or given up, the
//! next one is due at the next time that lies ahead.

mod run;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use errand_model::InstallationId;
use errand_store::installations::{self, Installation};
use errand_store::plugin_jobs::{self, JobRow, NewJob};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::hub::Hub;
use crate::options::DispatchOptions;
use crate::plugins::Plugins;
use crate::wake::{Steps, Wake};
use run::Runner;

/// Runs under way at a time.
const AT_ONCE: usize = 8;

/// Has jobs done.
pub(crate) struct Schedule {
    pub(crate) hub: Hub,
    pub(crate) plugins: Arc<dyn Plugins>,
    pub(crate) options: DispatchOptions,
    /// Woken when something may be due.
    pub(crate) wake: Arc<Wake>,
    /// Woken when a job may have changed issues.
    pub(crate) outbox: Arc<Wake>,
    /// Steps each time it found nothing due and has nothing under way.
    pub(crate) idle: Arc<Steps>,
}

impl Schedule {
    /// Runs until `stop`, then until the runs under way have ended. Dropped before, it leaves them to their leases.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut running = JoinSet::new();
        let mut backoff = Backoff::new();
        while !stop.is_cancelled() {
            match self.pass(&mut running).await {
                Ok(()) => {
                    backoff.reset();
                    stop.run_until_cancelled(self.wake.wait(self.options.poll)).await;
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "it cannot be found out which jobs are due"
                    );
                    stop.run_until_cancelled(backoff.wait()).await;
                }
            }
            while let Some(ended) = running.try_join_next() {
                said(ended);
            }
        }
        while let Some(ended) = running.join_next().await {
            said(ended);
        }
    }

    /// Writes down when jobs are due, and begins what is due now, as much as there is room for.
    async fn pass(&self, running: &mut JoinSet<()>) -> errand_store::Result<()> {
        let was_quiet = running.is_empty();
        let installed = installations::list(&self.hub.db, None).await?;
        self.plan(&installed).await?;
        let room = AT_ONCE.saturating_sub(running.len());
        let lease = self.options.deadline + self.options.lease_margin;
        let seconds = i64::try_from(lease.as_secs()).unwrap_or(i64::MAX);
        let room = i64::try_from(room).unwrap_or(i64::MAX);
        let claimed = plugin_jobs::claim(&self.hub.db, self.hub.context(), room, seconds).await?;
        if claimed.is_empty() && was_quiet {
            self.idle.step();
        }
        for claimed in claimed {
            let runner = Runner {
                hub: self.hub.clone(),
                plugins: Arc::clone(&self.plugins),
                deadline: self.options.deadline,
                ended: Arc::clone(&self.wake),
                outbox: Arc::clone(&self.outbox),
            };
            running.spawn(runner.run(claimed));
        }
        Ok(())
    }

    /// Brings the rows in line with what plugins and settings say now.
    async fn plan(&self, installed: &[Installation]) -> errand_store::Result<()> {
        let rows = plugin_jobs::list(&self.hub.db, None).await?;
        let (new, gone) = self.differences(installed, &rows);
        if new.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let mut tx = self.hub.db.begin().await?;
        for job in &new {
            plugin_jobs::plan(&mut tx, self.hub.context(), job).await?;
        }
        for row in gone {
            plugin_jobs::drop(&mut tx, row.installation, &row.job).await?;
        }
        tx.commit().await
    }

    /// Jobs that are to be planned (anew), and rows of jobs that are no more. Of plugins that are not loaded nothing is
    /// known, so their rows stay.
    fn differences<'r>(
        &self,
        installed: &[Installation],
        rows: &'r [JobRow],
    ) -> (Vec<NewJob>, Vec<&'r JobRow>) {
        let known: HashMap<(InstallationId, &str), &JobRow> = rows
            .iter()
            .map(|row| ((row.installation, row.job.as_str()), row))
            .collect();
        let (mut new, mut wanted, mut unloaded) = (Vec::new(), HashSet::new(), HashSet::new());
        let now = self.hub.now();
        for installation in installed {
            if !self.plugins.knows(&installation.plugin_name()) {
                unloaded.insert(installation.id);
                continue;
            }
            for planned in self
                .plugins
                .jobs(&installation.plugin_name(), &installation.settings())
            {
                let row = known.get(&(installation.id, planned.job.as_str()));
                if row.is_none_or(|row| row.cron != planned.when()) {
                    let Some(due) = planned.next_after(now) else {
                        continue;
                    };
                    new.push(NewJob {
                        installation: installation.id,
                        job: planned.job.clone(),
                        cron: planned.when(),
                        due,
                    });
                }
                wanted.insert((installation.id, planned.job));
            }
        }
        let is_gone = |row: &&JobRow| {
            !unloaded.contains(&row.installation) && !wanted.contains(&(row.installation, row.job.clone()))
        };
        (new, rows.iter().filter(is_gone).collect())
    }
}

fn said(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && !error.is_cancelled()
    {
        tracing::error!(%error, "the run of a job broke off; it is tried again when its lease ends");
    }
}
