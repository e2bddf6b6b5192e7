//! Plugins in their versions: bringing one, agreeing to what it wants, taking one away.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::{Visit, is_of_session};

/// Takes a file in the background: the page shows what became of it.
pub(super) async fn upload(
    State(state): State<AppState>,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, PageError> {
    let form = crate::multipart::read(&headers, body).await?;
    let field = |name: &str| form.fields.iter().find(|(key, _)| key == name);
    if field("csrf").is_none_or(|(_, sent)| !is_of_session(&state, &headers, sent)) {
        return Err(Error::forbidden(
            "The form is not of this session: load the page again, and send it once more.",
        )
        .into());
    }
    let file = form.files.into_iter().find(|file| !file.content.is_empty());
    let file =
        file.ok_or_else(|| Error::bad_request("Choose the component of a plugin first: a file .wasm."))?;
    visit.note(format!("brought the plugin of {}", file.name));
    let said = match state.plugin_shelf.begin(file.name, file.content.into()) {
        Ok(()) => Flash::ok("The plugin is being looked at.".to_owned()),
        Err(error) => Flash::error(error.to_string()),
    };
    Ok(redirect_with("/plugins#versions", &said))
}

/// Agrees, or takes away.
pub(super) async fn act(
    State(state): State<AppState>,
    visit: Visit,
    Path((plugin, version)): Path<(String, String)>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let shelf = &state.plugin_shelf;
    visit.note(match form.text("action") {
        "agree" => format!("agreed to {plugin} {version}"),
        _ => format!("took {plugin} {version} away"),
    });
    let (done, text) = match form.text("action") {
        "agree" => (
            shelf.agree(&plugin, Some(&version), &visit.person.name).await,
            format!("{plugin} {version} may run."),
        ),
        "remove" => (
            shelf.remove(&plugin, &version).await,
            format!("{plugin} {version} is taken away."),
        ),
        _ => return Err(Error::bad_request("There is no such action.").into()),
    };
    state.deliveries.wake();
    let said = match done {
        Ok(()) => Flash::ok(text),
        Err(error) => Flash::error(error.to_string()),
    };
    Ok(redirect_with("/plugins#versions", &said))
}
