//! What GitHub tells: that an issue changed, or what somebody said about one. The hub has checked its signature.

use errand_plugin_sdk::Failure;
use errand_plugin_sdk::inbound::{Request, Response};
use errand_plugin_sdk::tickets::tracker::{Comment, Work};
use serde::Deserialize;

use crate::api::GitHub;

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    action: String,
    repository: Option<Repository>,
    issue: Option<Issue>,
    comment: Option<Said>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
}

#[derive(Deserialize)]
struct Said {
    id: u64,
    #[serde(default)]
    body: Option<String>,
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(default, rename = "type")]
    kind: String,
}

/// Does what it asks for. What is no business of ours is fine too.
pub(crate) fn hear(work: &Work<'_, GitHub<'_>>, request: &Request) -> Result<Response, Failure> {
    let told: Told = request.json()?;
    let (Some(repository), Some(issue)) = (told.repository, told.issue) else {
        return Ok(Response::status(204));
    };
    let id = GitHub::id(&repository.full_name, issue.number);
    match (request.header("x-github-event"), told.comment) {
        (Some("issues"), _) => work.on_ticket(&id)?,
        (Some("issue_comment"), Some(said)) if matches!(told.action.as_str(), "created" | "edited") => {
            let user = said.user.filter(|user| user.kind != "Bot");
            if let (Some(user), Some(text)) = (user, &said.body) {
                let comment = Comment {
                    id: &said.id.to_string(),
                    author_id: Some(&user.login),
                    author: &user.login,
                    text,
                };
                work.on_comment(&id, &comment)?;
            }
        }
        _ => {}
    }
    Ok(Response::status(204))
}
