//! The keys of a project: what lets SDKs in.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::project::{ProjectKey, name_problem};
use errand_model::{KeyId, Timestamp};
use errand_store::keys;

use super::Heading;
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::choice::Choice;
use crate::ui::forms::SignedForm;
use crate::ui::limit;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "projects/keys.html")]
struct KeysPage {
    page: Page,
    project: Heading,
    keys: Vec<KeyView>,
}

/// One key.
struct KeyView {
    id: KeyId,
    label: String,
    dsn: String,
    is_active: bool,
    created: Timestamp,
    count: String,
    windows: Vec<Choice>,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    let base = &state.config.public_url;
    let view = |key: ProjectKey| KeyView {
        id: key.id,
        dsn: key.dsn(base),
        is_active: key.is_active,
        created: key.created,
        count: key
            .rate_limit
            .map(|limit| limit.count.to_string())
            .unwrap_or_default(),
        windows: limit::windows(key.rate_limit),
        label: key.label,
    };
    page::html(&KeysPage {
        page: visit.page(format!("Keys of {}", project.name), "projects"),
        project: Heading::of(&project),
        keys: keys::list(&state.db, project.id)
            .await?
            .into_iter()
            .map(view)
            .collect(),
    })
}

fn back(slug: &str, flash: &Flash) -> Response {
    redirect_with(&format!("/projects/{slug}/keys"), flash)
}

/// Makes a key.
pub(super) async fn create(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    let label = form.text("label");
    if name_problem(label).is_some() {
        return Ok(back(
            &slug,
            &Flash::error("A key needs a name of at most 64 characters."),
        ));
    }
    let mut tx = state.db.begin().await?;
    keys::create(&mut tx, state.context(), project.id, label).await?;
    visit.note(format!("made the key {label} of {slug}"));
    tx.commit().await?;
    Ok(back(&slug, &Flash::ok(format!("The key {label} lets SDKs in."))))
}

/// Sets its limit, revokes it, or lets it in again.
pub(super) async fn change(
    State(state): State<AppState>,
    visit: Visit,
    Path((slug, id)): Path<(String, String)>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    let keys = keys::list(&state.db, project.id).await?;
    let key = keys.into_iter().find(|key| key.id.to_string() == id);
    let mut key = key.ok_or_else(|| Error::not_found("The project has no such key."))?;
    let (said, flash) = match form.text("action") {
        "revoke" => {
            key.is_active = false;
            let flash = format!("{} is revoked: nothing gets in with it.", key.label);
            ("revoked", Flash::ok(flash))
        }
        "restore" => {
            key.is_active = true;
            let flash = format!("{} lets SDKs in again.", key.label);
            ("restored", Flash::ok(flash))
        }
        "limit" => match limit::read(&form) {
            Ok(limit) => {
                key.rate_limit = limit;
                let flash = format!("The limit of {} is saved.", key.label);
                ("limited", Flash::ok(flash))
            }
            Err(problem) => return Ok(back(&slug, &Flash::error(problem))),
        },
        _ => return Err(Error::bad_request("There is no such action.").into()),
    };
    let mut tx = state.db.begin().await?;
    keys::update(&mut tx, &key).await?;
    visit.note(format!("{said} the key {} of {slug}", key.label));
    tx.commit().await?;
    state.directory.forget(&key.public_key);
    Ok(back(&slug, &flash))
}
