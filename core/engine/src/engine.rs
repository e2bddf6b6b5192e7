//! Starts everything, and stops it so that nothing is lost.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use errand_model::DeliveryId;
use errand_queue::Queue;
use errand_store::persist::Arrival;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::digest::{Digest, Lag};
use crate::dispatch::{Dispatch, Rehearsal, RehearseError, Rehearser};
use crate::fanout::Fanout;
use crate::hub::Hub;
use crate::intake::Intake;
use crate::jobs::{self, Erasure, Facts, Jobs, Retention};
use crate::notices::Notices;
use crate::occasions::Occasions;
use crate::opening::{StartError, read_mark, reclaim};
use crate::options::Options;
use crate::outcomes::OutcomeMeter;
use crate::plugins::Plugins;
use crate::projects::Projects;
use crate::schedule::Schedule;
use crate::wake::{Steps, Wake};

/// What the engine is made of.
pub struct Parts {
    /// The database, the time, ids.
    pub hub: Hub,
    /// The queue's directory.
    pub queue: PathBuf,
    /// The queue's bounds.
    pub queue_options: errand_queue::Options,
    /// Whoever runs plugins.
    pub plugins: Arc<dyn Plugins>,
    /// The engine's bounds.
    pub options: Options,
}

/// A rehearsal under way.
pub type RehearsalFuture = Pin<Box<dyn Future<Output = Result<Rehearsal, RehearseError>> + Send>>;

/// The engine, running. Dropped without [`Engine::shutdown`] it stops at once; nothing that was acknowledged is
/// lost by that.
pub struct Engine {
    hub: Hub,
    queue: Queue<Arrival>,
    intake: Intake,
    jobs: Jobs,
    progress: watch::Receiver<u64>,
    fanout: Arc<Wake>,
    dispatch: Arc<Wake>,
    fanned: Arc<Steps>,
    idle: Arc<Steps>,
    schedule: Arc<Wake>,
    nothing_due: Arc<Steps>,
    callers: Callers,
    /// Set before anything is told to end.
    ending: CancellationToken,
    stop: CancellationToken,
    failed: CancellationToken,
    tasks: JoinSet<()>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens the queue where the database says that it is digested up to, and starts everything.
    ///
    /// # Errors
    /// When the queue does not open, or the database does not answer.
    pub async fn start(parts: Parts) -> Result<Self, StartError> {
        crate::meters::describe();
        let Parts {
            hub,
            queue,
            queue_options,
            plugins,
            options,
        } = parts;
        let mark = read_mark(&hub, queue.clone()).await?;
        reclaim(&hub).await?;
        let opening = move || Queue::open(&queue, queue_options, mark);
        let (queue, consumer) = tokio::task::spawn_blocking(opening)
            .await
            .map_err(|_| StartError::Stopped)??;
        let projects = Arc::new(Projects::new(hub.clone(), &options.intake));
        let outcomes = Arc::new(OutcomeMeter::default());
        let intake = Intake::new(
            queue.clone(),
            Arc::clone(&projects),
            Arc::clone(&outcomes),
            options.intake,
        );
        let (progress, progressed) = watch::channel(mark.0);
        let lag = Arc::new(Lag::default());
        let jobs = Jobs {
            hub: hub.clone(),
            outcomes: Arc::clone(&outcomes),
            queue: queue.clone(),
            lag: Arc::clone(&lag),
            facts: Arc::new(Facts::new(&hub)),
            retention: Arc::new(Retention::new(&hub)),
            erasure: Arc::new(Erasure::new(&hub)),
        };
        let callers = Callers::new(&hub, &plugins, &options);
        let mut engine = Engine::at_rest(
            hub.clone(),
            queue.clone(),
            intake,
            jobs.clone(),
            (progressed, callers),
        );
        let digest = Digest {
            hub,
            queue,
            consumer,
            projects,
            outcomes,
            options: options.digest,
            fanout: Arc::clone(&engine.fanout),
            progress,
            lag,
        };
        engine.spawn("digest", digest.run(engine.stop.clone()));
        engine.start_deliveries(plugins, options.dispatch, &options.base_url);
        engine.spawn("jobs", jobs::run(jobs, engine.stop.clone()));
        Ok(engine)
    }

