//! Issues: finding them, reading them, changing their state.

mod assign;
pub(crate) mod change;
mod comments;
mod delete;
mod gone;
mod links;
mod list;
mod merge;
mod resolve;
mod row;
pub(crate) mod search;
mod series;
mod staged;
pub(crate) mod state;
mod trend;
mod unmerge;

pub(crate) use row::{IssueRow, issue_columns};

pub use assign::{assign, give, ownership, prioritize};
pub use change::{By, expect_revision};
pub use comments::{comment, delete_comment, edit_comment};
pub use delete::delete;
pub use errand_model::staged::{Archive, More, Resolve};
pub use gone::{forget_told as forget_gone, gone};
pub use links::{Link, link, linked_with, links, open_links, unlink};
pub use list::{by_ids, by_short_id, comparable, get, ids, list, unhandled};
pub use merge::merge;
pub use resolve::{archive, pass_time, resolve, unresolve};
pub use search::{Hits, Search, count, newer, newest};
pub use series::{Intervals, in_steps, series};
pub use staged::apply as apply_staged;
pub use trend::refresh_trends;
pub use unmerge::unmerge;
