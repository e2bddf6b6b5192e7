//! A ticket of another system that an issue is linked with.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Timestamp;
use crate::clue::Clue;

/// Bytes of what names a system or a state.
const MAX_WORD: usize = 100;
/// Bytes of an id or a name.
const MAX_NAME: usize = 255;
/// Bytes of an address.
const MAX_URL: usize = 2_000;
/// Bytes of a title.
const MAX_TITLE: usize = 1_000;
/// Bytes of all that is said besides, as JSON text.
const MAX_EXTRA: usize = 4 << 10;

/// A ticket as it was last heard of. One issue may have several, and one ticket several issues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// Which system: `jira`, or `jira/acme.atlassian.net` where there are several.
    pub system: String,
    /// What the system knows it by, for good: together with `system` it tells tickets apart.
    pub id: String,
    /// What people call it: `SHOP-12`.
    pub name: String,
    /// Its page; `http` or `https`, or empty where it has none.
    pub url: String,
    /// What it is about; may be empty.
    pub title: String,
    /// Its state in the system's own word: `In progress`; may be empty.
    pub state: String,
    /// Whether somebody still has to do something about it.
    pub is_open: bool,
    /// More, for whoever linked it: a JSON object.
    pub extra: Value,
}

impl Ticket {
    /// The ticket at an address that somebody pasted; none where the address names none.
    pub fn at_address(address: &str) -> Option<Self> {
        let address = address.trim();
        let clue = Clue::read(address).ticket?;
        let host = clue.host.filter(|host| host.contains('.'))?;
        let is_zendesk = host.ends_with(".zendesk.com") || address.contains("/agent/tickets/");
        let is_number = clue.name.chars().all(|digit| digit.is_ascii_digit());
        Some(Ticket {
            // As the plugin calls it, so that it takes the ticket for one of its own.
            system: if is_zendesk {
                format!("zendesk/{host}")
            } else {
                host
            },
            name: if is_number {
                format!("#{}", clue.name)
            } else {
                clue.name.clone()
            },
            id: clue.name,
            url: address.to_owned(),
            title: String::new(),
            state: String::new(),
            is_open: true,
            extra: Value::Object(Map::new()),
        })
    }

    /// Whether it can be kept.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        for (what, text, most) in [
            ("system", &self.system, MAX_WORD),
            ("id", &self.id, MAX_NAME),
            ("name", &self.name, MAX_NAME),
        ] {
            if text.is_empty() || text.len() > most {
                return Err(format!("the {what} of a ticket has 1 to {most} bytes"));
            }
        }
        for (what, text, most) in [
            ("url", &self.url, MAX_URL),
            ("title", &self.title, MAX_TITLE),
            ("state", &self.state, MAX_WORD),
        ] {
            if text.len() > most {
                return Err(format!("the {what} of a ticket has at most {most} bytes"));
            }
        }
        let texts = [
            &self.system,
            &self.id,
            &self.name,
            &self.url,
            &self.title,
            &self.state,
        ];
        if texts.into_iter().any(|text| text.chars().any(char::is_control)) {
            return Err("the texts of a ticket have no control characters".to_owned());
        }
        // A browser follows it.
        if !self.url.is_empty() && !self.url.starts_with("https://") && !self.url.starts_with("http://") {
            return Err("the url of a ticket begins with https:// or http://".to_owned());
        }
        if !self.extra.is_object() || self.extra.to_string().len() > MAX_EXTRA {
            return Err(format!("extra is a JSON object of at most {MAX_EXTRA} bytes"));
        }
        Ok(())
    }
}

/// Somebody who waits for an issue to be solved, by what a ticket says of it in `extra`: `waitingSince` in milliseconds
/// since 1970, `customer` by which one is told from others, and `customerName`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// By what a customer is told from others; none where each ticket counts as one.
    pub customer: Option<&'a str>,
    /// What to call them.
    pub name: Option<&'a str>,
    /// Since when.
    pub since: Timestamp,
}

