//! Browsers' security reports: CSP, Expect-CT, Expect-Staple, HPKP.
//!
//! Each becomes an event with the report in its own field (`csp`, `expectct`, …), keys in snake case whatever the
//! browser spelled, a message, and the tags people search such reports by.
//! Sources: CSP level 3, the Reporting API, RFC 9163, RFC 7469, and the field names of Relay's event schema.

mod csp;

use std::borrow::Cow;

use errand_model::event::{Event, LogEntry, Raw, Request, Text};
use errand_model::issue::EventKind;
use serde_json::{Map, Value};

use super::Occurrence;
use crate::Malformed;
use crate::envelope::Item;

/// Reports that one body of the Reporting API may hold.
const MAX_REPORTS: usize = 100;

/// The single reports in a body, as JSON text.
pub(crate) fn split(body: &[u8]) -> Result<Vec<String>, Malformed> {
    let problem = |problem: String| Malformed::Body {
        what: "security report",
        problem,
    };
    let value: Value = serde_json::from_slice(body).map_err(|error| problem(error.to_string()))?;
    let reports = match value {
        Value::Array(reports) if reports.len() > MAX_REPORTS => {
            return Err(Malformed::TooManyItems {
                kind: "raw_security",
                limit: MAX_REPORTS,
            });
        }
        Value::Array(reports) => reports,
        report => vec![report],
    };
    // The Reporting API also carries deprecations, interventions and crashes, which are no security reports.
    let is_foreign = |report: &Value| {
        report
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind != "csp-violation")
            && report.get("body").is_some()
    };
    let mut texts = Vec::new();
    for report in reports.into_iter().filter(|report| !is_foreign(report)) {
        Report::of(report.clone()).map_err(problem)?;
        texts.push(report.to_string());
    }
    Ok(texts)
}

/// The event of a report.
pub(super) fn occurrence<'a>(item: &Item<'a>, number: usize) -> Result<Occurrence<'a>, Malformed> {
    let problem = |problem: String| Malformed::Payload {
        item: number,
        kind: item.kind.as_str(),
        problem,
    };
    let value: Value = serde_json::from_slice(item.payload).map_err(|error| problem(error.to_string()))?;
    let report = Report::of(value).map_err(problem)?;
    let kind = report.kind;
    let mut event = report.into_event();
    event.release = item.header.sentry_release.clone();
    event.environment = item.header.sentry_environment.clone();
    Ok(Occurrence {
        event,
        kind: Some(kind),
        from_browser: true,
    })
}

/// A report with its keys in snake case.
struct Report {
    kind: EventKind,
    fields: Map<String, Value>,
}

impl Report {
    fn of(value: Value) -> Result<Self, String> {
        let Value::Object(mut map) = value else {
            return Err("it is not a JSON object".to_owned());
        };
        let wrapped = [
            ("csp-report", EventKind::Csp),
            ("expect-ct-report", EventKind::ExpectCt),
            ("expect-staple-report", EventKind::ExpectStaple),
        ];
        for (key, kind) in wrapped {
            match map.remove(key) {
                Some(Value::Object(report)) => return Self::new(kind, report),
                Some(_) => return Err(format!("'{key}' is not an object")),
                None => {}
            }
        }
        if map.get("type").and_then(Value::as_str) == Some("csp-violation") {
            let Some(Value::Object(body)) = map.remove("body") else {
                return Err("'body' is not an object".to_owned());
            };
            return Self::new(EventKind::Csp, body);
        }
        if map.contains_key("known-pins") {
            return Self::new(EventKind::Hpkp, map);
        }
        Err(
            "it is none of csp-report, csp-violation, expect-ct-report, expect-staple-report, HPKP"
                .to_owned(),
        )
    }

    fn new(kind: EventKind, report: Map<String, Value>) -> Result<Self, String> {
        let mut fields: Map<String, Value> = report
            .into_iter()
            .map(|(key, value)| (csp::field_name(&key), value))
            .collect();
        if kind == EventKind::Csp {
            csp::complete(&mut fields)?;
        } else if fields.get("hostname").and_then(Value::as_str).is_none() {
            return Err("it names no 'hostname'".to_owned());
        }
        Ok(Report { kind, fields })
    }

    fn text(&self, key: &str) -> &str {
        self.fields.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn into_event(self) -> Event<'static> {
        let mut event = Event {
            platform: Some(Cow::Borrowed("other")),
            logger: Some(Cow::Borrowed(self.kind.as_str())),
            logentry: Some(LogEntry {
                formatted: Some(Cow::Owned(self.message())),
                ..LogEntry::default()
            }),
            ..Event::default()
        };
        self.fill_request(&mut event);
        for (tag, field) in self.tag_fields() {
            let value = match self.fields.get(*field) {
                Some(Value::String(text)) if !text.is_empty() => text.clone(),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
                _ => continue,
            };
            event.tags.0.push((Cow::Borrowed(tag), Cow::Owned(value)));
        }
        if self.kind == EventKind::Csp {
            event.culprit = Some(Cow::Owned(csp::culprit(&self.fields)));
        }
        let raw = Some(Raw::from_value(&Value::Object(self.fields)));
        match self.kind {
            EventKind::Hpkp => event.hpkp = raw,
            EventKind::ExpectCt => event.expectct = raw,
            EventKind::ExpectStaple => event.expectstaple = raw,
            _ => event.csp = raw,
        }
        event
    }

    fn fill_request(&self, event: &mut Event<'static>) {
        let url = match self.kind {
            EventKind::Csp => self.text("document_uri").to_owned(),
            _ => format!("https://{}/", self.text("hostname")),
        };
        let mut request = Request {
            url: Some(Cow::Owned(url)),
            ..Request::default()
        };
        let referrer = self.text("referrer");
        if !referrer.is_empty() {
            let header: (Text<'static>, Text<'static>) =
                (Cow::Borrowed("Referer"), Cow::Owned(referrer.to_owned()));
            request.headers.0.push(header);
        }
        event.request = Some(request);
    }

    fn message(&self) -> String {
        let host = self.text("hostname");
        match self.kind {
            EventKind::Hpkp => format!("Public key pinning validation failed for '{host}'"),
            EventKind::ExpectCt => format!("Expect-CT failed for '{host}'"),
            EventKind::ExpectStaple => format!("Expect-Staple failed for '{host}'"),
            _ => csp::message(&self.fields),
        }
    }

    fn tag_fields(&self) -> &'static [(&'static str, &'static str)] {
        match self.kind {
            EventKind::Csp => &[
                ("effective-directive", "effective_directive"),
                ("blocked-uri", "blocked_uri"),
            ],
            EventKind::ExpectStaple => &[
                ("hostname", "hostname"),
                ("port", "port"),
                ("response_status", "response_status"),
                ("cert_status", "cert_status"),
            ],
            EventKind::Hpkp => &[
                ("hostname", "hostname"),
                ("port", "port"),
                ("include-subdomains", "include_subdomains"),
            ],
            _ => &[("hostname", "hostname"), ("port", "port")],
        }
    }
}

#[cfg(test)]
mod tests;
