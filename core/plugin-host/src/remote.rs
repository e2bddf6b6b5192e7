//! The other side as a parameter: a test answers requests itself, without a network.

use std::fmt;

/// Answers every request of every plugin in the network's place. What a plugin may reach is checked before, as ever.
pub trait Remote: Send + Sync {
    /// What becomes of a request.
    fn answer(&self, request: &RemoteRequest) -> RemoteAnswer;
}

/// A request as it would have left the hub: with secrets in place.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteRequest {
    /// `POST`.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl RemoteRequest {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

impl fmt::Debug for RemoteRequest {
    /// Without what may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteRequest")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteAnswer {
    /// It is answered.
    Answer {
        /// The status.
        status: u16,
        /// Headers.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Nobody is there: it was not sent.
    Refused,
    /// It was sent, and no answer came in time.
    Timeout,
    /// It was sent, and the connection broke.
    Interrupted,
}

impl RemoteAnswer {
    /// A status and a body.
    pub fn status(status: u16, body: &str) -> Self {
        RemoteAnswer::Answer {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    /// With a header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let RemoteAnswer::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}
