//! The web request: the URL taken apart, headers in one spelling, cookies and query as pairs, the body as JSON where
//! it is JSON.

use std::borrow::Cow;

use errand_model::event::{Event, Pairs, Raw, Request, Text};
use serde_json::Value;
use url::form_urlencoded;

use super::trim::{self, Limit};

const KIB: usize = 1024;

/// Headers that are kept, and pairs of a query or of cookies.
const MAX_PAIRS: usize = 200;

/// Normalises the request.
pub(super) fn normalize(event: &mut Event<'_>) {
    let Some(request) = &mut event.request else {
        return;
    };
    split_url(request);
    if let Some(method) = &mut request.method
        && method.bytes().any(|byte| byte.is_ascii_lowercase())
    {
        *method = Cow::Owned(method.to_ascii_uppercase());
    }
    trim::field(&mut request.method, Limit::SHORT);
    headers(&mut request.headers);
    take_cookie_header(request);
    pairs(&mut request.cookies, |text| {
        text.split(';').filter_map(cookie).collect()
    });
    pairs(&mut request.query_string, |text| {
        let query = text.trim_start_matches('?');
        form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .take(MAX_PAIRS)
            .collect()
    });
    body(request);
    trim::field(&mut request.url, Limit::URL);
    trim::field(&mut request.fragment, Limit::HEADER);
    trim::raw(&mut request.query_string, KIB);
    trim::raw(&mut request.cookies, 2 * KIB);
    trim::raw(&mut request.env, 8 * KIB);
    trim::raw(&mut request.data, 8 * KIB);
}

/// Query and fragment stand in fields of their own.
fn split_url(request: &mut Request<'_>) {
    let Some(url) = &request.url else {
        return;
    };
    if !url.contains(['?', '#']) {
        return;
    }
    let (rest, fragment) = split(url, '#');
    let (base, query) = split(&rest, '?');
    if request.query_string.is_none()
        && let Some(query) = query.filter(|query| !query.is_empty())
    {
        request.query_string = Some(Raw::from_value(&Value::String(query.into_owned())));
    }
    if request.fragment.is_none() {
        request.fragment = fragment.filter(|fragment| !fragment.is_empty());
    }
    request.url = Some(base);
}

/// Splits without a copy where the text is borrowed.
fn split<'a>(text: &Text<'a>, at: char) -> (Text<'a>, Option<Text<'a>>) {
    match text {
        Cow::Borrowed(text) => match text.split_once(at) {
            Some((before, after)) => (Cow::Borrowed(before), Some(Cow::Borrowed(after))),
            None => (Cow::Borrowed(text), None),
        },
        Cow::Owned(text) => match text.split_once(at) {
            Some((before, after)) => (Cow::Owned(before.to_owned()), Some(Cow::Owned(after.to_owned()))),
            None => (Cow::Owned(text.clone()), None),
        },
    }
}

fn headers(headers: &mut Pairs<'_>) {
    headers.0.truncate(MAX_PAIRS);
    headers.0.retain(|(name, _)| !name.is_empty());
    for (name, value) in &mut headers.0 {
        if !is_title_case(name) {
            *name = Cow::Owned(title_case(name));
        }
        trim::text(name, Limit::USER);
        trim::text(value, Limit::HEADER);
    }
}

fn is_title_case(name: &str) -> bool {
    let mut starts = true;
    name.chars().all(|c| {
        let fits = if starts {
            !c.is_ascii_lowercase()
        } else {
            !c.is_ascii_uppercase()
        };
        starts = c == '-';
        fits
    })
}

fn title_case(name: &str) -> String {
    let mut starts = true;
    let letters = name.chars().map(|c| {
        let c = if starts {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        };
        starts = c == '-';
        c
    });
    letters.collect()
}

fn take_cookie_header(request: &mut Request<'_>) {
    let Some(at) = request.headers.0.iter().position(|(name, _)| name == "Cookie") else {
        return;
    };
    let (_, value) = request.headers.0.remove(at);
    if request.cookies.is_none() {
        request.cookies = Some(Raw::from_value(&Value::String(value.into_owned())));
    }
}

fn cookie(text: &str) -> Option<(String, String)> {
    let (name, value) = text.trim().split_once('=').unwrap_or((text.trim(), ""));
    (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}

/// Makes pairs of text; what came as a list or a map is left as it is, and nothing at all is dropped.
fn pairs(field: &mut Option<Raw<'_>>, split: impl Fn(&str) -> Vec<(String, String)>) {
    let Some(raw) = field else {
        return;
    };
    match raw.get() {
        "\"\"" | "{}" | "[]" => *field = None,
        json if json.starts_with('"') => {
            let text: String = serde_json::from_str(json).unwrap_or_default();
            let pairs = split(&text);
            *field = serde_json::value::to_raw_value(&pairs)
                .ok()
                .map(|raw| Raw(Cow::Owned(raw)));
        }
        _ => {}
    }
}

/// A body that came as text is kept as what it says it is.
fn body(request: &mut Request<'_>) {
    let Some(raw) = &request.data else {
        return;
    };
    if !raw.get().starts_with('"') {
        return;
    }
    let text: String = serde_json::from_str(raw.get()).unwrap_or_default();
    let declared = request.headers.get("Content-Type").unwrap_or_default();
    let declared = declared.split(';').next().unwrap_or_default().trim().to_owned();
    if text.is_empty() {
        request.data = None;
        return;
    }
    let (data, kind) = match declared.as_str() {
        "application/x-www-form-urlencoded" => {
            let pairs: Vec<_> = form_urlencoded::parse(text.as_bytes()).take(MAX_PAIRS).collect();
            let raw = serde_json::value::to_raw_value(&pairs)
                .ok()
                .map(|raw| Raw(Cow::Owned(raw)));
            (raw, "application/x-www-form-urlencoded")
        }
        _ if text.trim_start().starts_with(['{', '[']) => (Raw::parse(text), "application/json"),
        _ => return,
    };
    if data.is_some() {
        request.data = data;
        request.inferred_content_type.get_or_insert(Cow::Borrowed(kind));
    }
}
