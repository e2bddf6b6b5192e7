//! What a direct message says: one issue as its card, several in a list.

use std::collections::{BTreeMap, BTreeSet};

use errand_plugin_sdk::chat::{Card, Markup as _, Mrkdwn, Note, Template, Tone, fit, plain};
use errand_plugin_sdk::{Event, Failure, Issue, issues as hub};
use serde_json::Value;

use crate::blocks::{self, Buttons, SECTION};

/// Issues that a list names. Of each the hub may be asked whom the notes concern, and a call may ask fifty times.
const LISTED: usize = 20;
/// Notes of an issue that stands alone, and in a list: the last ones.
const NOTES: usize = 5;
const NOTES_IN_LIST: usize = 2;
/// Titles that show in notifications.
const PREVIEWED: usize = 3;
/// Characters of a note in a list, and of what it quotes.
const NOTE: usize = 200;
const QUOTE: usize = 100;

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// What shows in notifications.
    pub(crate) text: String,
    /// What shows.
    pub(crate) blocks: Vec<Value>,
}

/// An issue, and what happened to it last.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) card: Card,
    pub(crate) notes: Vec<Note>,
}

impl Message {
    /// Of what happened, in order.
    pub(crate) fn of(events: &[Event], template: Option<&Template>) -> Result<Self, Failure> {
        let mut issues = by_issue(events);
        if let [(issue, events)] = issues.as_slice() {
            let told = Told {
                card: Card::of(issue)?,
                notes: notes(events, NOTES)?,
            };
            return Ok(Message::about(&told, template));
        }
        // What is worst comes first, and the rest as it happened.
        issues.sort_by_key(|(issue, _)| Card::bare(issue).tone() != Tone::Alarm);
        let heading = heading(&issues);
        let listed = issues.iter().take(LISTED).map(|(issue, events)| {
            Ok(Told {
                card: Card::bare(issue),
                notes: notes(events, NOTES_IN_LIST)?,
            })
        });
        let listed = listed.collect::<Result<Vec<_>, Failure>>()?;
        Ok(Message::list(&heading, &listed, issues.len() - listed.len()))
    }

    /// One issue. It has no buttons: nobody brings the message up to date afterwards.
    pub(crate) fn about(told: &Told, template: Option<&Template>) -> Self {
        let said = told
            .notes
            .iter()
            .map(|note| blocks::section(note.fit(&Mrkdwn, SECTION)));
        let mut shown: Vec<Value> = said.collect();
        shown.extend(blocks::of(&told.card, template, &Buttons::default()));
        let text = match told.notes.last() {
            Some(note) => {
                let text = format!("{}: {}", note.in_words(), told.card.title());
                fit(&text, SECTION, |text| Mrkdwn.text(text))
            }
            None => blocks::summary(&told.card),
        };
        Message { text, blocks: shown }
    }

    /// Several issues, of which so many are not named.
    pub(crate) fn list(heading: &str, listed: &[Told], left_out: usize) -> Self {
        let mut shown = vec![blocks::section(Mrkdwn.bold(heading))];
        shown.extend(listed.iter().map(|told| blocks::section(line(told))));
        if left_out > 0 {
            let more = format!("… and {left_out} more issues");
            let all = listed.first().and_then(|told| hub::page_of_all(&told.card.issue));
            shown.push(blocks::context(match all {
                Some(all) => Mrkdwn.link(&all, &more),
                None => more,
            }));
        }
        let titles: Vec<_> = listed
            .iter()
            .take(PREVIEWED)
            .map(|told| told.card.title())
            .collect();
        let text = format!("{heading}: {}", titles.join(" · "));
        Message {
            text: fit(&text, SECTION, |text| Mrkdwn.text(text)),
            blocks: shown,
        }
    }
}

/// The issues with what happened to them, in order.
fn by_issue(events: &[Event]) -> Vec<(&Issue, Vec<&Event>)> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut issues: Vec<(&Issue, Vec<&Event>)> = Vec::new();
    for event in events {
        let place = *places.entry(&event.issue.id).or_insert(issues.len());
        match issues.get_mut(place) {
            Some((_, happened)) => happened.push(event),
            None => issues.push((&event.issue, vec![event])),
        }
    }
    issues
}

/// The last of what happened to an issue. That it is new needs no note: the card says so.
fn notes(events: &[&Event], most: usize) -> Result<Vec<Note>, Failure> {
    let worth = events.iter().filter(|event| event.change != "issue.created");
    let mut last: Vec<_> = worth.rev().take(most).collect();
    last.reverse();
    let notes = last.into_iter().map(|event| Note::of(event));
    notes.filter_map(Result::transpose).collect()
}

/// `3 issues in Shop`
fn heading(issues: &[(&Issue, Vec<&Event>)]) -> String {
    let projects: BTreeSet<&str> = issues
        .iter()
        .map(|(issue, _)| issue.project.name.as_str())
        .collect();
    let place = match projects.first() {
        Some(only) if projects.len() == 1 => plain(only, 80),
        _ => format!("{} projects", projects.len()),
    };
    format!("{} issues in {place}", issues.len())
}

/// An issue in a list: its title, how it stands, what happened.
fn line(told: &Told) -> String {
    let card = &told.card;
    let mut below = vec![Mrkdwn.text(&card.issue.short_id), Mrkdwn.text(&card.state())];
    below.extend(told.notes.iter().map(|note| Mrkdwn.text(&in_short(note))));
    let below = below.join(" · ");
    fit(&card.title(), SECTION, |title| {
        format!(
            "{} {}\n{below}",
            card.tone().mark(),
            Mrkdwn.link(&card.issue.url, title)
        )
    })
}

fn in_short(note: &Note) -> String {
    let said = match &note.quote {
        Some(quote) => format!("{}: {}", note.what, plain(quote, QUOTE)),
        None => note.in_words(),
    };
    plain(&said, NOTE)
}
