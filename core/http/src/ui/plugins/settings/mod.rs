//! A plugin's settings: a form drawn from its manifest, tried, and saved. Everything is one form, so that it works
//! without script: what is not saved yet goes with it from page to page.

mod draft;
mod kept;
mod trial;
mod view;

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::Secret;
use errand_model::grant::Grant;
use errand_model::project::Project;
use errand_store::installations::{self, Installation, NewInstallation};
use serde_json::{Map, Value};

use self::draft::Draft;
use self::trial::TrialView;
use crate::AppState;
use crate::error::{Error, PageError};
use crate::plugin_settings;
use crate::plugin_shelf::ShelfError;
use crate::plugins::{ChoicePage, FieldProblem, LookUp, SettingsForm, TrialError};
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::Visit;

/// The form on somebody's desk.
struct Desk<'a> {
    state: &'a AppState,
    visit: &'a Visit,
    projects: Vec<Project>,
    /// What can be set; nothing while the plugin is not there.
    form: Option<SettingsForm>,
    /// As it is saved; with the id 0 where it is not yet.
    installation: Installation,
    is_new: bool,
    /// Where other systems call it: names and addresses.
    hooks: Vec<(String, String)>,
}

/// What the page shows besides what was filled in.
#[derive(Default)]
struct Outcome {
    problems: Vec<FieldProblem>,
    /// What is wrong with what it is to reach.
    refused: Vec<String>,
    found: HashMap<String, ChoicePage>,
    trial: Option<TrialView>,
}

/// The form of a plugin that is to be added.
pub(super) async fn new(
    State(state): State<AppState>,
    visit: Visit,
    Path(plugin): Path<String>,
) -> Result<Response, PageError> {
    let desk = Desk::of_new(&state, &visit, &plugin).await?;
    let draft = desk.form.as_ref().map(Draft::fresh);
    let draft = draft.unwrap_or_else(|| Draft::of(&desk.installation, &desk.projects));
    view::page(&desk, &draft, Outcome::default(), StatusCode::OK)
}

/// Adds it, or looks something up for it.
pub(super) async fn add(
    State(state): State<AppState>,
    visit: Visit,
    Path(plugin): Path<String>,
    SignedForm(fields): SignedForm,
) -> Result<Response, PageError> {
    let desk = Desk::of_new(&state, &visit, &plugin).await?;
    desk.submit(&fields).await
}

/// The settings of a plugin.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let desk = Desk::of_installed(&state, &visit, &id).await?;
    let draft = Draft::of(&desk.installation, &desk.projects);
    view::page(&desk, &draft, Outcome::default(), StatusCode::OK)
}

/// Saves them, tries them, or looks something up for them.
pub(super) async fn change(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    SignedForm(fields): SignedForm,
) -> Result<Response, PageError> {
    let desk = Desk::of_installed(&state, &visit, &id).await?;
    desk.submit(&fields).await
}

impl<'a> Desk<'a> {
    async fn of_new(state: &'a AppState, visit: &'a Visit, plugin: &str) -> Result<Self, Error> {
        let missing = || Error::not_found("There is no such plugin.");
        let form = state.plugins.form(plugin).ok_or_else(missing)?;
        Ok(Desk {
            state,
            visit,
            projects: visit.projects(state).await?,
            installation: unmade(plugin, &form.name, visit),
            form: Some(form),
            is_new: true,
            hooks: Vec::new(),
        })
    }

    async fn of_installed(state: &'a AppState, visit: &'a Visit, id: &str) -> Result<Self, Error> {
        let installation = super::find(state, visit, id).await?;
        Ok(Desk {
            state,
            visit,
            projects: visit.projects(state).await?,
            form: state.plugins.form(&installation.plugin_name()),
            hooks: super::list::hooks(state, &installation).await?,
            installation,
            is_new: false,
        })
    }

    /// Where the form is sent.
    fn path(&self) -> String {
        match self.is_new {
            true => format!("/plugins/new/{}", self.installation.plugin),
            false => format!("/plugins/{}/settings", self.installation.id),
        }
    }

    fn stored(&self) -> Map<String, Value> {
        serde_json::from_str(self.installation.config.reveal()).unwrap_or_default()
    }

    /// What was filled in.
    fn draft(&self, fields: &Fields) -> Draft {
        let kept = kept::open(self.state, self.visit, &self.path(), fields.text("kept"));
        let before = kept.unwrap_or_else(|| self.stored());
        match &self.form {
            Some(form) => Draft::read(&form.fields, fields, &before),
            None => Draft {
                config: self.stored(),
                ..Draft::read(&[], fields, &before)
            },
        }
    }

