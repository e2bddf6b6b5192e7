//! Erases the data of people, as somebody asked for it: a few events at a time, like retention.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use errand_model::erasure::Person;
use errand_store::erasure::{Cursor, Scope, step};
use errand_store::tasks::{self, State, Task};

use super::lease::Lease;
use super::pace::Pace;
use super::round::Round;
use crate::hub::Hub;

pub(super) const EVERY: Duration = Duration::from_secs(2);

/// What the lease is of: one hub alone erases.
const WORK: &str = "erasure";
/// Seconds after which another hub takes over from one that died.
const LEASE_SECONDS: i64 = 60;
/// Steps of one round: between rounds the hub may stop.
const STEPS: usize = 20;

/// What the job remembers.
#[derive(Debug)]
pub(crate) struct Erasure {
    pub(super) lease: Lease,
    pace: Pace,
    /// How far the task is that is under way.
    cursor: Mutex<(i64, Cursor)>,
}

impl Erasure {
    pub(crate) fn new(hub: &Hub) -> Self {
        Erasure {
            lease: Lease::new(hub, WORK, LEASE_SECONDS),
            pace: Pace::new(),
            cursor: Mutex::default(),
        }
    }

    fn cursor(&self, task: i64) -> Cursor {
        let kept = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            (of, cursor) if *of == task => cursor.clone(),
            _ => Cursor::default(),
        }
    }

    fn keep(&self, task: i64, cursor: Cursor) {
        *self.cursor.lock().unwrap_or_else(PoisonError::into_inner) = (task, cursor);
    }
}

pub(super) async fn round(hub: &Hub, memory: &Erasure) -> errand_store::Result<Round> {
    let Some(task) = tasks::next(&hub.db, WORK).await? else {
        return Ok(Round::Done);
    };
    if !memory.lease.take(hub).await? {
        return Ok(Round::Done);
    }
    let Some(person) = person(&task) else {
        end(hub, &task, State::Failed, "what it is about cannot be read").await?;
        return Ok(Round::More);
    };
    let scope = Scope::of(&hub.db, task.organization, person).await?;
    let mut cursor = memory.cursor(task.id);
    for _ in 0..STEPS {
        let batch = i64::try_from(memory.pace.batch()).unwrap_or(1);
        let done = step(&hub.db, &scope, &mut cursor, batch, (task.id, hub.context())).await?;
        metrics::histogram!("errand_erasure_hold_seconds").record(done.held);
        memory.pace.learn(done.held);
        if done.is_over {
            end(hub, &task, State::Done, "").await?;
            return Ok(Round::More);
        }
        tokio::time::sleep(2 * done.held).await;
    }
    memory.keep(task.id, cursor);
    Ok(Round::More)
}

fn person(task: &Task) -> Option<Person> {
    serde_json::from_str(task.subject.as_deref()?).ok()
}

async fn end(hub: &Hub, task: &Task, state: State, said: &str) -> errand_store::Result<()> {
    let mut tx = hub.db.begin().await?;
    tasks::end(&mut tx, task.id, state, said, hub.now()).await?;
    tx.commit().await
}
