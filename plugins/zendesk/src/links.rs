//! Links between tickets and issues: found, kept up to date, made and taken away.

use errand_plugin_sdk::once::{self, Fate};
use errand_plugin_sdk::tickets::making::tickets_of;
use errand_plugin_sdk::{Event, Failure, Issue, Outcome, Ticket, changes, issues, kv, log};
use serde_json::{Value, json};

use crate::api::{Comment, Requester, Seen};
use crate::desk::{Desk, is_open};
use crate::matching::{self, Match};
use crate::note;
use crate::say::Became;
use crate::signals::Signals;

/// The tag that Zendesk puts on a ticket that became a part of another.
pub(crate) const MERGED: &str = "closed_by_merge";
/// Tickets of a merged issue that are looked at, of what a call may remember.
const MAX_MERGED: usize = 90;
/// Issues of one ticket whose links are brought up to date.
const MAX_ISSUES: usize = 8;

/// Who links by hand.
pub(crate) struct Hand<'h> {
    pub(crate) id: Option<&'h str>,
    pub(crate) name: &'h str,
}

/// Brings everything about a ticket in line with how it stands: its links, and those that it should have. Answers the
/// issues that it is linked with.
pub(crate) fn reconcile(desk: &Desk<'_>, id: u64) -> Result<Vec<Issue>, Failure> {
    let mut linked = issues::find_by_link(&desk.system, &id.to_string())?;
    linked.truncate(MAX_ISSUES);
    desk.count_questions(1);
    let Some(seen) = desk.ticket(id)? else {
        log::info(&format!("#{id} was deleted"));
        for issue in &linked {
            changes::of(&issue.id).unlink(&desk.system, &id.to_string())?;
        }
        return Ok(Vec::new());
    };
    if seen.tags.iter().any(|tag| tag == MERGED) {
        return moved(desk, &seen, linked);
    }
    let requester = requester(desk, &seen)?;
    for issue in &linked {
        refresh(desk, issue, &seen, requester.as_ref())?;
        // The link may be there already, and the note not yet.
        tell(desk, issue, &seen, "")?;
    }
    if is_open(&seen.status) {
        for found in unlinked_matches(desk, &seen, requester.as_ref(), &linked)? {
            link(desk, &found.issue, &seen, requester.as_ref(), &found.by, None)?;
            linked.push(found.issue);
        }
    }
    Ok(linked)
}

/// The issues that a ticket should be linked with and is not, but for those that somebody unlinked.
fn unlinked_matches(
    desk: &Desk<'_>,
    seen: &Seen,
    requester: Option<&Requester>,
    linked: &[Issue],
) -> Result<Vec<Match>, Failure> {
    let room = desk.settings.max_links().saturating_sub(linked.len());
    if room == 0 {
        return Ok(Vec::new());
    }
    let mut signals = Signals::of(seen, requester, desk.settings);
    if seen.created_at != seen.updated_at {
        signals.read_comments(&desk.comments(seen.id)?, desk.settings);
    }
    let mut wanted = Vec::new();
    for one in matching::find(desk, &signals, desk.settings.max_links())? {
        let is_linked = linked.iter().any(|issue| issue.id == one.issue.id);
        if !is_linked && wanted.len() < room && kv::get(&parted(&one.issue.id, seen.id))?.is_none() {
            wanted.push(one);
        }
    }
    Ok(wanted)
}

/// Who asks, in a ticket.
pub(crate) fn requester(desk: &Desk<'_>, seen: &Seen) -> Result<Option<Requester>, Failure> {
    seen.requester_id.map_or(Ok(None), |id| desk.requester(id))
}

/// Says how a linked ticket stands, where that is something new.
pub(crate) fn refresh(
    desk: &Desk<'_>,
    issue: &Issue,
    seen: &Seen,
    requester: Option<&Requester>,
) -> Result<(), Failure> {
    let id = seen.id.to_string();
    desk.count_questions(1);
    let known = tickets_of(&issue.id, &desk.system)?;
    let before = known.iter().find(|ticket| ticket.id == id);
    let now = desk.ticket_of(seen, requester, before);
    match before.is_some_and(|before| is_same(before, &now)) {
        true => Ok(()),
        false => changes::of(&issue.id).link(&now),
    }
}

/// Whether people would see no difference.
pub(crate) fn is_same(before: &Ticket, now: &Ticket) -> bool {
    let extra = |ticket: &Ticket| serde_json::from_str::<Value>(&ticket.extra).unwrap_or_default();
    let shown =
        |ticket: &Ticket| [&ticket.name, &ticket.url, &ticket.title, &ticket.state].map(String::clone);
    shown(before) == shown(now) && before.is_open == now.is_open && extra(before) == extra(now)
}

/// Links an issue with a ticket, and says so in the ticket, once.
pub(crate) fn link(
    desk: &Desk<'_>,
    issue: &Issue,
    seen: &Seen,
    requester: Option<&Requester>,
    by: &str,
    hand: Option<&Hand<'_>>,
) -> Result<(), Failure> {
    let change = changes::of(&issue.id);
    let change = match hand {
        Some(hand) => change.on_behalf_of(hand.id, hand.name),
        None => change,
    };
    change.link(&desk.ticket_of(seen, requester, None))?;
    log::info(&format!(
        "#{} is linked with {}, by {by}",
        seen.id, issue.short_id
    ));
    tell(desk, issue, seen, by)
}

