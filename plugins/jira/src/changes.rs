//! What follows from what happens to an issue.

use errand_plugin_sdk::tickets::making::tickets_of;
use errand_plugin_sdk::tickets::sync::Agreed;
use errand_plugin_sdk::tickets::text::{Block, Span, Text, line};
use errand_plugin_sdk::{Call, Event, Failure, Issue, Outcome, issues, log};
use serde_json::Value;

use crate::client::{Client, part};
use crate::make::{self, Wishes};
use crate::{comments, sync, watch};

/// Hears of a change.
pub fn hear(client: &Client<'_>, call: &Call, event: &Event) -> Result<Outcome, Failure> {
    let done = match event.change.as_str() {
        "issue.commented" if !client.settings.syncs("comments") => false,
        "issue.commented" => comments::outward(client, event)?,
        "issue.merged" => merged(client, event)?,
        "issue.deleted" => deleted(client, event)?,
        "issue.unmerged" | "issue.unlinked" => false,
        "alert.raised" => wanted(client, call, event)?,
        _ => stands(client, call, event)?,
    };
    Ok(if done { Outcome::Done } else { Outcome::Ignored })
}

/// As the issue stands now; it may be gone.
fn now(event: &Event) -> Result<Option<Issue>, Failure> {
    issues::get(&event.issue.id)
}

/// A rule wants something: a ticket is all that this plugin makes.
fn wanted(client: &Client<'_>, call: &Call, event: &Event) -> Result<bool, Failure> {
    if event.details.get("action").and_then(Value::as_str) != Some("ticket") {
        log::explain("the rule asks for a notification, and this makes tickets");
        return Ok(false);
    }
    match now(event)? {
        Some(issue) => have_one(client, call, &issue),
        None => Ok(false),
    }
}

/// Brings the issue in line with its ticket; it gets one if it has none and the settings want it.
fn stands(client: &Client<'_>, call: &Call, event: &Event) -> Result<bool, Failure> {
    let Some(issue) = now(event)? else {
        return Ok(false);
    };
    if client.settings.creates_on(&event.change) {
        return have_one(client, call, &issue);
    }
    let has_one = sync::issue(client, call, &issue)?;
    if !has_one {
        log::explain("the issue has no ticket");
    }
    Ok(has_one)
}

/// Sees to it that the issue has a ticket, in line with it.
pub fn have_one(client: &Client<'_>, call: &Call, issue: &Issue) -> Result<bool, Failure> {
    if !sync::issue(client, call, issue)? {
        make::ticket(client, call, issue, &Wishes::default())?;
    }
    Ok(true)
}

/// Other issues were folded into this one, and their tickets came along: they point here now.
fn merged(client: &Client<'_>, event: &Event) -> Result<bool, Failure> {
    let Some(issue) = now(event)? else {
        return Ok(false);
    };
    let losers = event
        .details
        .get("losers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let losers: Vec<String> = losers
        .map(|loser| loser.as_str().map_or_else(|| loser.to_string(), str::to_owned))
        .collect();
    let mut pointed = false;
    for ticket in tickets_of(&issue.id, &client.settings.system())? {
        if Agreed::read(&ticket.extra).is_retired || client.left() < 4 {
            continue;
        }
        make::point_back(client, &issue, &ticket.id)?;
        for loser in &losers {
            if watch::ticket(loser)?.as_deref() == Some(ticket.id.as_str()) {
                let link = format!(
                    "issue/{}/remotelink?globalId={}",
                    part(&ticket.id),
                    part(&make::global_id(loser))
                );
                client.delete(&link)?;
                watch::end(loser)?;
            }
        }
        if watch::ticket(&issue.id)?.is_none() {
            watch::begin(&issue.id, &ticket.id, &issue)?;
        }
        let text = said("The issue of this ticket was merged into ", &issue);
        comments::say(client, &ticket.id, &format!("merged/{}", event.id), &text)?;
        pointed = true;
    }
    Ok(pointed)
}

/// The issue is gone: its ticket says so.
fn deleted(client: &Client<'_>, event: &Event) -> Result<bool, Failure> {
    let issue = &event.issue;
    let Some(ticket) = watch::ticket(&issue.id)? else {
        return Ok(false);
    };
    let text = Text::default().push(Block::Paragraph(vec![
        Span::strong(line(&issue.short_id, 100)),
        Span::plain(" was deleted by "),
        Span::strong(line(&event.actor.name, 100)),
    ]));
    comments::say(client, &ticket, &format!("deleted/{}", event.id), &text)?;
    client.delete(&format!(
        "issue/{}/remotelink?globalId={}",
        part(&ticket),
        part(&make::global_id(&issue.id))
    ))?;
    watch::end(&issue.id)?;
    Ok(true)
}

fn said(words: &str, issue: &Issue) -> Text {
    let link = Span::link(&issue.short_id, &issue.url);
    Text::default().push(Block::Paragraph(vec![Span::plain(words), link]))
}
