//! Accounts of other systems that a plugin uses: granting access in the browser, or bringing a refresh token.
//!
//! What belongs to a grant under way (RFC 6749, 10.12; RFC 7636) is in a cookie of the browser that began it, so that it
//! ends only there, whichever hub of a fleet it comes back to.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use errand_model::{InstallationId, Secret};
use errand_store::installations::{self, Installation};
use errand_store::plugin_grants;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::find;
use crate::AppState;
use crate::auth::cookie;
use crate::error::{Error, PageError};
use crate::plugin_accounts::{AskForAccess, Brought, PluginAccount};
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, add_cookie, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Where people come back to. What they bring changes something, although it is a GET.
pub(crate) const CALLBACK: &str = "/plugins/granted";
const COOKIE: &str = "errand_grant";
/// How long somebody may think about it, in seconds.
const PATIENCE: u32 = 600;
/// The longest refresh token that is taken, in bytes.
const MAX_TOKEN: usize = 16 << 10;

#[derive(Template)]
#[template(path = "plugins/accounts.html")]
struct AccountsPage {
    page: Page,
    id: InstallationId,
    name: String,
    redirect_uri: String,
    accounts: Vec<View>,
}

struct View {
    setting: String,
    label: String,
    is_granted_by_person: bool,
    is_granted: bool,
    /// Whether it lives on a refresh token.
    takes_token: bool,
}

#[derive(Template)]
#[template(path = "plugins/ask.html")]
struct AskPage {
    page: Page,
    id: InstallationId,
    host: String,
    url: String,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let installation = find(&state, &visit, &id).await?;
    let granted = plugin_grants::granted(&state.db, installation.id).await?;
    let settings = settings(&installation);
    let accounts = state.plugin_accounts.accounts(&installation.plugin_name());
    let view = |account: PluginAccount| View {
        is_granted: granted.contains(&account.setting) || settings.contains_key(&account.setting),
        takes_token: !account.is_of_client,
        setting: account.setting,
        label: account.label,
        is_granted_by_person: account.is_granted_by_person,
    };
    page::html(&AccountsPage {
        page: visit.page(format!("Accounts of {}", installation.name), "plugins"),
        id: installation.id,
        redirect_uri: redirect_uri(&state),
        accounts: accounts.into_iter().map(view).collect(),
        name: installation.name,
    })
}

/// Does what the form says.
pub(super) async fn act(
    State(state): State<AppState>,
    visit: Visit,
    Path((id, setting)): Path<(String, String)>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let installation = find(&state, &visit, &id).await?;
    let known = state.plugin_accounts.accounts(&installation.plugin_name());
    if !known.iter().any(|account| account.setting == setting) {
        return Err(Error::not_found("The plugin has no such account.").into());
    }
    let back = format!("/plugins/{}/accounts", installation.id);
    match form.text("action") {
        "ask" => ask(&state, &visit, &installation, &setting),
        "bring" => {
            let token = brought(&form)?;
            visit.note(format!("brought a token for {}", installation.name));
            put(&state, installation, &setting, Some(token)).await?;
            Ok(redirect_with(&back, &Flash::ok("The token is used from now on.")))
        }
        "forget" => {
            visit.note(format!("forgot the tokens of {}", installation.name));
            put(&state, installation, &setting, None).await?;
            Ok(redirect_with(&back, &Flash::ok("The tokens are forgotten.")))
        }
        _ => Err(Error::bad_request("There is no such action.").into()),
    }
}

/// Shows the way to who grants access; pages send forms nowhere else, so it is a link.
fn ask(
    state: &AppState,
    visit: &Visit,
    installation: &Installation,
    setting: &str,
) -> Result<Response, PageError> {
    let (secret, verifier) = (random()?, random()?);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let redirect_uri = redirect_uri(state);
    let ask = AskForAccess {
        redirect_uri: &redirect_uri,
        state: &secret,
        challenge: &challenge,
    };
    let url = match state.plugin_accounts.access_page(installation, setting, ask) {
        Ok(url) => url,
        Err(why) => {
            let back = format!("/plugins/{}/accounts", installation.id);
            return Ok(redirect_with(&back, &Flash::error(why)));
        }
    };
    let host = url.split('/').nth(2).unwrap_or_default().to_owned();
    let mut shown = page::html(&AskPage {
        page: visit.page("Grant access", "plugins"),
        id: installation.id,
        host,
        url,
    })?;
    let under_way = format!("{secret}.{verifier}.{}.{setting}", installation.id);
    add_cookie(&mut shown, grant_cookie(state, &under_way, PATIENCE));
    Ok(shown)
}