impl Ticket {
    /// Who waits for it, if somebody does.
    pub fn waiting(&self) -> Option<Waiting<'_>> {
        let text = |key: &str| self.extra.get(key)?.as_str().filter(|text| !text.is_empty());
        let since = self.extra.get("waitingSince")?.as_i64()?;
        self.is_open.then(|| Waiting {
            customer: text("customer"),
            name: text("customerName"),
            since: Timestamp::default().plus_millis(since),
        })
    }
}

/// How many customers wait, and the first of them since when; none where nobody does.
pub fn waiting<'t>(tickets: impl IntoIterator<Item = &'t Ticket>) -> Option<(usize, Timestamp)> {
    let mut customers = BTreeSet::new();
    let mut first: Option<Timestamp> = None;
    for ticket in tickets {
        let Some(waiting) = ticket.waiting() else {
            continue;
        };
        customers.insert((&ticket.system, waiting.customer.unwrap_or(&ticket.id)));
        first = Some(first.map_or(waiting.since, |first| first.min(waiting.since)));
    }
    Some((customers.len(), first?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ticket() -> Ticket {
        Ticket {
            system: "jira".to_owned(),
            id: "10012".to_owned(),
            name: "SHOP-12".to_owned(),
            url: "https://acme.example/browse/SHOP-12".to_owned(),
            title: "Checkout fails".to_owned(),
            state: "In progress".to_owned(),
            is_open: true,
            extra: json!({}),
        }
    }

    #[test]
    fn a_ticket_is_bounded_and_leads_to_no_script() {
        assert_eq!(ticket().check(), Ok(()));
        let wrong: [fn(&mut Ticket); 7] = [
            |ticket| ticket.system.clear(),
            |ticket| ticket.id = "x".repeat(256),
            |ticket| ticket.name = "a\nb".to_owned(),
            |ticket| ticket.url = "javascript:alert(1)".to_owned(),
            |ticket| ticket.title = "x".repeat(2_000),
            |ticket| ticket.extra = json!([]),
            |ticket| ticket.extra = json!({ "x": "x".repeat(5_000) }),
        ];
        for spoil in wrong {
            let mut ticket = ticket();
            spoil(&mut ticket);
            assert!(ticket.check().is_err(), "{ticket:?}");
        }
    }

    #[test]
    fn customers_wait_while_their_tickets_are_open() {
        let of = |id: &str, is_open: bool, extra: Value| Ticket {
            id: id.to_owned(),
            is_open,
            extra,
            ..ticket()
        };
        let tickets = [
            of(
                "1",
                true,
                json!({ "customer": "5", "customerName": "Ada", "waitingSince": 2_000 }),
            ),
            of("2", true, json!({ "customer": "5", "waitingSince": 1_000 })),
            of("3", true, json!({ "waitingSince": 3_000 })),
            of("4", false, json!({ "customer": "7", "waitingSince": 0 })),
            of("5", true, json!({ "customer": "8" })),
        ];
        assert_eq!(waiting(&tickets), Some((2, Timestamp::from_seconds(1))));
        assert_eq!(waiting(&tickets[3..]), None);
        assert_eq!(tickets[0].waiting().and_then(|waiting| waiting.name), Some("Ada"));
    }

    #[test]
    fn a_pasted_address_is_a_ticket() {
        let ticket = Ticket::at_address(" https://acme.zendesk.com/agent/tickets/4711 ").expect("a ticket");
        assert_eq!(ticket.check(), Ok(()));
        assert_eq!(
            (ticket.system.as_str(), ticket.id.as_str(), ticket.name.as_str()),
            ("zendesk/acme.zendesk.com", "4711", "#4711")
        );
        let ticket = Ticket::at_address("https://acme.atlassian.net/browse/SHOP-12").expect("a ticket");
        assert_eq!(
            (ticket.system.as_str(), ticket.name.as_str()),
            ("acme.atlassian.net", "SHOP-12")
        );
        for none in [
            "4711",
            "https://acme.zendesk.com",
            "javascript:alert(1)//x.y/1",
            "ftp://a.b/1",
        ] {
            assert!(Ticket::at_address(none).is_none(), "{none}");
        }
    }
}