    /// With nothing running.
    fn at_rest(
        hub: Hub,
        queue: Queue<Arrival>,
        intake: Intake,
        jobs: Jobs,
        (progress, callers): (watch::Receiver<u64>, Callers),
    ) -> Self {
        Engine {
            hub,
            queue,
            intake,
            jobs,
            progress,
            fanout: Wake::new(),
            dispatch: Wake::new(),
            fanned: Steps::new(),
            idle: Steps::new(),
            schedule: Wake::new(),
            nothing_due: Steps::new(),
            callers,
            ending: CancellationToken::new(),
            stop: CancellationToken::new(),
            failed: CancellationToken::new(),
            tasks: JoinSet::new(),
        }
    }

    fn start_deliveries(
        &mut self,
        plugins: Arc<dyn Plugins>,
        options: crate::DispatchOptions,
        base_url: &str,
    ) {
        let notices = Wake::new();
        let fanout = Fanout {
            hub: self.hub.clone(),
            plugins: Arc::clone(&plugins),
            wake: Arc::clone(&self.fanout),
            dispatch: Arc::clone(&self.dispatch),
            notices: Arc::clone(&notices),
            steps: Arc::clone(&self.fanned),
            poll: options.poll,
        };
        self.spawn("fan-out", fanout.run(self.stop.clone()));
        let wakes = (Arc::clone(&self.dispatch), Arc::clone(&self.fanout));
        let idle = Arc::clone(&self.idle);
        let dispatch = Dispatch::new(
            self.hub.clone(),
            Arc::clone(&plugins),
            options,
            base_url,
            wakes,
            idle,
        );
        self.spawn("dispatch", dispatch.run(self.stop.clone()));
        let people = Notices {
            hub: self.hub.clone(),
            plugins: Arc::clone(&plugins),
            options,
            base_url: base_url.to_owned(),
            wake: notices,
        };
        self.spawn("notices", people.run(self.stop.clone()));
        let schedule = Schedule {
            hub: self.hub.clone(),
            plugins,
            options,
            wake: Arc::clone(&self.schedule),
            outbox: Arc::clone(&self.fanout),
            idle: Arc::clone(&self.nothing_due),
        };
        self.spawn("schedule", schedule.run(self.stop.clone()));
    }

    /// Runs a part of the engine. One that ends although nobody told it to has failed, and the engine with it.
    fn spawn(&mut self, name: &'static str, part: impl Future<Output = ()> + Send + 'static) {
        let guard = FailGuard {
            name,
            ending: self.ending.clone(),
            failed: self.failed.clone(),
        };
        self.tasks.spawn(async move {
            // It also sees a panic, which unwinds through here.
            let _guard = guard;
            part.await;
        });
    }

    /// Where envelopes go.
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    /// Wake it when rows are in the outbox that the engine did not write: people's changes.
    pub fn outbox(&self) -> Arc<Wake> {
        Arc::clone(&self.fanout)
    }

    /// Wake it when deliveries are due that the engine did not write: replayed or resumed ones.
    pub fn deliveries(&self) -> Arc<Wake> {
        Arc::clone(&self.dispatch)
    }

    /// Wake it when a job is due, or may be due at another time, that the engine did not know of.
    pub fn schedule(&self) -> Arc<Wake> {
        Arc::clone(&self.schedule)
    }

    /// Makes calls of plugins that somebody waits for.
    pub fn occasions(&self) -> &Occasions {
        &self.callers.occasions
    }

