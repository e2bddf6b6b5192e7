//! Effects that must not happen twice, such as making a ticket.
//!
//! ```ignore
//! let ticket = match once::begin(&key)? {
//!     Fate::Done(id) => id,
//!     Fate::Fresh(mine) => mine.finish(create()?)?,
//!     Fate::Unknown(mine) => match search()? {
//!         Some(id) => mine.finish(id)?,
//!         None => mine.finish(create()?)?,
//!     },
//! };
//! ```

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;
use crate::bindings::errand::plugin::once as wit;

/// What is known of an effect.
#[derive(Debug)]
pub enum Fate<T> {
    /// It happened, and this came of it.
    Done(T),
    /// Nobody has begun: it is yours.
    Fresh(Mine),
    /// A call began and was cut before it could say what became of it: ask the other side first.
    Unknown(Mine),
}

/// An effect that this call is at. Dropped without a word, its fate is unknown to the next one.
#[derive(Debug)]
#[must_use = "say how it ended: finish, or forget"]
pub struct Mine(String);

/// Takes the effect of a key, unless another call did.
///
/// # Errors
/// [`Failure::Retry`] while another call is at it or the hub's storage fails.
pub fn begin<T: DeserializeOwned>(key: &str) -> Result<Fate<T>, Failure> {
    match wit::begin(key)? {
        wit::State::Fresh => Ok(Fate::Fresh(Mine(key.to_owned()))),
        wit::State::Unknown => Ok(Fate::Unknown(Mine(key.to_owned()))),
        wit::State::Busy => Err(Failure::retry(format!("another call is at '{key}'"))),
        wit::State::Done(result) => serde_json::from_slice(&result)
            .map(Fate::Done)
            .map_err(|error| Failure::permanent(format!("what was kept of '{key}' cannot be read: {error}"))),
    }
}

impl Mine {
    /// It happened; keeps and gives back what came of it.
    ///
    /// # Errors
    /// [`Failure`] if it could not be kept: its fate is then unknown to the next call.
    pub fn finish<T: Serialize>(self, result: T) -> Result<T, Failure> {
        let json = serde_json::to_vec(&result)
            .map_err(|error| Failure::permanent(format!("the result cannot be kept: {error}")))?;
        wit::finish(&self.0, &json)?;
        Ok(result)
    }

    /// It certainly did not happen: the next call finds it fresh.
    ///
    /// # Errors
    /// [`Failure`] if that could not be written down.
    pub fn forget(self) -> Result<(), Failure> {
        Ok(wit::forget(&self.0)?)
    }
}

impl From<wit::Error> for Failure {
    fn from(error: wit::Error) -> Self {
        match error {
            wit::Error::Quota(message) | wit::Error::Invalid(message) => Failure::permanent(message),
            wit::Error::Unavailable(message) => Failure::retry(message),
        }
    }
}
