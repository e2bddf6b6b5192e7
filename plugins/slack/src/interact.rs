//! A person of the workspace uses a message: presses a button, chooses from a menu.

use errand_plugin_sdk::alerts::Alert;
use errand_plugin_sdk::changes::{self, ArchiveUntil, Resolution};
use errand_plugin_sdk::inbound::Response;
use errand_plugin_sdk::people::{self as hub, Party};
use errand_plugin_sdk::{Failure, http, log, now};
use serde_json::{Value, json};

use crate::api::Slack;
use crate::blocks::ticket_with;
use crate::people;

const WEEK_MS: u64 = 7 * 86_400_000;
/// How long Slack is given to take in what went wrong.
const HASTY_MS: u32 = 700;

/// Does what somebody wants, in their name. The message follows by itself, when the hub tells of the change.
pub(crate) fn handle(slack: &Slack<'_>, payload: &Value) -> Response {
    let done = payload["actions"]
        .as_array()
        .into_iter()
        .flatten()
        .try_for_each(|action| act(slack, payload, action));
    if let Err(failure) = done {
        log::warn(&format!("nothing was changed: {failure}"));
        tell(payload, &said(&failure));
    }
    Response::status(200)
}

/// Why it did not work, for who tried.
fn said(failure: &Failure) -> String {
    match failure {
        Failure::Permanent(why) => why.clone(),
        Failure::Config(_) | Failure::Auth(_) => {
            "That did not work: an admin of the hub has to look at the Slack plugin.".to_owned()
        }
        Failure::Retry { .. } | Failure::RateLimited { .. } => {
            "That did not work this time. Try again.".to_owned()
        }
    }
}

fn act(slack: &Slack<'_>, payload: &Value, action: &Value) -> Result<(), Failure> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let chosen = match text(&action["selected_option"]["value"]) {
        chosen if chosen.is_empty() => text(&action["action_id"]),
        chosen => chosen,
    };
    if chosen == "open" || action["block_id"].as_str().is_none() {
        return Ok(());
    }
    let block = text(&action["block_id"]);
    let issue = block
        .strip_prefix("issue/")
        .ok_or_else(|| Failure::permanent("This message is about no issue."))?;
    let who = text(&payload["user"]["id"]);
    let person = people::person(slack, &who)?.ok_or_else(|| {
        Failure::permanent(
            "Nobody in the hub has your e-mail address. Ask an admin of the hub for an account.",
        )
    })?;
    hub::act_as(&person.id)?;
    log::info(&format!("{} wants {chosen} of issue {issue}", person.name));
    let changes = changes::of(issue);
    match chosen.as_str() {
        "resolve" => changes.resolve(&Resolution::AtOnce),
        "resolve-next" => changes.resolve(&Resolution::InNextRelease),
        "reopen" => changes.unresolve(),
        "archive-escalating" | "archive-week" | "archive-forever" => changes.archive(until(&chosen)),
        "assign" => {
            let member = text(&action["selected_user"]);
            let to = people::person(slack, &member)?;
            let to =
                to.ok_or_else(|| Failure::permanent("Nobody in the hub has that person's e-mail address."))?;
            changes.assign(Some(&to.id))
        }
        "assign-me" => changes.assign(Some(&person.id)),
        "assign-nobody" => changes.assign(None),
        "ticket" => ask_for_ticket(slack, issue, &person),
        other => Err(Failure::permanent(format!("This version knows no '{other}'."))),
    }
}

fn until(chosen: &str) -> ArchiveUntil {
    ArchiveUntil {
        is_escalating: chosen == "archive-escalating",
        date: (chosen == "archive-week").then(|| now() + WEEK_MS),
        events: None,
        users: None,
    }
}

fn ask_for_ticket(slack: &Slack<'_>, issue: &str, person: &Party) -> Result<(), Failure> {
    let with = ticket_with(slack.settings)?;
    let with = with.ok_or_else(|| Failure::permanent("No plugin here makes tickets."))?;
    let asked = Alert::new("Slack", &format!("{} asked for a ticket", person.name));
    asked.action("ticket").to(&with).raise(issue)
}

/// Says something to who used the message, and to nobody else.
fn tell(payload: &Value, text: &str) {
    let Some(url) = payload["response_url"].as_str() else {
        return;
    };
    let body = json!({"response_type": "ephemeral", "replace_original": false, "text": text});
    if let Err(failure) = http::post(url).json(&body).timeout_ms(HASTY_MS).send() {
        log::warn(&format!("they were not told: {failure}"));
    }
}
