//! Secrets put into a body on the way out: in the place of whole values, so that nothing that somebody else wrote into the
//! body can have one put beside it.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::bindings::v1::errand::plugin::http::{Error, Filling};
use crate::instance::State;

/// Secrets in one body.
const MAX_FILLINGS: usize = 8;
/// The shortest placeholder: a short one is a value like others.
const MIN_PLACEHOLDER: usize = 16;

impl State {
    /// The body with its secrets.
    pub(super) fn fill(
        &self,
        fillings: &[Filling],
        url: &Url,
        headers: &HeaderMap,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Error> {
        if fillings.is_empty() {
            return Ok(body);
        }
        if fillings.len() > MAX_FILLINGS {
            return Err(Error::Invalid(format!(
                "more than {MAX_FILLINGS} secrets in a body"
            )));
        }
        let mut values = Vec::with_capacity(fillings.len());
        for Filling { secret, placeholder } in fillings {
            if placeholder.len() < MIN_PLACEHOLDER {
                return Err(Error::Invalid(format!(
                    "a placeholder has {MIN_PLACEHOLDER} bytes at least"
                )));
            }
            values.push((placeholder.as_str(), self.secret_for(secret, url)?));
        }
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
        let filled = match kind.trim().to_ascii_lowercase().as_str() {
            "application/json" => in_json(&body, &values),
            "application/x-www-form-urlencoded" => Some(in_form(&body, &values)),
            _ => None,
        };
        filled.ok_or_else(|| Error::Invalid("secrets go into a body that is JSON or a form".to_owned()))
    }
}

type Values<'a> = [(&'a str, String)];

fn secret<'v>(values: &'v Values<'_>, text: &str) -> Option<&'v str> {
    let found = values.iter().find(|(placeholder, _)| *placeholder == text);
    found.map(|(_, secret)| secret.as_str())
}

fn in_json(body: &[u8], values: &Values<'_>) -> Option<Vec<u8>> {
    let mut json: Value = serde_json::from_slice(body).ok()?;
    replace(&mut json, values);
    serde_json::to_vec(&json).ok()
}

/// As deep as the parser lets JSON be.
fn replace(json: &mut Value, values: &Values<'_>) {
    match json {
        Value::String(text) => {
            if let Some(secret) = secret(values, text) {
                secret.clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, values)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, values)),
        _ => {}
    }
}

fn in_form(body: &[u8], values: &Values<'_>) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(body) {
        form.append_pair(&name, secret(values, &value).unwrap_or(&value));
    }
    form.finish().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "0123456789abcdef";

    fn values() -> [(&'static str, String); 1] {
        [(PLACE, "s\"3&cret".to_owned())]
    }

    #[test]
    fn a_secret_takes_the_place_of_a_whole_value_and_of_nothing_else() {
        let body = format!(
            "{{\"key\": \"{PLACE}\", \"title\": \"x {PLACE} y\", \"list\": [\"{PLACE}\"], \"{PLACE}\": 1}}"
        );
        let filled = in_json(body.as_bytes(), &values()).expect("JSON");
        let filled: Value = serde_json::from_slice(&filled).expect("JSON");
        assert_eq!(filled["key"], "s\"3&cret");
        assert_eq!(filled["list"][0], "s\"3&cret");
        assert_eq!(filled["title"], format!("x {PLACE} y"));
        assert_eq!(filled[PLACE], 1);
        assert_eq!(in_json(b"{", &values()), None);
    }

    #[test]
    fn a_form_takes_it_escaped() {
        let filled = in_form(format!("a=1+2&key={PLACE}&b={PLACE}x").as_bytes(), &values());
        let filled = String::from_utf8(filled).expect("text");
        assert_eq!(filled, format!("a=1+2&key=s%223%26cret&b={PLACE}x"));
    }
}
