//! Mail that comes by a standing order.

use lettre::Address;

/// What it says about itself.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// Whose mail it is: the installation's name, and its id.
    pub(crate) name: String,
    pub(crate) list: String,
    /// Where the hub is.
    pub(crate) hub: String,
    /// Where the recipient has it stopped.
    pub(crate) stop: String,
    /// What a bounce is known by.
    pub(crate) token: String,
    /// Where bounces go; to the sender, if nowhere else.
    pub(crate) returns_to: Option<Address>,
    /// Mails to the recipient that were held back.
    pub(crate) held: u32,
}
