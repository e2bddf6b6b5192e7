//! What linked tickets are told when the fix is deployed, and when the error comes back.

use errand_plugin_sdk::tickets::bounds::{self, Comeback};
use errand_plugin_sdk::tickets::making::tickets_of;
use errand_plugin_sdk::{Call, Event, Failure, Issue, Outcome, Status, Ticket, changes, issues, log, now};
use serde_json::{Value, json};

use crate::api::Seen;
use crate::desk::Desk;
use crate::note::{self, Said, Words};
use crate::say::Became;
use crate::settings::{Closed, OnRegress, Reply};
use crate::{follow_up, links, many, time};

/// Tickets that are told one by one in a call: each takes up to four of its twenty requests.
const MAX_SINGLY: usize = 4;
/// Links that are brought up to date in a call, of the changes that it may make.
const MAX_LINKED: usize = 45;
/// When to go on with the rest, in milliseconds.
const PAUSE_MS: u64 = 1_000;
/// Tickets of which is asked what else they are linked with, of the questions that a call may ask.
const MAX_ASKED: usize = 40;

/// What some tickets are told.
struct Message<'e> {
    /// Of what once-keys begin with: `fix/4711`.
    key: String,
    issue: &'e Issue,
    /// The issue's links as the hub has them.
    known: &'e [Ticket],
    said: Said,
    is_public: bool,
    status: Option<&'static str>,
    add: Vec<String>,
    remove: Vec<String>,
    /// In place of what is said.
    by_macro: &'e str,
}

/// The fix is where customers are.
pub(crate) fn fixed(
    desk: &Desk<'_>,
    call: &Call,
    event: &Event,
    words: &Words<'_>,
) -> Result<Outcome, Failure> {
    let settings = desk.settings;
    let issue = &event.issue;
    if settings.reply == Reply::None && settings.fix_status.word().is_none() && settings.fix_tags().is_empty()
    {
        log::explain("tickets are told nothing of fixes, as the settings have it");
        return Ok(Outcome::Ignored);
    }
    let known = tickets_of(&issue.id, &desk.system)?;
    let tickets = linked(desk, issue, &known)?;
    let (partly, wholly): (Vec<_>, Vec<_>) = tickets
        .into_iter()
        .enumerate()
        .map(|(at, seen)| Ok((is_open_elsewhere(desk, issue, &seen, at)?, seen)))
        .collect::<Result<Vec<_>, Failure>>()?
        .into_iter()
        .partition(|(elsewhere, _)| *elsewhere);
    let mut add = settings.fix_tags();
    add.push(fixed_tag(issue));
    let mut said = note::fixed(issue, &event.id, words, settings);
    if settings.reply == Reply::None {
        said.html.clear();
    }
    let message = Message {
        key: format!("fix/{}", event.id),
        issue,
        known: &known,
        said,
        is_public: settings.reply == Reply::Public,
        status: settings.fix_status.word(),
        add,
        remove: Vec::new(),
        by_macro: &settings.macro_id,
    };
    let partial = Message {
        // Of whichever a ticket hears, it hears once.
        key: format!("fix/{}", event.id),
        issue,
        known: &known,
        said: note::partly_fixed(issue, &event.id),
        is_public: false,
        status: None,
        add: Vec::new(),
        remove: Vec::new(),
        by_macro: "",
    };
    let seen = |some: Vec<(bool, Seen)>| some.into_iter().map(|(_, seen)| seen).collect::<Vec<_>>();
    let told = message.tell(desk, call, &seen(wholly))? + partial.tell(desk, call, &seen(partly))?;
    Ok(outcome(told))
}

/// The error came back.
pub(crate) fn came_back(desk: &Desk<'_>, call: &Call, event: &Event) -> Result<Outcome, Failure> {
    let issue = &event.issue;
    if desk.settings.on_regress == OnRegress::Nothing {
        log::explain("tickets are told nothing of regressions, as the settings have it");
        return Ok(Outcome::Ignored);
    }
    let release = event.details.get("release").and_then(Value::as_str);
    let known = tickets_of(&issue.id, &desk.system)?;
    let (done, open): (Vec<_>, Vec<_>) = linked(desk, issue, &known)?
        .into_iter()
        .partition(|seen| matches!(seen.status.as_str(), "solved" | "closed"));
    // What is reopened and was not written down is open by the next attempt: it hears once all the same.
    let message = |status| Message {
        key: format!("back/{}", event.id),
        issue,
        known: &known,
        said: note::came_back(issue, &event.id, release),
        is_public: false,
        status,
        add: Vec::new(),
        remove: vec![fixed_tag(issue)],
        by_macro: "",
    };
    let reopens = desk.settings.on_regress == OnRegress::Reopen;
    let told = message(reopens.then_some("open")).tell(desk, call, &done)?
        + message(None).tell(desk, call, &open)?;
    Ok(outcome(told))
}

