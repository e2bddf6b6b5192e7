//! What is particular to Content-Security-Policy reports.

use serde_json::{Map, Value};
use url::Url;

/// The stored name of a report's key: `blocked-uri` of the classic form and `blockedURL` of the Reporting API are
/// both `blocked_uri`.
pub(super) fn field_name(key: &str) -> String {
    match key {
        "documentURL" => "document_uri".to_owned(),
        "blockedURL" => "blocked_uri".to_owned(),
        "sample" => "script_sample".to_owned(),
        key => {
            let mut name = String::with_capacity(key.len() + 4);
            for c in key.chars() {
                match c {
                    '-' => name.push('_'),
                    c if c.is_ascii_uppercase() => {
                        name.push('_');
                        name.push(c.to_ascii_lowercase());
                    }
                    c => name.push(c),
                }
            }
            name
        }
    }
}

/// Fills in the effective directive, which older browsers leave out, and turns away what is no report.
pub(super) fn complete(fields: &mut Map<String, Value>) -> Result<(), String> {
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
    let effective = match text("effective_directive") {
        "" => text("violated_directive")
            .split_whitespace()
            .next()
            .unwrap_or_default(),
        directive => directive.split_whitespace().next().unwrap_or_default(),
    };
    if effective.is_empty() {
        return Err("it names neither 'effective-directive' nor 'violated-directive'".to_owned());
    }
    let effective = Value::String(effective.to_ascii_lowercase());
    fields.insert("effective_directive".to_owned(), effective);
    Ok(())
}

/// Where it happened, as Sentry shows it: the directive that was violated, with `'self'` for the page's own host.
pub(super) fn culprit(fields: &Map<String, Value>) -> String {
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
    let own = host(text("document_uri"));
    let violated = match text("violated_directive") {
        "" => text("effective_directive"),
        directive => directive,
    };
    let words = violated.split_whitespace().map(|word| match &own {
        Some(own) if host(word).as_ref() == Some(own) => "'self'",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What Sentry says of it: `Blocked 'script' from 'example.com'`.
pub(super) fn message(fields: &Map<String, Value>) -> String {
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
    let directive = text("effective_directive");
    let source = blocked_source(text("blocked_uri"), text("document_uri"));
    let subject = match directive {
        "child-src" => "child",
        "connect-src" => "connect",
        "font-src" => "font",
        "form-action" => "form",
        "img-src" => "image",
        "manifest-src" => "manifest",
        "media-src" => "media",
        "object-src" => "object",
        "script-src" | "script-src-elem" | "script-src-attr" => "script",
        "style-src" | "style-src-elem" | "style-src-attr" => "style",
        "worker-src" => "worker",
        other => other,
    };
    match (source, subject) {
        (Some(source), "child") => format!("Blocked 'child' source from '{source}'"),
        (Some(source), "form") => format!("Blocked 'form' action to '{source}'"),
        (Some(source), subject) => format!("Blocked '{subject}' from '{source}'"),
        (None, "script") => {
            let violated = text("violated_directive");
            let how = match (
                violated.contains("'unsafe-inline'"),
                violated.contains("'unsafe-eval'"),
            ) {
                (true, false) => "unsafe inline",
                (false, true) => "unsafe eval()",
                _ => "unsafe (eval() or inline)",
            };
            format!("Blocked {how} 'script'")
        }
        (None, "child") => "Blocked inline 'child' source".to_owned(),
        (None, subject) => format!("Blocked inline '{subject}'"),
    }
}

/// The host that was blocked, or its scheme where it has no host; none for what stands in the page itself.
fn blocked_source(blocked: &str, document: &str) -> Option<String> {
    match blocked {
        "" | "self" | "'self'" | "inline" | "eval" => None,
        _ => match host(blocked) {
            Some(blocked) if Some(&blocked) == host(document).as_ref() => None,
            Some(blocked) => Some(blocked),
            // `data`, `blob`: browsers send the scheme alone, or with what follows.
            None => Some(blocked.split(':').next().unwrap_or(blocked).to_owned()),
        },
    }
}

fn host(uri: &str) -> Option<String> {
    Url::parse(uri).ok()?.host_str().map(str::to_owned)
}
