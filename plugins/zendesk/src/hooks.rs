//! What Zendesk calls: its webhook, and the app in its sidebar.
//!
//! A webhook is taken for a hint that a ticket has changed, and no more: what it is now is asked. So it does not matter how
//! often, in which order and how late hints come. One that cannot be dealt with at once is remembered, and dealt with by the
//! clock.

use errand_plugin_sdk::tickets::text::line;
use errand_plugin_sdk::{Failure, Issue, inbound, issues, kv, log};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::links::{self, Hand};
use crate::matching;
use crate::signals::Signals;

/// Before the number of a ticket that is to be looked at.
pub(crate) const TODO: &str = "todo/";
/// Issues that the app shows.
const MAX_SHOWN: usize = 10;

/// The webhook: `{"ticket_id": "123"}`, or the body of an event subscription.
pub(crate) fn hint(desk: &Desk<'_>, request: &inbound::Request) -> Result<inbound::Response, Failure> {
    let body: Value = request.json()?;
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
    let id = number(&body["ticket_id"]).or_else(|| number(&body["detail"]["id"]));
    let Some(id) = id.filter(|id| *id > 0) else {
        return Err(Failure::permanent(
            "the webhook names no ticket: its body is {\"ticket_id\": \"{{ticket.id}}\"}",
        ));
    };
    let key = format!("{TODO}{id}");
    kv::put(&key, b"", None)?;
    match links::reconcile(desk, id) {
        Ok(linked) => {
            kv::delete(&key)?;
            let linked: Vec<_> = linked.into_iter().map(|issue| issue.short_id).collect();
            Ok(inbound::Response::json(&json!({ "linked": linked })))
        }
        Err(failure) => {
            log::warn(&format!("#{id} is looked at later: {failure}"));
            Ok(inbound::Response::status(202))
        }
    }
}

/// What the app asks for.
#[derive(Deserialize)]
struct Ask {
    ticket: u64,
    /// `show`, `link` or `unlink`.
    #[serde(default)]
    what: String,
    /// Of which issue: its id or its short id.
    #[serde(default)]
    issue: String,
    /// The agent, as the app knows them.
    #[serde(default)]
    agent: Agent,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Agent {
    id: Option<u64>,
    name: String,
}

/// The sidebar app. It names a ticket; whose it is and what it says is asked of Zendesk, not of the app, so that it shows
/// nothing but what belongs to a ticket.
pub(crate) fn app(desk: &Desk<'_>, request: &inbound::Request) -> Result<inbound::Response, Failure> {
    let ask: Ask = request.json()?;
    let Some(seen) = desk.ticket(ask.ticket)? else {
        return Err(Failure::permanent("there is no such ticket"));
    };
    let requester = links::requester(desk, &seen)?;
    let mut linked = issues::find_by_link(&desk.system, &seen.id.to_string())?;
    let name = match ask.agent.name.trim() {
        "" => "An agent".to_owned(),
        name => line(name, 80),
    };
    let id = ask.agent.id.map(|id| id.to_string());
    let hand = Hand {
        id: id.as_deref(),
        name: &name,
    };
    match ask.what.as_str() {
        "link" => {
            let issue = named(&ask.issue)?.ok_or_else(|| Failure::permanent("there is no such issue"))?;
            links::join(&issue.id, seen.id)?;
            links::link(
                desk,
                &issue,
                &seen,
                requester.as_ref(),
                &format!("{name}, by hand"),
                Some(&hand),
            )?;
            linked.retain(|other| other.id != issue.id);
            linked.insert(0, issue);
        }
        "unlink" => {
            let position = linked
                .iter()
                .position(|issue| issue.id == ask.issue || issue.short_id == ask.issue);
            let at = position.ok_or_else(|| Failure::permanent("the ticket is not linked with that"))?;
            links::unlink(desk, &linked.remove(at).id, seen.id, &hand)?;
        }
        _ => {}
    }
    let signals = Signals::of(&seen, requester.as_ref(), desk.settings);
    let recent = matching::recent(desk, &signals, MAX_SHOWN)?;
    let recent = recent
        .iter()
        .filter(|issue| !linked.iter().any(|other| other.id == issue.id));
    Ok(inbound::Response::json(&json!({
        "linked": linked.iter().take(MAX_SHOWN).map(shown).collect::<Vec<_>>(),
        "recent": recent.map(shown).collect::<Vec<_>>(),
        "days": desk.settings.match_days(),
    })))
}

fn shown(issue: &Issue) -> Value {
    json!({
        "id": issue.id,
        "shortId": issue.short_id,
        "title": line(&issue.title, 200),
        "culprit": line(&issue.culprit, 200),
        "status": issue.status.as_str(),
        "lastSeen": issue.last_seen,
        "users": issue.users_seen,
        "url": issue.url,
    })
}

/// The issue of an id or a short id.
fn named(name: &str) -> Result<Option<Issue>, Failure> {
    let name = name.trim();
    let is_short = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 120 || !name.chars().all(is_short) {
        return Ok(None);
    }
    match name.bytes().all(|byte| byte.is_ascii_digit()) {
        true => issues::get(name),
        false => Ok(issues::search(&format!("issue:{name}"), None, 1)?.issues.pop()),
    }
}
