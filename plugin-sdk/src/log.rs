//! What the plugin says about its work; an admin reads it beside the attempt.

use crate::bindings::errand::plugin::log as wit;

/// For the plugin's author.
pub fn debug(message: &str) {
    wit::emit(wit::Severity::Debug, message, "");
}

/// Worth knowing.
pub fn info(message: &str) {
    wit::emit(wit::Severity::Info, message, "");
}

/// Not as it should be.
pub fn warn(message: &str) {
    wit::emit(wit::Severity::Warn, message, "");
}

/// Failed.
pub fn error(message: &str) {
    wit::emit(wit::Severity::Error, message, "");
}

/// Why the plugin does what it does, or does nothing: shown to whoever asks why it did, or did not. The last one counts.
pub fn explain(why: &str) {
    wit::explain(why);
}
