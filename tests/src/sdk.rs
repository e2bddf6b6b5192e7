//! Sends envelopes as an SDK does, with full control over the bytes.

use anyhow::Result;
use serde_json::{Value, json};

use crate::Project;

/// Sends to one project.
#[derive(Clone, Debug)]
pub struct Sdk {
    client: reqwest::Client,
    url: String,
    key: String,
}

/// What the hub answered.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body's text.
    pub text: String,
}

impl Sdk {
    pub(crate) fn new(url: &str, project: &Project) -> Result<Self> {
        let url = format!("{url}/api/{}/envelope/", project.id);
        Ok(Sdk {
            client: crate::api::http_client()?,
            url,
            key: project.public_key.clone(),
        })
    }

    /// Sends to whatever a DSN names.
    ///
    /// # Errors
    /// If it is no DSN.
    pub fn of(dsn: &str) -> Result<Self> {
        let dsn = url::Url::parse(dsn)?;
        let origin = dsn.origin().ascii_serialization();
        Ok(Sdk {
            client: crate::api::http_client()?,
            url: format!("{origin}/api{}/envelope/", dsn.path().trim_end_matches('/')),
            key: dsn.username().to_owned(),
        })
    }

    /// Sends an event in an envelope.
    pub async fn send(&self, event: &Value) -> Result<Answer> {
        self.post(envelope(event), &[]).await
    }

    /// Posts any bytes to the envelope endpoint.
    pub async fn post(&self, body: Vec<u8>, headers: &[(&str, &str)]) -> Result<Answer> {
        let auth = format!(
            "Sentry sentry_key={}, sentry_version=7, sentry_client=test/1",
            self.key
        );
        let mut request = self
            .client
            .post(&self.url)
            .header("X-Sentry-Auth", auth)
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await?,
        })
    }
}

/// An event's envelope.
pub fn envelope(event: &Value) -> Vec<u8> {
    let header = json!({ "event_id": event["event_id"] });
    let payload = event.to_string();
    let item = json!({ "type": "event", "length": payload.len() });
    format!("{header}\n{item}\n{payload}\n").into_bytes()
}

/// A small Python-like error of group `group` (letters, so that no rule takes them for a number) and user `user`.
pub fn event(group: &str, user: &str) -> Value {
    json!({
        "event_id": uuid::Uuid::new_v4().simple().to_string(),
        "platform": "python",
        "level": "error",
        "release": "shop@1.0.0",
        "environment": "production",
        "user": { "id": user, "email": format!("{user}@example.com") },
        "tags": { "license": format!("L-{user}") },
        "exception": { "values": [{
            "type": format!("{group}Error"),
            "value": "it broke",
            "stacktrace": { "frames": [
                { "filename": "shop/app.py", "module": "shop.app", "function": "main", "lineno": 10, "in_app": true },
                { "filename": "shop/pay.py", "module": "shop.pay", "function": format!("pay_{group}"), "lineno": 7,
                  "context_line": "    raise error", "in_app": true },
            ] },
        }] },
    })
}
