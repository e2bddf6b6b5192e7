//! Who has to follow whom. Both sides are read as they stand, in words that both have; what they last agreed on says
//! which of them moved.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::standing::Standing;

/// What follows for one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: both say the same, or one of them says what the other has no word for.
    Keep,
    /// The issue becomes what the ticket is.
    IssueFollows,
    /// The ticket becomes what the issue is.
    TicketFollows,
}

/// Who counts where both moved, to different ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Winner {
    /// The issue.
    Issue,
    /// The ticket.
    Ticket,
}

/// What both sides said when they were last brought in line: the issue, then the ticket. Mostly the same; not where the
/// ticket cannot follow, or where somebody linked what differs. Then they may differ until one of them moves.
pub type Pair<T> = (T, T);

/// What has to happen so that both say the same. `None` for a side is a value that the other has no word for, and then
/// nothing happens. Where nothing was ever agreed on, the ticket follows.
pub fn step<T: PartialEq>(
    agreed: Option<&Pair<T>>,
    issue: Option<&T>,
    ticket: Option<&T>,
    winner: Winner,
) -> Step {
    let (Some(issue), Some(ticket)) = (issue, ticket) else {
        return Step::Keep;
    };
    if issue == ticket {
        return Step::Keep;
    }
    let Some((of_issue, of_ticket)) = agreed else {
        return Step::TicketFollows;
    };
    match (issue != of_issue, ticket != of_ticket) {
        (false, false) => Step::Keep,
        (true, false) => Step::TicketFollows,
        (false, true) => Step::IssueFollows,
        (true, true) if winner == Winner::Issue => Step::TicketFollows,
        (true, true) => Step::IssueFollows,
    }
}

/// The same for standings: where both moved, what is open stays open, so that nothing is hidden.
pub fn step_standing(agreed: Option<Pair<Standing>>, issue: Standing, ticket: Option<Standing>) -> Step {
    let winner = match issue {
        Standing::Open => Winner::Issue,
        _ => Winner::Ticket,
    };
    step(agreed.as_ref(), Some(&issue), ticket.as_ref(), winner)
}

/// What both sides agreed on, and what else a plugin remembers of a link: kept in the link's `extra`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Agreed {
    /// How it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Pair<Standing>>,
    /// Other fields: `assignee`, `priority`, whatever a plugin has to remember.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// The issue went on with another ticket: this one is left alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_retired: bool,
    /// When the ticket was last found done, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<u64>,
    /// When states were written to the ticket, for [`super::bounds::may_write`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<u64>,
}

impl Agreed {
    /// What a link says; nothing where it says something else.
    pub fn read(extra: &str) -> Self {
        serde_json::from_str(extra).unwrap_or_default()
    }

    /// As the link keeps it.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// A field, if both ever agreed on it.
    pub fn field<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_value(self.fields.get(name)?.clone()).ok()
    }

    /// Writes down what a field is agreed to be.
    pub fn set<T: Serialize>(&mut self, name: &str, value: &T) {
        if let Ok(value) = serde_json::to_value(value) {
            self.fields.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_moved_is_followed() {
        let step =
            |agreed: Option<Pair<i32>>, issue, ticket| step(agreed.as_ref(), issue, ticket, Winner::Ticket);
        assert_eq!(step(Some((1, 1)), Some(&1), Some(&1)), Step::Keep);
        assert_eq!(step(Some((1, 1)), Some(&2), Some(&1)), Step::TicketFollows);
        assert_eq!(step(Some((1, 1)), Some(&1), Some(&2)), Step::IssueFollows);
        // Both moved to the same end: a write that was made and not written down.
        assert_eq!(step(Some((1, 1)), Some(&2), Some(&2)), Step::Keep);
        assert_eq!(step(Some((1, 1)), Some(&2), Some(&3)), Step::IssueFollows);
        assert_eq!(step(None, Some(&2), Some(&3)), Step::TicketFollows);
        assert_eq!(step(Some((1, 1)), Some(&2), None), Step::Keep);
    }

    #[test]
    fn what_was_left_different_stays_so_until_one_moves() {
        let step = |issue, ticket| step(Some(&(1, 2)), Some(&issue), Some(&ticket), Winner::Ticket);
        assert_eq!(step(1, 2), Step::Keep);
        assert_eq!(step(1, 3), Step::IssueFollows);
        assert_eq!(step(3, 2), Step::TicketFollows);
    }

    #[test]
    fn what_is_open_on_one_side_stays_open() {
        use Standing::{Archived, Open, Resolved};
        let both = |standing| Some((standing, standing));
        assert_eq!(
            step_standing(both(Archived), Open, Some(Resolved)),
            Step::TicketFollows
        );
        assert_eq!(
            step_standing(both(Archived), Resolved, Some(Open)),
            Step::IssueFollows
        );
        assert_eq!(
            step_standing(both(Open), Resolved, Some(Open)),
            Step::TicketFollows
        );
        assert_eq!(step_standing(both(Open), Open, None), Step::Keep);
    }

    #[test]
    fn what_was_agreed_is_kept_in_a_few_bytes() {
        let mut agreed = Agreed {
            standing: Some((Standing::Resolved, Standing::Resolved)),
            ..Agreed::default()
        };
        agreed.set("assignee", &Some("ada@example.com"));
        assert_eq!(Agreed::read(&agreed.write()), agreed);
        assert_eq!(
            agreed.field::<Option<String>>("assignee"),
            Some(Some("ada@example.com".to_owned()))
        );
        assert_eq!(agreed.field::<String>("priority"), None);
        assert_eq!(Agreed::read("[]"), Agreed::default());
        assert_eq!(Agreed::default().write(), "{}");
    }
}
