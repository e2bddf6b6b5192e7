//! What the store promises, on both databases: one file for each of its modules.

mod access;
mod deliveries;
mod fixtures;
mod folding;
mod foundation;
mod issues;
mod persist;
