//! The engine over a real database and a real queue; plugins alone are played.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod changes;
mod deliveries;
mod destinations;
mod digest;
mod hostile;
mod jobs;
mod lifecycle;
mod notices;
mod occasions;
mod plugins;
mod schedule;
mod setting;
mod together;
