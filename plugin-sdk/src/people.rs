//! Who people and teams of the hub are, and acting in a person's name.
//!
//! ```ignore
//! if let Some(person) = people::find("ada@example.com")? {
//!     people::act_as(&person.id)?;
//!     changes::of(&issue).resolve(&Resolution::AtOnce)?; // Ada did it
//! }
//! ```

use crate::Failure;
use crate::bindings::errand::plugin::people as wit;

/// A person or a team.
pub type Party = wit::Party;

/// Who `user:12`, `team:3`, `team:backend` or an e-mail address is; none where it is nobody.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn find(who: &str) -> Result<Option<Party>, Failure> {
    Ok(wit::find(who)?)
}

/// From here on, what this call changes of issues is this person's doing (`user:12`, or an address): the activity log says
/// so, and the installation hears of it as everybody does. Only for whom another system has proved who they are.
///
/// # Errors
/// [`Failure`] if that is nobody, or the hub cannot say.
pub fn act_as(who: &str) -> Result<(), Failure> {
    Ok(wit::act_as(who)?)
}

impl From<wit::Error> for Failure {
    fn from(error: wit::Error) -> Self {
        match error {
            wit::Error::Unavailable(message) => Failure::retry(message),
            wit::Error::Invalid(message) | wit::Error::BudgetExhausted(message) => {
                Failure::permanent(message)
            }
        }
    }
}
