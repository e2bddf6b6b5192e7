//! Single sign-on by OpenID Connect: sending somebody to the provider, and finding out who comes back.
//!
//! The code flow with PKCE (S256), state and nonce, all bound to the browser by one cookie ([`attempt`]). A token is taken
//! that is signed by one of the provider's keys, for this client and this sign-in ([`token`]). Whom the hub then lets in is
//! decided in [`admit`].

pub(crate) mod admit;
mod arrival;
pub(crate) mod attempt;
mod discovery;
mod exchange;
mod keys;
pub(crate) mod knowledge;
mod problem;
pub(crate) mod settings;
mod token;
pub(crate) mod trial;
pub mod wire;

use std::sync::Arc;

use errand_model::single_sign_on::Client;
use errand_store::single_sign_on::Pending;
use serde_json::Value;
use url::Url;

pub(crate) use self::arrival::Arrival;
use self::attempt::Attempt;
use self::discovery::Document;
use self::exchange::Brought;
use self::problem::TokenProblem;
pub(crate) use self::problem::{Failure, Problem};
use self::token::Expected;
use crate::AppState;

/// Where people come back to.
const RETURN_PATH: &str = "/sign-in/sso/return";

/// Where people come back to, as providers have to know it.
pub(crate) fn redirect_uri(state: &AppState) -> String {
    format!("{}{RETURN_PATH}", state.config.public_url.trim_end_matches('/'))
}

/// Begins a sign-in: answers the provider's address to go to, and what the browser has to keep.
pub(crate) async fn begin(
    state: &AppState,
    client: &Client,
    pending: &Pending,
) -> Result<(String, Attempt), Failure> {
    let (document, _) = known(state, client, false).await?;
    let attempt = Attempt::new()?;
    let mut url = Url::parse(&document.authorization_endpoint).map_err(|why| {
        Problem::provider(format!(
            "The provider's authorization_endpoint is no address: {why}."
        ))
    })?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &client.settings.client_id)
        .append_pair("redirect_uri", &redirect_uri(state))
        .append_pair("scope", "openid email profile")
        .append_pair("state", &attempt.state())
        .append_pair("nonce", &attempt.nonce())
        .append_pair("code_challenge", &attempt.challenge())
        .append_pair("code_challenge_method", "S256");
    let mut tx = state.db.begin().await?;
    errand_store::single_sign_on::begin(&mut tx, state.context(), &attempt.state(), pending).await?;
    tx.commit().await?;
    Ok((url.into(), attempt))
}

/// Finds out who came back with a code.
pub(crate) async fn finish(
    state: &AppState,
    client: &Client,
    attempt: &Attempt,
    (code, iss): (&str, Option<&str>),
) -> Result<Arrival, Failure> {
    let (document, _) = known(state, client, false).await?;
    if !document.sent(iss) {
        let words = "Another provider's answer came back than the one that was asked (iss).";
        return Err(Problem::provider(words).into());
    }
    let brought = Brought {
        code,
        verifier: &attempt.verifier(),
        redirect_uri: &redirect_uri(state),
    };
    let wire = state.identity_wire.as_ref();
    let reply = exchange::ask(wire, &document, client, &brought).await?;
    let tokens = exchange::tokens(&reply)?;
    let id_token = tokens.id_token.as_deref().ok_or_else(|| {
        Problem::provider("The provider gave no ID token: is the scope 'openid' allowed for the client?")
    })?;
    let claims = checked(state, client, id_token, &attempt.nonce()).await?;
    let arrival = Arrival::of(&client.settings.issuer, &claims);
    let is_enough =
        arrival.email.is_some() && (arrival.is_verified.is_some() || client.settings.trusts_addresses);
    // A provider need not say more in the ID token than who it is (OpenID Connect Core 1.0, 5.4).
    match (&document.userinfo_endpoint, &tokens.access_token) {
        (Some(address), Some(token)) if !is_enough => {
            let info = exchange::user_info(wire, address, token, &arrival.subject).await?;
            Ok(arrival.or_as(Arrival::of(&client.settings.issuer, &info)))
        }
        _ => Ok(arrival),
    }
}

async fn known(
    state: &AppState,
    client: &Client,
    has_unknown_key: bool,
) -> Result<(Arc<Document>, Arc<keys::Keys>), Problem> {
    let (wire, issuer) = (state.identity_wire.as_ref(), &client.settings.issuer);
    state
        .identity_provider
        .of(wire, issuer, state.now(), has_unknown_key)
        .await
}

/// The claims of an ID token; the keys are asked for again where it is signed with one that is not known: providers
/// change theirs.
async fn checked(state: &AppState, client: &Client, id_token: &str, nonce: &str) -> Result<Value, Problem> {
    let expected = Expected {
        issuer: &client.settings.issuer,
        client_id: &client.settings.client_id,
        nonce,
        now: state.now(),
    };
    let (_, keys) = known(state, client, false).await?;
    match token::check(id_token, &keys, &expected) {
        Err(TokenProblem::UnknownKey) => {
            let (_, keys) = known(state, client, true).await?;
            Ok(token::check(id_token, &keys, &expected)?)
        }
        checked => Ok(checked?),
    }
}
