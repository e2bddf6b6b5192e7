//! Mail of the hub's own, to people about their accounts.

use errand_model::Secret;
use futures_util::future::BoxFuture;

/// A mail about somebody's account.
#[derive(Clone, Debug)]
pub struct AccountMail {
    /// To which address.
    pub to: String,
    /// What it is about.
    pub subject: &'static str,
    /// What it says: links in it let people in.
    pub text: Secret<String>,
}

/// Sends mail.
pub trait Post: Send + Sync {
    /// Whether a mail server is set.
    fn is_there(&self) -> bool;

    /// Sends a mail; answers why it cannot.
    fn send(&self, mail: AccountMail) -> BoxFuture<'_, Result<(), String>>;
}

/// Where no mail server is set.
#[derive(Clone, Copy, Debug)]
pub struct NoPost;

impl Post for NoPost {
    fn is_there(&self) -> bool {
        false
    }

    fn send(&self, _: AccountMail) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(std::future::ready(Err("no mail server is set".to_owned())))
    }
}
