//! The way to a provider, as signing in needs it. Defined here, where it is used; the wiring stands behind it.

use errand_model::Secret;
use futures_util::future::BoxFuture;

/// Bytes of the longest answer of a provider that is read.
pub const MAX_ANSWER: usize = 512 << 10;

/// What a provider is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Where.
    pub url: String,
    /// The header `Authorization`, where one is sent.
    pub authorization: Option<Secret<String>>,
    /// A form to post; none to get.
    pub form: Option<Secret<String>>,
}

impl Question {
    /// Something that anybody may read.
    pub(super) fn get(url: &str) -> Self {
        Question {
            url: url.to_owned(),
            authorization: None,
            form: None,
        }
    }
}

/// What it answers, whatever its status.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body, which may hold tokens.
    pub body: Secret<Vec<u8>>,
}

/// Asks providers: in bounded time, for a bounded answer, and never anybody else than who is named.
pub trait IdentityWire: Send + Sync {
    /// Asks; answers why it cannot, in words for who set the provider.
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Reply, String>>;
}

/// Where nobody can be asked.
#[derive(Clone, Copy, Debug)]
pub struct NoWire;

impl IdentityWire for NoWire {
    fn ask(&self, _: Question) -> BoxFuture<'_, Result<Reply, String>> {
        Box::pin(std::future::ready(Err("nobody can be asked here".to_owned())))
    }
}

/// Text of a provider, to be shown.
pub(super) fn said(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