    async fn submit(&self, fields: &Fields) -> Result<Response, PageError> {
        let draft = self.draft(fields);
        let deed = fields.text("do");
        if let Some(asked) = deed.strip_prefix("look-up:") {
            let outcome = self.look_up(&draft, asked).await;
            return view::page(self, &draft, outcome, StatusCode::OK);
        }
        let mut installation = self.installation.clone();
        draft.put_into(&mut installation, &self.projects);
        let refused = self.state.plugins.check_grant(&installation);
        let problems = match refused.is_empty() {
            true => plugin_settings::check(self.state, &installation).await,
            false => Vec::new(),
        };
        if !problems.is_empty() || !refused.is_empty() {
            let outcome = Outcome {
                problems,
                refused,
                ..Outcome::default()
            };
            return view::page(self, &draft, outcome, StatusCode::UNPROCESSABLE_ENTITY);
        }
        match deed {
            "save" if self.is_new => self.create(&draft, &installation).await,
            "save" => self.update(&installation).await,
            "rehearse" | "test" if !self.is_new => {
                let outcome = try_out(self.state, installation, deed == "rehearse").await?;
                view::page(self, &draft, outcome, StatusCode::OK)
            }
            _ => Err(Error::bad_request("There is no such action.").into()),
        }
    }

    /// Asks the plugin what may be chosen; `asked` is the setting, and the page after a colon.
    async fn look_up(&self, draft: &Draft, asked: &str) -> Outcome {
        let (setting, page) = match asked.split_once(':') {
            Some((setting, page)) => (setting, Some(page.to_owned())),
            None => (asked, None),
        };
        let mut installation = self.installation.clone();
        draft.put_into(&mut installation, &self.projects);
        let typed = draft.config.get(setting).and_then(Value::as_str);
        let asked = LookUp {
            installation,
            setting: setting.to_owned(),
            query: typed.unwrap_or_default().to_owned(),
            page,
        };
        let mut outcome = Outcome::default();
        match self.state.plugins.look_up(asked).await {
            Ok(page) => drop(outcome.found.insert(setting.to_owned(), page)),
            Err(message) => outcome.problems.push(FieldProblem {
                field: Some(setting.to_owned()),
                message,
            }),
        }
        outcome
    }

    /// Whoever puts a plugin to use agrees to what it wants.
    async fn create(&self, draft: &Draft, wanted: &Installation) -> Result<Response, PageError> {
        let state = self.state;
        self.visit.note(format!("agreed to what {} wants", wanted.plugin));
        let agreed = state
            .plugin_shelf
            .agree(&wanted.plugin, None, &self.visit.person.name);
        match agreed.await {
            Ok(()) | Err(ShelfError::Missing) => {}
            Err(error) => return Err(Error::from(error).into()),
        }
        let new = NewInstallation {
            organization: wanted.organization,
            project: wanted.project,
            plugin: &wanted.plugin,
            name: &wanted.name,
            config: wanted.config.clone(),
            grant: wanted.grant.clone(),
        };
        let mut tx = state.db.begin().await?;
        let mut made = installations::create(&mut tx, state.context(), new).await?;
        if !draft.is_enabled {
            made.is_enabled = false;
            installations::update(&mut tx, &made).await?;
        }
        self.visit
            .note(format!("put {} to use ({})", made.name, made.plugin));
        tx.commit().await?;
        let said = match draft.is_enabled {
            true => format!("{} is added: it hears of what happens from now on.", made.name),
            false => format!("{} is added, and disabled.", made.name),
        };
        Ok(redirect_with(
            &format!("/plugins/{}/settings", made.id),
            &Flash::ok(said),
        ))
    }

    /// What was held because something was wrong goes on; what somebody holds stays held.
    async fn update(&self, installation: &Installation) -> Result<Response, PageError> {
        let held_by_hand = installation.paused.as_ref();
        let held_by_hand = held_by_hand.is_some_and(|reason| reason.starts_with(super::HELD_BY_HAND));
        let mut tx = self.state.db.begin().await?;
        installations::update(&mut tx, installation).await?;
        if !held_by_hand {
            installations::resume(&mut tx, self.state.context(), installation.id).await?;
        }
        self.visit
            .note(format!("changed the settings of {}", installation.name));
        tx.commit().await?;
        let said = match held_by_hand {
            true => "Saved. It is still held.",
            false => "Saved. Whatever is told from now on follows these settings.",
        };
        Ok(redirect_with(&self.path(), &Flash::ok(said)))
    }
}

async fn try_out(state: &AppState, installation: Installation, is_dry_run: bool) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    match state.plugins.try_out(installation, is_dry_run).await {
        Ok(tried) => outcome.trial = Some(TrialView::of(tried, is_dry_run)),
        Err(TrialError::Nothing(message)) => outcome.problems.push(FieldProblem { field: None, message }),
        Err(error @ TrialError::Failed(_)) => return Err(Error::internal(error)),
    }
    Ok(outcome)
}

/// An installation of a plugin that is to be added, before anything is filled in.
fn unmade(plugin: &str, name: &str, visit: &Visit) -> Installation {
    let new = NewInstallation {
        organization: visit.organization.id,
        project: None,
        plugin,
        name,
        config: Secret::new("{}".to_owned()),
        grant: Grant::default(),
    };
    new.unmade()
}
