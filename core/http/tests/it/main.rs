//! The HTTP surfaces, driven through their router with a database of their own and an intake that records.

#![expect(clippy::expect_used, reason = "what a test cannot set up, it fails by")]

mod api;
mod hooks;
mod ingest;
mod matrix;
mod plugins;
mod provider;
mod support;
mod surfaces;
mod ui;
