//! What every event that was ever stored leaves behind, so that questions over millions of them have an answer at once.
//!
//! A *fact* is what people count events by: when, which issue, whom, and the tags. It outlives its event by far
//! ([`DAYS`]), as counters do.
//!
//! ```text
//! persist ──▶ fact_batch: a row for each project and batch, in the transaction of the events
//!                 │ fold: some batches become a block, some small blocks a larger one
//!                 ▼
//!             fact_block, fact_column: a row for each property of up to 256 thousand facts, compressed
//!                 │ answer: reads the columns that the question is about, of the blocks of its time
//!                 ▼
//!             tallies by block, which are kept ──▶ an answer
//! ```
//!
//! A fact is written once, with its event, and is always in one place, a batch or a block, so that counts are exact; only of very
//! many different users and issues the answer is an estimate, and says so (`distinct.rs`). What happens to issues later (`moved.rs`) is applied by whoever reads.
//!
//! To add a property that people ask by, make it a tag in the pipeline. To change what a column holds, add a name for it
//! beside: what is stored is read for [`DAYS`] days.

mod answering;
pub(crate) mod asking;
pub(crate) mod batch;
mod block;
mod bytes;
mod cache;
mod column;
mod distinct;
pub(crate) mod finding;
mod fold;
mod forgetting;
mod groups;
mod keeping;
mod minutes;
pub(crate) mod moved;
mod naming;
mod part;
mod reading;
mod rows;
mod scan;
mod tags;
mod taking;
mod tally;
pub(crate) mod times;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use answering::answer;
pub use asking::Asker;
pub use finding::facts_of;
pub use forgetting::{Person, Place, forget};
pub use keeping::{Due, Extent, due, extent, keep, stored};
pub use minutes::{Counted, Minute, Watched, count, minutes};
pub use naming::{Names, names};
pub use taking::{Fact, each};

use crate::{Error, Result};

/// How long facts are kept at most, in days: `retention` may say less.
pub const DAYS: i64 = 400;

/// Questions that are answered at a time.
const AT_A_TIME: usize = 2;

/// What questions share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) found: cache::Found,
    turns: Arc<Semaphore>,
}

impl Default for Shared {
    fn default() -> Self {
        Shared {
            found: cache::Found::default(),
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }
}

impl Shared {
    /// Waits until a question may be answered.
    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        turn.map_err(|why| Error::corrupt("fact", why))
    }
}
