//! Makes a batch ready to be stored: digests what was only checked when it came.

use std::sync::Arc;

use errand_model::{ProjectId, Timestamp};
use errand_queue::{Content, Position, Taken};
use errand_store::persist::Arrival;

use crate::backoff::Backoff;
use crate::journal::{Head, Unreadable};
use crate::projects::{Compiled, Projects};
use crate::work::{self, WorkError};

/// Records that are ready, in the order of the queue.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) records: Vec<Prepared>,
    /// Behind the last of them.
    pub(crate) end: Position,
}

/// One record.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Where it begins.
    pub(crate) start: Position,
    /// Behind it.
    pub(crate) end: Position,
    /// What it is.
    pub(crate) what: What,
}

/// What a record is.
#[derive(Debug)]
pub(crate) enum What {
    /// To be stored.
    Arrival(Box<Arrival>),
    /// Of a project that is gone.
    Orphan,
    /// Not to be digested, and why.
    Dead(Dead),
}

/// A record that cannot be digested.
#[derive(Debug)]
pub(crate) struct Dead {
    /// Whose it was, if that can be read.
    pub(crate) project: Option<ProjectId>,
    /// Why.
    pub(crate) reason: String,
}

/// Makes batches ready.
pub(crate) struct Preparer {
    pub(crate) projects: Arc<Projects>,
    pub(crate) threads: usize,
}

/// Bytes of a record, and all that is needed to digest them.
struct Raw {
    start: Position,
    end: Position,
    record: Vec<u8>,
    head: Result<Head, Unreadable>,
    project: Option<Arc<Compiled>>,
}

impl Preparer {
    pub(crate) async fn prepare(&self, taken: Vec<Taken<Arrival>>) -> Batch {
        let end = taken.last().map_or(Position::default(), |last| last.end);
        let mut records = Vec::with_capacity(taken.len());
        let mut raw = Vec::new();
        for Taken { start, end, content } in taken {
            match content {
                Content::Companion(arrival) => {
                    records.push(Prepared {
                        start,
                        end,
                        what: What::Arrival(Box::new(arrival)),
                    });
                }
                Content::Record(record) => raw.push(self.open(start, end, record).await),
            }
        }
        if !raw.is_empty() {
            records.extend(self.digest(raw).await);
            records.sort_unstable_by_key(|record| record.start);
        }
        Batch { records, end }
    }

    /// Reads the head of a record and finds its project, waiting for as long as the database fails.
    async fn open(&self, start: Position, end: Position, record: Vec<u8>) -> Raw {
        let head = Head::parse(&record).map(|(head, _)| head);
        let mut project = None;
        if let Ok(head) = &head {
            let mut backoff = Backoff::new();
            project = loop {
                match self.projects.get(head.project).await {
                    Ok(project) => break project,
                    Err(error) => {
                        tracing::error!(project = %head.project, %error, "a project cannot be read");
                    }
                }
                backoff.wait().await;
            };
        }
        Raw {
            start,
            end,
            record,
            head,
            project,
        }
    }

    /// Digests records on several threads.
    async fn digest(&self, raw: Vec<Raw>) -> Vec<Prepared> {
        metrics::counter!("errand_digested_late_total").increment(raw.len() as u64);
        let share = raw.len().div_ceil(self.threads);
        let mut shares = Vec::with_capacity(self.threads);
        let mut raw = raw.into_iter();
        loop {
            let part: Vec<Raw> = raw.by_ref().take(share).collect();
            if part.is_empty() {
                break;
            }
            let work = || part.into_iter().map(digest).collect::<Vec<_>>();
            shares.push(tokio::task::spawn_blocking(work));
        }
        let mut prepared = Vec::new();
        for share in shares {
            match share.await {
                Ok(done) => prepared.extend(done),
                // Panics are fenced, so the runtime is going down: what is not stored is found in the queue again.
                Err(_) => std::future::pending().await,
            }
        }
        prepared
    }
}

fn digest(raw: Raw) -> Prepared {
    let what = match (raw.head, raw.project) {
        (Err(error), _) => What::Dead(Dead {
            project: None,
            reason: error.to_string(),
        }),
        (Ok(head), None) => {
            tracing::info!(project = %head.project, "an envelope of a project that is gone is dropped");
            What::Orphan
        }
        (Ok(head), Some(project)) => match fenced_digest(&head, &raw.record, &project) {
            Ok(arrival) => What::Arrival(Box::new(arrival)),
            Err(error) => What::Dead(Dead {
                project: Some(head.project),
                reason: error.to_string(),
            }),
        },
    };
    Prepared {
        start: raw.start,
        end: raw.end,
        what,
    }
}

/// Why a record that was accepted cannot be digested.
#[derive(Debug, thiserror::Error)]
enum LateError {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Work(#[from] WorkError),
}

fn fenced_digest(head: &Head, record: &[u8], project: &Compiled) -> Result<Arrival, LateError> {
    work::fenced(|| digest_record(head, record, project))?
}

fn digest_record(head: &Head, record: &[u8], project: &Compiled) -> Result<Arrival, LateError> {
    let (_, wire) = Head::parse(record)?;
    let body = head.decode(wire)?;
    let envelope = work::digest(&head.input(&body), &project.context)?;
    Ok(Arrival {
        organization: project.organization,
        project: head.project,
        envelope,
    })
}

impl Batch {
    /// When the oldest event of it came.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        self.records.iter().find_map(|record| match &record.what {
            What::Arrival(arrival) => arrival.envelope.event.as_ref().map(|event| event.received),
            What::Orphan | What::Dead(_) => None,
        })
    }
}
