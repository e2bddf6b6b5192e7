//! Takes an envelope in: malformed is refused, good is made durable.
//!
//! The request's own task digests it, so that a malformed event is an error to who sent it and the work spreads
//! over all cores. When digesting falls behind, the envelope is only checked here and digested from the queue.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use errand_model::digested::DigestedEnvelope;
use errand_model::outcome::OutcomeCount;
use errand_model::{EventId, ProjectId, Timestamp};
use errand_pipeline::Malformed;
use errand_pipeline::encoding::Encoding;
use errand_queue::{Companion, PushError, Queue};
use errand_store::persist::Arrival;
use tokio::sync::Semaphore;

use crate::journal::Head;
use crate::options::IntakeOptions;
use crate::outcomes::OutcomeMeter;
use crate::projects::{Compiled, Projects};
use crate::work::{self, WorkError};

/// An envelope whose key, origin, size and encoding are good.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Whose it is.
    pub project: ProjectId,
    /// When it came.
    pub received: Timestamp,
    /// Who sent it.
    pub client_ip: Option<IpAddr>,
    /// The `User-Agent`, where it is text.
    pub user_agent: Option<String>,
    /// The `Sec-CH-UA…` headers that came.
    pub client_hints: Vec<(String, String)>,
    /// The envelope as it came over the wire.
    pub wire: Bytes,
    /// How `wire` is encoded.
    pub encoding: Encoding,
    /// The envelope itself: `wire`, decoded.
    pub body: Bytes,
}

/// That an envelope is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The id of its event, if it holds one.
    pub event_id: Option<EventId>,
}

/// Why an envelope was not taken.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It cannot be read; sending it again would not help.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The queue is full.
    #[error("the queue is full")]
    Full {
        /// When to try again.
        retry_after: Duration,
    },
    /// It cannot be made durable now: the hub stops, its disk or its database fails, or the project is gone. The
    /// reason is in the log.
    #[error("the hub takes nothing now")]
    Unavailable,
}

/// Takes envelopes in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Intake(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    queue: Queue<Arrival>,
    projects: Arc<Projects>,
    outcomes: Arc<OutcomeMeter>,
    options: IntakeOptions,
    /// Room for large bodies.
    large: Arc<Semaphore>,
    is_pressed: AtomicBool,
    is_closed: AtomicBool,
}

/// What became of an envelope once it was read.
enum Done {
    /// It is to be pushed.
    Read(Read),
    /// A filter left nothing of it.
    Filtered(DigestedEnvelope),
}

/// An envelope before it is pushed.
struct Read {
    event_id: Option<EventId>,
    companion: Option<Companion<Arrival>>,
}

impl Intake {
    pub(crate) fn new(
        queue: Queue<Arrival>,
        projects: Arc<Projects>,
        outcomes: Arc<OutcomeMeter>,
        options: IntakeOptions,
    ) -> Self {
        Intake(Arc::new(Shared {
            queue,
            projects,
            outcomes,
            options,
            large: Arc::new(Semaphore::new(options.large_at_once.max(1))),
            is_pressed: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
        }))
    }

    /// Resolves when the envelope survives a crash, and not before.
    ///
    /// # Errors
    /// [`IntakeError`]; then the envelope is not stored and will not be.
    pub async fn submit(&self, submission: Submission) -> Result<Receipt, IntakeError> {
        if self.0.is_closed.load(Ordering::Relaxed) {
            return Err(IntakeError::Unavailable);
        }
        let Submission {
            project,
            received,
            client_ip,
            user_agent,
            client_hints,
            wire,
            encoding,
            body,
        } = submission;
        let compiled = self.project(project).await?;
        let head = Head {
            project,
            received,
            event_id: EventId::random(),
            encoding: encoding.code(),
            size: body.len(),
            client_ip,
            user_agent,
            client_hints,
        };
        let record = head
            .record(wire)
            .map_err(|error| unavailable("the head of a record cannot be written", &error))?;
        let read = match self.read(head, body, compiled).await? {
            Done::Read(read) => read,
            Done::Filtered(envelope) => {
                // It costs no room in the queue: a flood of what is filtered holds nobody up.
                let event_id = envelope.filtered;
                self.count_all(project, envelope);
                return Ok(Receipt { event_id });
            }
        };
        match self.0.queue.push(record, read.companion).await {
            Ok(_) => Ok(Receipt {
                event_id: read.event_id,
            }),
            Err(PushError::Full(_)) => Err(IntakeError::Full {
                retry_after: self.0.options.retry_after,
            }),
            Err(error) => Err(unavailable("the queue does not take an envelope", &error)),
        }
    }

