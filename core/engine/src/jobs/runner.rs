//! Runs each job in a loop of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use errand_queue::Queue;
use errand_store::persist::Arrival;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::round::Round;
use super::{
    deliveries, erasure, facts, gauges, health, outcomes, passing_time, retention, sessions, trend, upkeep,
};
use crate::digest::Lag;
use crate::hub::Hub;
use crate::outcomes::OutcomeMeter;

/// Rounds that a job may make in a row while it says that there is more.
const MAX_ROUNDS: usize = 1_000;

/// What jobs work with.
#[derive(Clone, Debug)]
pub(crate) struct Jobs {
    pub(crate) hub: Hub,
    pub(crate) outcomes: Arc<OutcomeMeter>,
    pub(crate) queue: Queue<Arrival>,
    pub(crate) lag: Arc<Lag>,
    pub(crate) facts: Arc<facts::Facts>,
    pub(crate) retention: Arc<retention::Retention>,
    pub(crate) erasure: Arc<erasure::Erasure>,
}

#[derive(Clone, Copy)]
enum Job {
    Deliveries,
    Erasure,
    Facts,
    Gauges,
    Health,
    Outcomes,
    PassingTime,
    Retention,
    Sessions,
    Trend,
    Upkeep,
}

impl Job {
    const ALL: [Job; 11] = [
        Job::Deliveries,
        Job::Erasure,
        Job::Facts,
        Job::Gauges,
        Job::Health,
        Job::Outcomes,
        Job::PassingTime,
        Job::Retention,
        Job::Sessions,
        Job::Trend,
        Job::Upkeep,
    ];

    const fn name(self) -> &'static str {
        match self {
            Job::Deliveries => "deliveries",
            Job::Erasure => "erasure",
            Job::Facts => "facts",
            Job::Gauges => "gauges",
            Job::Health => "health",
            Job::Outcomes => "outcomes",
            Job::PassingTime => "passing_time",
            Job::Retention => "retention",
            Job::Sessions => "sessions",
            Job::Trend => "trend",
            Job::Upkeep => "upkeep",
        }
    }

    const fn every(self) -> Duration {
        match self {
            Job::Deliveries => deliveries::EVERY,
            Job::Erasure => erasure::EVERY,
            Job::Facts => facts::EVERY,
            Job::Gauges => gauges::EVERY,
            Job::Health => health::EVERY,
            Job::Outcomes => outcomes::EVERY,
            Job::PassingTime => passing_time::EVERY,
            Job::Retention => retention::EVERY,
            Job::Sessions => sessions::EVERY,
            Job::Trend => trend::EVERY,
            Job::Upkeep => upkeep::EVERY,
        }
    }

    async fn round(self, jobs: &Jobs) -> errand_store::Result<Round> {
        match self {
            Job::Deliveries => deliveries::round(&jobs.hub).await,
            Job::Erasure => erasure::round(&jobs.hub, &jobs.erasure).await,
            Job::Facts => facts::round(&jobs.hub, &jobs.facts).await,
            Job::Gauges => Ok(gauges::round(&jobs.queue, jobs.lag.seconds(jobs.hub.now()))),
            Job::Health => health::round(&jobs.hub).await,
            Job::Outcomes => outcomes::round(&jobs.hub, &jobs.outcomes).await,
            Job::PassingTime => passing_time::round(&jobs.hub).await,
            Job::Retention => retention::round(&jobs.hub, &jobs.retention, &jobs.lag).await,
            Job::Sessions => sessions::round(&jobs.hub).await,
            Job::Trend => trend::round(&jobs.hub).await,
            Job::Upkeep => upkeep::round(&jobs.hub).await,
        }
    }
}

/// Runs all jobs until `stop`; a round that is under way is finished, and what this hub alone did is left to others.
pub(crate) async fn run(jobs: Jobs, stop: CancellationToken) {
    let mut loops = JoinSet::new();
    for job in Job::ALL {
        let (jobs, stop) = (jobs.clone(), stop.clone());
        loops.spawn(async move {
            while stop
                .run_until_cancelled(tokio::time::sleep(job.every()))
                .await
                .is_some()
            {
                once(job, &jobs, &stop).await;
            }
        });
    }
    while let Some(ended) = loops.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a job broke off and does not run again");
        }
    }
    give_up(&jobs).await;
}

/// Lets other hubs go on at once with what this one did alone. Where that fails, they wait until its leases end.
async fn give_up(jobs: &Jobs) {
    for lease in [&jobs.facts.lease, &jobs.retention.lease, &jobs.erasure.lease] {
        if let Err(error) = lease.give_up(&jobs.hub).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a lease was not given up"
            );
        }
    }
}

/// Runs every job once, now.
pub(crate) async fn run_once(jobs: &Jobs) {
    let stop = CancellationToken::new();
    for job in Job::ALL {
        once(job, jobs, &stop).await;
    }
}

/// Runs a job until it has nothing more to do. If it fails, its next time is the next chance.
async fn once(job: Job, jobs: &Jobs, stop: &CancellationToken) {
    let began = Instant::now();
    for _ in 0..MAX_ROUNDS {
        match job.round(jobs).await {
            Ok(Round::More) if !stop.is_cancelled() => {}
            Ok(Round::More | Round::Done) => break,
            Err(error) => {
                tracing::warn!(
                    job = job.name(),
                    error = &error as &dyn std::error::Error,
                    "a job failed"
                );
                metrics::counter!("errand_job_failures_total", "job" => job.name()).increment(1);
                break;
            }
        }
    }
    metrics::histogram!("errand_job_seconds", "job" => job.name()).record(began.elapsed());
}
