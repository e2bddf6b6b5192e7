//! Telling people what they want to hear of, by the plugins that write to people.
//!
//! Fan-out writes down what is owed to whom ([`owed`]); here it goes out, all that is due to one person together, as a
//! digest of which the person is the group: `user:12`. What fails is tried again with the same digest.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use errand_model::issue::{Assignee, Issue};
use errand_model::lifecycle::{Actor, LifecycleEvent};
use errand_model::notice::{Happening, Standing, TO_PEOPLE};
use errand_model::occasion::Occasion;
use errand_model::{CallId, DeliveryId, IssueId, OrganizationId, ProjectId, Timestamp, UserId};
use errand_plugin_host::{CallHead, DigestCall, IssueSummary};
use errand_store::installations::{self, Installation};
use errand_store::notices::{self, Batch, Owed, Reader};
use errand_store::plugin_calls::{self, NewCall};
use errand_store::{Tx, issues, organizations, projects};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::calling::{bounded, kept, outcome_name, within};
use crate::hub::Hub;
use crate::options::DispatchOptions;
use crate::plugins::Plugins;
use crate::wake::Wake;

/// Attempts at one batch before it is given up.
const ATTEMPTS: i64 = 40;
/// Seconds before the second attempt; they double up to an hour.
const FIRST_PAUSE: i64 = 30;
const LONGEST_PAUSE: i64 = 3_600;

/// Whether an installation writes to people as each of them wishes.
pub(crate) fn writes_to_people(installation: &Installation, config: &Value) -> bool {
    installation.is_enabled && config.get(TO_PEOPLE).and_then(Value::as_bool) == Some(true)
}

/// Finds out whom changes are owed to. Readers are read once for each organization.
#[derive(Default)]
pub(crate) struct Ledger {
    readers: HashMap<OrganizationId, Arc<Vec<Reader>>>,
    /// Who sees which project.
    seen: HashMap<(ProjectId, UserId), bool>,
    pub(crate) owed: Vec<Owed>,
}

impl Ledger {
    /// Adds what is owed of a change by these installations.
    pub(crate) async fn add(
        &mut self,
        tx: &mut Tx,
        now: Timestamp,
        event: &LifecycleEvent,
        channels: &[&Installation],
    ) -> errand_store::Result<()> {
        if channels.is_empty() || Happening::of(&event.change).is_none() {
            return Ok(());
        }
        let assignee = assignee(tx, event.issue).await?;
        let by = match &event.actor {
            Actor::User { id, .. } => *id,
            _ => None,
        };
        for reader in self.readers(tx, event.organization).await?.iter() {
            // Who did it knows.
            let is_theirs = by == Some(reader.person.id);
            if is_theirs || !wants(reader, event, assignee) || !self.sees(tx, reader, event.project).await? {
                continue;
            }
            let wanted = &reader.wishes.channels;
            let channels = channels
                .iter()
                .filter(|channel| wanted.is_empty() || wanted.contains(&channel.id));
            self.owed.extend(channels.map(|channel| Owed {
                person: reader.person.id,
                installation: channel.id,
                event: event.id,
                due: reader.wishes.due(now),
            }));
        }
        Ok(())
    }

    async fn readers(
        &mut self,
        tx: &mut Tx,
        organization: OrganizationId,
    ) -> errand_store::Result<Arc<Vec<Reader>>> {
        if let Some(known) = self.readers.get(&organization) {
            return Ok(Arc::clone(known));
        }
        let readers = Arc::new(notices::readers(tx, organization).await?);
        self.readers.insert(organization, Arc::clone(&readers));
        Ok(readers)
    }

    /// Nobody is told of projects that they do not see.
    async fn sees(&mut self, tx: &mut Tx, reader: &Reader, project: ProjectId) -> errand_store::Result<bool> {
        let person = &reader.person;
        if let Some(known) = self.seen.get(&(project, person.id)) {
            return Ok(*known);
        }
        let sees = projects::is_seen(&mut *tx, project, person.viewer()).await?;
        self.seen.insert((project, person.id), sees);
        Ok(sees)
    }
}

/// Read each time: what happened before in this pass may have given it away.
async fn assignee(tx: &mut Tx, issue: IssueId) -> errand_store::Result<Option<Assignee>> {
    let issue = issues::get(&mut *tx, issue).await?;
    Ok(issue.and_then(|issue| issue.assignee))
}

fn wants(reader: &Reader, event: &LifecycleEvent, assignee: Option<Assignee>) -> bool {
    let standing = Standing {
        name: &reader.person.name,
        email: &reader.person.email,
        selves: &reader.selves,
        teams: &reader.teams,
        assignee,
    };
    reader.wishes.want(&event.change, event.project, standing)
}

/// Tells people.
pub(crate) struct Notices {
    pub(crate) hub: Hub,
    pub(crate) plugins: Arc<dyn Plugins>,
    pub(crate) options: DispatchOptions,
    pub(crate) base_url: String,
    /// Woken when something is owed to people.
    pub(crate) wake: Arc<Wake>,
}

