//! What goes over the wire, without the wire.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use url::Url;

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `POST`.
    pub method: String,
    /// The path, still escaped.
    pub path: String,
    /// The query's parameters, in order.
    pub query: Vec<(String, String)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// Of a whole URL; what is no URL has the path of the text.
    pub fn new(method: &str, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let url = Url::parse(url).or_else(|_| Url::parse("http://x/").and_then(|base| base.join(url)));
        let (path, query) = match &url {
            Ok(url) => (url.path().to_owned(), url.query_pairs().into_owned().collect()),
            Err(_) => (String::new(), Vec::new()),
        };
        Request {
            method: method.to_ascii_uppercase(),
            path,
            query,
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect(),
            body,
        }
    }

    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The media type of the body, without parameters.
    pub(super) fn media_type(&self) -> Option<String> {
        let kind = self.header("content-type")?.split(';').next()?;
        Some(kind.trim().to_ascii_lowercase())
    }

    /// What a person reads: `POST /rest/api/3/issue`.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// A request that the document allows.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The operation's id in the document.
    pub operation: &'a str,
    /// The values in the path, unescaped.
    pub path: BTreeMap<String, String>,
    /// The body: JSON, or a form's fields as an object; null where it is neither.
    pub body: Value,
    /// The request itself.
    pub request: &'a Request,
}

impl Call<'_> {
    /// A value of the path; empty where the document names none.
    pub fn part(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        let mut query = self.request.query.iter();
        query
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What the service says.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers besides the content type.
    pub headers: Vec<(String, String)>,
    /// The body; none where there is none.
    pub body: Option<Body>,
}

/// What an answer carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// JSON.
    Json(Value),
    /// Something else, under its media type.
    Text(&'static str, String),
}

impl Answer {
    /// 200 with JSON.
    pub fn ok(body: Value) -> Self {
        Answer::json(200, body)
    }

    /// A status with JSON.
    pub fn json(status: u16, body: Value) -> Self {
        Answer {
            status,
            headers: Vec::new(),
            body: Some(Body::Json(body)),
        }
    }

    /// A status and no body.
    pub fn empty(status: u16) -> Self {
        Answer {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    /// A status with plain text.
    pub fn text(status: u16, text: &str) -> Self {
        Answer {
            status,
            headers: Vec::new(),
            body: Some(Body::Text("text/plain", text.to_owned())),
        }
    }

    /// No, in words; for services that have no form of their own for it.
    pub fn refused(status: u16, why: &str) -> Self {
        Answer::json(status, json!({ "message": why }))
    }

    /// With a header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Content type and bytes of the body.
    pub fn bytes(&self) -> Option<(&str, Vec<u8>)> {
        match self.body.as_ref()? {
            Body::Json(json) => Some(("application/json", json.to_string().into_bytes())),
            Body::Text(kind, text) => Some((kind, text.clone().into_bytes())),
        }
    }
}
