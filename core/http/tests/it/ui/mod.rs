//! What people see in a browser without script: pages that answer, forms that change something and lead on.

mod account;
mod accounts;
mod browser;
mod demo;
mod entering;
mod events;
mod guards;
mod hostile;
mod issues;
mod links;
mod operation;
mod plugin_action;
mod plugin_settings;
mod plugins;
mod projects;
mod releases;
mod reports;
mod rules;
mod seed;
mod settings;
mod sign_in;
mod single_sign_on;
mod support;
mod teams;
mod triage;
mod weight;
