//! The request for tokens, and what the answer means.

use errand_model::{Secret, Timestamp};
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::Value;
use tokio::time::Instant;

use super::account::Account;
use crate::egress::{Egress, EgressError, Incoming, Outgoing};
use crate::reach::Reach;
use crate::record::sanitize;
use crate::secrets::Secrets;

/// Bytes of an answer.
const MAX_BODY: usize = 64 << 10;
/// Characters of what the other side says of a refusal.
const MAX_REASON: usize = 200;
/// How much earlier than it says a token counts as expired, at most.
const EARLY_SECONDS: i64 = 60;

/// By what tokens are asked for.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// The client's own word.
    Client,
    /// An earlier grant.
    Refresh(Secret<String>),
    /// A grant that was made a moment ago, in a browser.
    Code {
        code: Secret<String>,
        verifier: Secret<String>,
        redirect_uri: String,
    },
}

/// What an authorization server gave.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: Secret<String>,
    /// From when it is not to be used any more; none if that is not known.
    pub(crate) expires: Option<Timestamp>,
    /// In place of the one before, if any.
    pub(crate) refresh: Option<Secret<String>>,
}

/// Why there is no token. No text holds a token or a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    /// Somebody has to act: grant access again, or mend the client's id and secret.
    #[error("{0}")]
    Refused(String),
    /// It may work later.
    #[error("{message}")]
    Later { message: String, after_ms: Option<u64> },
    /// There was no answer.
    #[error("the tokens of the account could not be asked for: {0}")]
    Unreachable(EgressError),
}

/// Sends the request.
pub(crate) async fn ask(
    egress: &Egress,
    account: &Account,
    asked: &Asked,
    reach: &Reach,
    until: Instant,
    now: Timestamp,
) -> (Result<Tokens, TokenError>, Option<u16>) {
    let url = account.token_url.clone();
    if let Err(denied) = reach.check(&url) {
        return (Err(TokenError::Unreachable(EgressError::Denied(denied))), None);
    }
    let outgoing = Outgoing {
        method: Method::POST,
        url,
        headers: headers(account),
        body: form(account, asked).into_bytes(),
        has_secret: true,
        networks: reach.networks.clone(),
        until,
        max_body: MAX_BODY,
    };
    match egress.send(outgoing).await {
        Ok(incoming) => {
            let status = incoming.status;
            (read(account, asked, &incoming, now), Some(status))
        }
        Err(error) => (Err(TokenError::Unreachable(error)), None),
    }
}

fn headers(account: &Account) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    if let Some((user, password)) = account.basic()
        && let Ok(mut value) = HeaderValue::from_str(&format!("Basic {}", Secrets::basic(&user, &password)))
    {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

fn form(account: &Account, asked: &Asked) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    match asked {
        Asked::Client => {
            form.append_pair("grant_type", "client_credentials");
            if let Some(scope) = account.scope() {
                form.append_pair("scope", &scope);
            }
        }
        Asked::Refresh(token) => {
            form.append_pair("grant_type", "refresh_token");
            form.append_pair("refresh_token", token.reveal());
        }
        Asked::Code {
            code,
            verifier,
            redirect_uri,
        } => {
            form.append_pair("grant_type", "authorization_code");
            form.append_pair("code", code.reveal());
            form.append_pair("code_verifier", verifier.reveal());
            form.append_pair("redirect_uri", redirect_uri);
        }
    }
    if account.basic().is_none() {
        form.append_pair("client_id", &account.client_id);
        if let Some(secret) = &account.client_secret {
            form.append_pair("client_secret", secret.reveal());
        }
    }
    form.extend_pairs(&account.rule.token_parameters);
    form.finish()
}

fn read(account: &Account, asked: &Asked, answer: &Incoming, now: Timestamp) -> Result<Tokens, TokenError> {
    let host = account.token_url.host_str().unwrap_or_default();
    if answer.status == 429 || answer.status == 408 || answer.status >= 500 {
        let wait = answer
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok());
        return Err(TokenError::Later {
            message: format!(
                "{host} gives no tokens at the moment: it answered {}",
                answer.status
            ),
            after_ms: wait
                .and_then(|text| text.trim().parse::<u64>().ok())
                .map(|s| s.saturating_mul(1_000)),
        });
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |key: &str| {
        body.get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let is_bearer = text("token_type").is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    match text("access_token") {
        Some(access) if (200..300).contains(&answer.status) && is_bearer => Ok(Tokens {
            access: Secret::new(access.to_owned()),
            expires: lifetime(&body)
                .map(|seconds| now.plus_seconds(seconds - (seconds / 10).min(EARLY_SECONDS))),
            refresh: text("refresh_token").map(|token| Secret::new(token.to_owned())),
        }),
        Some(_) if !is_bearer => Err(TokenError::Refused(format!(
            "{host} gives tokens of a kind that is not known here"
        ))),
        _ => Err(refusal(account, asked, answer, &body)),
    }
}

/// Some servers write the number as a text.
fn lifetime(body: &Value) -> Option<i64> {
    let value = body.get("expires_in")?;
    let seconds = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    Some(seconds.clamp(0, 10 * 365 * 86_400))
}

/// Some servers refuse with 200, so what counts is the word under `error`.
fn refusal(account: &Account, asked: &Asked, answer: &Incoming, body: &Value) -> TokenError {
    let host = account.token_url.host_str().unwrap_or_default();
    let word = body.get("error").and_then(Value::as_str).unwrap_or_default();
    if matches!(word, "temporarily_unavailable" | "server_error" | "slow_down") {
        return TokenError::Later {
            message: format!("{host} gives no tokens at the moment: {word}"),
            after_ms: None,
        };
    }
    let described = body
        .get("error_description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let status = answer.status.to_string();
    let said = match (word, described) {
        ("", _) => status,
        (word, "") => word.to_owned(),
        (word, described) => format!("{word}: {described}"),
    };
    let said: String = sanitize(&clean(account, asked, &said))
        .chars()
        .take(MAX_REASON)
        .collect();
    let todo = match (word, asked) {
        ("invalid_client" | "unauthorized_client", _) => "the client's id or secret is refused",
        (_, Asked::Client) => "the client's own access is refused",
        (_, Asked::Refresh(_)) => {
            "the access that was granted has ended; grant it again on the page of the plugin"
        }
        (_, Asked::Code { .. }) => "what was granted is refused",
    };
    TokenError::Refused(format!("{host}: {todo} ({said})"))
}

/// What the other side says may quote what it was sent.
fn clean(account: &Account, asked: &Asked, said: &str) -> String {
    let sent = match asked {
        Asked::Client => [None, None],
        Asked::Refresh(token) => [Some(token), None],
        Asked::Code { code, verifier, .. } => [Some(code), Some(verifier)],
    };
    let sent = sent.into_iter().flatten().chain(&account.client_secret);
    sent.fold(said.to_owned(), |said, secret| {
        said.replace(secret.reveal().as_str(), "[redacted]")
    })
}
