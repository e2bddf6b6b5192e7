//! Who asks: tokens of API clients and sessions of people.
//!
//! API endpoints take a [`Caller`], pages a [`Session`], as arguments. Both are looked up anew for each request, so
//! that what was revoked is so at once.

mod caller;
pub mod cookie;
pub mod oidc;
pub(crate) mod password;
pub(crate) mod second;
mod session;
pub(crate) mod sign_in;

pub use caller::Caller;
pub(crate) use caller::no_credentials;
pub use session::{SIGN_IN_PATH, Session, SignInFirst};
