//! The page with a plugin's settings.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::draft::Draft;
use super::trial::TrialView;
use super::{Desk, Outcome, kept};
use crate::error::{Error, PageError};
use crate::plugin_shelf::PluginVersion;
use crate::plugins::Field;
use crate::ui::choice::{Choice, choices};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::plugin_form::{self, FieldView};

#[derive(Template)]
#[template(path = "plugins/settings.html")]
struct SettingsPage {
    page: Page,
    heading: String,
    description: String,
    plugin: String,
    /// Where the form is sent.
    here: String,
    is_new: bool,
    /// Whether the plugin is there to say what can be set.
    is_there: bool,
    paused: Option<String>,
    fields: Vec<FieldView>,
    /// Secrets that are not saved yet, sealed.
    kept: String,
    name: String,
    projects: Vec<Choice>,
    versions: Vec<Choice>,
    is_enabled: bool,
    /// What is wrong with the whole.
    problems: Vec<String>,
    wants: Vec<String>,
    hosts: String,
    networks: String,
    refused: Vec<String>,
    /// Whether somebody agrees to that by adding it.
    agrees: bool,
    trial: Option<TrialView>,
    hooks: Vec<(String, String)>,
    id: String,
}

pub(super) fn page(
    desk: &Desk<'_>,
    draft: &Draft,
    outcome: Outcome,
    status: StatusCode,
) -> Result<Response, PageError> {
    let installation = &desk.installation;
    let form = desk.form.as_ref();
    let fields: &[Field] = form.map_or(&[], |form| &form.fields);
    let shelf = desk.state.plugin_shelf.versions();
    let of_plugin: Vec<&PluginVersion> = shelf
        .iter()
        .filter(|one| one.plugin == installation.plugin)
        .collect();
    let runs = of_plugin.iter().find(|one| match draft.version.as_str() {
        "" => desk.is_new || one.is_current,
        version => one.version == version,
    });
    let heading = match desk.is_new {
        true => format!("Add {}", form.map_or(&installation.plugin, |form| &form.name)),
        false => format!("Settings of {}", installation.name),
    };
    let shown = SettingsPage {
        page: desk.visit.page(heading.clone(), "plugins"),
        heading,
        description: form.map(|form| form.description.clone()).unwrap_or_default(),
        plugin: installation.plugin.clone(),
        here: desk.path(),
        is_new: desk.is_new,
        is_there: form.is_some(),
        paused: installation.paused.clone(),
        problems: plugin_form::problems_of_none(fields, &outcome.problems),
        fields: plugin_form::draw(fields, &draft.config, &outcome.problems, &outcome.found),
        kept: keep(desk, draft, fields)?,
        name: draft.name.clone(),
        projects: projects(desk, draft),
        versions: choices(
            of_plugin
                .iter()
                .map(|one| (one.version.clone(), one.version.clone())),
            &draft.version,
        ),
        is_enabled: draft.is_enabled,
        wants: runs.map(|one| one.wants.clone()).unwrap_or_default(),
        hosts: draft.grant.hosts.as_deref().unwrap_or_default().join("\n"),
        networks: draft.grant.networks.join("\n"),
        refused: outcome.refused,
        agrees: desk.is_new && runs.is_some_and(|one| !one.is_bundled),
        trial: outcome.trial,
        hooks: desk.hooks.clone(),
        id: installation.id.to_string(),
    };
    page::html_with(status, &shown)
}

fn projects(desk: &Desk<'_>, draft: &Draft) -> Vec<Choice> {
    let projects = desk.projects.iter();
    choices(
        projects.map(|one| (one.slug.clone(), one.name.clone())),
        &draft.project,
    )
}

/// What was typed goes with the page. What is saved is found again without.
fn keep(desk: &Desk<'_>, draft: &Draft, fields: &[Field]) -> Result<String, Error> {
    let secrets = plugin_form::secrets_of(fields, &draft.config);
    match !desk.is_new && secrets == plugin_form::secrets_of(fields, &desk.stored()) {
        true => Ok(String::new()),
        false => kept::seal(desk.state, desk.visit, &desk.path(), &secrets),
    }
}