    /// Counts what ended at the door. Never waits.
    pub fn count(&self, outcome: OutcomeCount) {
        self.0.outcomes.count(outcome);
    }

    fn count_all(&self, project: ProjectId, envelope: DigestedEnvelope) {
        for item in envelope.outcomes {
            self.count(OutcomeCount {
                project,
                category: item.category,
                outcome: item.outcome,
                reason: item.reason,
                quantity: item.quantity,
            });
        }
    }

    /// Why nothing can be taken now, if so.
    pub fn not_ready(&self) -> Option<String> {
        if self.0.is_closed.load(Ordering::Relaxed) {
            return Some("the hub is stopping".to_owned());
        }
        self.0.queue.refusal().map(|full| full.to_string())
    }

    /// Takes nothing any more.
    pub(crate) fn close(&self) {
        self.0.is_closed.store(true, Ordering::Relaxed);
    }

    async fn project(&self, id: ProjectId) -> Result<Arc<Compiled>, IntakeError> {
        match self.0.projects.get(id).await {
            Ok(Some(compiled)) => Ok(compiled),
            Ok(None) => {
                tracing::info!(project = %id, "an envelope came for a project that is gone");
                Err(IntakeError::Unavailable)
            }
            Err(error) => Err(unavailable("a project cannot be read", &error)),
        }
    }

    /// Finds out whether the envelope is good, and digests it if there is time. Large ones go to a thread of their
    /// own, so that the others on this one need not wait for them.
    async fn read(&self, head: Head, body: Bytes, compiled: Arc<Compiled>) -> Result<Done, IntakeError> {
        let is_pressed = self.is_pressed();
        if body.len() < self.0.options.large_body_bytes {
            return read(&head, &body, &compiled, is_pressed);
        }
        let room = Arc::clone(&self.0.large).acquire_owned().await;
        let room = room.map_err(|error| unavailable("there is no room for large envelopes", &error))?;
        let work = move || {
            let result = read(&head, &body, &compiled, is_pressed);
            drop(room);
            result
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| Err(unavailable("an envelope could not be read", &error)))
    }

    /// Whether digesting has fallen behind. Once it has, it has to catch up by half before the requests help again.
    fn is_pressed(&self) -> bool {
        let (backlog, options) = (self.0.queue.backlog(), &self.0.options);
        let was_pressed = self.0.is_pressed.load(Ordering::Relaxed);
        let share = if was_pressed { 2 } else { 1 };
        let is_pressed = backlog.memory_bytes >= options.pressure_memory_bytes / share
            || backlog.bytes >= options.pressure_backlog_bytes / share as u64;
        if is_pressed != was_pressed && self.0.is_pressed.swap(is_pressed, Ordering::Relaxed) != is_pressed {
            tracing::info!(
                is_pressed,
                backlog = backlog.records,
                "the intake checks envelopes only, or digests again"
            );
        }
        is_pressed
    }
}

fn unavailable(what: &'static str, error: &(dyn std::error::Error + 'static)) -> IntakeError {
    tracing::error!(error, "{what}");
    IntakeError::Unavailable
}

fn read(head: &Head, body: &[u8], compiled: &Compiled, is_pressed: bool) -> Result<Done, IntakeError> {
    if !is_pressed {
        match work::digest(&head.input(body), &compiled.context) {
            Ok(envelope) => {
                if envelope.is_spent() {
                    return Ok(Done::Filtered(envelope));
                }
                let event_id = envelope.event.as_ref().map(|event| event.event_id);
                let event_id = event_id.or(envelope.filtered);
                let size = work::weight(&envelope);
                let value = Arrival {
                    organization: compiled.organization,
                    project: head.project,
                    envelope,
                };
                return Ok(Done::Read(Read {
                    event_id,
                    companion: Some(Companion { value, size }),
                }));
            }
            Err(WorkError::Malformed(malformed)) => return Err(malformed.into()),
            // Taken all the same: nothing is wrong with the envelope, and a better program may digest it.
            Err(error) => {
                tracing::error!(project = %head.project, %error, "an envelope could not be digested");
            }
        }
    }
    let identified = work::fenced(|| errand_pipeline::check_and_identify(body));
    match identified {
        Ok(checked) => {
            let event_id = checked?.map(|id| id.unwrap_or(head.event_id));
            Ok(Done::Read(Read {
                event_id,
                companion: None,
            }))
        }
        Err(error) => Err(unavailable("an envelope could not be checked", &error)),
    }
}
