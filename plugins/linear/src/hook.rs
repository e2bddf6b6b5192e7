//! What Linear tells: that an issue changed, or what somebody said about one. The hub has checked its signature; when it
//! was signed stands in the body.

use errand_plugin_sdk::inbound::{Request, Response};
use errand_plugin_sdk::tickets::tracker::{Comment, Work};
use errand_plugin_sdk::{Failure, now};
use serde::Deserialize;

use crate::api::Linear;

/// How old what Linear tells may be, in milliseconds: Linear signs each try anew.
const TOLERANCE_MS: u64 = 300_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    #[serde(default)]
    action: String,
    #[serde(default, rename = "type")]
    kind: String,
    data: Option<Data>,
    actor: Option<Actor>,
    webhook_timestamp: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    id: String,
    #[serde(default)]
    body: String,
    issue_id: Option<String>,
}

#[derive(Deserialize)]
struct Actor {
    id: String,
    #[serde(default)]
    name: String,
}

/// Does what it asks for. What is no business of ours is fine too.
pub(crate) fn hear(work: &Work<'_, Linear<'_>>, request: &Request) -> Result<Response, Failure> {
    let told: Told = request.json()?;
    let sent = told.webhook_timestamp.unwrap_or_default();
    if now().abs_diff(sent) > TOLERANCE_MS {
        return Ok(Response::status(401));
    }
    let Some(data) = told.data else {
        return Ok(Response::status(204));
    };
    match (told.kind.as_str(), told.action.as_str()) {
        ("Issue", _) => work.on_ticket(&data.id)?,
        ("Comment", "create" | "update") => {
            if let (Some(issue), Some(actor)) = (&data.issue_id, &told.actor) {
                let comment = Comment {
                    id: &data.id,
                    author_id: Some(&actor.id),
                    author: &actor.name,
                    text: &data.body,
                };
                work.on_comment(issue, &comment)?;
            }
        }
        _ => {}
    }
    Ok(Response::status(204))
}
