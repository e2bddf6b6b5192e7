//! How bad an event is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Sentry's levels, in growing order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For those who read logs.
    Debug,
    /// Worth noting.
    Info,
    /// May become an error.
    Warning,
    /// What an event is when it does not say.
    #[default]
    Error,
    /// The program ended.
    Fatal,
}

impl Level {
    /// All of them, in growing order.
    pub const ALL: [Level; 5] = [
        Level::Debug,
        Level::Info,
        Level::Warning,
        Level::Error,
        Level::Fatal,
    ];

    /// As the protocol and the API write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
            Level::Fatal => "fatal",
        }
    }

    /// As it is stored: Python's logging numbers, which Sentry's API uses too.
    pub const fn code(self) -> i16 {
        match self {
            Level::Debug => 10,
            Level::Info => 20,
            Level::Warning => 30,
            Level::Error => 40,
            Level::Fatal => 50,
        }
    }

    /// The level of a stored number; the nearest below, so that a foreign number is never lost.
    pub const fn from_code(code: i16) -> Self {
        match code {
            ..=19 => Level::Debug,
            20..=29 => Level::Info,
            30..=39 => Level::Warning,
            40..=49 => Level::Error,
            50.. => Level::Fatal,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Level {
    type Err = ();
    /// Reads a level, with the synonyms that SDKs and log appenders send.
    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "debug" | "trace" => Level::Debug,
            "info" | "log" | "notice" => Level::Info,
            "warning" | "warn" => Level::Warning,
            "error" => Level::Error,
            "fatal" | "critical" | "emergency" | "alert" => Level::Fatal,
            _ => return Err(()),
        })
    }
}
