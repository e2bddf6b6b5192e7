//! Secrets of a form that is shown again before it is saved: the page carries them sealed, so that nobody has to type
//! them twice and no page shows them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use errand_store::Reads;
use serde_json::{Map, Value};

use crate::AppState;
use crate::error::Error;
use crate::ui::visit::Visit;

/// They open for the form and the session that they were sealed for.
fn place(visit: &Visit, form: &str) -> String {
    format!("secrets of form {form} in session {}", visit.session)
}

/// Seals secrets for a form of a page.
pub(super) fn seal(
    state: &AppState,
    visit: &Visit,
    form: &str,
    secrets: &Map<String, Value>,
) -> Result<String, Error> {
    if secrets.is_empty() {
        return Ok(String::new());
    }
    let text = serde_json::to_vec(secrets).map_err(Error::internal)?;
    let sealed = (&state.db).keyring().seal(&place(visit, form), &text)?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

/// Opens what a form carried; none where it carried nothing, or something else.
pub(super) fn open(state: &AppState, visit: &Visit, form: &str, sealed: &str) -> Option<Map<String, Value>> {
    let sealed = URL_SAFE_NO_PAD
        .decode(sealed)
        .ok()
        .filter(|sealed| !sealed.is_empty())?;
    let text = (&state.db).keyring().open(&place(visit, form), &sealed).ok()?;
    serde_json::from_slice(&text).ok()
}
