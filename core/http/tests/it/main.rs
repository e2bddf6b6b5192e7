//! The HTTP surfaces, driven through their router with a database of their own and an intake that records.

mod ingest;
mod support;
