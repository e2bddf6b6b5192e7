//! The product from outside. One binary, a file for each promise.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test says what it expected, and what it leaves out"
)]

mod alert_rules;
mod api_tools;
mod authors;
mod browser;
mod cli;
mod crash;
mod deliveries;
mod direct_messages;
mod distribution;
mod erasure;
mod filters;
mod first_day;
mod flood;
mod import;
mod ingest;
mod languages;
mod languages_probe;
mod licences;
mod lifecycle;
mod live;
mod mail;
mod mail_storm;
mod mail_wishes;
mod metric_triggers;
mod operation;
mod pages;
mod pictures;
mod plugins;
mod releases;
mod reports;
mod reports_mailed;
mod screenshots;
mod sdks;
mod secrets;
mod shutdown;
mod single_sign_on;
mod ticket_form;
mod tidy;
mod together;
mod tutorial;
mod versions;
mod wakes;
mod walks;
mod whole_loop;
