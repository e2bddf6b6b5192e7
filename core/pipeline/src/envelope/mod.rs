//! The envelope: a header line, then items, each with a header line and a payload.
//!
//! The framing is Sentry's: UNIX newlines alone, so that a `\r` belongs to what it stands in; a payload is as
//! long as its header says or, without a length, ends at the next newline. To support a further item type, add it
//! to [`ItemKind`] and say in `decode/items.rs` what becomes of it.

mod header;
mod kind;

use std::borrow::Cow;

pub use header::{Header, ItemHeader};
pub use kind::{ItemKind, MAX_ITEMS};

use serde::de::DeserializeOwned;

use crate::Malformed;

/// An envelope whose framing and sizes are good. Payloads are not looked at yet.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// Its first line.
    pub header: Header<'a>,
    /// Its items, in order.
    pub items: Vec<Item<'a>>,
}

/// One item.
#[derive(Debug)]
pub struct Item<'a> {
    /// What it is.
    pub kind: ItemKind,
    /// Its own line.
    pub header: ItemHeader<'a>,
    /// Its content.
    pub payload: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Takes an envelope apart, without a copy.
    ///
    /// # Errors
    /// Broken headers, lengths that do not fit, a second event, items beyond their limits.
    pub fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let header = Header::read(body)?;
        let (_, mut rest) = split_line(body);
        let mut items = Vec::new();
        // Blank lines may stand between items and at the end.
        while let Some(start) = rest.iter().position(|byte| *byte != b'\n') {
            if items.len() == MAX_ITEMS {
                return Err(Malformed::TooManyItems {
                    kind: "any",
                    limit: MAX_ITEMS,
                });
            }
            let (item, after) = Item::parse(rest.get(start..).unwrap_or_default(), items.len() + 1)?;
            items.push(item);
            rest = after;
        }
        let envelope = Envelope { header, items };
        envelope.check_counts()?;
        Ok(envelope)
    }

    /// The item that makes the envelope's event, with its place counted from 1.
    pub fn event_item(&self) -> Option<(usize, &Item<'a>)> {
        let mut items = self.items.iter().enumerate().map(|(at, item)| (at + 1, item));
        items.find(|(_, item)| item.kind.is_event_like())
    }

    fn check_counts(&self) -> Result<(), Malformed> {
        let mut has_event = false;
        for (at, item) in self.items.iter().enumerate() {
            let kind = item.kind;
            if kind.is_event_like() && std::mem::replace(&mut has_event, true) {
                return Err(Malformed::SecondEvent {
                    item: at + 1,
                    kind: kind.as_str(),
                });
            }
            let limit = kind.max_count();
            // Few kinds have a bound of their own, and few envelopes more items than the smallest of them.
            if at >= limit && self.items.iter().filter(|item| item.kind == kind).count() > limit {
                return Err(Malformed::TooManyItems {
                    kind: kind.as_str(),
                    limit,
                });
            }
        }
        Ok(())
    }
}

impl<'a> Item<'a> {
    fn parse(bytes: &'a [u8], number: usize) -> Result<(Self, &'a [u8]), Malformed> {
        let (line, rest) = split_line(bytes);
        let header = Self::parse_header(line, number)?;
        let kind = ItemKind::parse(header.kind.as_deref().unwrap_or_default());
        let (payload, after) = match header.length {
            Some(length) => split_payload(rest, length, number)?,
            None => split_line(rest),
        };
        if payload.len() > kind.max_size() {
            return Err(Malformed::ItemTooLarge {
                item: number,
                kind: kind.as_str(),
                size: payload.len(),
                limit: kind.max_size(),
            });
        }
        Ok((
            Item {
                kind,
                header,
                payload,
            },
            after,
        ))
    }

    fn parse_header(line: &'a [u8], number: usize) -> Result<ItemHeader<'a>, Malformed> {
        let problem = |problem: String| Malformed::ItemHeader {
            item: number,
            problem,
        };
        let text = std::str::from_utf8(line).map_err(|_| problem("it is not UTF-8".to_owned()))?;
        if !text.trim_start().starts_with('{') {
            return Err(problem("it is not a JSON object".to_owned()));
        }
        let header: ItemHeader<'a> =
            serde_json::from_str(text).map_err(|error| problem(error.to_string()))?;
        if header.kind.as_deref().is_none_or(str::is_empty) {
            return Err(problem("it names no type".to_owned()));
        }
        Ok(header)
    }

    /// Its content, where that is JSON of such a shape.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.payload).ok()
    }

    /// A field of the header, empty where it is absent.
    pub(crate) fn text<'f>(field: Option<&'f Cow<'a, str>>) -> &'f str {
        field.map_or("", Cow::as_ref)
    }
}

/// What stands before the next newline, and what after it.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\n', bytes) {
        Some(end) => {
            let (line, rest) = bytes.split_at(end);
            (line, rest.get(1..).unwrap_or_default())
        }
        None => (bytes, &[]),
    }
}

fn split_payload(bytes: &[u8], length: usize, number: usize) -> Result<(&[u8], &[u8]), Malformed> {
    let wrong = |problem: String| Malformed::Length {
        item: number,
        length,
        problem,
    };
    let Some((payload, rest)) = bytes.split_at_checked(length) else {
        return Err(wrong(format!("only {} are left", bytes.len())));
    };
    match rest.split_first() {
        None => Ok((payload, &[])),
        Some((b'\n', rest)) => Ok((payload, rest)),
        Some(_) => Err(wrong("no newline follows them".to_owned())),
    }
}

#[cfg(test)]
mod tests;
