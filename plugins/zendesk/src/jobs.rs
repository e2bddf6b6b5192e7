//! What is done by the clock: tickets that wait to be looked at, and links that nobody told of a change.

use errand_plugin_sdk::tickets::describe::iso;
use errand_plugin_sdk::{Failure, Outcome, changes, issues, kv, log, now};

use crate::desk::Desk;
use crate::hooks::TODO;
use crate::links;

/// Tickets that are looked at in a run, if it may do as much.
const MAX_TICKETS: u32 = 10;
/// Which ticket was looked at last: the next one has its turn, however many come anew.
const TURN: &str = "turn";
/// How far back the first look for changed tickets goes, in milliseconds.
const FIRST_LOOK_MS: u64 = 3_600_000;
/// Zendesk's search knows of changes some minutes late: so much is looked at twice.
const OVERLAP_MS: u64 = 600_000;
/// Links on a page of the sweep, and pages in a run.
const PAGE: u32 = 100;
const MAX_PAGES: usize = 8;
/// Links that are changed in a run.
const MAX_CHANGES: usize = 45;

/// Looks at tickets that could not be dealt with when Zendesk told of them, and at those that it did not tell of.
pub(crate) fn catch_up(desk: &Desk<'_>) -> Result<Outcome, Failure> {
    if desk.settings.poll {
        look_for_changed(desk)?;
    }
    let turn = kv::get_json::<String>(TURN)?.map(|(turn, _)| turn);
    let mut waiting = kv::keys(TODO, turn.as_deref(), MAX_TICKETS)?;
    if turn.is_some() && waiting.len() < MAX_TICKETS as usize {
        waiting.extend(kv::keys(TODO, None, MAX_TICKETS)?);
    }
    for key in &waiting {
        if !desk.has_room_for_a_ticket() {
            break;
        }
        if let Ok(id) = key[TODO.len()..].parse() {
            match links::reconcile(desk, id) {
                // One that will never work must not stand before the others.
                Err(Failure::Permanent(why)) => log::error(&format!("#{id} cannot be dealt with: {why}")),
                other => drop(other?),
            }
        }
        kv::delete(key)?;
        kv::put_json(TURN, key, None)?;
    }
    match waiting.is_empty() {
        true => Ok(Outcome::Ignored),
        false => Ok(Outcome::Done),
    }
}

fn look_for_changed(desk: &Desk<'_>) -> Result<(), Failure> {
    const LOOKED: &str = "looked";
    let (now, before) = (now(), kv::get_json::<u64>(LOOKED)?);
    let since = before.map_or(now.saturating_sub(FIRST_LOOK_MS), |(at, _)| {
        at.saturating_sub(OVERLAP_MS)
    });
    let stamp = iso(since);
    for id in desk.changed_since(&format!("{}Z", &stamp[..19]))? {
        kv::put(&format!("{TODO}{id}"), b"", None)?;
    }
    kv::put_json(LOOKED, &now, None)?;
    Ok(())
}

/// Brings the links with open tickets in line with how the tickets stand, and goes on where the last run ended.
pub(crate) fn sweep(desk: &Desk<'_>) -> Result<Outcome, Failure> {
    const SWEPT: &str = "swept";
    let mut after = kv::get_json::<String>(SWEPT)?.map(|(after, _)| after);
    let mut changed = 0;
    for _ in 0..MAX_PAGES {
        let page = issues::open_tickets(&desk.system, after.as_deref(), PAGE)?;
        let ids: Vec<u64> = page
            .linked
            .iter()
            .filter_map(|linked| linked.ticket.id.parse().ok())
            .collect();
        if ids.is_empty() {
            after = None;
            break;
        }
        let seen = desk.tickets(&ids)?;
        for linked in &page.linked {
            if changed >= MAX_CHANGES {
                break;
            }
            let issue = changes::of(&linked.issue);
            match seen.iter().find(|seen| seen.id.to_string() == linked.ticket.id) {
                None => issue.unlink(&desk.system, &linked.ticket.id)?,
                Some(seen) => {
                    let now = desk.ticket_of(seen, None, Some(&linked.ticket));
                    if links::is_same(&linked.ticket, &now) {
                        continue;
                    }
                    issue.link(&now)?;
                }
            }
            changed += 1;
        }
        if changed >= MAX_CHANGES {
            // What is left of this page is found on the next run.
            break;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    match &after {
        Some(after) => drop(kv::put_json(SWEPT, after, None)?),
        None => kv::delete(SWEPT)?,
    }
    log::info(&format!("{changed} links are brought up to date"));
    match changed {
        0 => Ok(Outcome::Ignored),
        _ => Ok(Outcome::Done),
    }
}
