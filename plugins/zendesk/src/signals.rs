//! What a ticket says by which an issue can be found. Everything here was written by a customer: it is looked for as
//! text, never as a part of a query.

use std::collections::BTreeSet;

use crate::api::{Comment, Requester, Seen};
use crate::settings::Settings;

/// Tags that are looked for.
const MAX_TAGS: usize = 4;
/// Ids of events that are looked for.
const MAX_EVENTS: usize = 5;
/// Addresses of issues that are looked at.
const MAX_ISSUES: usize = 3;
/// Errors in the text that are looked for.
const MAX_ERRORS: usize = 2;
/// Characters of a ticket's text that are read.
const MAX_TEXT: usize = 20_000;
/// Bytes of a value that is looked for.
const MAX_VALUE: usize = 200;
/// Characters that an error has at least, and those that are looked for.
const ERROR_CHARS: std::ops::RangeInclusive<usize> = 12..=80;

/// By what an issue can be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signals {
    /// Ids of events.
    pub(crate) events: Vec<String>,
    /// Ids of issues, out of their addresses.
    pub(crate) issues: Vec<String>,
    /// Keys of the search language and values: `license` and `ACME-1`.
    pub(crate) tags: Vec<(String, String)>,
    /// What an error says.
    pub(crate) errors: Vec<String>,
}

impl Signals {
    /// Of a ticket and who asks. Its comments are read by [`Signals::read`].
    pub(crate) fn of(ticket: &Seen, requester: Option<&Requester>, settings: &Settings) -> Self {
        let mut signals = Signals::default();
        if settings.matches_by("fields") {
            for field in &ticket.custom_fields {
                let holds = settings.fields.get(&field.id.to_string());
                let value = field.value.as_str().map(str::to_owned);
                let value = value.or_else(|| field.value.as_number().map(ToString::to_string));
                if let (Some(holds), Some(value)) = (holds, value) {
                    signals.add(holds, &value);
                }
            }
        }
        let known = [
            (
                "user_id",
                "user.id",
                requester.and_then(|user| user.external_id.as_deref()),
            ),
            (
                "email",
                "user.email",
                requester.and_then(|user| user.email.as_deref()),
            ),
        ];
        for (chosen, key, value) in known {
            if let Some(value) = value.filter(|_| settings.matches_by(chosen)) {
                signals.add(key, value);
            }
        }
        signals.read(ticket.subject.as_deref().unwrap_or_default(), settings);
        signals.read(ticket.description.as_deref().unwrap_or_default(), settings);
        signals
    }

    /// With what was said later, but for what the hub said itself.
    pub(crate) fn read_comments(&mut self, comments: &[Comment], settings: &Settings) {
        for comment in comments.iter().filter(|comment| !crate::note::is_ours(comment)) {
            self.read(comment.text(), settings);
        }
    }

    fn add(&mut self, key: &str, value: &str) {
        let value = value.trim();
        if key == "event_id" {
            self.events
                .extend(event_id(value).filter(|_| self.events.len() < MAX_EVENTS));
        } else if is_plain(value) && self.tags.len() < MAX_TAGS {
            self.tags.push((key.to_owned(), value.to_owned()));
        }
    }

    fn read(&mut self, text: &str, settings: &Settings) {
        let text: String = text.chars().take(MAX_TEXT).collect();
        if settings.matches_by("event_id") {
            let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
            extend(&mut self.events, words.filter_map(event_id), MAX_EVENTS);
            extend(&mut self.issues, addresses(&text), MAX_ISSUES);
        }
        if settings.matches_by("text") {
            extend(&mut self.errors, text.lines().filter_map(error), MAX_ERRORS);
        }
    }
}

fn extend(known: &mut Vec<String>, more: impl Iterator<Item = String>, most: usize) {
    let mut seen: BTreeSet<String> = known.iter().cloned().collect();
    for one in more {
        if known.len() >= most {
            return;
        }
        if seen.insert(one.clone()) {
            known.push(one);
        }
    }
}

/// Whether a value can be looked for as it is: no star that stands for anything, nothing that ends a quote.
fn is_plain(value: &str) -> bool {
    let is_odd = |c: char| c.is_control() || matches!(c, '"' | '\\' | '*');
    !value.is_empty() && value.len() <= MAX_VALUE && !value.chars().any(is_odd)
}

/// 32 hexadecimal digits, with or without the hyphens of a UUID.
fn event_id(word: &str) -> Option<String> {
    let digits: String = word.chars().filter(|c| *c != '-').collect();
    let has_form = match word.len() {
        32 => !word.contains('-'),
        36 => [8, 13, 18, 23].iter().all(|at| word.as_bytes()[*at] == b'-'),
        _ => false,
    };
    (has_form && digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| digits.to_ascii_lowercase())
}

/// The ids in addresses such as `https://errors.example.com/organizations/acme/issues/7/`.
fn addresses(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split("/issues/").skip(1).filter_map(|rest| {
        let id: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!id.is_empty() && id.len() < 19).then_some(id)
    })
}