/// Says in a ticket what it is linked with, once for each link that there ever is.
pub(crate) fn tell(desk: &Desk<'_>, issue: &Issue, seen: &Seen, by: &str) -> Result<(), Failure> {
    if seen.status == "closed" {
        return Ok(());
    }
    let change = || {
        desk.count_questions(1);
        let said = note::linked(issue, by)?;
        Ok(json!({ "comment": { "html_body": said.html, "public": false } }))
    };
    let key = note_key(&issue.id, &seen.id.to_string());
    desk.say(&key, &note::mark_of_link(issue), seen.id, change, false)
        .map(drop)
}

fn note_key(issue: &str, ticket: &str) -> String {
    format!("note/{issue}/{ticket}")
}

/// Takes a link away by hand: nothing makes it again but a hand.
pub(crate) fn unlink(desk: &Desk<'_>, issue: &str, ticket: u64, hand: &Hand<'_>) -> Result<(), Failure> {
    part(issue, ticket)?;
    changes::of(issue)
        .on_behalf_of(hand.id, hand.name)
        .unlink(&desk.system, &ticket.to_string())
}

/// Remembers that somebody took a link away.
fn part(issue: &str, ticket: u64) -> Result<(), Failure> {
    kv::put(&parted(issue, ticket), b"", None)?;
    Ok(())
}

/// Forgets that somebody took a link away.
pub(crate) fn join(issue: &str, ticket: u64) -> Result<(), Failure> {
    Ok(kv::delete(&parted(issue, ticket))?)
}

fn parted(issue: &str, ticket: u64) -> String {
    format!("parted/{ticket}/{issue}")
}

/// A ticket became a part of another, which takes its place.
fn moved(desk: &Desk<'_>, seen: &Seen, linked: Vec<Issue>) -> Result<Vec<Issue>, Failure> {
    if linked.is_empty() {
        return Ok(Vec::new());
    }
    let target = desk
        .comments(seen.id)?
        .iter()
        .rev()
        .find_map(|comment| merged_into(comment, seen.id));
    let target = match target {
        Some(id) => desk.ticket(id)?,
        None => None,
    };
    let Some(target) = target else {
        log::warn(&format!(
            "#{} was merged, into what is not known: its links stay as they are",
            seen.id
        ));
        for issue in &linked {
            refresh(desk, issue, seen, None)?;
        }
        return Ok(linked);
    };
    let requester = requester(desk, &target)?;
    for issue in &linked {
        link(
            desk,
            issue,
            &target,
            requester.as_ref(),
            &format!("#{}, which was merged into this one", seen.id),
            None,
        )?;
        changes::of(&issue.id).unlink(&desk.system, &seen.id.to_string())?;
    }
    Ok(linked)
}

/// Which ticket a comment says that its own was merged into.
fn merged_into(comment: &Comment, own: u64) -> Option<u64> {
    let source = &comment.via["source"];
    let told = (source["rel"] == "merge")
        .then(|| {
            source["to"]["ticket_id"]
                .as_u64()
                .or(source["from"]["ticket_id"].as_u64())
        })
        .flatten();
    let said = || {
        let (_, rest) = comment.text().split_once("merged into request #")?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    told.or_else(said).filter(|target| *target != own)
}

/// Somebody else than this plugin linked an issue with a ticket, or took a link away.
pub(crate) fn by_others(desk: &Desk<'_>, event: &Event) -> Result<Outcome, Failure> {
    let ticket = event.details.get("ticket");
    let text = |key: &str| ticket.and_then(|ticket| ticket[key].as_str()).unwrap_or_default();
    let Some(id) = text("id").parse().ok().filter(|_| text("system") == desk.system) else {
        return Ok(Outcome::Ignored);
    };
    if event.change == "issue.unlinked" {
        part(&event.issue.id, id)?;
        return Ok(Outcome::Done);
    }
    join(&event.issue.id, id)?;
    let Some(seen) = desk.ticket(id)? else {
        log::warn(&format!("there is no #{id}: the link goes"));
        changes::of(&event.issue.id).unlink(&desk.system, &id.to_string())?;
        return Ok(Outcome::Done);
    };
    let requester = requester(desk, &seen)?;
    refresh(desk, &event.issue, &seen, requester.as_ref())?;
    tell(
        desk,
        &event.issue,
        &seen,
        &format!("{}, by hand", event.actor.name),
    )?;
    Ok(Outcome::Done)
}

/// Links came from merged issues: their tickets were told of them already.
pub(crate) fn after_merge(desk: &Desk<'_>, event: &Event) -> Result<Outcome, Failure> {
    for ticket in tickets_of(&event.issue.id, &desk.system)?.iter().take(MAX_MERGED) {
        if let Fate::Fresh(mine) = once::begin::<Became>(&note_key(&event.issue.id, &ticket.id))? {
            mine.finish(Became::Said)?;
        }
    }
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_ticket_went_is_told_by_its_last_comment() {
        let comment = |text: &str, via: Value| Comment {
            plain_body: Some(text.to_owned()),
            via,
            ..Comment::default()
        };
        let said = comment(
            "This request was closed and merged into request #35 \"Help\".",
            json!({}),
        );
        assert_eq!(merged_into(&said, 7), Some(35));
        let told = comment(
            "",
            json!({"channel": "web", "source": {"rel": "merge", "to": {"ticket_id": 36}}}),
        );
        assert_eq!(merged_into(&told, 7), Some(36));
        for other in ["merged into request #7", "merged into request #", "#35"] {
            assert_eq!(merged_into(&comment(other, json!({})), 7), None, "{other}");
        }
    }
}