impl Notices {
    /// Runs until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut backoff = Backoff::new();
        while !stop.is_cancelled() {
            match self.pass().await {
                Ok(true) => backoff.reset(),
                Ok(false) => {
                    backoff.reset();
                    stop.run_until_cancelled(self.wake.wait(self.options.poll)).await;
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "people cannot be told");
                    stop.run_until_cancelled(backoff.wait()).await;
                }
            }
        }
    }

    /// Tells one person what is due; answers whether there was anything.
    async fn pass(&self) -> errand_store::Result<bool> {
        if !notices::is_due(&self.hub.db, self.hub.now()).await? {
            return Ok(false);
        }
        let lease = self.options.deadline + self.options.lease_margin;
        let mut tx = self.hub.db.begin().await?;
        let seconds = i64::try_from(lease.as_secs()).unwrap_or(i64::MAX);
        let batch = notices::claim(&mut tx, self.hub.context(), seconds).await?;
        tx.commit().await?;
        let Some(batch) = batch else { return Ok(false) };
        let installation = installations::by_id(&self.hub.db, batch.installation).await?;
        let Some(installation) = installation else {
            let mut tx = self.hub.db.begin().await?;
            notices::forget_of(&mut tx, batch.installation).await?;
            tx.commit().await?;
            return Ok(true);
        };
        self.tell(&batch, &installation).await.map(|()| true)
    }

    async fn tell(&self, batch: &Batch, installation: &Installation) -> errand_store::Result<()> {
        let config = installation.settings();
        let events = self.told(&batch.events).await?;
        let mut tx;
        if events.is_empty() || !writes_to_people(installation, &config) {
            tx = self.hub.db.begin().await?;
            notices::told(&mut tx, self.hub.context(), batch, self.pause()).await?;
            return tx.commit().await;
        }
        let call = self.call(batch, installation, config, events).await;
        let outcome = &call.attempt.outcome;
        metrics::counter!("errand_notices_total", "outcome" => outcome_name(outcome)).increment(1);
        let is_over = matches!(
            outcome,
            AttemptOutcome::Done | AttemptOutcome::Ignored | AttemptOutcome::Permanent { .. }
        );
        tx = self.hub.db.begin().await?;
        if is_over || batch.attempts >= ATTEMPTS {
            notices::told(&mut tx, self.hub.context(), batch, self.pause()).await?;
        } else {
            let pause = FIRST_PAUSE << batch.attempts.clamp(0, 10);
            notices::put_off(&mut tx, self.hub.context(), batch, pause.min(LONGEST_PAUSE)).await?;
        }
        plugin_calls::record(&mut tx, self.hub.context(), &call, is_over).await?;
        tx.commit().await
    }

    fn pause(&self) -> i64 {
        i64::try_from(self.options.notice_pause.as_secs()).unwrap_or(i64::MAX)
    }

    /// The changes with their issues as they stand; those of issues that are gone are left out.
    async fn told(
        &self,
        events: &[LifecycleEvent],
    ) -> errand_store::Result<Vec<(LifecycleEvent, IssueSummary)>> {
        let db = &self.hub.db;
        let mut ids: Vec<IssueId> = events.iter().map(|event| event.issue).collect();
        ids.sort_unstable();
        ids.dedup();
        let found = issues::by_ids(db, &ids).await?;
        let found: HashMap<IssueId, Issue> = found.into_iter().map(|issue| (issue.id, issue)).collect();
        let (mut places, mut told) = (HashMap::new(), Vec::with_capacity(events.len()));
        for event in events {
            if let Entry::Vacant(place) = places.entry(event.project) {
                let project = projects::by_id(db, event.project).await?;
                let organization = organizations::by_id(db, event.organization).await?;
                place.insert(project.zip(organization));
            }
            if let (Some(issue), Some(Some((project, organization)))) =
                (found.get(&event.issue), places.get(&event.project))
            {
                let summary = IssueSummary::new(issue, project, &organization.slug, &self.base_url);
                told.push((event.clone(), summary));
            }
        }
        Ok(told)
    }

    async fn call(
        &self,
        batch: &Batch,
        installation: &Installation,
        config: Value,
        events: Vec<(LifecycleEvent, IssueSummary)>,
    ) -> NewCall {
        let count = events.len();
        let call = DigestCall {
            head: CallHead {
                delivery: DeliveryId(batch.id),
                installation: installation.id,
                idempotency_key: format!("errand-notice-{}", batch.id),
                attempt: u32::try_from(batch.attempts.saturating_add(1)).unwrap_or(1),
                is_replay: false,
                is_dry_run: false,
                timeout: self.options.deadline,
                config,
                grant: installation.grant.clone(),
            },
            group: format!("user:{}", batch.person),
            events,
        };
        let (started, deadline): (Timestamp, Duration) = (self.hub.now(), self.options.deadline);
        let called = within(deadline, self.plugins.digest(&installation.plugin_name(), call)).await;
        let attempt = called.unwrap_or_else(|late| late);
        let outcome = bounded(attempt.outcome.clone(), started, self.hub.now());
        NewCall {
            id: CallId(self.hub.context().id()),
            installation: installation.id,
            occasion: Occasion::Notice,
            name: name_of(batch.person),
            issue: None,
            details: json!({ "changes": count, "attempt": batch.attempts + 1 }).to_string(),
            attempt: kept(started, outcome, &attempt),
        }
    }
}

fn name_of(person: UserId) -> String {
    format!("user:{person}")
}
