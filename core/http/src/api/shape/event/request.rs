//! The web request during which it happened.

use errand_model::event::{Raw, Request};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::raw;
use crate::api::shape::Nothing;

/// The web request, with every list of pairs as a list of pairs.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestShape<'a> {
    url: Option<&'a str>,
    method: Option<&'a str>,
    // Lists of pairs are shown as lists of lists: many tools that read the document know none of a fixed length.
    #[schema(value_type = Vec<Vec<String>>)]
    query: Vec<(String, String)>,
    fragment: Option<&'a str>,
    #[schema(value_type = Vec<Vec<String>>)]
    headers: Vec<(&'a str, &'a str)>,
    #[schema(value_type = Vec<Vec<String>>)]
    cookies: Vec<(String, String)>,
    #[schema(value_type = Option<Object>)]
    data: Option<&'a RawValue>,
    #[schema(value_type = Option<Object>)]
    env: Option<&'a RawValue>,
    inferred_content_type: Option<&'a str>,
    api_target: Nothing,
}

impl<'a> RequestShape<'a> {
    pub(super) fn of(request: &'a Request<'a>) -> Self {
        let headers = request.headers.0.iter();
        RequestShape {
            url: request.url.as_deref(),
            method: request.method.as_deref(),
            query: request
                .query_string
                .as_ref()
                .map(|raw| pairs(raw, '&'))
                .unwrap_or_default(),
            fragment: request.fragment.as_deref(),
            headers: headers
                .map(|(key, value)| (key.as_ref(), value.as_ref()))
                .collect(),
            cookies: request
                .cookies
                .as_ref()
                .map(|raw| pairs(raw, ';'))
                .unwrap_or_default(),
            data: request.data.as_ref().map(raw),
            env: request.env.as_ref().map(raw),
            inferred_content_type: request.inferred_content_type.as_deref(),
            api_target: Nothing,
        }
    }
}

/// Pairs that SDKs send as a map, as a list of pairs, or as text with a separator.
fn pairs(raw: &Raw<'_>, separator: char) -> Vec<(String, String)> {
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match raw.value() {
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, text(value))).collect(),
        Value::Array(list) => list
            .into_iter()
            .filter_map(pair)
            .map(|(key, value)| (text(key), text(value)))
            .collect(),
        Value::String(all) => {
            let parts = all.trim_start_matches('?').split(separator).map(str::trim);
            parts
                .filter(|part| !part.is_empty())
                .map(|part| part.split_once('=').unwrap_or((part, "")))
                .map(|(key, value)| (decoded(key), decoded(value)))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn pair(value: Value) -> Option<(Value, Value)> {
    let Value::Array(pair) = value else { return None };
    let mut pair = pair.into_iter();
    Some((pair.next()?, pair.next()?))
}

/// Text without its `%20`; as it is where that makes no UTF-8.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use errand_model::event::Raw;
    use serde_json::json;

    use super::pairs;

    #[test]
    fn pairs_are_read_in_every_form_that_sdks_send() {
        let expected = vec![
            ("a".to_owned(), "1 2".to_owned()),
            ("b".to_owned(), String::new()),
        ];
        for (sent, separator) in [
            (json!("?a=1%202&b"), '&'),
            (json!("a=1 2; b="), ';'),
            (json!([["a", "1 2"], ["b", null]]), '&'),
            (json!({"a": "1 2", "b": ""}), '&'),
        ] {
            assert_eq!(pairs(&Raw::from_value(&sent), separator), expected, "{sent}");
        }
        assert_eq!(pairs(&Raw::from_value(&json!(7)), '&'), vec![]);
    }
}
