//! The API through its router: every route's shape, who may call it, and what it says to nonsense.

mod bulk;
mod comments;
mod customers;
mod deliveries;
mod discover;
mod events;
mod external_issues;
mod issue;
mod list;
mod openapi;
mod organizations;
mod owners;
mod plugin_actions;
mod plugins;
mod projects;
mod releases;
mod rules;
mod scopes;
mod search;
mod searches;
mod sessions;
mod stats;
mod support;
mod tags;
mod tokens;
mod wishes;
