//! From the bytes an SDK sent to a decision about them, as pure functions.
//!
//! # The path of an event
//!
//! A request body is decoded ([`encoding`]) and taken apart ([`envelope`]). The event among its items is read
//! (`decode`); whatever can be malformed is found by then, and the envelope is refused as a whole with a sentence
//! ([`Malformed`]). The event is made like others (`normalize`, one file a step), dropped where the project does not take
//! it ([`filter`]), secrets and personal data are
//! removed ([`scrub`]), tags are derived, stack frames are judged and the grouping hashes made ([`group`]), and it
//! gets its title and culprit (`title`). It is written as JSON once, at the end. The other items are counted or kept.
//! All of that is [`digest`]; [`check`] stops after reading. [`search`] reads the issue search language, [`report`] what
//! people ask of all events.
//!
//! Nothing here does I/O, asks the clock or waits. The one state is a cache of parsed User-Agents.
//!
//! # The commonest change
//!
//! *An SDK sends something new.* To keep it readable, add its field to the `record!` in `errand_model::event` that
//! owns it. To clean it, add a line to its step in `normalize/`, or a step to `normalize/mod.rs`. To make it
//! searchable, add it to `normalize/promoted.rs`. Give the step a test with the JSON that the SDK sends.

mod decode;
mod digest;
pub mod enclose;
pub mod encoding;
pub mod envelope;
mod explain;
pub mod filter;
pub mod group;
mod malformed;
mod normalize;
pub mod ownership;
mod project;
pub mod report;
pub mod returned;
pub mod scrub;
pub mod search;
mod title;

pub use digest::{Stage, check, check_and_identify, digest, digest_in_stages};
pub use explain::{ExplainError, explain};
pub use malformed::Malformed;
pub use normalize::client::{ClientHints, warm_up};
pub use normalize::{Input, identify};
pub use project::{ProjectContext, SettingsError};
pub use title::{Naming, name};
