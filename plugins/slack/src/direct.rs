//! Each person hears of what they chose, in direct messages of the app: one for all that is due.

use errand_plugin_sdk::once::{self, Fate};
use errand_plugin_sdk::{Call, Event, Failure, Outcome, log, people as hub};
use serde_json::json;

use crate::Settings;
use crate::api::{Slack, Trouble};
use crate::digest::Message;
use crate::people;

/// Why there are no direct messages without one.
pub(crate) const NEEDS_TOKEN: &str =
    "direct messages need a bot token: an incoming webhook leads to one channel";

/// What Slack calls somebody whom the app cannot write to, now or later.
const OUT_OF_REACH: [&str; 6] = [
    "user_not_found",
    "users_not_found",
    "user_disabled",
    "user_not_visible",
    "channel_not_found",
    "cannot_dm_bot",
];

/// Tells one person (`user:12`), unless an earlier attempt did. Where nobody knows whether one did, they are told again:
/// better twice than not at all.
pub(crate) fn tell(
    call: &Call,
    person: &str,
    events: &[Event],
    settings: &Settings,
) -> Result<Outcome, Failure> {
    if settings.bot_token.is_none() {
        return Err(Failure::config("to_people", NEEDS_TOKEN));
    }
    let slack = Slack::patient(settings, call.is_dry_run);
    let Some(party) = hub::find(person)? else {
        return Ok(left_out(person, "the hub does not know them any more"));
    };
    let Some((address, member)) = member(&slack, &party.emails)? else {
        let addresses = party.emails.join(", ");
        let why = format!("nobody in the workspace has the address {addresses}");
        return Ok(left_out(person, &why));
    };
    let template = settings.template().map_err(Failure::Config)?;
    let message = Message::of(events, template.as_ref())?;
    let mine = match once::begin::<()>(&call.idempotency_key)? {
        Fate::Done(()) => {
            log::explain("an earlier attempt told them");
            return Ok(Outcome::Done);
        }
        Fate::Fresh(mine) => mine,
        Fate::Unknown(mine) => {
            log::warn("an earlier attempt broke off: what it may have said comes twice");
            mine
        }
    };
    match post(&slack, &member, &message) {
        Ok(()) => {
            log::info(&format!("told {person}"));
            mine.finish(()).map(|()| Outcome::Done)
        }
        Err(trouble) if trouble.is(&OUT_OF_REACH) => {
            mine.forget()?;
            people::forget(&address)?;
            let why = format!("{address} cannot be written to in the workspace any more");
            Ok(left_out(person, &why))
        }
        Err(trouble) => {
            let failure = refused(trouble);
            // Whatever else Slack says, it says instead of posting.
            if !matches!(failure, Failure::Retry { .. }) {
                mine.forget()?;
            }
            Err(failure)
        }
    }
}

fn post(slack: &Slack<'_>, member: &str, message: &Message) -> Result<(), Trouble> {
    let body = json!({
        "channel": member,
        "text": message.text,
        "blocks": message.blocks,
        "unfurl_links": false,
        "unfurl_media": false,
    });
    slack.call("chat.postMessage", &body).map(|_| ())
}

/// The first of these addresses that somebody in the workspace has, and who.
fn member(slack: &Slack<'_>, addresses: &[String]) -> Result<Option<(String, String)>, Failure> {
    for address in addresses {
        if let Some(member) = people::member(slack, address)? {
            return Ok(Some((address.clone(), member)));
        }
    }
    Ok(None)
}

/// That somebody cannot be told is no failure: trying again would change nothing.
fn left_out(person: &str, why: &str) -> Outcome {
    let said = format!("{person} is not told: {why}");
    log::warn(&said);
    log::explain(&said);
    Outcome::Ignored
}

/// What an admin of the app has to do, where that is why.
fn refused(trouble: Trouble) -> Failure {
    if trouble.is(&["messages_tab_disabled"]) {
        return Failure::Auth(
            "Slack says messages_tab_disabled: the app needs the scope im:write and its Messages tab, and to be \
             installed again"
                .to_owned(),
        );
    }
    trouble.lacking("im:write").into()
}
