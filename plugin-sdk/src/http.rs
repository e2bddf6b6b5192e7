//! HTTP requests, and what their failures mean to the hub.
//!
//! | answer | [`Response::ok`] says |
//! | --- | --- |
//! | 2xx | the response |
//! | 408, 425, 5xx, timeouts, broken connections | [`Failure::Retry`] |
//! | 429, 503 with `Retry-After` | [`Failure::RateLimited`] |
//! | 401, 403 | [`Failure::Auth`] |
//! | 3xx (redirects are not followed), other 4xx | [`Failure::Permanent`] |

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::errand::plugin::http as wit;
use crate::{Failure, Secret};

pub use wit::{Algorithm, Error};

/// What a 429 without `Retry-After` asks for, in milliseconds.
const DEFAULT_PAUSE_MS: u64 = 60_000;
/// Characters of an answer that a failure's text quotes.
const QUOTED: usize = 200;

/// A request in the making.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    wire: wit::Request,
    /// The secret that holds the URL, where the request goes to one.
    secret_url: Option<String>,
    /// Secrets in the body.
    fillings: Vec<wit::Filling>,
    /// Whether it changes nothing, whatever its method says.
    is_question: bool,
}

/// Starts a GET request.
pub fn get(url: &str) -> Request {
    request("GET", url)
}

/// Starts a POST request.
pub fn post(url: &str) -> Request {
    request("POST", url)
}

/// Starts a PUT request.
pub fn put(url: &str) -> Request {
    request("PUT", url)
}

/// Starts a request.
pub fn request(method: &str, url: &str) -> Request {
    let request = wit::Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        credentials: Vec::new(),
        timeout_ms: None,
    };
    Request {
        wire: request,
        secret_url: None,
        fillings: Vec::new(),
        is_question: false,
    }
}

/// Starts a request to the URL that a secret setting of type `url` holds, such as the address of a webhook. `behind` is
/// what stands behind it, mostly nothing: `/messages/12?wait=true`.
pub fn request_to(method: &str, secret: &Secret, behind: &str) -> Request {
    Request {
        secret_url: Some(secret.name().to_owned()),
        ..request(method, behind)
    }
}

/// A text as a part of a URL: of its path, or of its query.
pub fn escaped(text: &str) -> String {
    crate::form::encode(text)
}

impl Request {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.wire.headers.push(wit::Header {
            name: name.to_owned(),
            value: value.into(),
        });
        self
    }

    /// Adds a parameter to the URL's query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let mark = if self.wire.url.contains('?') { '&' } else { '?' };
        let (name, value) = (crate::form::encode(name), crate::form::encode(value));
        self.wire.url.push_str(&format!("{mark}{name}={value}"));
        self
    }

    /// Sends a secret as `Authorization: Bearer`.
    pub fn bearer(self, secret: &Secret) -> Self {
        self.credential(secret, wit::Placement::Bearer)
    }

    /// Sends a user name and a secret as `Authorization: Basic`.
    pub fn basic(self, user: &str, secret: &Secret) -> Self {
        self.credential(secret, wit::Placement::Basic(user.to_owned()))
    }

    /// Sends a secret as a header.
    pub fn secret_header(self, name: &str, secret: &Secret) -> Self {
        self.credential(secret, wit::Placement::Header(name.to_owned()))
    }

    /// Sends a secret as a query parameter.
    pub fn secret_query(self, name: &str, secret: &Secret) -> Self {
        self.credential(secret, wit::Placement::Query(name.to_owned()))
    }

    /// Sends a secret in the path, in the place of this text.
    pub fn secret_path(self, placeholder: &str, secret: &Secret) -> Self {
        self.credential(secret, wit::Placement::Path(placeholder.to_owned()))
    }

    /// Sends a secret within a header, where `{secret}` stands: `Token token={secret}`.
    pub fn secret_in_header(self, name: &str, value: &str, secret: &Secret) -> Self {
        let template = wit::HeaderTemplate {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        self.credential(secret, wit::Placement::Template(template))
    }

    /// Signs the body with a secret: HMAC-SHA256 in hexadecimal, in a header, after `prefix` (`sha256=`).
    pub fn sign(self, name: &str, prefix: &str, secret: &Secret) -> Self {
        let signature = wit::Signature {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            preamble: String::new(),
            encoding: wit::Encoding::Hex,
            is_key_base64: false,
        };
        self.credential(secret, wit::Placement::Signature(signature))
    }

    /// Signs the body as standardwebhooks.com has it, with a secret of the form `whsec_…`. `id` is to be the same in
    /// every attempt.
    pub fn sign_standard_webhook(self, id: &str, secret: &Secret) -> Self {
        let at = crate::now() / 1000;
        let signature = wit::Signature {
            name: "webhook-signature".to_owned(),
            prefix: "v1,".to_owned(),
            preamble: format!("{id}.{at}."),
            encoding: wit::Encoding::Base64,
            is_key_base64: true,
        };
        self.header("webhook-id", id)
            .header("webhook-timestamp", at.to_string())
            .credential(secret, wit::Placement::Signature(signature))
    }

    /// Sends a JSON Web Token as `Authorization: Bearer`: `claims` (an object with `exp`, in seconds and no later than
    /// an hour from now), signed with a secret that is a private key in PEM, or any text for HS256.
    ///
    /// # Panics
    /// If the claims cannot be JSON: a mistake in the plugin.
    pub fn bearer_jwt<T: Serialize>(
        self,
        algorithm: Algorithm,
        key_id: Option<&str>,
        claims: &T,
        secret: &Secret,
    ) -> Self {
        let jwt = wit::Jwt {
            algorithm,
            key_id: key_id.map(str::to_owned),
            claims: serde_json::to_string(claims).expect("claims that can be JSON"),
        };
        self.credential(secret, wit::Placement::Jwt(jwt))
    }

    fn credential(mut self, secret: &Secret, placement: wit::Placement) -> Self {
        self.wire.credentials.push(wit::Credential {
            secret: secret.name().to_owned(),
            placement,
        });
        self
    }

    /// Sends a value as JSON with a secret in it: `value` is given what stands in the secret's place, which nobody can
    /// guess.
    pub fn json_with_secret<T: Serialize>(mut self, secret: &Secret, value: impl FnOnce(&str) -> T) -> Self {
        let random = crate::random(16);
        let placeholder: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let value = value(&placeholder);
        self.fillings.push(wit::Filling {
            secret: secret.name().to_owned(),
            placeholder,
        });
        self.json(&value)
    }

    /// Waits no longer than that for the answer.
    pub fn timeout_ms(mut self, ms: u32) -> Self {
        self.wire.timeout_ms = Some(ms);
        self
    }

    /// Sends bytes.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.wire.body = Some(body.into());
        self
    }

    /// Sends a value as JSON.
    ///
    /// # Panics
    /// If the value cannot be JSON (a map whose keys are no text): a mistake in the plugin.
    pub fn json<T: Serialize>(self, value: &T) -> Self {
        let json = serde_json::to_vec(value).expect("a value that can be JSON");
        self.header("Content-Type", "application/json").body(json)
    }

    /// Says that it changes nothing over there although it is a POST: a search, a query of GraphQL. So it is sent in dry runs
    /// and while settings are checked, as a GET is.
    pub fn asking(mut self) -> Self {
        self.is_question = true;
        self
    }

    /// Sends it, and takes whatever answer comes.
    ///
    /// # Errors
    /// [`Failure`] if there is none.
    pub fn send(self) -> Result<Response, Failure> {
        self.try_send().map_err(Failure::from)
    }

    /// Sends it, and tells how it failed in detail.
    ///
    /// # Errors
    /// The hub's own [`Error`].
    pub fn try_send(self) -> Result<Response, Error> {
        let answer = match (&self.secret_url, self.fillings.is_empty()) {
            (None, true) if self.is_question => wit::ask(&self.wire),
            (None, true) => wit::send(&self.wire),
            (None, false) => wit::send_filled(&self.wire, &self.fillings),
            (Some(secret), true) => wit::send_to(secret, &self.wire),
            (Some(_), false) => Err(Error::Invalid(
                "a request to the URL in a secret carries no secrets in its body".to_owned(),
            )),
        };
        answer.map(Response)
    }
}

