//! What SDKs send, and what they are answered.

mod access;
mod bodies;
mod browsers;
mod endpoints;
mod limits;
mod malformed;
mod operations;
