//! Which rooms hear of an issue.

use std::collections::BTreeMap;

use super::filter::{Facts, Filter};
use crate::{Failure, Problem};

/// The room that stands for whose the issue is: a person's address, and nothing where it is a team's or nobody's.
pub const OWNER: &str = "owner";

/// Rooms by what they want to hear of, and the one for what none of them wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rooms {
    rules: Vec<(String, Filter)>,
    default: Option<String>,
}

impl Rooms {
    /// Of the setting `key`: rooms, each with a filter (nothing: everything). `default` hears of what no rule takes.
    ///
    /// # Errors
    /// A problem for each filter that cannot be read.
    pub fn parse(
        key: &str,
        rules: &BTreeMap<String, String>,
        default: Option<&str>,
    ) -> Result<Self, Vec<Problem>> {
        let (mut rooms, mut problems) = (Vec::new(), Vec::new());
        for (room, filter) in rules {
            match Filter::parse(filter) {
                Ok(filter) => rooms.push((room.clone(), filter)),
                Err(why) => problems.push(Problem::with(key, format!("{room}: {why}"))),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Rooms {
            rules: rooms,
            default: default.filter(|room| !room.trim().is_empty()).map(str::to_owned),
        })
    }

    /// The rooms that hear of an issue, each once.
    ///
    /// # Errors
    /// [`Failure`] if the hub cannot say who is in a team.
    pub fn of(&self, facts: &Facts<'_>) -> Result<Vec<String>, Failure> {
        let mut rooms: Vec<String> = Vec::new();
        for (room, filter) in &self.rules {
            if filter.holds(facts)? {
                let room = match room == OWNER {
                    true => owner(facts),
                    false => Some(room.clone()),
                };
                rooms.extend(room.filter(|room| !rooms.contains(room)));
            }
        }
        if rooms.is_empty() {
            rooms.extend(self.default.clone());
        }
        Ok(rooms)
    }
}

fn owner(facts: &Facts<'_>) -> Option<String> {
    let person = facts.assignee.filter(|party| party.id.starts_with("user:"))?;
    person.emails.first().cloned()
}
