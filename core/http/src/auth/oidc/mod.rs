//! Single sign-on by OpenID Connect: sending somebody to the provider, and finding out who comes back.
//!
//! The code flow with PKCE (S256), state and nonce, all bound to the browser by one cookie ([`attempt`]). A token is taken
//! that is signed by one of the provider's keys, for this client and this sign-in ([`token`]). Whom the hub then lets in is
//! decided in [`admit`].

pub(crate) mod admit;
pub(crate) mod attempt;
mod discovery;
mod exchange;
mod keys;
mod knowledge;
pub(crate) mod settings;
mod token;
pub(crate) mod trial;
pub mod wire;

use std::sync::Arc;

use errand_model::single_sign_on::Client;
use errand_store::single_sign_on::Pending;
use serde_json::Value;
use url::Url;

use self::admit::Refusal;
use self::attempt::Attempt;
use self::discovery::Document;
use self::exchange::Brought;
pub(crate) use self::knowledge::Knowledge;
use self::token::{Expected, TokenProblem};
use crate::AppState;
use crate::error::Error;

/// Where people come back to.
const RETURN_PATH: &str = "/sign-in/sso/return";

/// Why a provider's answer is not taken, for people to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// What the provider says or does.
    #[error("{0}")]
    Provider(String),
    /// Its ID token.
    #[error("The provider's ID token is not taken: {0}.")]
    Token(#[from] TokenProblem),
    /// Who it is that came.
    #[error("{0}")]
    Refused(#[from] Refusal),
}

impl Problem {
    fn provider(words: impl Into<String>) -> Self {
        Problem::Provider(words.into())
    }
}

/// What keeps somebody from signing in: a fault of the hub, or something to be told.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The hub's.
    Hub(Error),
    /// The provider's, or of what is set.
    Told(Problem),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Hub(error.into())
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::Told(problem)
    }
}

/// Who somebody is at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Which provider.
    pub(crate) issuer: String,
    /// What it calls them: nobody else, and never another.
    pub(crate) subject: String,
    /// Their address.
    pub(crate) email: Option<String>,
    /// Whether it says that the address is theirs; none where it says nothing of it.
    pub(crate) is_verified: Option<bool>,
    /// What to call them.
    pub(crate) name: String,
}

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
    let arrival = arrival(&client.settings.issuer, &claims);
    let is_enough =
        arrival.email.is_some() && (arrival.is_verified.is_some() || client.settings.trusts_addresses);
    // A provider need not say more in the ID token than who it is (OpenID Connect Core 1.0, 5.4).
    match (&document.userinfo_endpoint, &tokens.access_token) {
        (Some(address), Some(token)) if !is_enough => {
            let info = exchange::user_info(wire, address, token, &arrival.subject).await?;
            Ok(arrival.or_as(self::arrival(&client.settings.issuer, &info)))
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

fn arrival(issuer: &str, claims: &Value) -> Arrival {
    let text = |name: &str| {
        claims[name]
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    };
    let is_verified = match &claims["email_verified"] {
        Value::Bool(is_verified) => Some(*is_verified),
        // Some write it as text.
        Value::String(text) => Some(text == "true"),
        _ => None,
    };
    let name = ["name", "preferred_username", "nickname"]
        .into_iter()
        .find_map(text);
    let shown = name.unwrap_or_default().chars().filter(|c| !c.is_control());
    Arrival {
        issuer: issuer.to_owned(),
        subject: claims["sub"].as_str().unwrap_or_default().to_owned(),
        email: text("email").map(str::to_owned),
        is_verified,
        name: shown.take(100).collect(),
    }
}

impl Arrival {
    /// With what is said of them elsewhere, where that says more.
    fn or_as(self, other: Arrival) -> Self {
        // An address and whether it is theirs are taken from one place.
        let (email, is_verified) = match other.email {
            Some(email) => (Some(email), other.is_verified),
            None => (self.email, self.is_verified),
        };
        let name = if self.name.is_empty() {
            other.name
        } else {
            self.name
        };
        Arrival {
            email,
            is_verified,
            name,
            ..self
        }
    }
}
