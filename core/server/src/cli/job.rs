//! What a command does that takes long, on the page *Jobs*: how far it is, and how it ended.

use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::Result;
use errand_store::tasks::{self, NewTask, State};

use crate::opened::Opened;

/// How often it is written down how far it is.
const EVERY: Duration = Duration::from_secs(2);

/// What it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    /// The kind of work.
    pub(crate) kind: &'static str,
    /// In words. The same again goes on with the same row, where one was broken off.
    pub(crate) title: &'a str,
}

/// How far it is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    done: AtomicI64,
    total: AtomicI64,
}

impl Progress {
    /// So much more is to be done.
    pub(crate) fn expect(&self, more: i64) {
        self.total.fetch_add(more, Ordering::Relaxed);
    }

    /// So much more was done.
    pub(crate) fn advance(&self, more: i64) {
        self.done.fetch_add(more, Ordering::Relaxed);
    }

    fn read(&self) -> (i64, i64) {
        let done = self.done.load(Ordering::Relaxed);
        // What was not expected was done all the same.
        (done, self.total.load(Ordering::Relaxed).max(done))
    }
}

/// Does `work` and shows how far it is; `said` says in the end what came of it.
pub(crate) async fn shown<T>(
    opened: &Opened,
    job: Job<'_>,
    progress: &Progress,
    work: impl Future<Output = Result<T>>,
    said: impl FnOnce(&T) -> String,
) -> Result<T> {
    let id = begin(opened, job).await?;
    let watching = async {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = write(opened, id, progress.read()).await {
                return error;
            }
        }
    };
    let ended = tokio::select! {
        ended = work => ended,
        error = watching => Err(error),
    };
    write(opened, id, progress.read()).await?;
    let (state, text) = match &ended {
        Ok(done) => (State::Done, said(done)),
        Err(error) => (State::Failed, format!("It was broken off: {error}")),
    };
    let mut tx = opened.db.begin().await?;
    tasks::end(&mut tx, id, state, &text, opened.cx().now()).await?;
    tx.commit().await?;
    ended
}

async fn begin(opened: &Opened, job: Job<'_>) -> Result<i64> {
    let organization = opened.organization.id;
    if let Some(broken_off) = tasks::open(&opened.db, organization, job.kind, job.title).await? {
        return Ok(broken_off.id);
    }
    let mut tx = opened.db.begin().await?;
    let new = NewTask {
        organization,
        kind: job.kind,
        subject: "",
        title: job.title,
        asked_by: "the command line",
        total: 0,
    };
    let id = tasks::ask(&mut tx, opened.cx(), new).await?;
    tx.commit().await?;
    Ok(id)
}

async fn write(opened: &Opened, id: i64, progress: (i64, i64)) -> Result<()> {
    let mut tx = opened.db.begin().await?;
    tasks::set_progress(&mut tx, id, progress, opened.cx().now()).await?;
    tx.commit().await?;
    Ok(())
}