/// An answer.
#[derive(Debug)]
pub struct Response(wit::Response);

impl Response {
    /// The status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self
            .0
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))?;
        Some(&header.value)
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// [`Failure::Permanent`] if it is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.0.body)
            .map_err(|error| Failure::permanent(format!("the answer is not the expected JSON: {error}")))
    }

    /// Itself if it is a 2xx, or else what the hub has to do next.
    ///
    /// # Errors
    /// [`Failure`], by the table above.
    pub fn ok(self) -> Result<Self, Failure> {
        let status = self.status();
        let pause = self.retry_after_ms();
        match status {
            200..=299 => Ok(self),
            429 => Err(Failure::RateLimited {
                after_ms: pause.unwrap_or(DEFAULT_PAUSE_MS),
            }),
            503 if pause.is_some() => Err(Failure::RateLimited {
                after_ms: pause.unwrap_or(DEFAULT_PAUSE_MS),
            }),
            408 | 425 | 500..=599 => Err(Failure::Retry {
                message: self.describe(),
                after_ms: pause,
            }),
            401 | 403 => Err(Failure::Auth(self.describe())),
            _ => Err(Failure::Permanent(self.describe())),
        }
    }

    /// `Retry-After` in seconds. The other form, a date, is rare enough to be left to the default.
    fn retry_after_ms(&self) -> Option<u64> {
        let seconds: u64 = self.header("retry-after")?.trim().parse().ok()?;
        Some(seconds.saturating_mul(1_000))
    }

    fn describe(&self) -> String {
        let text = String::from_utf8_lossy(&self.0.body);
        let text: String = text.trim().chars().take(QUOTED).collect();
        match (self.status(), text.is_empty()) {
            (status @ 300..=399, _) => {
                let to = self.header("location").unwrap_or("nowhere");
                format!("answered {status}, a redirect to {to}, which is not followed: set the new address")
            }
            (status, true) => format!("answered {status}"),
            (status, false) => format!("answered {status}: {text}"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(message) => Failure::Config(crate::Problem {
                field: None,
                message: format!("the hub does not allow the request: {message}"),
            }),
            Error::Invalid(message) => Failure::permanent(format!("invalid request: {message}")),
            Error::Dns(message) => Failure::retry(format!("the host name leads nowhere: {message}")),
            Error::Connect(message) => Failure::retry(format!("nobody answers: {message}")),
            Error::Tls(message) => Failure::retry(format!("no secure connection: {message}")),
            Error::Timeout => Failure::retry("no answer in time"),
            Error::BodyTooLarge(limit) => {
                Failure::permanent(format!("the answer is larger than {limit} bytes"))
            }
            Error::BudgetExhausted(message) => Failure::permanent(message),
            Error::Interrupted(message) => Failure::retry(format!("the connection broke: {message}")),
            Error::Other(message) => Failure::retry(message),
        }
    }
}
