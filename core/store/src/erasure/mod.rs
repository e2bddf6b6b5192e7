//! Erasing a person's data: their events with all that came with them, and their rows among those who were affected. What was
//! counted stays, because it names nobody.
//!
//! [`find`] says how much there is; [`step`] takes a few of it away at a time, until there is nothing left. Each step finds
//! anew what is left, so that whoever goes on after a crash need not know how far it was.

mod find;
mod step;

use errand_model::ProjectId;
use errand_model::erasure::Person;

pub use find::{Found, find};
pub use step::{Cursor, Step, step};

/// Whose data, and where.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The projects of the organization.
    pub projects: Vec<ProjectId>,
    /// The tags and fields by which support finds customers.
    pub fields: Vec<String>,
    /// Who it is.
    pub person: Person,
}
