//! Links to issues that people post are shown with what the issue is.

use errand_plugin_sdk::chat::Card;
use errand_plugin_sdk::inbound::Response;
use errand_plugin_sdk::{Failure, issues, log};
use serde_json::{Map, Value, json};

use crate::api::Slack;
use crate::blocks::{self, Buttons};

/// Links of one message that are shown: each costs the hub's answers to some questions.
const LINKS: usize = 5;

/// Answers an event of Slack's Events API.
pub(crate) fn handle(slack: &Slack<'_>, event: &Value) -> Result<Response, Failure> {
    match event["type"].as_str() {
        Some("url_verification") => Ok(Response::json(&json!({"challenge": event["challenge"]}))),
        Some("event_callback") if event["event"]["type"] == "link_shared" => {
            unfurl(slack, &event["event"])?;
            Ok(Response::status(200))
        }
        _ => Ok(Response::status(200)),
    }
}

fn unfurl(slack: &Slack<'_>, shared: &Value) -> Result<(), Failure> {
    let mut unfurls = Map::new();
    let links = shared["links"].as_array().into_iter().flatten();
    for link in links.filter_map(|link| link["url"].as_str()).take(LINKS) {
        if let Some(card) = card_of(link)? {
            let blocks = blocks::of(&card, None, &Buttons::default());
            unfurls.insert(link.to_owned(), json!({"blocks": blocks}));
        }
    }
    if unfurls.is_empty() {
        log::explain("no link leads to an issue of this installation");
        return Ok(());
    }
    let mut body = json!({"unfurls": unfurls});
    // A message that is still being written has no place yet.
    let place: &[(&str, &str)] = match shared["unfurl_id"].is_string() && shared["source"].is_string() {
        true => &[("unfurl_id", "unfurl_id"), ("source", "source")],
        false => &[("channel", "channel"), ("ts", "message_ts")],
    };
    for (field, from) in place {
        body[*field] = shared[*from].clone();
    }
    match slack.call("chat.unfurl", &body) {
        // The message went away meanwhile, or its channel is none of the app's.
        Err(trouble) if trouble.is(&["cannot_unfurl_message", "cannot_unfurl_url", "message_not_found"]) => {
            Ok(())
        }
        Err(trouble) => Err(trouble.into()),
        Ok(_) => Ok(()),
    }
}

/// The issue that a link leads to, if it is one of this hub's that the installation may see.
fn card_of(link: &str) -> Result<Option<Card>, Failure> {
    let Some((_, behind)) = link.split_once("/issues/") else {
        return Ok(None);
    };
    let id: String = behind.chars().take_while(char::is_ascii_digit).collect();
    if id.is_empty() {
        return Ok(None);
    }
    let found = issues::get(&id)?;
    let is_here = |url: &str| link.starts_with(url.trim_end_matches('/'));
    match found.filter(|issue| is_here(&issue.url)) {
        Some(issue) => Card::of(&issue).map(Some),
        None => Ok(None),
    }
}
