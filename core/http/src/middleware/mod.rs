//! What stands around the API and the pages, but not around ingest.

pub(crate) mod nonce;
mod around;

pub(crate) use around::around_people;