/// What an error says in a line such as `Uncaught TypeError: x is undefined`: the longest part of it that names no
/// number, which would be another one for the next customer, and holds nothing that a search takes for more than text.
fn error(line: &str) -> Option<String> {
    let (head, said) = line.split_once(": ")?;
    let kind = head.rsplit(|c: char| c.is_whitespace() || c == '(').next()?;
    let kind = kind.rsplit(['.', '$', ':', '\\', '/']).next()?;
    let is_kind = [
        "Error",
        "Exception",
        "Fault",
        "Panic",
        "error",
        "exception",
        "panic",
    ]
    .iter()
    .any(|ending| kind.ends_with(ending));
    if !is_kind {
        return None;
    }
    let breaks = |c: char| c.is_ascii_digit() || c.is_control() || matches!(c, '"' | '\\' | '*');
    let parts = said.split(breaks).map(str::trim);
    let longest = parts.max_by_key(|part| part.chars().count())?;
    let cut: String = longest.chars().take(*ERROR_CHARS.end()).collect();
    let cut = cut.trim().trim_end_matches(['.', ',', ';']);
    (cut.chars().count() >= *ERROR_CHARS.start()).then(|| cut.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings(more: Value) -> Settings {
        let mut all = json!({
            "url": "https://acme.zendesk.com",
            "token": {"secret": "token"},
            "fields": {"7": "license", "8": "order", "9": "event_id"},
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            all[key] = value.clone();
        }
        serde_json::from_value(all).expect("settings")
    }

    fn ticket(description: &str, fields: Value) -> Seen {
        let ticket = json!({ "id": 1, "description": description, "custom_fields": fields });
        serde_json::from_value(ticket).expect("a ticket")
    }

    #[test]
    fn fields_and_requester_are_looked_for_as_tags() {
        let ticket = ticket(
            "",
            json!([
                {"id": 7, "value": " ACME-1 "}, {"id": 8, "value": 1204}, {"id": 9, "value": "f".repeat(32)},
                {"id": 10, "value": "none of ours"}, {"id": 7, "value": null},
            ]),
        );
        let ada = Requester {
            email: Some("ada@example.com".to_owned()),
            external_id: Some("42".to_owned()),
            ..Requester::default()
        };
        let signals = Signals::of(&ticket, Some(&ada), &settings(json!({})));
        let tags: Vec<_> = signals
            .tags
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            tags,
            [
                "license=ACME-1",
                "order=1204",
                "user.id=42",
                "user.email=ada@example.com"
            ]
        );
        assert_eq!(signals.events, ["f".repeat(32)]);
        let by_text = Signals::of(&ticket, Some(&ada), &settings(json!({"match_by": ["text"]})));
        assert_eq!(by_text, Signals::default());
    }

    #[test]
    fn nothing_that_a_customer_writes_widens_the_search() {
        for value in [
            "*",
            "ACME-*",
            "x\" is:unresolved \"",
            "\\",
            "a\nb",
            "",
            &"x".repeat(500),
        ] {
            let signals = Signals::of(
                &ticket("", json!([{"id": 7, "value": value}])),
                None,
                &settings(json!({})),
            );
            assert_eq!(signals.tags, [], "{value}");
        }
        let said = "TypeError: x\" is:resolved message:\"* could not read the basket";
        assert_eq!(error(said).as_deref(), Some("could not read the basket"));
    }

    #[test]
    fn ids_addresses_and_errors_are_found_in_text() {
        let text = format!(
            "Hello, reference {} and 9AD1F2E3-0000-4000-8000-00000000ABCD\n\
             see https://errors.example.com/organizations/acme/issues/4711/?x=1\n\
             Uncaught TypeError: Cannot read properties of undefined (reading 'total')\n\
             java.lang.IllegalStateException: order 1204 was not found in the cart.\n\
             Dear team: the following does not work\nError: no",
            "0123456789abcdef0123456789abcdef"
        );
        let signals = Signals::of(&ticket(&text, json!([])), None, &settings(json!({})));
        let events = [
            "0123456789abcdef0123456789abcdef",
            "9ad1f2e30000400080000000 0000abcd",
        ];
        assert_eq!(signals.events, events.map(|id| id.replace(' ', "")));
        assert_eq!(signals.issues, ["4711"]);
        let errors = [
            "Cannot read properties of undefined (reading 'total')",
            "was not found in the cart",
        ];
        assert_eq!(signals.errors, errors);
    }

    #[test]
    fn what_the_hub_said_is_not_read_again() {
        let ours = Comment {
            plain_body: Some("see /issues/7/\nRef. SHOP-1A/note-7".to_owned()),
            ..Comment::default()
        };
        let theirs = Comment {
            body: Some("see /issues/8/".to_owned()),
            public: true,
            ..Comment::default()
        };
        let mut signals = Signals::default();
        signals.read_comments(&[ours, theirs], &settings(json!({})));
        assert_eq!(signals.issues, ["8"]);
    }
}
