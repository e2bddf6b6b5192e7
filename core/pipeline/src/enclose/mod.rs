//! Envelopes made of what the other endpoints get, so that one kind of record goes on from there.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_model::EventId;
use serde::Serialize;

use crate::encoding::{self, Encoding};
use crate::envelope::ItemKind;
use crate::{Malformed, decode};

/// A store payload may grow to this when it is decoded.
const MAX_STORE_SIZE: usize = ItemKind::Event.max_size();

/// Writes an envelope, item by item.
#[derive(Debug)]
pub struct Builder {
    bytes: Vec<u8>,
}

#[derive(Serialize)]
struct HeaderOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dsn: Option<&'a str>,
}

/// What an item's header says beside its length.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct ItemMeta<'a> {
    /// The item type.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// The media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<&'a str>,
    /// An attachment's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<&'a str>,
    /// Sentry's kind of attachment: `event.minidump`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_type: Option<&'a str>,
    /// The release that a security report's URL names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentry_release: Option<&'a str>,
    /// The environment that a security report's URL names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentry_environment: Option<&'a str>,
}

#[derive(Serialize)]
struct ItemHeaderOut<'a> {
    #[serde(flatten)]
    meta: ItemMeta<'a>,
    length: usize,
}

impl Builder {
    /// Begins an envelope about the event `event_id`.
    pub fn new(event_id: Option<EventId>) -> Self {
        let mut builder = Builder { bytes: Vec::new() };
        builder.line(&HeaderOut { event_id, dsn: None });
        builder
    }

    /// Adds an item.
    #[must_use]
    pub fn item(mut self, meta: ItemMeta<'_>, payload: &[u8]) -> Self {
        self.line(&ItemHeaderOut {
            meta,
            length: payload.len(),
        });
        self.bytes.extend_from_slice(payload);
        self.bytes.push(b'\n');
        self
    }

    /// The bytes.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Strings and numbers always write: there is no error to tell of.
    fn line(&mut self, header: &impl Serialize) {
        if serde_json::to_writer(&mut self.bytes, header).is_ok() {
            self.bytes.push(b'\n');
        }
    }
}

/// The envelope of a `/store/` body: JSON, base64 of zlib of JSON, or base64 of JSON. The id is the event's own,
/// else `default_event_id`.
///
/// # Errors
/// Where the body is none of these, or larger than an event may be.
pub fn for_store_payload(body: &[u8], default_event_id: EventId) -> Result<(EventId, Vec<u8>), Malformed> {
    let json = store_json(body)?;
    let event_id = decode::event_id_of(&json).unwrap_or(default_event_id);
    let meta = ItemMeta {
        kind: "event",
        content_type: Some("application/json"),
        ..ItemMeta::default()
    };
    let envelope = Builder::new(Some(event_id)).item(meta, &json).finish();
    Ok((event_id, envelope))
}

fn store_json(body: &[u8]) -> Result<Cow<'_, [u8]>, Malformed> {
    let problem = |problem: &str| Malformed::Body {
        what: "store payload",
        problem: problem.to_owned(),
    };
    let body = body.trim_ascii();
    if body.is_empty() {
        return Err(problem("it is empty"));
    }
    if body.starts_with(b"{") {
        return Ok(Cow::Borrowed(body));
    }
    let decoded = STANDARD
        .decode(body)
        .map_err(|_| problem("it is neither a JSON object nor base64"))?;
    if decoded.trim_ascii_start().starts_with(b"{") {
        return Ok(Cow::Owned(decoded));
    }
    let json = encoding::decode(Encoding::Deflate, &decoded, MAX_STORE_SIZE)
        .map_err(|error| problem(&format!("base64 of neither JSON nor zlib: {error}")))?;
    Ok(Cow::Owned(json))
}

