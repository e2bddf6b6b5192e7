//! What GitLab tells: that an issue changed, or what somebody said about one. The hub has checked who sends it.

use errand_plugin_sdk::Failure;
use errand_plugin_sdk::inbound::{Request, Response};
use errand_plugin_sdk::tickets::tracker::{Comment, Work};
use serde::Deserialize;

use crate::api::GitLab;

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    object_kind: String,
    project: Option<Project>,
    user: Option<User>,
    object_attributes: Option<Attributes>,
    issue: Option<Issue>,
}

#[derive(Deserialize)]
struct Project {
    path_with_namespace: String,
}

#[derive(Deserialize)]
struct User {
    username: String,
    name: String,
}

/// Of the issue itself, or of the note.
#[derive(Deserialize)]
struct Attributes {
    id: Option<u64>,
    iid: Option<u64>,
    #[serde(default)]
    note: String,
    #[serde(default)]
    system: bool,
}

#[derive(Deserialize)]
struct Issue {
    iid: u64,
}

/// Does what it asks for. What is no business of ours is fine too.
pub(crate) fn hear(work: &Work<'_, GitLab<'_>>, request: &Request) -> Result<Response, Failure> {
    let told: Told = request.json()?;
    let (Some(project), Some(attributes)) = (told.project, told.object_attributes) else {
        return Ok(Response::status(204));
    };
    let id = |number: u64| GitLab::id(&project.path_with_namespace, number);
    match (told.object_kind.as_str(), attributes.iid, told.issue) {
        ("issue", Some(number), _) => work.on_ticket(&id(number))?,
        ("note", _, Some(issue)) if !attributes.system => {
            if let (Some(note), Some(user)) = (attributes.id, &told.user) {
                let comment = Comment {
                    id: &note.to_string(),
                    author_id: Some(&user.username),
                    author: &user.name,
                    text: &attributes.note,
                };
                work.on_comment(&id(issue.iid), &comment)?;
            }
        }
        _ => {}
    }
    Ok(Response::status(204))
}
