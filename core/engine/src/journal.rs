//! How an envelope stands in the queue: `version u8 · length of the head u32 · head (JSON) · envelope`, the envelope
//! as it came over the wire, with all that is needed to digest it later as it would have been digested at once.

use std::net::IpAddr;

use bytes::Bytes;
use errand_model::{EventId, ProjectId, Timestamp};
use errand_pipeline::encoding::{self, DecodeError, Encoding};
use errand_pipeline::{ClientHints, Input};
use errand_queue::Record;
use serde::{Deserialize, Serialize};

/// Raised when older programs could not read what is written; older records stay readable.
const VERSION: u8 = 1;
/// Bytes before the head.
const PREFIX_BYTES: usize = 5;

/// What is known of an envelope besides its bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Whose it is.
    #[serde(rename = "p")]
    pub(crate) project: ProjectId,
    /// When it came.
    #[serde(rename = "t")]
    pub(crate) received: Timestamp,
    /// The id of its event, should it bring none.
    #[serde(rename = "e")]
    pub(crate) event_id: EventId,
    /// `Encoding::code` of the bytes.
    #[serde(rename = "c")]
    pub(crate) encoding: u8,
    /// Length of the envelope once decoded.
    #[serde(rename = "n")]
    pub(crate) size: usize,
    /// Who sent it.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_ip: Option<IpAddr>,
    /// The `User-Agent`.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub(crate) user_agent: Option<String>,
    /// The client hints: name and value.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) client_hints: Vec<(String, String)>,
}

/// A record that no envelope can be read from.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// Written by a newer program.
    #[error("the record is of version {0}, which this program does not know")]
    Version(u8),
    /// Shorter than it says, or empty.
    #[error("the record is cut short")]
    Short,
    /// Its head is no head.
    #[error("the head of the record cannot be read: {0}")]
    Head(#[from] serde_json::Error),
    /// Its encoding has no meaning.
    #[error("the record has the unknown encoding {0}")]
    Encoding(u8),
    /// Its bytes do not decode as they did when they came.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl Head {
    /// The record for an envelope that came as `wire`.
    pub(crate) fn record(&self, wire: Bytes) -> Result<Record, serde_json::Error> {
        let mut head = Vec::with_capacity(256);
        head.extend_from_slice(&[VERSION, 0, 0, 0, 0]);
        serde_json::to_writer(&mut head, self)?;
        let length = u32::try_from(head.len() - PREFIX_BYTES).unwrap_or(u32::MAX);
        if let Some(place) = head.get_mut(1..PREFIX_BYTES) {
            place.copy_from_slice(&length.to_le_bytes());
        }
        Ok(Record { head, body: wire })
    }

    /// What is in a record: its head, and the envelope as it came.
    pub(crate) fn parse(record: &[u8]) -> Result<(Head, &[u8]), Unreadable> {
        let ([version, length @ ..], rest) = record
            .split_first_chunk::<PREFIX_BYTES>()
            .ok_or(Unreadable::Short)?;
        if *version != VERSION {
            return Err(Unreadable::Version(*version));
        }
        let length = u32::from_le_bytes(*length) as usize;
        let (head, wire) = rest.split_at_checked(length).ok_or(Unreadable::Short)?;
        Ok((serde_json::from_slice(head)?, wire))
    }

    /// The envelope decoded. What was accepted decodes to exactly its size, so that is the limit.
    pub(crate) fn decode(&self, wire: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let encoding = Encoding::from_code(self.encoding).ok_or(Unreadable::Encoding(self.encoding))?;
        Ok(encoding::decode(encoding, wire, self.size)?)
    }

    /// What the pipeline takes.
    pub(crate) fn input<'a>(&'a self, body: &'a [u8]) -> Input<'a> {
        let hints = self
            .client_hints
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        Input {
            body,
            received: self.received,
            client_ip: self.client_ip,
            user_agent: self.user_agent.as_deref(),
            client_hints: ClientHints::from_headers(hints),
            default_event_id: self.event_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            project: ProjectId(7),
            received: Timestamp::from_seconds(1_790_000_000),
            event_id: EventId([3; 16]),
            encoding: Encoding::Identity.code(),
            size: 9,
            client_ip: Some([192, 0, 2, 7].into()),
            user_agent: Some("sentry.python/2.0".to_owned()),
            client_hints: vec![("sec-ch-ua-model".to_owned(), "\"Pixel\"".to_owned())],
        }
    }

    fn bytes(head: &Head, wire: &'static [u8]) -> Vec<u8> {
        let record = head.record(Bytes::from_static(wire)).expect("a head is JSON");
        [record.head.as_slice(), &record.body].concat()
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let record = bytes(&head(), b"{}\n{}\n{}\n");
        let (read, wire) = Head::parse(&record).expect("it reads");
        assert_eq!(read, head());
        assert_eq!(read.decode(wire).expect("it decodes"), b"{}\n{}\n{}\n");
    }

    #[test]
    fn what_is_no_record_says_why() {
        let mut record = bytes(&head(), b"x");
        assert!(matches!(Head::parse(&record[..3]), Err(Unreadable::Short)));
        assert!(matches!(Head::parse(&record[..20]), Err(Unreadable::Short)));
        record[7] = b'!';
        assert!(matches!(Head::parse(&record), Err(Unreadable::Head(_))));
        record[0] = 9;
        assert!(matches!(Head::parse(&record), Err(Unreadable::Version(9))));
        let longer = Head { size: 2, ..head() };
        assert!(matches!(longer.decode(b"{}\n"), Err(Unreadable::Decode(_))));
        assert!(matches!(
            Head {
                encoding: 77,
                ..head()
            }
            .decode(b""),
            Err(Unreadable::Encoding(77))
        ));
    }
}