/// The envelope of a browser's security report: CSP (classic, or of the Reporting API), Expect-CT, Expect-Staple,
/// HPKP. Browsers send several reports of the Reporting API at once: each becomes an envelope.
///
/// # Errors
/// Where the body is no security report.
pub fn for_security_report(
    body: &[u8],
    release: Option<&str>,
    environment: Option<&str>,
    mut new_event_id: impl FnMut() -> EventId,
) -> Result<Vec<(EventId, Vec<u8>)>, Malformed> {
    let reports = decode::security::split(body)?;
    let meta = ItemMeta {
        kind: "raw_security",
        content_type: Some("application/json"),
        sentry_release: release,
        sentry_environment: environment,
        ..ItemMeta::default()
    };
    let envelopes = reports.iter().map(|report| {
        let event_id = new_event_id();
        let envelope = Builder::new(Some(event_id))
            .item(meta, report.as_bytes())
            .finish();
        (event_id, envelope)
    });
    Ok(envelopes.collect())
}

/// A file of a form.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its media type, if the form said it.
    pub content_type: Option<&'a str>,
    /// What it holds.
    pub content: &'a [u8],
}

/// The first bytes of a minidump: little-endian, or big-endian.
const MINIDUMP_MAGIC: [&[u8; 4]; 2] = [b"MDMP", b"PMDM"];

/// The envelope of a minidump with the files and the form fields that came with it. The fields `sentry`,
/// `sentry[…]` and `sentry__1`, … hold the event; the others go to its `extra`.
///
/// # Errors
/// Where the file is no minidump, or the event among the fields is no JSON.
pub fn for_minidump(
    minidump: File<'_>,
    files: &[File<'_>],
    fields: &[(String, String)],
    default_event_id: EventId,
) -> Result<(EventId, Vec<u8>), Malformed> {
    if !MINIDUMP_MAGIC
        .iter()
        .any(|magic| minidump.content.starts_with(*magic))
    {
        return Err(Malformed::Body {
            what: "minidump",
            problem: "it does not begin with MDMP or PMDM".to_owned(),
        });
    }
    let event = decode::form::event(fields)?;
    let own_id = event.get("event_id").and_then(|id| id.as_str()?.parse().ok());
    let event_id = own_id.unwrap_or(default_event_id);
    let event = serde_json::Value::Object(event).to_string();
    let kind = ItemMeta {
        kind: "event",
        content_type: Some("application/json"),
        ..ItemMeta::default()
    };
    let builder = Builder::new(Some(event_id)).item(kind, event.as_bytes());
    let builder = attach(builder, minidump, "event.minidump");
    let builder = files.iter().fold(builder, |builder, file| {
        attach(builder, *file, "event.attachment")
    });
    Ok((event_id, builder.finish()))
}

/// The envelope of files for an event that was sent before.
pub fn for_attachments(event_id: EventId, files: &[File<'_>]) -> Vec<u8> {
    let builder = Builder::new(Some(event_id));
    let builder = files.iter().fold(builder, |builder, file| {
        attach(builder, *file, "event.attachment")
    });
    builder.finish()
}

fn attach(builder: Builder, file: File<'_>, attachment_type: &str) -> Builder {
    let meta = ItemMeta {
        kind: "attachment",
        content_type: file.content_type,
        filename: Some(file.name),
        attachment_type: Some(attachment_type),
        ..ItemMeta::default()
    };
    builder.item(meta, file.content)
}

/// What a user wrote about an event, of the crash dialog.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Report<'a> {
    /// The event.
    pub event_id: EventId,
    /// Who wrote it.
    pub name: &'a str,
    /// Their address.
    pub email: &'a str,
    /// What they wrote.
    pub comments: &'a str,
}

/// The envelope of what a user wrote.
pub fn for_user_report(report: &Report<'_>) -> Vec<u8> {
    let payload = serde_json::to_vec(report).unwrap_or_default();
    let meta = ItemMeta {
        kind: "user_report",
        content_type: Some("application/json"),
        ..ItemMeta::default()
    };
    Builder::new(Some(report.event_id)).item(meta, &payload).finish()
}

/// The envelope of a check-in that a cron job sent as query parameters.
pub fn for_check_in(check_in: &serde_json::Value) -> Vec<u8> {
    let meta = ItemMeta {
        kind: "check_in",
        content_type: Some("application/json"),
        ..ItemMeta::default()
    };
    Builder::new(None)
        .item(meta, check_in.to_string().as_bytes())
        .finish()
}

#[cfg(test)]
mod tests;
