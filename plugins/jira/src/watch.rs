//! What is remembered of issues with tickets: which, and how fresh the counts over there are.
//!
//! | key | value |
//! | --- | --- |
//! | `watch/<issue>` | its ticket, and the counts as they were last written |
//! | `last/<issue>` | the ticket that the issue is done with: a new one is its successor |

use errand_plugin_sdk::latest::Latest;
use errand_plugin_sdk::tickets::bounds::{Written, is_worth_writing};
use errand_plugin_sdk::tickets::describe::iso;
use errand_plugin_sdk::{Failure, Issue, issues, kv, log, now};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::client::{Client, Wrote, part};

/// The entity property that holds the counts: `issue.property[errand].events > 100` for who has it indexed.
pub const PROPERTY: &str = "errand";
/// Where the job went on last.
const CURSOR: &str = "counts/cursor";
/// Issues that are looked at in one run.
const MAX_LOOKED_AT: u32 = 40;
/// Requests that writing one ticket's counts takes.
const COST: u32 = 2;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Watched {
    ticket: String,
    written: Written,
}

/// Watches an issue's ticket, whose counts are written as the issue stands.
pub fn begin(issue: &str, ticket: &str, stands: &Issue) -> Result<(), Failure> {
    let written = Written {
        events: stands.times_seen,
        users: stands.users_seen,
        at: now(),
    };
    put(
        issue,
        &Watched {
            ticket: ticket.to_owned(),
            written,
        },
    )
}

/// No more of this issue.
pub fn end(issue: &str) -> Result<(), Failure> {
    Ok(kv::delete(&format!("watch/{issue}"))?)
}

/// The ticket that is watched for an issue.
pub fn ticket(issue: &str) -> Result<Option<String>, Failure> {
    let watched = kv::get_json::<Watched>(&format!("watch/{issue}"))?;
    Ok(watched.map(|(watched, _)| watched.ticket))
}

/// The ticket that an issue was done with last; empty for none.
pub fn last(issue: &str) -> Result<String, Failure> {
    Ok(kv::get_json(&format!("last/{issue}"))?.map_or_else(String::new, |(ticket, _)| ticket))
}

/// The issue is done with a ticket. The same however often it is said.
pub fn retire(issue: &str, ticket: &str) -> Result<(), Failure> {
    kv::put_json(&format!("last/{issue}"), &ticket, None)?;
    end(issue)
}

fn put(issue: &str, watched: &Watched) -> Result<(), Failure> {
    kv::put_json(&format!("watch/{issue}"), watched, None)?;
    Ok(())
}

/// What the entity property says.
pub fn property(issue: &Issue, latest: &Latest) -> Value {
    json!({
        "issue": issue.id,
        "shortId": issue.short_id,
        "url": issue.url,
        "events": issue.times_seen,
        "users": issue.users_seen,
        "firstSeen": iso(issue.first_seen),
        "lastSeen": iso(issue.last_seen),
        "level": issue.level.as_str(),
        "environment": latest.environment,
        "release": latest.release,
    })
}

/// Writes the counts of those that grew, as far as one call goes; the next run goes on from there.
pub fn refresh(client: &Client<'_>) -> Result<usize, Failure> {
    let after: String = kv::get_json(CURSOR)?.map_or_else(String::new, |(cursor, _)| cursor);
    let after = Some(after).filter(|after| !after.is_empty());
    let keys = kv::keys("watch/", after.as_deref(), MAX_LOOKED_AT)?;
    let (mut written, mut cursor) = (0, String::new());
    for key in &keys {
        if client.left() < COST {
            break;
        }
        written += usize::from(freshen(client, key.trim_start_matches("watch/"))?);
        cursor.clone_from(key);
    }
    // Behind the last one, it begins again.
    let is_through = keys.len() < MAX_LOOKED_AT as usize && keys.last().is_none_or(|last| *last == cursor);
    let cursor = if is_through { String::new() } else { cursor };
    kv::put_json(CURSOR, &cursor, None)?;
    Ok(written)
}

/// Writes the counts of one, if they are worth it.
fn freshen(client: &Client<'_>, issue: &str) -> Result<bool, Failure> {
    let Some((mut watched, _)) = kv::get_json::<Watched>(&format!("watch/{issue}"))? else {
        return Ok(false);
    };
    let Some(stands) = issues::get(issue)? else {
        end(issue)?;
        return Ok(false);
    };
    let (events, users) = (stands.times_seen, stands.users_seen);
    if !is_worth_writing(&watched.written, events, users, now()) {
        return Ok(false);
    }
    let latest = Latest::of(issue)?;
    let path = format!("issue/{}/properties/{PROPERTY}", part(&watched.ticket));
    if let Wrote::Gone = client.write("PUT", &path, &property(&stands, &latest))? {
        // Whoever keeps them in line finds out the same, and says so.
        end(issue)?;
        return Ok(false);
    }
    let fields = fields(client, &stands);
    if !fields.is_empty()
        && let Wrote::Refused(refusal) = client.write(
            "PUT",
            &format!("issue/{}", part(&watched.ticket)),
            &json!({ "fields": fields }),
        )?
    {
        log::warn(&refusal.words());
    }
    watched.written = Written {
        events,
        users,
        at: now(),
    };
    put(issue, &watched)?;
    Ok(true)
}

/// The custom fields that hold counts, as the settings name them.
fn fields(client: &Client<'_>, issue: &Issue) -> Map<String, Value> {
    let settings = client.settings;
    let named = [
        (&settings.events_field, json!(issue.times_seen)),
        (&settings.users_field, json!(issue.users_seen)),
        // Jira's offsets have no colon.
        (
            &settings.last_seen_field,
            json!(iso(issue.last_seen).replace('Z', "+0000")),
        ),
    ];
    let named = named.into_iter().filter(|(name, _)| !name.is_empty());
    named.map(|(name, value)| (name.clone(), value)).collect()
}
