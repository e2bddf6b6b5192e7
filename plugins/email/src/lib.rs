//! Mails what happens to issues: one mail a change and recipient, an issue's mails in one thread; or together, in digests.

mod alert;
mod letter;
mod look;
mod recipients;
mod summary;
mod trend;

use std::collections::BTreeMap;

use errand_plugin_sdk::latest::Latest;
use errand_plugin_sdk::once::{self, Fate};
use errand_plugin_sdk::{
    Call, Digests, Event, Events, Failure, Outcome, Plugin, Problem, export, log, mail, manifest,
};
use serde::Deserialize;

use letter::Letter;
use recipients::Recipients;

manifest!("../plugin.json");

/// Mails of one call: a team of more should have a list of its own.
const MAX_MAILS: usize = 18;

/// Changes of one digest whose latest events are looked at.
const LOOKED_AT: usize = 20;

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    to: String,
    #[serde(default)]
    to_assignee: bool,
    #[serde(default)]
    to_people: bool,
    #[serde(default)]
    environments: String,
}

struct Email;

impl Events for Email {
    fn on_event(call: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        let latest = Latest::of(&event.issue.id)?;
        if !is_wanted(&latest, settings) {
            log::explain(&format!("'{}' is none of the environments", latest.environment));
            return Ok(Outcome::Ignored);
        }
        let recipients = Recipients::default().of(event, settings)?;
        let letter = Letter::of(event, &latest);
        let letters = recipients
            .into_iter()
            .map(|recipient| (recipient, letter.clone()));
        send(call, letters.collect())
    }
}

impl Digests for Email {
    fn on_digest(
        call: &Call,
        group: &str,
        events: &[Event],
        settings: &Settings,
    ) -> Result<Outcome, Failure> {
        if group.starts_with("user:") {
            return tell_person(call, group, events);
        }
        let mut known = Recipients::default();
        let mut told: BTreeMap<String, Vec<(&Event, Latest)>> = BTreeMap::new();
        let mut seen: BTreeMap<&str, Latest> = BTreeMap::new();
        for event in events {
            let id = event.issue.id.as_str();
            if !seen.contains_key(id) {
                seen.insert(id, Latest::of(id)?);
            }
            let latest = seen[id].clone();
            if is_wanted(&latest, settings) {
                for recipient in known.of(event, settings)? {
                    told.entry(recipient).or_default().push((event, latest.clone()));
                }
            }
        }
        let letter = |events: Vec<(&Event, Latest)>| match events.as_slice() {
            [(event, latest)] => Letter::of(event, latest),
            _ => summary::letter(&events),
        };
        let letters = told.into_iter();
        send(
            call,
            letters
                .map(|(recipient, events)| (recipient, letter(events)))
                .collect(),
        )
    }
}

/// Tells one person what they want to hear of.
fn tell_person(call: &Call, person: &str, events: &[Event]) -> Result<Outcome, Failure> {
    let mut told = Vec::with_capacity(events.len());
    for event in events {
        // A long digest names each issue in a line, which needs no more than is there.
        let latest = match events.len() {
            ..=LOOKED_AT => Latest::of(&event.issue.id)?,
            _ => Latest::default(),
        };
        told.push((event, latest));
    }
    let letter = match told.as_slice() {
        [(event, latest)] => Letter::of(event, latest),
        _ => summary::letter(&told),
    };
    send(call, vec![(person.to_owned(), letter)])
}

fn is_wanted(latest: &Latest, settings: &Settings) -> bool {
    let mut wanted = words(&settings.environments).peekable();
    wanted.peek().is_none() || wanted.any(|environment| environment == latest.environment)
}

/// Tells everybody. Whom it cannot reach keeps nobody else from hearing.
fn send(call: &Call, letters: Vec<(String, Letter)>) -> Result<Outcome, Failure> {
    let mut told = 0;
    for (recipient, letter) in letters.iter().take(MAX_MAILS) {
        told += usize::from(tell(call, letter, recipient)?);
    }
    if letters.len() > MAX_MAILS {
        log::warn(&format!(
            "{} more were not told: give the team an address of its own",
            letters.len() - MAX_MAILS
        ));
    }
    if told > 0 {
        return Ok(Outcome::Done);
    }
    log::explain(match letters.is_empty() {
        true => "nobody is to be told",
        false => "nobody could be told: the log says why of each",
    });
    Ok(Outcome::Ignored)
}

/// Tells one recipient, unless an earlier attempt did; answers whether they are told. One whose fate is unknown is written
/// to again: better twice, with the same Message-ID, than not at all.
fn tell(call: &Call, letter: &Letter, recipient: &str) -> Result<bool, Failure> {
    let key = format!("{}/{recipient}", call.idempotency_key);
    let mine = match once::begin::<String>(&key)? {
        Fate::Done(id) => return Ok(id.starts_with('<')),
        Fate::Fresh(mine) | Fate::Unknown(mine) => mine,
    };
    let mut mail = mail::to(recipient)
        .subject(&letter.subject)
        .text(letter.text.as_str())
        .html(letter.html.as_str())
        .key(call.idempotency_key.as_str());
    if let Some(thread) = &letter.thread {
        mail = mail.thread(thread.as_str());
    }
    if let Some(trend) = &letter.trend {
        mail = mail.image(trend.clone());
    }
    match mail.send() {
        Ok(id) => {
            log::info(&format!("told {recipient}"));
            mine.finish(id).map(|_| true)
        }
        // This one never can be.
        Err(Failure::Permanent(why)) => {
            log::error(&format!("{recipient} is not told: {why}"));
            mine.finish(why).map(|_| false)
        }
        Err(failure) => Err(failure),
    }
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c: char| c == ',' || c == ';' || c.is_whitespace())
        .filter(|word| !word.is_empty())
}

impl Plugin for Email {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        let mut problems: Vec<_> = words(&settings.to)
            .filter(|word| !word.contains('@') && !word.starts_with("user:") && !word.starts_with("team:"))
            .map(|word| Problem::with("to", format!("'{word}' is no address, and no user: or team:")))
            .collect();
        if words(&settings.to).next().is_none() && !settings.to_assignee && !settings.to_people {
            problems.push(Problem::with(
                "to",
                "nobody would be told: name somebody, or tick the assignee or the people",
            ));
        }
        Ok(problems)
    }
}

export!(Email: Events + Digests);
