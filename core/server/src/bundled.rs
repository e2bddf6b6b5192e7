//! The plugins that are part of the binary.

/// Their components, as built by `cargo xtask plugins`.
pub(crate) const PLUGINS: &[&[u8]] = include!(concat!(env!("OUT_DIR"), "/bundled.rs"));
