//! Single sign-on, as owners set it: the provider, whom it lets in, and trying it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use errand_model::Secret;
use errand_model::access::Role;
use errand_model::single_sign_on::{Client, NEWCOMERS, SingleSignOn};
use errand_store::single_sign_on;

use crate::AppState;
use crate::auth::oidc::{self, settings, trial};
use crate::error::{Error, PageError};
use crate::ui::choice::{Choice, choices};
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Where it is.
const PATH: &str = "/organization/single-sign-on";

/// The longest secret of a client, in bytes.
const LONGEST_SECRET: usize = 4_096;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new().route(PATH, get(page).post(act))
}

#[derive(Template)]
#[template(path = "people/single_sign_on.html")]
struct SettingsPage {
    page: Page,
    settings: SingleSignOn,
    domains: String,
    newcomers: Vec<Choice>,
    redirect_uri: String,
    /// Whether there is a secret that stays if none is typed; and whether one was typed that is not shown back.
    has_secret: bool,
    was_typed: bool,
    /// Whether it is set at all, and whether by the hub's own settings.
    is_set: bool,
    is_fixed: bool,
    findings: Vec<trial::Finding>,
    problem: Option<String>,
}

/// What was found out, and what is wrong with what was typed.
#[derive(Default)]
struct Outcome {
    findings: Vec<trial::Finding>,
    problem: Option<String>,
}

async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    let client = settings::client(&state).await?;
    shown(&visit, &state, client.as_ref(), Outcome::default()).await
}

/// Shows what was typed, or else what is set.
async fn shown(
    visit: &Visit,
    state: &AppState,
    client: Option<&Client>,
    outcome: Outcome,
) -> Result<Response, PageError> {
    let set = client.map(|client| client.settings.clone()).unwrap_or_default();
    let roles = NEWCOMERS.map(|role| (role.as_str(), role.title()));
    let nobody = [("", "Nobody: they need an account, or an invitation")];
    let status = match outcome.problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let stands = settings::client(state).await?;
    let stays = |stands: &Client| stands.secret.is_some() && stands.settings.issuer == set.issuer;
    let shown = SettingsPage {
        page: visit.page("Single sign-on", "people"),
        domains: set.domains.join("\n"),
        newcomers: choices(
            nobody.into_iter().chain(roles),
            set.newcomers.map_or("", Role::as_str),
        ),
        redirect_uri: oidc::redirect_uri(state),
        has_secret: stands.as_ref().is_some_and(stays),
        was_typed: client.is_some_and(|client| client.secret.is_some()),
        is_set: stands.is_some(),
        is_fixed: state.config.single_sign_on.is_some(),
        settings: set,
        findings: outcome.findings,
        problem: outcome.problem,
    };
    page::html_with(status, &shown)
}

/// Does what the button says.
async fn act(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    if let Some(fixed) = &state.config.single_sign_on {
        return match form.text("action") {
            "try" => attempt(&visit, &state, fixed).await,
            _ => Err(
                Error::forbidden("Single sign-on is set in the hub's own settings; change it there.").into(),
            ),
        };
    }
    let before = single_sign_on::of(&state.db, visit.organization.id).await?;
    match form.text("action") {
        "try" => attempt(&visit, &state, &read(&form, before)?).await,
        "save" => save(&visit, &state, read(&form, before)?, form.is_ticked("is_public")).await,
        "remove" => remove(&visit, &state).await,
        _ => Err(Error::bad_request("There is no such action.").into()),
    }
}

async fn attempt(visit: &Visit, state: &AppState, client: &Client) -> Result<Response, PageError> {
    let problem = client.settings.problem();
    let findings = match problem {
        Some(_) => Vec::new(),
        None => {
            let redirect_uri = oidc::redirect_uri(state);
            trial::run(state.identity_wire.as_ref(), client, &redirect_uri).await
        }
    };
    visit.note(format!("tried single sign-on by {}", client.settings.issuer));
    shown(visit, state, Some(client), Outcome { findings, problem }).await
}

