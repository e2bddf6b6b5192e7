//! A client of the hub's API.

use std::sync::Once;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Method, Response};
use serde_json::Value;

/// A client with a token.
#[derive(Clone, Debug)]
pub struct Api {
    client: reqwest::Client,
    base: String,
    token: String,
}

/// An HTTP client that answers in bounded time.
pub(crate) fn http_client() -> Result<reqwest::Client> {
    client().build().map_err(Into::into)
}

/// One that says where an answer leads, rather than go there.
pub(crate) fn client_that_stays() -> Result<reqwest::Client> {
    let client = client().redirect(reqwest::redirect::Policy::none());
    client.build().map_err(Into::into)
}

fn client() -> reqwest::ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // It is set already where the test itself did so.
        let _set = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        // A debug build compiles a plugin for as long as that on a machine that does other things too.
        .timeout(Duration::from_secs(120))
        .no_proxy()
}

impl Api {
    pub(crate) fn new(base: &str, token: &str) -> Result<Self> {
        Ok(Api {
            client: http_client()?,
            base: base.to_owned(),
            token: token.to_owned(),
        })
    }

    /// Sends a request; `path` begins with `/api/0/` or is what a `Link` header gave.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response> {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.with_context(|| format!("requesting {path}"))
    }

    /// Gets JSON.
    pub async fn get(&self, path: &str) -> Result<Value> {
        read(self.send(Method::GET, path, None).await?).await
    }

    /// Puts JSON and reads the answer.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value> {
        read(self.send(Method::PUT, path, Some(body)).await?).await
    }

    /// Posts JSON and reads the answer.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        read(self.send(Method::POST, path, Some(body)).await?).await
    }

    /// Posts bytes and gives the status and what was answered, JSON or not.
    pub async fn post_bytes(&self, path: &str, kind: &str, body: Vec<u8>) -> Result<(u16, Value)> {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        let response = request.header("Content-Type", kind).body(body).send().await?;
        let status = response.status().as_u16();
        Ok((
            status,
            serde_json::from_str(&response.text().await?).unwrap_or_default(),
        ))
    }

    /// Every row of a list, page by page.
    pub async fn all(&self, path: &str) -> Result<Vec<Value>> {
        let mut rows = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next.take() {
            let response = self.send(Method::GET, &path, None).await?;
            let link = response
                .headers()
                .get("link")
                .and_then(|link| link.to_str().ok())
                .unwrap_or_default();
            next = link
                .split(", ")
                .find(|part| part.contains("rel=\"next\"") && part.contains("results=\"true\""))
                .and_then(|part| part.split_once('<')?.1.split_once('>'))
                .map(|(url, _)| url.to_owned());
            let page = read(response).await?;
            rows.extend(page.as_array().cloned().context("a list")?);
        }
        Ok(rows)
    }
}

async fn read(response: Response) -> Result<Value> {
    let (status, url) = (response.status(), response.url().clone());
    let text = response.text().await?;
    ensure!(status.is_success(), "{url} answered {status}: {text}");
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).with_context(|| format!("{url} answered no JSON: {text}"))
}
