//! Everything that happens without a request: digest, fan-out, dispatch, and what is due from time to time.
//!
//! To add something that is done from time to time, add a file to `jobs/` and name it in `jobs/mod.rs`. To change
//! what follows from a plugin's failure, see `calling/outcome.rs` and `errand_model::delivery`.
//!
//! ```text
//! intake ──▶ queue ──▶ digest ──▶ outbox ──▶ fan-out ──▶ deliveries ──▶ dispatch ──▶ plugins
//!                                                              the clock ──▶ schedule ──▶ plugins
//! ```

mod backoff;
mod calling;
mod digest;
mod dispatch;
mod engine;
mod fanout;
mod hub;
mod intake;
mod jobs;
mod journal;
mod meters;
mod notices;
mod occasions;
mod opening;
mod options;
mod outcomes;
mod ownership;
mod plugins;
mod projects;
mod schedule;
mod wake;
mod work;

pub use dispatch::{Rehearsal, RehearseError};
pub use engine::{Engine, Parts, RehearsalFuture};
pub use hub::Hub;
pub use intake::{Intake, IntakeError, Receipt, Submission};
pub use occasions::{Form, Inbound, InboundError, Occasions, PressError, Pressed, Received, TrialError};
pub use opening::StartError;
pub use options::{DigestOptions, DispatchOptions, IntakeOptions, Options};
pub use plugins::{AnswerFuture, AttemptFuture, CallFuture, Plugins};
pub use wake::Wake;
