//! What support asks: which issues did this customer run into, and when?
//!
//! Everything is found by an index, from the clue to the issues: [`people`](self) of the programs by what is known of
//! them, identifiers ([`fields`]) by the id of the tag's value, events and tickets by their names. Only where none of it
//! finds anything is the text looked for in titles.

mod events;
pub mod fields;
mod search;
mod subjects;
mod timeline;

pub use events::{Sighting, Visit, sightings, visits};
pub use search::{Asked, Hit, Reason, search};
pub use subjects::{KnownUser, KnownValue, Subjects, subjects};
pub use timeline::{Timeline, timeline};
