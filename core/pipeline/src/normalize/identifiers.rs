//! Fields by which support finds customers, made tags: tags are counted and found by an index.

use errand_model::event::{Event, Raw, Text};
use serde_json::Value;

use super::trim::{self, Limit};

/// The fields that are no tags yet: `extra.order`, `contexts.shop.customer.id`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identifiers {
    named: Vec<String>,
    fields: Vec<Field>,
}

/// Where one is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: String,
    is_extra: bool,
    /// The steps from there on.
    path: Vec<String>,
}

impl Identifiers {
    /// Of names that an admin gave; what names a tag is one already.
    pub fn of(named: &[String]) -> Self {
        Identifiers {
            named: named.to_vec(),
            fields: named.iter().filter_map(|name| Field::read(name)).collect(),
        }
    }

    /// The names as they were given.
    pub fn named(&self) -> &[String] {
        &self.named
    }

    /// Adds a tag for each that the event has.
    pub(crate) fn promote(&self, event: &mut Event<'_>) {
        for field in &self.fields {
            let is_known = event.tags.0.iter().any(|(key, _)| *key == field.name);
            if let Some(mut value) = field.value(event).filter(|_| !is_known) {
                trim::text(&mut value, Limit::NAME);
                event.tags.0.push((Text::Owned(field.name.clone()), value));
            }
        }
    }
}

impl Field {
    fn read(name: &str) -> Option<Self> {
        let (place, path) = name.split_once('.')?;
        let is_extra = match place {
            "extra" => true,
            "contexts" => false,
            _ => return None,
        };
        Some(Field {
            name: name.to_owned(),
            is_extra,
            path: path.split('.').map(str::to_owned).collect(),
        })
    }

    /// The text or the number that stands there.
    fn value(&self, event: &Event<'_>) -> Option<Text<'static>> {
        let bag = if self.is_extra {
            &event.extra
        } else {
            &event.contexts
        };
        let (first, rest) = self.path.split_first()?;
        let whole = bag.get(first).map(Raw::value)?;
        let found = rest.iter().try_fold(&whole, |at, step| at.get(step))?;
        match found {
            Value::String(text) if !text.trim().is_empty() => Some(Text::Owned(text.trim().to_owned())),
            Value::Number(number) => Some(Text::Owned(number.to_string())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(json: &str, named: &[&str]) -> Vec<(String, String)> {
        let mut event = Event::from_json(json.as_bytes())
            .expect("JSON")
            .expect("an event");
        let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        Identifiers::of(&named).promote(&mut event);
        let tags = event.tags.0.iter();
        tags.map(|(key, value)| (key.to_string(), value.to_string()))
            .collect()
    }

    #[test]
    fn a_field_becomes_a_tag_of_its_name() {
        let json = r#"{"extra": {"order": 4711}, "contexts": {"shop": {"customer": {"id": " C-9 "}}}}"#;
        assert_eq!(
            tags(
                json,
                &[
                    "extra.order",
                    "contexts.shop.customer.id",
                    "license",
                    "extra.none"
                ]
            ),
            [
                ("extra.order".to_owned(), "4711".to_owned()),
                ("contexts.shop.customer.id".to_owned(), "C-9".to_owned())
            ]
        );
        assert_eq!(tags(json, &["contexts.shop"]), []);
    }
}
