//! Kinds of settings.

use serde::{Deserialize, Serialize};

/// What kind of value a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingKind {
    /// Text.
    Text,
    /// An http or https URL, without user and password.
    Url,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// One of some.
    Choice,
    /// Some of some.
    Choices,
    /// Texts by name, such as HTTP headers.
    Map,
    /// An account of another system, to which somebody grants access. The hub holds its tokens; what is set, if
    /// anything, is a refresh token.
    Oauth,
}
