//! What the store promises, on both databases: one file for each of its modules.

mod fixtures;
mod foundation;
mod persist;
