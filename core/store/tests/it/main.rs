//! What the store promises, on both databases: one file for each of its modules.

#![expect(clippy::expect_used, reason = "what fails here fails the test")]

mod access;
mod audit;
mod deliveries;
mod erasure;
mod event_search;
mod facts;
mod fixtures;
mod folding;
mod foundation;
mod health;
mod issues;
mod links;
mod mail;
mod newer;
mod notices;
mod persist;
mod plugin_calls;
mod plugin_consents;
mod plugin_grants;
mod plugin_jobs;
mod plugin_kv;
mod recent;
mod releases;
mod reports;
mod retention;
mod seal;
mod sign_in;
mod single_sign_on;
mod support;
mod talk;