async fn save(
    visit: &Visit,
    state: &AppState,
    client: Client,
    is_public: bool,
) -> Result<Response, PageError> {
    let set = &client.settings;
    let mut problem = set.problem();
    if problem.is_none() && client.secret.is_none() && !is_public {
        problem = Some("Type the client secret, or say that there is none.".to_owned());
    }
    if problem.is_none() && !set.passwords {
        problem = unproven(visit, state, set).await?;
    }
    if problem.is_some() {
        let outcome = Outcome {
            problem,
            ..Outcome::default()
        };
        return shown(visit, state, Some(&client), outcome).await;
    }
    let mut tx = state.db.begin().await?;
    single_sign_on::set(&mut tx, state.context(), visit.organization.id, &client).await?;
    visit.note(format!(
        "changed single sign-on: {} as {}, domains {}, newcomers {}, passwords {}",
        set.issuer,
        set.client_id,
        if set.domains.is_empty() {
            "any".to_owned()
        } else {
            set.domains.join(" ")
        },
        set.newcomers.map_or("refused", Role::as_str),
        if set.passwords { "taken" } else { "switched off" },
    ));
    tx.commit().await?;
    state.identity_provider.forget().await;
    Ok(redirect_with(PATH, &Flash::ok("Saved.")))
}

/// Why passwords are not switched off yet: a provider that lets nobody in would leave no way but the command line.
async fn unproven(visit: &Visit, state: &AppState, set: &SingleSignOn) -> Result<Option<String>, Error> {
    let known = single_sign_on::identities(&state.db, visit.person.id).await?;
    let is_proven = known.iter().any(|known| known.issuer == set.issuer);
    Ok((!is_proven).then(|| {
        "Before passwords are switched off, sign in by the provider once yourself: save with passwords, then link it on \
         your account page."
            .to_owned()
    }))
}

async fn remove(visit: &Visit, state: &AppState) -> Result<Response, PageError> {
    let mut tx = state.db.begin().await?;
    single_sign_on::remove(&mut tx, visit.organization.id).await?;
    visit.note("removed single sign-on");
    tx.commit().await?;
    state.identity_provider.forget().await;
    Ok(redirect_with(
        PATH,
        &Flash::ok("Nobody signs in by a provider any more."),
    ))
}

fn read(form: &Fields, before: Option<Client>) -> Result<Client, Error> {
    let newcomers = match form.text("newcomers") {
        "" => None,
        role => Some(
            role.parse()
                .map_err(|_| Error::bad_request("There is no such role."))?,
        ),
    };
    let lines = form.lines("domains").to_lowercase();
    let domains = lines
        .split([',', ' ', '\n'])
        .map(|domain| domain.trim().trim_start_matches('@'));
    let settings = SingleSignOn {
        name: form.text("name").to_owned(),
        issuer: form.text("issuer").to_owned(),
        client_id: form.text("client_id").to_owned(),
        domains: domains
            .filter(|domain| !domain.is_empty())
            .map(str::to_owned)
            .collect(),
        newcomers,
        trusts_addresses: form.is_ticked("trusts_addresses"),
        passwords: form.is_ticked("passwords"),
    };
    let secret = secret(form, &settings, before)?;
    Ok(Client { settings, secret })
}

/// The secret that was typed, or the one before: which goes to nobody else than for whom it was typed.
fn secret(
    form: &Fields,
    settings: &SingleSignOn,
    before: Option<Client>,
) -> Result<Option<Secret<String>>, Error> {
    let typed = form.text("client_secret");
    if typed.len() > LONGEST_SECRET {
        return Err(Error::bad_request("That is too long for a client secret."));
    }
    if form.is_ticked("is_public") {
        return Ok(None);
    }
    if !typed.is_empty() {
        return Ok(Some(Secret::new(typed.to_owned())));
    }
    let same = before.filter(|before| before.settings.issuer == settings.issuer);
    Ok(same.and_then(|before| before.secret))
}
