//! `http`: requests to the outside, checked, with secrets put in place on the way out.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;
use url::Url;

use crate::attempt::RequestRecord;
use crate::bindings::v1::errand::plugin::http::{Error, Filling, Header, Host, Request, Response};
use crate::egress::{EgressError, Incoming, Outgoing};
use crate::instance::State;
use crate::record::shown_url;

const MAX_URL: usize = 8 << 10;
const MAX_HEADERS: usize = 64;
/// Characters of a body that a dry run shows.
const SHOWN_BODY: usize = 16 << 10;

/// Headers that belong to the connection and not to the plugin.
pub(super) const RESERVED: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "proxy-authorization",
];

/// Where a request goes.
#[derive(Clone, Copy)]
enum Whither<'a> {
    /// To its URL.
    Given,
    /// To its URL, to ask something.
    Asked,
    /// To what stands behind the URL in this secret.
    Secret(&'a str),
}

impl Host for State {
    async fn send(&mut self, request: Request) -> Result<Response, Error> {
        let shown = shown_url(&request.url);
        self.dispatch(request, Whither::Given, &[], shown).await
    }

    async fn send_to(&mut self, secret: String, request: Request) -> Result<Response, Error> {
        let shown = match self.secret_url(&secret, "") {
            Ok(url) => format!("{}/…", url.origin().ascii_serialization()),
            Err(_) => "(no URL)".to_owned(),
        };
        self.dispatch(request, Whither::Secret(&secret), &[], shown).await
    }

    async fn send_filled(&mut self, request: Request, fillings: Vec<Filling>) -> Result<Response, Error> {
        let shown = shown_url(&request.url);
        self.dispatch(request, Whither::Given, &fillings, shown).await
    }

    async fn ask(&mut self, request: Request) -> Result<Response, Error> {
        if !["GET", "HEAD", "POST"].contains(&request.method.as_str()) {
            return Err(Error::Invalid("a question is a GET or a POST".to_owned()));
        }
        let shown = shown_url(&request.url);
        self.dispatch(request, Whither::Asked, &[], shown).await
    }
}

impl State {
    /// Sends a request, its body filled, and writes it down as `shown`.
    async fn dispatch(
        &mut self,
        request: Request,
        whither: Whither<'_>,
        fillings: &[Filling],
        shown: String,
    ) -> Result<Response, Error> {
        self.bring_tokens(&request, None).await?;
        if self.can_renew(&request) {
            let again = (request.clone(), shown.clone());
            let response = self.exchange(request, whither, fillings, shown).await?;
            return match response.status == 401 && self.renew_tokens(&again.0).await? {
                true => self.exchange(again.0, whither, fillings, again.1).await,
                false => Ok(response),
            };
        }
        self.exchange(request, whither, fillings, shown).await
    }

    /// One request, and its record.
    async fn exchange(
        &mut self,
        request: Request,
        whither: Whither<'_>,
        fillings: &[Filling],
        shown: String,
    ) -> Result<Response, Error> {
        self.check_budget()?;
        let started = Instant::now();
        let mut record = RequestRecord {
            method: request.method.chars().take(16).collect(),
            url: self.secrets.scrub(&shown),
            status: None,
            error: None,
            ms: 0,
            sent_bytes: request.body.as_ref().map_or(0, |body| body.len() as u64),
            received_bytes: 0,
            body: self.rehearsed(request.body.as_deref()),
        };
        let prepared = match whither {
            Whither::Secret(secret) => self.secret_url(secret, &request.url),
            Whither::Given | Whither::Asked => checked_url(&request.url),
        };
        let has_secret = matches!(whither, Whither::Secret(_)) || !fillings.is_empty();
        let result = match prepared.and_then(|url| self.prepare(request, url, has_secret, fillings)) {
            Ok(outgoing)
                if self.is_dry_run && !outgoing.method.is_safe() && !matches!(whither, Whither::Asked) =>
            {
                record.error = Some("dry run: not sent".to_owned());
                Ok(unsent())
            }
            Ok(outgoing) => self.shared.egress.send(outgoing).await.map_err(Error::from),
            Err(error) => Err(error),
        };
        record.ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &result {
            Ok(response) if record.error.is_none() => {
                record.status = Some(response.status);
                record.received_bytes = response.body.len() as u64;
            }
            Ok(_) => {}
            Err(error) => record.error = Some(self.secrets.scrub(&describe(error))),
        }
        self.record.requests.push(record);
        result.map(|incoming| self.guest_response(incoming))
    }

    /// The URL that a secret holds, with what stands behind it.
    fn secret_url(&mut self, secret: &str, behind: &str) -> Result<Url, Error> {
        let held = self.secrets.get(secret);
        let held = held.ok_or_else(|| Error::Denied(format!("there is no secret '{secret}'")))?;
        // What is wrong with it is not said: it might quote it.
        let no_url = |_| Error::Denied(format!("the secret '{secret}' is no http or https URL"));
        let mut url = checked_url(held.reveal()).map_err(no_url)?;
        if !self.secrets.may_go(secret, &url) {
            let host = url.host_str().unwrap_or_default();
            return Err(Error::Denied(format!(
                "the manifest does not let the secret '{secret}' go to {host}"
            )));
        }
        let (path, query) = behind.split_once('?').unwrap_or((behind, ""));
        if !path.is_empty() && !path.starts_with('/') || path.contains("..") || behind.contains('#') {
            return Err(Error::Invalid(
                "what stands behind a secret URL is a path, a query or both".to_owned(),
            ));
        }
        let whole = format!("{}{path}", url.path().trim_end_matches('/'));
        if !path.is_empty() {
            url.set_path(&whole);
        }
        let queries = [url.query().unwrap_or_default(), query];
        let query = queries.into_iter().filter(|query| !query.is_empty());
        let query = query.collect::<Vec<_>>().join("&");
        url.set_query((!query.is_empty()).then_some(query.as_str()));
        // What the other side may echo.
        self.secrets.add_echo(url.path().to_owned());
        Ok(url)
    }

