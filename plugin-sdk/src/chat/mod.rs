//! What plugins that post to a chat have in common.
//!
//! | | |
//! | --- | --- |
//! | [`Card`] | all that a message says of an issue: title, facts, frames, trend, tickets |
//! | [`Note`] | what happened, in a sentence: for the card's thread, or above a card |
//! | [`Markup`] | how a chat writes bold, links and code; foreign text is escaped by construction |
//! | [`Template`] | what an admin wants a card to say instead |
//! | [`Rooms`], [`Filter`] | which room hears of which issue |
//! | [`HookSettings`] | the settings of a plugin that posts through a webhook |
//! | [`Board`], [`tell`], [`refresh`] | one card for each issue and room, kept up to date, and said once whatever fails in between |
//!
//! A plugin says how a card looks in its chat and how it is posted (a [`Board`]); the rest is here.

mod board;
mod card;
mod filter;
mod hook;
mod markup;
mod note;
mod record;
mod rooms;
mod template;
#[cfg(test)]
mod tests;
mod trend;

pub use board::{Board, Edited, Posted, refresh, tell};
pub use card::{Card, Tone};
pub use filter::{Facts, Filter};
pub use hook::HookSettings;
pub use markup::{Markdown, Markup, Mrkdwn, fit, plain};
pub use note::{Note, named};
pub use rooms::{OWNER, Rooms};
pub use template::Template;
pub use trend::{count, sparkline};
