//! What people are told of: their wishes, what is owed to them, and what goes out together.
//!
//! ```text
//! a change ──fan-out──▶ notice (person, channel, when) ──claim──▶ a batch, all that is due ──told──▶ gone
//!                                                          ▲ the pause after the last one is over
//! ```
//!
//! A batch keeps its number and its notices until it is told, so that an attempt that broke off is made again with the
//! same mail.

mod batch;
mod readers;

pub use batch::{Batch, Owed, claim, forget_of, is_due, owe, put_off, told};
pub use readers::{Reader, readers, set_wishes, wishes};
