//! What is part of the binary: the bundled plugins, and what plugins in other languages are begun and built with.

/// Components, as built by `cargo xtask plugins`.
pub(crate) const PLUGINS: &[&[u8]] = include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// Files by name.
pub(crate) type Texts = &'static [(&'static str, &'static str)];

/// The plugin interface, `wit/v1`.
pub(crate) const WIT: Texts = include!(concat!(env!("OUT_DIR"), "/wit.rs"));
/// The SDK for JavaScript.
pub(crate) const SDK_JS: Texts = include!(concat!(env!("OUT_DIR"), "/sdk_js.rs"));
/// The SDK for Python: the package `errand`.
pub(crate) const SDK_PYTHON: Texts = include!(concat!(env!("OUT_DIR"), "/sdk_python.rs"));
