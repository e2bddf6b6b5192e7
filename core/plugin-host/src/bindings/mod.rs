//! The interface in Rust, generated from `wit/`: one module for each major version that the hub speaks.

pub(crate) mod v1;
