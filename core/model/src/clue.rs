//! What somebody who answers customers has in hand, and all that it may be.

use crate::{EventId, IssueId};

/// Bytes of what is looked for: no identifier is longer.
const MAX_BYTES: usize = 300;

/// One piece of text from a customer, and what it may stand for besides being a name or a number of theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clue {
    /// The text, without what people copy along.
    pub text: String,
    /// The event that it names.
    pub event: Option<EventId>,
    /// The issue of this hub that its address names.
    pub issue: Option<IssueId>,
    /// The ticket that it names.
    pub ticket: Option<TicketClue>,
}

/// A ticket, as people name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketClue {
    /// `acme.zendesk.com`, where an address was given.
    pub host: Option<String>,
    /// `4711` or `SHOP-12`.
    pub name: String,
}

impl Clue {
    /// Reads what was typed or pasted.
    pub fn read(typed: &str) -> Self {
        let text = typed.trim().trim_matches(['"', '\'', '<', '>', '“', '”']).trim();
        let text = text.strip_prefix("mailto:").unwrap_or(text);
        let text = &text[..text.floor_char_boundary(MAX_BYTES)];
        let mut clue = Clue {
            text: text.to_owned(),
            event: text.parse().ok(),
            ..Clue::default()
        };
        match text.split_once("://") {
            Some(("http" | "https", rest)) => clue.read_address(rest),
            _ => clue.ticket = ticket_named(text),
        }
        clue
    }

    /// `acme.zendesk.com/agent/tickets/4711?x=y#z`
    fn read_address(&mut self, rest: &str) {
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let mut parts = rest.split('/').filter(|part| !part.is_empty());
        let host = parts.next().unwrap_or_default().to_lowercase();
        let parts: Vec<&str> = parts.collect();
        let after = |name: &str| {
            let at = parts.iter().position(|part| *part == name)?;
            parts.get(at + 1).copied()
        };
        self.issue = after("issues").and_then(|id| id.parse().ok());
        self.event = after("events").and_then(|id| id.parse().ok());
        self.ticket = parts.last().map(|name| TicketClue {
            host: Some(host),
            name: (*name).to_owned(),
        });
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text as it may be written elsewhere: as it stands, in small and in capital letters.
    pub fn spellings(&self) -> Vec<String> {
        let mut all = vec![
            self.text.clone(),
            self.text.to_lowercase(),
            self.text.to_uppercase(),
        ];
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// `#4711`, `4711`, `SHOP-12`, `ticket 4711`; nothing with other blanks in it.
fn ticket_named(text: &str) -> Option<TicketClue> {
    let lower = text.to_lowercase();
    let start = ["ticket ", "zendesk "]
        .iter()
        .find(|word| lower.starts_with(**word));
    let name = text
        .get(start.map_or(0, |word| word.len())..)?
        .trim()
        .trim_start_matches('#');
    let is_name = !name.is_empty() && name.len() <= 64 && name.chars().any(|c| c.is_ascii_digit());
    let is_plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_/#".contains(c));
    (is_name && is_plain).then(|| TicketClue {
        host: None,
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(typed: &str) -> Option<(Option<String>, String)> {
        Clue::read(typed).ticket.map(|ticket| (ticket.host, ticket.name))
    }

    #[test]
    fn a_ticket_is_known_by_its_number_or_its_address() {
        for typed in ["4711", "#4711", "ticket #4711", " Zendesk 4711 "] {
            assert_eq!(ticket(typed), Some((None, "4711".to_owned())), "{typed}");
        }
        let address = ticket("https://Acme.zendesk.com/agent/tickets/4711?brand=1");
        assert_eq!(
            address,
            Some((Some("acme.zendesk.com".to_owned()), "4711".to_owned()))
        );
        assert_eq!(ticket("could not place order 7"), None);
        assert_eq!(ticket("ada@example.com"), None);
    }

    #[test]
    fn an_address_of_the_hub_names_its_issue_and_event() {
        let clue = Clue::read("https://errors.example.com/issues/42/events/0123456789abcdef0123456789abcdef");
        assert_eq!(clue.issue, Some(IssueId(42)));
        assert!(clue.event.is_some());
        let clue = Clue::read("01234567-89ab-cdef-0123-456789abcdef");
        assert_eq!(clue.event, "0123456789abcdef0123456789abcdef".parse().ok());
    }

    #[test]
    fn what_people_copy_along_is_dropped_and_no_text_is_endless() {
        assert_eq!(Clue::read(" <ada@example.com> ").text, "ada@example.com");
        assert_eq!(Clue::read("mailto:ada@example.com").text, "ada@example.com");
        assert!(Clue::read(&"ü".repeat(1_000)).text.len() <= MAX_BYTES);
        assert!(Clue::read("  ").is_empty());
        assert_eq!(Clue::read("aBc").spellings(), ["ABC", "aBc", "abc"]);
    }
}
