//! `/errand search is:unresolved level:fatal`, `/errand SHOP-1A`.

use errand_plugin_sdk::chat::{Card, Markup as _, Mrkdwn, count, fit, plain};
use errand_plugin_sdk::inbound::Response;
use errand_plugin_sdk::people::Party;
use errand_plugin_sdk::{Failure, Issue, issues};
use serde_json::{Value, json};

use crate::api::Slack;
use crate::blocks::{self, Buttons};
use crate::people;

/// Issues that a search shows.
const SHOWN: u32 = 10;
/// Characters of a section's text.
const SECTION: usize = 3_000;

const HELP: &str = "`/errand search is:unresolved level:fatal environment:production` finds issues, as the hub's own \
                    search does (`assigned:me` too).\n`/errand SHOP-1A` shows one.";

/// Answers a slash command; nobody else sees it.
pub(crate) fn handle(slack: &Slack<'_>, form: &[(String, String)]) -> Result<Response, Failure> {
    let field = |name: &str| {
        let found = form.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let blocks = match answer(slack, field("text").trim(), field("user_id")) {
        Ok(blocks) => blocks,
        Err(Failure::Permanent(why)) => vec![blocks::section(fit(&why, SECTION, |why| Mrkdwn.text(why)))],
        Err(failure) => return Err(failure),
    };
    Ok(Response::json(
        &json!({"response_type": "ephemeral", "blocks": blocks}),
    ))
}

fn answer(slack: &Slack<'_>, text: &str, member: &str) -> Result<Vec<Value>, Failure> {
    let (command, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if matches!(command, "" | "help") {
        return Ok(vec![blocks::section(HELP.to_owned())]);
    }
    let person = people::person(slack, member)?.ok_or_else(|| {
        Failure::permanent(
            "Nobody in the hub has your e-mail address. Ask an admin of the hub for an account.",
        )
    })?;
    let is_short_id = rest.is_empty() && command.contains('-') && !command.contains(':');
    match command {
        "search" | "find" => search(rest.trim(), &person),
        _ if is_short_id => show(slack, command),
        _ => search(text, &person),
    }
}

fn search(query: &str, person: &Party) -> Result<Vec<Value>, Failure> {
    let me = person.emails.first().map_or("none", String::as_str);
    let query = query.replace("assigned:me", &format!("assigned:{me}"));
    let page = issues::search(&query, None, SHOWN)?;
    if page.issues.is_empty() {
        return Ok(vec![blocks::section("Nothing was found.".to_owned())]);
    }
    let mut shown: Vec<Value> = page.issues.iter().map(line).collect();
    if page.next.is_some() {
        shown.push(blocks::section(format!("_The latest {SHOWN}; there are more._")));
    }
    Ok(shown)
}

fn line(issue: &Issue) -> Value {
    let card = Card::bare(issue);
    let title = Mrkdwn.link(&issue.url, &plain(&card.title(), 200));
    let users = count(issue.users_seen);
    blocks::section(format!(
        "{} {title}\n{} · {} · {} events · {users} users",
        card.tone().mark(),
        Mrkdwn.text(&issue.short_id),
        issue.level.as_str(),
        count(issue.times_seen),
    ))
}

fn show(slack: &Slack<'_>, short_id: &str) -> Result<Vec<Value>, Failure> {
    let found = issues::search(&format!("issue:{short_id}"), None, 1)?;
    match found.issues.first() {
        Some(issue) => Ok(blocks::of(&Card::of(issue)?, None, &Buttons::of(slack.settings)?)),
        None => Err(Failure::permanent(format!("There is no issue {short_id}."))),
    }
}
