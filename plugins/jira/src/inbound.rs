//! What Jira tells, and what it is asked where it tells nothing.

use std::collections::BTreeSet;

use errand_plugin_sdk::tickets::making::tickets_of;
use errand_plugin_sdk::tickets::sync::Agreed;
use errand_plugin_sdk::{Call, Failure, Issue, Outcome, Ticket, inbound, issues, kv, log, now};
use serde_json::Value;

use crate::client::{Client, quoted};
use crate::remote::{FIELDS, Remote};
use crate::{comments, sync};

/// When it was last asked what changed.
const ASKED: &str = "poll/asked";
/// Minutes that questions overlap: Jira's index lags behind, and counts in minutes.
const OVERLAP: u64 = 5;
/// Minutes that the first question is about: a day.
const FIRST: u64 = 24 * 60;
/// Minutes that are asked about at most: a week.
const LONGEST: u64 = 7 * 24 * 60;
/// Tickets of one answer.
const PAGE: u32 = 100;

/// A webhook. What it says is a reason to look, and not believed: Jira is asked how the ticket stands.
pub fn webhook(
    client: &Client<'_>,
    call: &Call,
    request: &inbound::Request,
) -> Result<inbound::Response, Failure> {
    let event: Value = request.json()?;
    let id = event["issue"]["id"].as_str().unwrap_or_default();
    let kind = event["webhookEvent"].as_str().unwrap_or_default();
    let linked = linked(client, id)?;
    if linked.is_empty() {
        log::explain("no issue is linked with this ticket");
        return Ok(inbound::Response::status(204));
    }
    if kind.starts_with("comment_") {
        if kind != "comment_deleted" && client.settings.syncs("comments") {
            for (issue, _) in &linked {
                comments::inward(client, issue, &event["comment"])?;
            }
        }
        return Ok(inbound::Response::status(204));
    }
    match Remote::get(client, id)? {
        Some(remote) => {
            for (issue, ticket) in &linked {
                sync::pair(client, call, issue, ticket, &remote)?;
            }
        }
        None => {
            for (issue, ticket) in &linked {
                sync::gone(issue, ticket)?;
            }
        }
    }
    Ok(inbound::Response::status(204))
}

/// The issues with a ticket that is theirs still, each with the ticket as the hub knows it.
fn linked(client: &Client<'_>, id: &str) -> Result<Vec<(Issue, Ticket)>, Failure> {
    let system = client.settings.system();
    let mut linked = Vec::new();
    if id.is_empty() {
        return Ok(linked);
    }
    for issue in issues::find_by_link(&system, id)? {
        let tickets = tickets_of(&issue.id, &system)?.into_iter();
        let its = tickets.filter(|ticket| ticket.id == id && !Agreed::read(&ticket.extra).is_retired);
        linked.extend(its.map(|ticket| (issue.clone(), ticket)));
    }
    Ok(linked)
}

/// Asks which tickets changed, and brings those in line that issues are linked with. What does not fit into one call is left
/// to the next: it asks from the same time again.
pub fn poll(client: &Client<'_>, call: &Call) -> Result<Outcome, Failure> {
    let asked = kv::get_json::<u64>(ASKED)?.map(|(asked, _)| asked);
    let since = asked
        .map_or(FIRST, |asked| now().saturating_sub(asked) / 60_000 + OVERLAP)
        .min(LONGEST);
    let fields: Vec<&str> = FIELDS.into_iter().chain(["comment"]).collect();
    let begun = now();
    let mut done = 0;
    for issue in changed(client, since, &fields)? {
        let Some(remote) = Remote::read(&issue) else {
            continue;
        };
        for (issue_here, ticket) in linked(client, &remote.id)? {
            if client.left() < sync::COST {
                log::info("the rest is left to the next time");
                return Ok(Outcome::Done);
            }
            let mut heard = None;
            if client.settings.syncs("comments") {
                let said = issue["fields"]["comment"]["comments"]
                    .as_array()
                    .map_or(&[][..], Vec::as_slice);
                let (new, newest) = comments::newer(&Agreed::read(&ticket.extra), said);
                for comment in new {
                    comments::inward(client, &issue_here, comment)?;
                }
                heard = newest;
            }
            sync::pair_having_heard(client, call, (&issue_here, &ticket), &remote, heard)?;
            done += 1;
        }
    }
    kv::put_json(ASKED, &begun, None)?;
    Ok(if done > 0 { Outcome::Done } else { Outcome::Ignored })
}

/// The tickets that changed, of the project in which tickets are made and of those whose tickets were linked by hand.
fn changed(client: &Client<'_>, since: u64, fields: &[&str]) -> Result<Vec<Value>, Failure> {
    let ask = |projects: &BTreeSet<String>| {
        let named: Vec<_> = projects.iter().map(|project| quoted(project)).collect();
        let jql = format!(
            "project in ({}) AND updated >= -{since}m ORDER BY updated ASC",
            named.join(", ")
        );
        client.search(&jql, fields, PAGE)
    };
    let own = BTreeSet::from([client.project.clone()]);
    let open = issues::open_tickets(&client.settings.system(), None, PAGE)?.linked;
    let others = open
        .iter()
        .filter_map(|linked| linked.ticket.name.rsplit_once('-'));
    let all: BTreeSet<_> = others
        .map(|(project, _)| project.to_owned())
        .chain(own.clone())
        .collect();
    match ask(&all) {
        // One of them may be gone, and Jira answers for none then.
        Err(Failure::Permanent(why)) if all.len() > 1 => {
            log::warn(&format!("only {} is looked at: {why}", client.project));
            ask(&own)
        }
        asked => asked,
    }
}
