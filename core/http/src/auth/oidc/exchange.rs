//! Tokens for what somebody brought back (RFC 6749, 4.1.3), and what the provider says of who they are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_model::Secret;
use errand_model::single_sign_on::Client;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::discovery::{Document, Proof};
use super::problem::Problem;
use super::wire::{IdentityWire, Question, Reply, said};

/// What somebody brought back, and what shows that they went for it.
pub(super) struct Brought<'a> {
    pub(super) code: &'a str,
    pub(super) verifier: &'a str,
    pub(super) redirect_uri: &'a str,
}

/// What it is exchanged for.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: Option<String>,
    pub(super) access_token: Option<Secret<String>>,
}

/// What a provider answers that refuses.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Refusal {
    pub(super) error: String,
    pub(super) error_description: String,
}

impl Refusal {
    /// Of a reply; empty where it says nothing that makes sense.
    pub(super) fn of(reply: &Reply) -> Self {
        serde_json::from_slice(reply.body.reveal()).unwrap_or_default()
    }

    /// In a few words.
    pub(super) fn said(&self) -> String {
        let both = match self.error_description.as_str() {
            "" => self.error.clone(),
            more => format!("{}: {more}", self.error),
        };
        said(&both)
    }
}

/// Asks for tokens; answers whatever the provider does.
pub(super) async fn ask(
    wire: &dyn IdentityWire,
    document: &Document,
    client: &Client,
    brought: &Brought<'_>,
) -> Result<Reply, Problem> {
    wire.ask(question(document, client, brought)?)
        .await
        .map_err(|why| Problem::provider(format!("The provider's token endpoint cannot be reached: {why}.")))
}

fn question(document: &Document, client: &Client, brought: &Brought<'_>) -> Result<Question, Problem> {
    let id = client.settings.client_id.as_str();
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", brought.code)
        .append_pair("redirect_uri", brought.redirect_uri)
        .append_pair("code_verifier", brought.verifier);
    let mut authorization = None;
    match &client.secret {
        Some(secret) => match document.proof()? {
            Proof::Basic => authorization = Some(basic(id, secret)),
            Proof::Post => {
                form.append_pair("client_id", id)
                    .append_pair("client_secret", secret.reveal());
            }
        },
        None => {
            form.append_pair("client_id", id);
        }
    }
    Ok(Question {
        url: document.token_endpoint.clone(),
        authorization,
        form: Some(Secret::new(form.finish())),
    })
}

fn basic(id: &str, secret: &Secret<String>) -> Secret<String> {
    // Both are written as in a form first: RFC 6749, 2.3.1.
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(id), encoded(secret.reveal()));
    Secret::new(format!("Basic {}", STANDARD.encode(pair)))
}

/// The tokens in an answer.
pub(super) fn tokens(reply: &Reply) -> Result<Tokens, Problem> {
    if reply.status != 200 {
        let why = Refusal::of(reply).said();
        return Err(Problem::provider(format!(
            "The provider gave no token: it answered {} {why}",
            reply.status
        )));
    }
    // What the parser says may hold a part of a token.
    serde_json::from_slice(reply.body.reveal())
        .map_err(|_| Problem::provider("The provider's token endpoint answered something that is no token."))
}

/// What the provider says of somebody beyond their ID token, by the access token that came with it.
pub(super) async fn user_info(
    wire: &dyn IdentityWire,
    address: &str,
    token: &Secret<String>,
    subject: &str,
) -> Result<Value, Problem> {
    let question = Question {
        authorization: Some(Secret::new(format!("Bearer {}", token.reveal()))),
        ..Question::get(address)
    };
    let failed = |why: &str| Problem::provider(format!("The provider's userinfo endpoint {why}."));
    let reply = wire
        .ask(question)
        .await
        .map_err(|why| failed(&format!("cannot be reached: {why}")))?;
    if reply.status != 200 {
        return Err(failed(&format!("answered {}", reply.status)));
    }
    let info: Value = serde_json::from_slice(reply.body.reveal())
        .map_err(|_| failed("answered no JSON; signed answers are not taken"))?;
    match info["sub"].as_str() == Some(subject) {
        true => Ok(info),
        // OpenID Connect Core 1.0, 5.3.2: it may be of somebody else.
        false => Err(failed("speaks of somebody else than the ID token (sub)")),
    }
}
