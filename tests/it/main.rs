//! The product from outside. One binary, a file for each promise.

mod cli;
mod crash;
mod ingest;
mod licences;
mod lifecycle;
mod plugins;
mod sdks;
mod shutdown;
mod tidy;
