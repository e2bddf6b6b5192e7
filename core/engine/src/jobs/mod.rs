//! What is due from time to time, one file each. A job is idempotent, works in small transactions, and may run on
//! several nodes at once.

mod deliveries;
mod erasure;
mod facts;
mod gauges;
mod health;
mod lease;
mod outcomes;
mod pace;
mod passing_time;
mod retention;
mod round;
mod runner;
mod sessions;
mod trend;
mod upkeep;

pub(crate) use erasure::Erasure;
pub(crate) use facts::Facts;
pub(crate) use retention::Retention;
pub(crate) use runner::{Jobs, run, run_once};
