//! What stands around the API and the pages, but not around ingest.

mod around;
pub(crate) mod nonce;
mod same_origin;
mod squeeze;

pub(crate) use around::around_people;