    /// What a dry run shows of a body.
    pub(super) fn rehearsed(&self, body: Option<&[u8]>) -> Option<String> {
        let text = std::str::from_utf8(body.filter(|_| self.is_dry_run)?).ok()?;
        Some(self.secrets.scrub(text).chars().take(SHOWN_BODY).collect())
    }

    /// Whether the call may make one request more; one for tokens counts too.
    pub(super) fn check_budget(&self) -> Result<(), Error> {
        let limit = self.shared.limits.requests;
        match self.record.requests.len() < limit {
            true => Ok(()),
            false => Err(Error::BudgetExhausted(format!(
                "a call may make {limit} requests"
            ))),
        }
    }

    /// Checks a request and makes it ready to go.
    fn prepare(
        &mut self,
        request: Request,
        mut url: Url,
        has_secret: bool,
        fillings: &[Filling],
    ) -> Result<Outgoing, Error> {
        let limits = &self.shared.limits;
        let (limit, max_body) = (limits.request_body, limits.response_body);
        let body = request.body.unwrap_or_default();
        if body.len() > limit {
            return Err(Error::Invalid(format!(
                "the body has {} bytes; {limit} are allowed",
                body.len()
            )));
        }
        let method: Method = request
            .method
            .to_ascii_uppercase()
            .parse()
            .map_err(|_| Error::Invalid("the method is none".to_owned()))?;
        if matches!(method, Method::CONNECT | Method::TRACE) {
            return Err(Error::Invalid(format!("the method {method} is not allowed")));
        }
        self.reach.check(&url).map_err(Error::Denied)?;
        let mut headers = checked_headers(request.headers)?;
        let body = self.fill(fillings, &url, &headers, body)?;
        for credential in &request.credentials {
            self.place(credential, &mut url, &mut headers, &body)?;
        }
        let wished = request
            .timeout_ms
            .map(|ms| Instant::now() + Duration::from_millis(ms.into()));
        Ok(Outgoing {
            method,
            url,
            headers,
            body,
            has_secret: has_secret || !request.credentials.is_empty(),
            networks: self.reach.networks.clone(),
            until: wished.map_or(self.requests_until, |wished| wished.min(self.requests_until)),
            max_body,
        })
    }

    /// The answer as the plugin gets it: without the secrets that it echoes.
    fn guest_response(&self, incoming: Incoming) -> Response {
        let headers = incoming.headers.iter().map(|(name, value)| Header {
            name: name.as_str().to_owned(),
            value: self.secrets.scrub(&String::from_utf8_lossy(value.as_bytes())),
        });
        Response {
            status: incoming.status,
            headers: headers.collect(),
            body: self.secrets.scrub_bytes(incoming.body),
        }
    }
}

fn unsent() -> Incoming {
    Incoming {
        status: 202,
        headers: HeaderMap::new(),
        body: Vec::new(),
    }
}

fn checked_url(text: &str) -> Result<Url, Error> {
    if text.len() > MAX_URL || text.chars().any(char::is_control) {
        return Err(Error::Invalid(
            "the URL is too long or holds control characters".to_owned(),
        ));
    }
    let url = Url::parse(text).map_err(|error| Error::Invalid(format!("the URL cannot be read: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::Invalid(
            "the URL must begin with http:// or https://".to_owned(),
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Invalid(
            "the URL must not hold a user or password".to_owned(),
        ));
    }
    Ok(url)
}

fn checked_headers(headers: Vec<Header>) -> Result<HeaderMap, Error> {
    if headers.len() > MAX_HEADERS {
        return Err(Error::Invalid(format!("more than {MAX_HEADERS} headers")));
    }
    let mut map = HeaderMap::new();
    for Header { name, value } in headers {
        let wrong = || Error::Invalid(format!("the header '{}' is not allowed", name.escape_default()));
        let name: HeaderName = name.parse().map_err(|_| wrong())?;
        if RESERVED.contains(&name.as_str()) {
            return Err(wrong());
        }
        map.append(&name, HeaderValue::from_str(&value).map_err(|_| wrong())?);
    }
    Ok(map)
}

impl From<EgressError> for Error {
    fn from(error: EgressError) -> Self {
        match error {
            EgressError::Denied(message) => Error::Denied(message),
            EgressError::Invalid(message) => Error::Invalid(message),
            EgressError::Dns(message) => Error::Dns(message),
            EgressError::Connect(message) => Error::Connect(message),
            EgressError::Tls(message) => Error::Tls(message),
            EgressError::Timeout => Error::Timeout,
            EgressError::BodyTooLarge(limit) => Error::BodyTooLarge(limit as u64),
            EgressError::Interrupted(message) => Error::Interrupted(message),
        }
    }
}

fn describe(error: &Error) -> String {
    match error {
        Error::Denied(message) => format!("denied: {message}"),
        Error::Invalid(message) => format!("invalid request: {message}"),
        Error::Dns(message) => format!("name not resolved: {message}"),
        Error::Connect(message) => format!("no connection: {message}"),
        Error::Tls(message) => format!("TLS: {message}"),
        Error::Timeout => "timeout".to_owned(),
        Error::BodyTooLarge(limit) => format!("the answer is larger than {limit} bytes"),
        Error::BudgetExhausted(message) => message.clone(),
        Error::Interrupted(message) => format!("the connection broke: {message}"),
        Error::Other(message) => message.clone(),
    }
}