/// What the other system sends people back with.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
}

/// Somebody comes back.
pub(super) async fn granted(
    State(state): State<AppState>,
    visit: Visit,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, PageError> {
    let said = match take(&state, &visit, &headers, answer).await? {
        Ok(name) => Flash::ok(format!("{name} has access now, and goes on.")),
        Err(why) => Flash::error(why),
    };
    let mut response = redirect_with("/plugins", &said);
    add_cookie(&mut response, grant_cookie(&state, "", 0));
    Ok(response)
}

/// Takes what they bring, if it is what this browser went for.
async fn take(
    state: &AppState,
    visit: &Visit,
    headers: &HeaderMap,
    answer: Answer,
) -> Result<Result<String, String>, Error> {
    let wrong = || "This is not the grant that was begun here: begin it again.".to_owned();
    let under_way = cookie::value(headers, COOKIE).unwrap_or_default();
    let parts: Vec<_> = under_way.splitn(4, '.').collect();
    let [secret, verifier, id, setting] = parts.as_slice() else {
        return Ok(Err(wrong()));
    };
    if secret.is_empty() || *secret != answer.state {
        return Ok(Err(wrong()));
    }
    if let Some(error) = answer.error {
        let error: String = error.chars().filter(|c| !c.is_control()).take(80).collect();
        return Ok(Err(format!("Access was not granted: {error}")));
    }
    let Some(code) = answer.code else {
        return Ok(Err(wrong()));
    };
    let installation = find(state, visit, id).await?;
    let brought = Brought {
        code: Secret::new(code),
        verifier: Secret::new((*verifier).to_owned()),
        redirect_uri: redirect_uri(state),
    };
    let taken = state
        .plugin_accounts
        .take_access(&installation, setting, brought)
        .await;
    if let Err(why) = taken {
        return Ok(Err(why));
    }
    let name = installation.name.clone();
    visit.note(format!("let {name} use an account of another system"));
    go_on(state, installation, setting).await?;
    Ok(Ok(name))
}

/// What a person granted counts in place of what an admin brought; what was held for it goes on.
async fn go_on(state: &AppState, mut installation: Installation, setting: &str) -> Result<(), Error> {
    let mut settings = settings(&installation);
    let mut tx = state.db.begin().await?;
    if settings.remove(setting).is_some() {
        installation.config = written(&settings);
        installations::update(&mut tx, &installation).await?;
    }
    installations::resume(&mut tx, state.context(), installation.id).await?;
    tx.commit().await?;
    state.deliveries.wake();
    Ok(())
}

/// Takes a refresh token, or forgets all there is.
async fn put(
    state: &AppState,
    mut installation: Installation,
    setting: &str,
    token: Option<String>,
) -> Result<(), Error> {
    let goes_on = token.is_some();
    let mut settings = settings(&installation);
    match token {
        Some(token) => settings.insert(setting.to_owned(), Value::String(token)),
        None => settings.remove(setting),
    };
    installation.config = written(&settings);
    let mut tx = state.db.begin().await?;
    installations::update(&mut tx, &installation).await?;
    plugin_grants::delete(&mut tx, installation.id, setting).await?;
    if goes_on {
        installations::resume(&mut tx, state.context(), installation.id).await?;
    }
    tx.commit().await?;
    state.deliveries.wake();
    Ok(())
}

fn settings(installation: &Installation) -> Map<String, Value> {
    serde_json::from_str(installation.config.reveal()).unwrap_or_default()
}

fn written(settings: &Map<String, Value>) -> Secret<String> {
    Secret::new(Value::Object(settings.clone()).to_string())
}

fn brought(form: &Fields) -> Result<String, Error> {
    let token = form.text("token");
    match token.is_empty() || token.len() > MAX_TOKEN || token.chars().any(char::is_control) {
        true => Err(Error::bad_request("That is no refresh token.")),
        false => Ok(token.to_owned()),
    }
}

fn redirect_uri(state: &AppState) -> String {
    format!("{}{CALLBACK}", state.config.public_url.trim_end_matches('/'))
}

fn grant_cookie(state: &AppState, value: &str, seconds: u32) -> Option<HeaderValue> {
    let secure = if state.config.is_https() { "; Secure" } else { "" };
    let text =
        format!("{COOKIE}={value}; Path={CALLBACK}; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// 32 random bytes, as text.
fn random() -> Result<String, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
