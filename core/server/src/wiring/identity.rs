//! The way to the provider of single sign-on: in bounded time, for a bounded answer, and to nobody else than who is named.

use std::error::Error as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use errand_http::auth::oidc::wire::{IdentityWire, MAX_ANSWER, Question, Reply};
use errand_model::Secret;
use futures_util::future::BoxFuture;
use reqwest::Client;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};

/// How long a provider may take to answer: somebody waits for it.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks by HTTP. Unlike plugins it reaches private networks: an owner says whom, and providers often are in one.
pub(crate) struct ProviderWire(Client);

impl ProviderWire {
    pub(crate) fn new() -> Result<Self> {
        let client = Client::builder()
            .user_agent(concat!("errand/", env!("CARGO_PKG_VERSION")))
            // Who is asked is who was named: secrets and tokens follow nobody's directions.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        client
            .map(ProviderWire)
            .context("the way to a provider of single sign-on cannot be made")
    }

    async fn exchange(&self, question: Question) -> Result<Reply, String> {
        let request = match question.form {
            Some(form) => self
                .0
                .post(&question.url)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.reveal().clone()),
            None => self.0.get(&question.url),
        };
        let mut request = request.header(ACCEPT, "application/json");
        if let Some(authorization) = question.authorization {
            let mut value = HeaderValue::from_str(authorization.reveal())
                .map_err(|_| "what proves who the hub is has characters that cannot be sent")?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let mut response = request.send().await.map_err(|error| why(&error))?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| why(&error))? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(format!("the answer is longer than {MAX_ANSWER} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status,
            body: Secret::new(body),
        })
    }
}

impl IdentityWire for ProviderWire {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Reply, String>> {
        Box::pin(self.exchange(question))
    }
}

/// The innermost cause: what is around it says that a request failed, which is known.
fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("it took longer than {} s", TIMEOUT.as_secs());
    }
    let mut cause = error.source();
    let mut text = error.to_string();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text
}
