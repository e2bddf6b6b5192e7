//! Whom mail may go to: how much of it, who refused it, and how those prove themselves who say so.

mod bounce;
mod recipient;
mod refusal;
mod stop;

pub use bounce::{Bounce, Counted, bounced};
pub use recipient::{Admission, Recipient, admit, by_token, forget_old, give_back};
pub use refusal::{Reason, Refusal, allow, list, refuse};
pub use stop::{Stop, read as read_stop};

/// An address as it is compared and kept.
fn folded(address: &str) -> String {
    address.trim().to_lowercase()
}
