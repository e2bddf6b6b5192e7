//! Which issues a ticket is about.

use std::collections::BTreeSet;

use errand_plugin_sdk::{Failure, Issue, issues};

use crate::desk::Desk;
use crate::signals::Signals;

/// An issue, and by what it was found.
pub(crate) struct Match {
    pub(crate) issue: Issue,
    pub(crate) by: String,
}

/// The issues that a ticket is about, the surest first: those that it names; those that happened to the customer and say
/// what the ticket says; those that happened to the customer; the one that says what the ticket says. Where the surer ones
/// are found the others are not looked for.
pub(crate) fn find(desk: &Desk<'_>, signals: &Signals, most: usize) -> Result<Vec<Match>, Failure> {
    let mut found = Found {
        matches: Vec::new(),
        known: BTreeSet::new(),
        most,
    };
    let named = signals.events.len() + signals.issues.len();
    let searched = signals.tags.len() * (signals.errors.len() + 1) + signals.errors.len();
    desk.count_questions(u32::try_from(named + searched).unwrap_or(u32::MAX));
    for event in &signals.events {
        found.add(issues::find_by_event(event)?, "the event's id");
    }
    for issue in &signals.issues {
        found.add(issues::get(issue)?, "the issue's address");
    }
    if !found.matches.is_empty() {
        return Ok(found.matches);
    }
    let recent = format!("lastSeen:-{}d !is:archived", desk.settings.match_days());
    let limit = u32::try_from(most).unwrap_or(1);
    for (key, value) in &signals.tags {
        for error in &signals.errors {
            let query = format!("{key}:\"{value}\" message:\"{error}\" {recent}");
            let page = issues::search(&query, None, limit)?;
            found.extend(page.issues, &format!("{key} and what the error says"));
        }
    }
    if !found.matches.is_empty() {
        return Ok(found.matches);
    }
    for (key, value) in &signals.tags {
        let page = issues::search(&format!("{key}:\"{value}\" {recent}"), None, limit)?;
        found.extend(page.issues, key);
    }
    if !found.matches.is_empty() {
        return Ok(found.matches);
    }
    for error in &signals.errors {
        let mut page = issues::search(&format!("message:\"{error}\" {recent}"), None, 2)?.issues;
        // Words alone may be anybody's: only where they leave no choice.
        if page.len() == 1 {
            found.add(page.pop(), "what the error says");
        }
    }
    Ok(found.matches)
}

/// Issues that happened to a customer lately, the latest seen first, for people to look at.
pub(crate) fn recent(desk: &Desk<'_>, signals: &Signals, most: usize) -> Result<Vec<Issue>, Failure> {
    let mut found = Found {
        matches: Vec::new(),
        known: BTreeSet::new(),
        most,
    };
    for (key, value) in &signals.tags {
        let query = format!("{key}:\"{value}\" lastSeen:-{}d", desk.settings.match_days());
        let page = issues::search(&query, None, u32::try_from(most).unwrap_or(1))?;
        found.extend(page.issues, key);
    }
    let mut issues: Vec<_> = found.matches.into_iter().map(|one| one.issue).collect();
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.last_seen));
    Ok(issues)
}

struct Found {
    matches: Vec<Match>,
    known: BTreeSet<String>,
    most: usize,
}

impl Found {
    fn add(&mut self, issue: Option<Issue>, by: &str) {
        self.extend(issue, by);
    }

    fn extend(&mut self, issues: impl IntoIterator<Item = Issue>, by: &str) {
        for issue in issues {
            if self.matches.len() < self.most && self.known.insert(issue.id.clone()) {
                self.matches.push(Match {
                    issue,
                    by: by.to_owned(),
                });
            }
        }
    }
}
