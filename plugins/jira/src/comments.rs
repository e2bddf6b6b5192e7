//! What people say, on either side, shown on the other.

use errand_plugin_sdk::once::{self, Fate};
use errand_plugin_sdk::tickets::making::tickets_of;
use errand_plugin_sdk::tickets::sync::Agreed;
use errand_plugin_sdk::tickets::text::{Block, Span, Text, line};
use errand_plugin_sdk::{Event, Failure, Issue, changes, kv, log};
use serde_json::{Value, json};

use crate::client::{Client, Wrote, part};

/// The entity property by which a comment of ours is known.
const PROPERTY: &str = "errand.comment";
/// The newest comment that was shown, as a link remembers it.
pub const HEARD: &str = "heard";
/// Characters of a comment.
const MAX_CHARS: usize = 10_000;
/// Comments among which one of ours is looked for.
const LOOKED_AT: u32 = 100;

/// Says over there what somebody said here.
pub fn outward(client: &Client<'_>, event: &Event) -> Result<bool, Failure> {
    let said = event
        .details
        .get("text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let activity = event
        .details
        .get("activity")
        .map(ToString::to_string)
        .unwrap_or_else(|| event.id.clone());
    let text = Text::plain_paragraphs(&said.chars().take(MAX_CHARS).collect::<String>());
    let head = Block::Paragraph(vec![
        Span::strong(line(&event.actor.name, 100)),
        Span::plain(" on "),
        Span::link(&event.issue.short_id, &event.issue.url),
        Span::plain(":"),
    ]);
    let text = Text::default().push(head).then(text);
    let mut is_said = false;
    for ticket in tickets_of(&event.issue.id, &client.settings.system())? {
        if !Agreed::read(&ticket.extra).is_retired {
            say(client, &ticket.id, &activity, &text)?;
            is_said = true;
        }
    }
    Ok(is_said)
}

/// Says something once. `key` tells it from all else that is said.
pub fn say(client: &Client<'_>, ticket: &str, key: &str, text: &Text) -> Result<(), Failure> {
    let mine = match once::begin::<String>(&format!("comment/{ticket}/{key}"))? {
        Fate::Done(_) => return Ok(()),
        Fate::Fresh(mine) => mine,
        Fate::Unknown(mine) => match find(client, ticket, key)? {
            Some(id) => return mine.finish(id).map(drop),
            None => mine,
        },
    };
    let body = json!({
        "body": client.text(text),
        "properties": [{ "key": PROPERTY, "value": { "key": key } }],
    });
    match client.write("POST", &format!("issue/{}/comment", part(ticket)), &body)? {
        Wrote::Done(made) => mine
            .finish(made["id"].as_str().unwrap_or_default().to_owned())
            .map(drop),
        Wrote::Gone => mine.forget(),
        Wrote::Refused(refusal) => {
            mine.forget()?;
            Err(Failure::permanent(refusal.words()))
        }
    }
}

fn find(client: &Client<'_>, ticket: &str, key: &str) -> Result<Option<String>, Failure> {
    let path = format!(
        "issue/{}/comment?maxResults={LOOKED_AT}&orderBy=-created&expand=properties",
        part(ticket)
    );
    let page = client.get(&path)?.unwrap_or_default();
    let mut comments = page["comments"].as_array().into_iter().flatten();
    let ours = comments.find(|comment| {
        let mut properties = comment["properties"].as_array().into_iter().flatten();
        properties.any(|property| property["key"] == PROPERTY && property["value"]["key"] == key)
    });
    Ok(ours.and_then(|comment| comment["id"].as_str()).map(str::to_owned))
}

/// Says here what somebody said over there; said again, it is replaced. What the plugin itself said is left out.
pub fn inward(client: &Client<'_>, issue: &Issue, comment: &Value) -> Result<bool, Failure> {
    let Some(id) = comment["id"].as_str() else {
        return Ok(false);
    };
    let author = client.account(&comment["author"]);
    if author.is_none() || author == Some(me(client)?) {
        return Ok(false);
    }
    let text: String = words(&comment["body"]).chars().take(MAX_CHARS).collect();
    let text = Text::plain_paragraphs(&text).markdown();
    if text.trim().is_empty() {
        return Ok(false);
    }
    let name = line(
        comment["author"]["displayName"].as_str().unwrap_or("somebody"),
        100,
    );
    let name = if name.is_empty() { "somebody" } else { &name };
    changes::of(&issue.id)
        .on_behalf_of(author.as_deref(), name)
        .comment(&format!("jira/{id}"), &text)?;
    Ok(true)
}

/// Those of a ticket's comments that are newer than what was shown, and the newest of all. Of a ticket that was linked by
/// hand nothing is shown that was said before.
pub fn newer<'c>(agreed: &Agreed, comments: &'c [Value]) -> (Vec<&'c Value>, Option<u64>) {
    let number = |comment: &Value| comment["id"].as_str().and_then(|id| id.parse::<u64>().ok());
    let newest = comments.iter().filter_map(number).max();
    let Some(heard) = agreed.field::<u64>(HEARD) else {
        return (Vec::new(), Some(newest.unwrap_or(0)));
    };
    let new = comments
        .iter()
        .filter(|comment| number(comment).is_some_and(|number| number > heard));
    (new.collect(), newest.filter(|newest| *newest > heard))
}

/// Who the plugin is over there: found out once.
fn me(client: &Client<'_>) -> Result<String, Failure> {
    if let Some((me, _)) = kv::get_json::<String>("me")? {
        return Ok(me);
    }
    let found = client.get("myself")?.unwrap_or_default();
    let me = client
        .account(&found)
        .ok_or_else(|| Failure::retry("Jira does not say who its user is"))?;
    kv::put_json("me", &me, None)?;
    log::info(&format!("comments of {me} are the plugin's own"));
    Ok(me)
}

/// The words of rich text, or of plain text.
fn words(body: &Value) -> String {
    match body {
        Value::String(text) => text.clone(),
        Value::Object(node) => {
            let inner = node.get("content").map(words).unwrap_or_default();
            match node.get("type").and_then(Value::as_str) {
                Some("text") => node
                    .get("text")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                Some("hardBreak") => "\n".to_owned(),
                Some("mention" | "emoji") => node["attrs"]["text"].as_str().unwrap_or_default().to_owned(),
                Some("paragraph" | "heading" | "codeBlock") => format!("{inner}\n\n"),
                _ => inner,
            }
        }
        Value::Array(nodes) => nodes.iter().map(words).collect(),
        _ => String::new(),
    }
}
