//! Issues: finding them, reading them, changing their state.

mod list;
mod row;
mod search;
mod series;
pub(crate) mod state;

pub use list::{by_ids, by_short_id, get, ids, list, unhandled};
pub use search::{Hits, Search, count};
pub use series::{Intervals, series};
