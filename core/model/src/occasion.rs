//! What wakes a plugin besides deliveries.

use serde::{Deserialize, Serialize};

/// What a plugin is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A job of its manifest is due.
    Job,
    /// Another system sent a request.
    Inbound,
    /// Somebody pressed a button.
    Action,
    /// Somebody tries its settings.
    Trial,
    /// A person is told what they want to hear of.
    Notice,
}

impl Occasion {
    /// As it is stored.
    pub const fn code(self) -> i16 {
        match self {
            Occasion::Job => 1,
            Occasion::Inbound => 2,
            Occasion::Action => 3,
            Occasion::Trial => 4,
            Occasion::Notice => 5,
        }
    }

    /// The occasion of a stored number.
    pub const fn from_code(code: i16) -> Option<Self> {
        Some(match code {
            1 => Occasion::Job,
            2 => Occasion::Inbound,
            3 => Occasion::Action,
            4 => Occasion::Trial,
            5 => Occasion::Notice,
            _ => return None,
        })
    }

    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Occasion::Job => "job",
            Occasion::Inbound => "inbound",
            Occasion::Action => "action",
            Occasion::Trial => "trial",
            Occasion::Notice => "notice",
        }
    }
}