fn outcome(told: usize) -> Outcome {
    log::explain(&format!("{told} linked tickets are told"));
    if told == 0 {
        Outcome::Ignored
    } else {
        Outcome::Done
    }
}

/// By which agents find the tickets of customers who were told of a fix.
fn fixed_tag(issue: &Issue) -> String {
    format!("errand_fixed_{}", issue.short_id.to_lowercase())
}

/// The issue's tickets as they stand. Those that were deleted are unlinked; those that were done long ago, and those that
/// became a part of another, are left alone.
fn linked(desk: &Desk<'_>, issue: &Issue, known: &[Ticket]) -> Result<Vec<Seen>, Failure> {
    let ids: Vec<u64> = known.iter().filter_map(|ticket| ticket.id.parse().ok()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut seen = desk.tickets(&ids)?;
    let gone = known
        .iter()
        .filter(|ticket| !seen.iter().any(|seen| seen.id.to_string() == ticket.id));
    for ticket in gone.take(MAX_LINKED) {
        changes::of(&issue.id).unlink(&desk.system, &ticket.id)?;
    }
    let (now, days) = (now(), desk.settings.reopen_days());
    seen.retain(|seen| {
        let is_done = matches!(seen.status.as_str(), "solved" | "closed");
        let is_merged = seen.tags.iter().any(|tag| tag == links::MERGED);
        let is_old =
            is_done && bounds::comeback(time::read(&seen.updated_at), now, days) == Comeback::MakeNew;
        !is_merged && !is_old
    });
    Ok(seen)
}

/// Whether a ticket waits for another issue too.
fn is_open_elsewhere(desk: &Desk<'_>, issue: &Issue, seen: &Seen, at: usize) -> Result<bool, Failure> {
    if at >= MAX_ASKED {
        return Ok(false);
    }
    let all = issues::find_by_link(&desk.system, &seen.id.to_string())?;
    Ok(all
        .iter()
        .any(|other| other.id != issue.id && other.status == Status::Unresolved))
}

impl Message<'_> {
    /// Tells tickets, each once; answers how many. Comes again while some are left.
    fn tell(&self, desk: &Desk<'_>, call: &Call, tickets: &[Seen]) -> Result<usize, Failure> {
        let alive: Vec<&Seen> = tickets.iter().filter(|seen| seen.status != "closed").collect();
        let told = match self.by_macro.is_empty() {
            true => many::tell(desk, &self.key, &alive, &self.for_many(), call.is_dry_run)?,
            false => many::Told::default(),
        };
        let (mut new, mut left) = (0, 0);
        for (at, seen) in tickets.iter().enumerate() {
            if new >= MAX_SINGLY {
                left += 1;
                continue;
            }
            let known = told.became.iter().find(|(id, _)| *id == seen.id);
            let (became, is_new) = match known {
                Some((_, became)) => (*became, false),
                None if seen.status == "closed" => (Became::Closed, false),
                None => {
                    let change = || self.for_one(desk, seen);
                    desk.say(
                        &self.key_of(seen),
                        &self.said.mark,
                        seen.id,
                        change,
                        told.is_doubtful,
                    )?
                }
            };
            let followed = self.settle(desk, seen, became, at < MAX_LINKED)?;
            new += usize::from(is_new || followed);
        }
        match left {
            0 => Ok(tickets.len()),
            left => Err(Failure::Retry {
                message: format!("{left} tickets are still to be told"),
                after_ms: Some(PAUSE_MS),
            }),
        }
    }

    fn key_of(&self, seen: &Seen) -> String {
        format!("{}/{}", self.key, seen.id)
    }

    /// What follows for the link. Answers whether another request was needed.
    fn settle(&self, desk: &Desk<'_>, seen: &Seen, became: Became, has_room: bool) -> Result<bool, Failure> {
        let issue = changes::of(&self.issue.id);
        match became {
            Became::Gone if has_room => issue.unlink(&desk.system, &seen.id.to_string())?,
            Became::Closed if desk.settings.closed == Closed::FollowUp && !self.said.html.is_empty() => {
                let change = || self.for_follow_up(desk, seen);
                let Some((id, is_new)) = follow_up::make(desk, &self.key_of(seen), seen, change)? else {
                    return Ok(true);
                };
                if has_room {
                    let made = Seen {
                        id,
                        created_at: String::new(),
                        ..self.after(seen)
                    };
                    issue.link(&desk.ticket_of(&made, None, None))?;
                    issue.unlink(&desk.system, &seen.id.to_string())?;
                }
                return Ok(is_new);
            }
            // Which status a macro set is Zendesk's to know: the sweep finds it.
            Became::Said if has_room && self.by_macro.is_empty() => self.refresh(desk, &self.after(seen))?,
            Became::SaidOnly | Became::Closed | Became::Refused if has_room => self.refresh(desk, seen)?,
            Became::Said | Became::SaidOnly | Became::Closed | Became::Gone | Became::Refused => {}
        }
        Ok(false)
    }

    /// Says how a linked ticket stands now, where that is something new.
    fn refresh(&self, desk: &Desk<'_>, seen: &Seen) -> Result<(), Failure> {
        let id = seen.id.to_string();
        let before = self.known.iter().find(|ticket| ticket.id == id);
        let now = desk.ticket_of(seen, None, before);
        match before.is_some_and(|before| links::is_same(before, &now)) {
            true => Ok(()),
            false => changes::of(&self.issue.id).link(&now),
        }
    }

    /// The ticket as it stands once it was told.
    fn after(&self, seen: &Seen) -> Seen {
        let status = self.status.unwrap_or(if seen.status == "closed" {
            "open"
        } else {
            &seen.status
        });
        Seen {
            status: status.to_owned(),
            updated_at: String::new(),
            ..seen.clone()
        }
    }

    /// The same change for all.
    fn for_many(&self) -> Value {
        let mut change = json!({ "additional_tags": self.add, "remove_tags": self.remove });
        if !self.said.html.is_empty() {
            change["comment"] = json!({ "html_body": self.said.html, "public": self.is_public });
        }
        if let Some(status) = self.status {
            change["status"] = json!(status);
        }
        change
    }

    /// The change of one. Its tags are given as a whole, so it holds only while nobody changed the ticket meanwhile.
    fn for_one(&self, desk: &Desk<'_>, seen: &Seen) -> Result<Value, Failure> {
        let mut change = self.for_many();
        let mut tags = seen.tags.clone();
        if !self.by_macro.is_empty() {
            let applied = desk.apply(self.by_macro, seen.id)?;
            tags = applied.tags.unwrap_or(tags);
            if let Some(status) = applied.status.filter(|status| *status != seen.status) {
                change["status"] = json!(status);
            }
            let comment = applied.comment.filter(|_| !self.said.html.is_empty());
            if let Some(comment) = comment.and_then(|comment| self.of_macro(&comment)) {
                change["comment"] = comment;
            }
        }
        tags.retain(|tag| !self.remove.contains(tag));
        for tag in &self.add {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        if let Some(change) = change.as_object_mut() {
            change.retain(|key, _| !key.ends_with("_tags"));
            if tags != seen.tags {
                change.insert("tags".to_owned(), json!(tags));
                change.insert("safe_update".to_owned(), json!(true));
                change.insert("updated_stamp".to_owned(), json!(seen.updated_at));
            }
        }
        Ok(change)
    }

    /// What the follow-up of a closed ticket begins with.
    fn for_follow_up(&self, desk: &Desk<'_>, seen: &Seen) -> Result<Value, Failure> {
        let mut ticket = self.for_one(desk, seen)?;
        if let Some(ticket) = ticket.as_object_mut() {
            ticket.retain(|key, _| !matches!(key.as_str(), "safe_update" | "updated_stamp"));
            let said = json!({ "html_body": self.said.html, "public": self.is_public });
            ticket.entry("comment").or_insert(said);
        }
        Ok(ticket)
    }

    /// A macro's words, with our name to them.
    fn of_macro(&self, comment: &Value) -> Option<Value> {
        let mark = &self.said.mark;
        if let Some(html) = comment["html_body"].as_str() {
            return Some(json!({ "html_body": format!("{html}<p>{mark}</p>"), "public": self.is_public }));
        }
        let body = comment["body"].as_str().filter(|body| !body.is_empty())?;
        Some(json!({ "body": format!("{body}\n\n{mark}"), "public": self.is_public }))
    }
}
