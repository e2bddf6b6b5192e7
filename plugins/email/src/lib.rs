//! Mails what happens to issues: one mail a change and recipient, an issue's mails in one thread.

mod alert;
mod latest;
mod letter;

use std::collections::BTreeSet;

use errand_plugin_sdk::once::{self, Fate};
use errand_plugin_sdk::{
    ActorKind, Call, Event, Events, Failure, Outcome, Plugin, Problem, export, log, mail, manifest,
};
use serde::Deserialize;

use latest::Latest;
use letter::Letter;

manifest!("../plugin.json");

/// Recipients of one change: a team of more should have a list of its own.
const MAX_RECIPIENTS: usize = 18;

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    to: String,
    #[serde(default)]
    to_assignee: bool,
    #[serde(default)]
    environments: String,
}

struct Email;

impl Events for Email {
    fn on_event(call: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        let latest = Latest::of(&event.issue.id)?;
        let wanted: Vec<_> = words(&settings.environments).collect();
        if !wanted.is_empty() && !wanted.contains(&latest.environment.as_str()) {
            log::info(&format!("'{}' is none of the environments", latest.environment));
            return Ok(Outcome::Ignored);
        }
        let recipients = recipients(event, settings)?;
        if recipients.is_empty() {
            log::info("nobody is to be told");
            return Ok(Outcome::Ignored);
        }
        let letter = Letter::of(event, &latest);
        for recipient in recipients.iter().take(MAX_RECIPIENTS) {
            tell(call, event, &letter, recipient)?;
        }
        if recipients.len() > MAX_RECIPIENTS {
            log::warn(&format!(
                "{} more were not told: give the team an address of its own",
                recipients.len() - MAX_RECIPIENTS
            ));
        }
        Ok(Outcome::Done)
    }
}

/// Tells one recipient, unless an earlier attempt did. One whose fate is unknown is written to again: better twice, with
/// the same Message-ID, than not at all.
fn tell(call: &Call, event: &Event, letter: &Letter, recipient: &str) -> Result<(), Failure> {
    let key = format!("{}/{recipient}", call.idempotency_key);
    match once::begin::<String>(&key)? {
        Fate::Done(_) => Ok(()),
        Fate::Fresh(mine) | Fate::Unknown(mine) => {
            let sent = mail::to(recipient)
                .subject(&letter.subject)
                .text(letter.text.as_str())
                .html(letter.html.as_str())
                .thread(event.issue.id.as_str())
                .key(call.idempotency_key.as_str())
                .send();
            match sent {
                Ok(id) => {
                    log::info(&format!("told {recipient}"));
                    mine.finish(id).map(|_| ())
                }
                // Others are told all the same; this one never can be.
                Err(Failure::Permanent(why)) => {
                    log::error(&format!("{recipient} cannot be told: {why}"));
                    mine.finish(why).map(|_| ())
                }
                Err(failure) => Err(failure),
            }
        }
    }
}

/// Everybody who is to hear of it, once. A rule that names people means them, and nobody else.
fn recipients(event: &Event, settings: &Settings) -> Result<BTreeSet<String>, Failure> {
    let named = alert::people(event);
    if !named.is_empty() {
        return Ok(named);
    }
    let assignee = event.issue.assignee.as_deref().filter(|_| settings.to_assignee);
    let mut all = BTreeSet::new();
    for recipient in words(&settings.to).chain(assignee) {
        match recipient.contains(':') {
            true => all.extend(mail::people(recipient)?),
            false => {
                all.insert(recipient.to_owned());
            }
        }
    }
    // Who did it knows. A plugin's id may be the same number as a person's.
    if event.actor.kind == ActorKind::User {
        let by = event.actor.id.as_deref().unwrap_or_default();
        all.remove(&format!("user:{by}"));
    }
    Ok(all)
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
        if words(&settings.to).next().is_none() && !settings.to_assignee {
            problems.push(Problem::with(
                "to",
                "nobody would be told: name somebody, or tick the assignee",
            ));
        }
        Ok(problems)
    }
}

export!(Email: Events);
