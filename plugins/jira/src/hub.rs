//! People of the hub.

use errand_plugin_sdk::{Failure, people};

/// The address of `user:12`.
pub fn email_of(who: &str) -> Result<Option<String>, Failure> {
    Ok(people::find(who)?.and_then(|party| party.emails.into_iter().next()))
}

/// `user:12` of an address; none if it is nobody's.
pub fn id_of(email: &str) -> Result<Option<String>, Failure> {
    Ok(people::find(email)?.map(|party| party.id))
}
