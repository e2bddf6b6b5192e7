//! The two kinds of header, typed.

use errand_model::event::{Field, Moment, Text};
use errand_model::{EventId, Timestamp};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::Malformed;

/// The first line of an envelope. A key that stands there twice is an error: which one counts would be a guess.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Header<'a> {
    /// The id of the event; wins over the one in the event.
    #[serde(deserialize_with = "event_id")]
    pub event_id: Option<EventId>,
    /// The DSN, for senders that authenticate by it.
    #[serde(borrow, deserialize_with = "text")]
    pub dsn: Option<Text<'a>>,
    /// The sender's clock when it sent: what its clock drift is measured by.
    #[serde(deserialize_with = "moment")]
    pub sent_at: Option<Timestamp>,
    /// Which SDK sent it.
    #[serde(borrow)]
    pub sdk: Option<&'a RawValue>,
    /// The trace it belongs to.
    #[serde(borrow)]
    pub trace: Option<&'a RawValue>,
}

impl<'a> Header<'a> {
    /// Reads the header of an envelope alone; what follows it is not looked at.
    ///
    /// # Errors
    /// Where the first line is no JSON object, or one of its fields is not valid.
    pub fn read(envelope: &'a [u8]) -> Result<Self, Malformed> {
        let end = memchr::memchr(b'\n', envelope).unwrap_or(envelope.len());
        let line = envelope.get(..end).unwrap_or_default();
        let problem = |problem: String| Malformed::Header { problem };
        if line.iter().all(u8::is_ascii_whitespace) {
            return Err(problem("it is empty".to_owned()));
        }
        let text = std::str::from_utf8(line).map_err(|_| problem("it is not UTF-8".to_owned()))?;
        if !text.trim_start().starts_with('{') {
            return Err(problem("it is not a JSON object".to_owned()));
        }
        serde_json::from_str(text).map_err(|error| problem(error.to_string()))
    }
}

/// The line before an item's payload.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ItemHeader<'a> {
    /// What the item is.
    #[serde(rename = "type", borrow, deserialize_with = "text")]
    pub kind: Option<Text<'a>>,
    /// Bytes of payload; without it, the payload ends at the next newline.
    pub length: Option<usize>,
    /// Items in a container.
    pub item_count: Option<i64>,
    /// The media type of the payload.
    #[serde(borrow, deserialize_with = "text")]
    pub content_type: Option<Text<'a>>,
    /// The name of an attachment.
    #[serde(borrow, deserialize_with = "text")]
    pub filename: Option<Text<'a>>,
    /// Sentry's kind of an attachment.
    #[serde(borrow, deserialize_with = "text")]
    pub attachment_type: Option<Text<'a>>,
    /// The release, of a security report's URL.
    #[serde(borrow, deserialize_with = "text")]
    pub sentry_release: Option<Text<'a>>,
    /// The environment, of a security report's URL.
    #[serde(borrow, deserialize_with = "text")]
    pub sentry_environment: Option<Text<'a>>,
}

fn event_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<EventId>, D::Error> {
    match text(deserializer)? {
        None => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|error| D::Error::custom(format!("event_id: {error}"))),
    }
}

/// Text, borrowed where it can be; what is no text reads as absent.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Text<'de>>, D::Error> {
    Field::read(deserializer)
}

/// A time that cannot be read is no reason to lose an event: its clock drift then stays unknown.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let moment: Option<Moment> = Field::read(deserializer)?;
    Ok(moment.map(|moment| moment.0))
}
