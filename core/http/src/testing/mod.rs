//! What SDKs should not send, for tests of this crate and of the whole hub.

mod malformed;

pub use malformed::{Case, malformed};
