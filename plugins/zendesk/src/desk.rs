//! The account that an installation works with, and what its tickets are to the hub.

use std::cell::Cell;

use errand_plugin_sdk::tickets::text::line;
use errand_plugin_sdk::{Ticket, now};
use serde_json::{Value, json};

use crate::api::{Requester, Seen};
use crate::settings::Settings;
use crate::time;

/// Characters of a subject that the hub shows.
const MAX_SUBJECT: usize = 200;
/// Characters of a customer's name.
const MAX_NAME: usize = 80;

/// A Zendesk account.
pub(crate) struct Desk<'s> {
    pub(crate) settings: &'s Settings,
    /// What the hub calls it: `zendesk/acme.zendesk.com`.
    pub(crate) system: String,
    requests: Cell<u32>,
    questions: Cell<u32>,
}

/// What a call may do.
const MAX_REQUESTS: u32 = 20;
const MAX_QUESTIONS: u32 = 50;

impl<'s> Desk<'s> {
    pub(crate) fn new(settings: &'s Settings) -> Self {
        Desk {
            settings,
            system: format!("zendesk/{}", settings.host()),
            requests: Cell::new(0),
            questions: Cell::new(0),
        }
    }

    /// Counts a request to Zendesk.
    pub(crate) fn count_request(&self) {
        self.requests.set(self.requests.get() + 1);
    }

    /// Counts questions to the hub.
    pub(crate) fn count_questions(&self, more: u32) {
        self.questions.set(self.questions.get() + more);
    }

    /// Whether the call may do enough to bring one more ticket in line, whatever that takes: the ticket, its comments and its
    /// requester, and a note for each link, each perhaps looked for first; some two dozen searches, and whose each issue is.
    pub(crate) fn has_room_for_a_ticket(&self) -> bool {
        let links = u32::try_from(self.settings.max_links()).unwrap_or(MAX_QUESTIONS);
        self.requests.get() + 3 + 2 * links <= MAX_REQUESTS
            && self.questions.get() + 24 + 2 * links <= MAX_QUESTIONS
    }

    /// The number in what people write: `123`, `#123`, `https://acme.zendesk.com/agent/tickets/123`.
    pub(crate) fn number(&self, written: &str) -> Option<u64> {
        let written = written.trim();
        let rest = match written.split_once("/tickets/") {
            Some((before, rest)) if before.contains(self.settings.host()) => {
                rest.split(['/', '?', '#']).next().unwrap_or_default()
            }
            Some(_) => return None,
            None => written.trim_start_matches('#'),
        };
        rest.trim_end_matches(".json")
            .parse()
            .ok()
            .filter(|number| *number > 0)
    }

    /// A ticket as the hub keeps it. `before` is what it kept until now: who waits has waited since.
    pub(crate) fn ticket_of(
        &self,
        seen: &Seen,
        requester: Option<&Requester>,
        before: Option<&Ticket>,
    ) -> Ticket {
        let is_open = is_open(&seen.status);
        let before_extra: Value = before
            .and_then(|ticket| serde_json::from_str(&ticket.extra).ok())
            .unwrap_or_default();
        let mut extra = json!({ "waitingSince": self.waiting_since(seen, before, &before_extra) });
        if let Some(id) = seen.requester_id {
            extra["customer"] = json!(id.to_string());
        }
        let name = match requester {
            Some(user) => Some(line(&user.name, MAX_NAME)),
            None => before_extra["customerName"].as_str().map(str::to_owned),
        };
        if let Some(name) = name.filter(|name| !name.is_empty() && !self.settings.hide_requester) {
            extra["customerName"] = json!(name);
        }
        Ticket {
            system: self.system.clone(),
            id: seen.id.to_string(),
            name: format!("#{}", seen.id),
            url: format!(
                "{}/agent/tickets/{}",
                self.settings.url.trim_end_matches('/'),
                seen.id
            ),
            title: line(seen.subject.as_deref().unwrap_or_default(), MAX_SUBJECT),
            state: line(&seen.status, 50),
            is_open,
            extra: extra.to_string(),
        }
    }

    /// Since the ticket was made; since it was taken up again, if it was done in between.
    fn waiting_since(&self, seen: &Seen, before: Option<&Ticket>, extra: &Value) -> u64 {
        let made = time::read(&seen.created_at).unwrap_or_else(now);
        match before {
            Some(before) if !before.is_open && is_open(&seen.status) => {
                time::read(&seen.updated_at).unwrap_or_else(now)
            }
            Some(_) => extra["waitingSince"].as_u64().unwrap_or(made),
            None => made,
        }
    }
}

/// Whether somebody still has to do something about a ticket of this status.
pub(crate) fn is_open(status: &str) -> bool {
    !matches!(status, "solved" | "closed" | "deleted")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let settings = json!({ "url": "https://acme.zendesk.com/", "token": {"secret": "token"} });
        serde_json::from_value(settings).expect("settings")
    }

    fn seen(status: &str, updated_at: &str) -> Seen {
        Seen {
            id: 7,
            status: status.to_owned(),
            subject: Some("It\r\nbroke".to_owned()),
            created_at: "1970-01-01T00:00:01Z".to_owned(),
            updated_at: updated_at.to_owned(),
            requester_id: Some(5),
            ..Seen::default()
        }
    }

    #[test]
    fn tickets_are_named_as_people_do() {
        let settings = settings();
        let desk = Desk::new(&settings);
        for written in [
            "7",
            " #7",
            "https://acme.zendesk.com/agent/tickets/7?x",
            "https://acme.zendesk.com/api/v2/tickets/7.json",
        ] {
            assert_eq!(desk.number(written), Some(7), "{written}");
        }
        for written in [
            "",
            "0",
            "-7",
            "SHOP-7",
            "https://other.zendesk.com/agent/tickets/7",
            "https://acme.zendesk.com/agent/users/7",
        ] {
            assert_eq!(desk.number(written), None, "{written}");
        }
    }

    #[test]
    fn who_waits_has_waited_since_the_ticket_was_made_or_taken_up_again() {
        let settings = settings();
        let desk = Desk::new(&settings);
        let since = |ticket: &Ticket| {
            serde_json::from_str::<Value>(&ticket.extra).expect("JSON")["waitingSince"].as_u64()
        };
        let first = desk.ticket_of(&seen("open", "1970-01-01T00:00:02Z"), None, None);
        assert_eq!((since(&first), first.is_open), (Some(1_000), true));
        assert_eq!(
            (first.url.as_str(), first.title.as_str()),
            ("https://acme.zendesk.com/agent/tickets/7", "It  broke")
        );
        let solved = desk.ticket_of(&seen("solved", "1970-01-01T00:00:03Z"), None, Some(&first));
        assert_eq!((since(&solved), solved.is_open), (Some(1_000), false));
        let again = desk.ticket_of(&seen("open", "1970-01-01T00:00:09Z"), None, Some(&solved));
        assert_eq!(since(&again), Some(9_000));
        let later = desk.ticket_of(&seen("pending", "1970-01-01T00:00:20Z"), None, Some(&again));
        assert_eq!(since(&later), Some(9_000));
    }
}