    /// Makes a delivery, whenever it is asked, without anything being sent or changed: what it answers says what would
    /// be.
    pub fn rehearsals(&self) -> impl Fn(DeliveryId) -> RehearsalFuture + Send + Sync + 'static {
        let rehearser = Arc::clone(&self.callers.rehearser);
        move |id| {
            let rehearser = Arc::clone(&rehearser);
            Box::pin(async move { rehearser.rehearse(id).await })
        }
    }

    /// Tells, whenever it is asked, how many bytes of the queue are accepted and not yet rows.
    pub fn undigested(&self) -> impl Fn() -> u64 + Send + Sync + 'static {
        let (queue, progress) = (self.queue.clone(), self.progress.clone());
        move || queue.end().0.saturating_sub(*progress.borrow())
    }

    /// How much waits to be digested.
    pub fn backlog(&self) -> errand_queue::Backlog {
        self.queue.backlog()
    }

    /// Resolves when a part of the engine has failed: the process is to be stopped and started anew.
    pub fn failed(&self) -> impl Future<Output = ()> + Send + 'static {
        self.failed.clone().cancelled_owned()
    }

    /// Resolves when everything accepted so far is digested, fanned out, and everything that is due was tried.
    /// Deliveries that wait for their next time are not waited for.
    pub async fn drain(&self) {
        let mut progress = self.progress.clone();
        let mut quiet_rounds = 0;
        loop {
            let end = self.queue.end();
            // The digest lives as long as the engine does, unless it failed.
            let _ = progress.wait_for(|digested| *digested >= end.0).await;
            // A step that has begun may have looked before; the second one has not.
            settle(&self.fanout, &self.fanned).await;
            settle(&self.dispatch, &self.idle).await;
            settle(&self.schedule, &self.nothing_due).await;
            let is_quiet = matches!(errand_store::lifecycle::is_pending(&self.hub.db).await, Ok(false));
            // What plugins changed may have been fanned out since, and be due: the second round has seen it.
            quiet_rounds = if is_quiet && self.queue.end() == end {
                quiet_rounds + 1
            } else {
                0
            };
            if self.failed.is_cancelled() || quiet_rounds == 2 {
                return;
            }
        }
    }

    /// Runs every job once now, rather than when its time comes.
    pub async fn run_jobs(&self) {
        jobs::run_once(&self.jobs).await;
    }

    /// Takes nothing more, makes durable what was being pushed, finishes the batch and the attempts under way, and
    /// stops. What is not finished within `deadline` is left for the next start; so is what waits in the queue.
    pub async fn shutdown(mut self, deadline: Duration) {
        self.ending.cancel();
        self.intake.close();
        self.queue.close().await;
        self.stop.cancel();
        let finished = async {
            while self.tasks.join_next().await.is_some() {}
            self.jobs.outcomes.flush(&self.hub).await
        };
        match tokio::time::timeout(deadline, finished).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last outcomes are not counted"),
            Err(_) => tracing::warn!("not everything was finished in time; the next start takes it up"),
        }
        self.tasks.shutdown().await;
    }
}

/// Until a loop has made a whole round that began after this.
async fn settle(wake: &Wake, steps: &Steps) {
    let wanted = steps.taken() + 2;
    while steps.taken() < wanted {
        let next = steps.taken() + 1;
        wake.wake();
        steps.reach(next).await;
    }
}

/// What calls plugins because somebody asks.
struct Callers {
    rehearser: Arc<Rehearser>,
    occasions: Occasions,
}

impl Callers {
    fn new(hub: &Hub, plugins: &Arc<dyn Plugins>, options: &Options) -> Self {
        let url = &options.base_url;
        let rehearser = Rehearser::new(hub.clone(), Arc::clone(plugins), options.dispatch, url);
        Callers {
            rehearser: Arc::new(rehearser),
            occasions: Occasions::new(hub.clone(), Arc::clone(plugins), url),
        }
    }
}

/// Says so when a part of the engine ends and should not.
struct FailGuard {
    name: &'static str,
    ending: CancellationToken,
    failed: CancellationToken,
}

impl Drop for FailGuard {
    fn drop(&mut self) {
        if !self.ending.is_cancelled() {
            tracing::error!(part = self.name, "a part of the engine ended and should not have");
            self.failed.cancel();
        }
    }
}
