//! GitLab's REST API, as far as issues go.

use errand_plugin_sdk::http::{self, Request, Response};
use errand_plugin_sdk::tickets::instant::instant;
use errand_plugin_sdk::tickets::making::Unmade;
use errand_plugin_sdk::tickets::standing::Standing;
use errand_plugin_sdk::tickets::text::Text;
use errand_plugin_sdk::tickets::tracker::{Remote, Tracker};
use errand_plugin_sdk::{Failure, Problem, Secret};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::Settings;

const GITLAB: &str = "https://gitlab.com";

/// A project.
pub(crate) struct GitLab<'a> {
    base: &'a str,
    project: &'a str,
    token: &'a Secret,
    labels: &'a str,
    confidential: bool,
}

/// An issue, as GitLab tells of it.
#[derive(Deserialize)]
struct Issue {
    iid: u64,
    web_url: String,
    title: String,
    state: String,
    closed_at: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

impl<'a> GitLab<'a> {
    pub(crate) fn of(settings: &'a Settings) -> Self {
        GitLab {
            base: match settings.url.trim_end_matches('/') {
                "" => GITLAB,
                url => url,
            },
            project: settings.project.trim(),
            token: &settings.token,
            labels: settings.labels.trim(),
            confidential: settings.confidential,
        }
    }

    /// What is wrong with the settings, as far as GitLab says.
    pub(crate) fn check(&self) -> Result<Option<Problem>, Failure> {
        let answer = self.request("GET", self.project, "").send()?;
        Ok(match answer.status() {
            404 => Some(Problem::with(
                "project",
                "GitLab knows no such project, or the token may not see it",
            )),
            401 => Some(Problem::with("token", "GitLab refuses the token")),
            _ => answered(answer).map(|_| None)?,
        })
    }

    fn request(&self, method: &str, project: &str, path: &str) -> Request {
        let project = project.replace('/', "%2F");
        http::request(method, &format!("{}/api/v4/projects/{project}{path}", self.base))
            .secret_header("PRIVATE-TOKEN", self.token)
    }

    /// `group/project#12`: what finds an issue again. GitLab does not tell capitals from small letters in paths.
    pub(crate) fn id(project: &str, number: u64) -> String {
        format!("{}#{number}", project.to_lowercase())
    }

    fn path(id: &str) -> Option<(&str, u64)> {
        let (project, number) = id.split_once('#')?;
        Some((project, number.parse().ok()?))
    }

    fn remote(project: &str, issue: Issue) -> Remote {
        let id = GitLab::id(project, issue.iid);
        Remote {
            name: id.clone(),
            id,
            url: issue.web_url,
            title: issue.title,
            standing: Some(match issue.state.as_str() {
                "closed" => Standing::Resolved,
                _ => Standing::Open,
            }),
            state: issue.state,
            done_at: issue.closed_at.as_deref().and_then(instant),
        }
    }
}

impl Tracker for GitLab<'_> {
    fn system(&self) -> &str {
        "gitlab"
    }

    fn name(&self) -> &str {
        "GitLab"
    }

    fn create(&self, title: &str, text: &Text, mark: &str) -> Result<Remote, Unmade> {
        let mut issue = json!({
            "title": title,
            "description": format!("{}\n<!-- {mark} -->\n", text.markdown()),
        });
        if !self.labels.is_empty() {
            issue["labels"] = json!(self.labels);
        }
        if self.confidential {
            issue["confidential"] = json!(true);
        }
        let answer = self
            .request("POST", self.project, "/issues")
            .json(&issue)
            .send()?;
        // It is made: an answer that cannot be read is looked for like a call that was cut.
        let issue = read::<Issue>(&answered(answer)?).map_err(Unmade::Perhaps)?;
        Ok(GitLab::remote(self.project, issue))
    }

    fn find(&self, mark: &str) -> Result<Option<Remote>, Failure> {
        let path = format!("/issues?search={mark}&in=description&per_page=20");
        let issues: Vec<Issue> = read(&answered(self.request("GET", self.project, &path).send()?)?)?;
        let has_mark = |issue: &Issue| {
            issue
                .description
                .as_deref()
                .is_some_and(|text| text.contains(mark))
        };
        let found = issues.into_iter().find(has_mark);
        Ok(found.map(|issue| GitLab::remote(self.project, issue)))
    }

    fn get(&self, id: &str) -> Result<Option<Remote>, Failure> {
        let Some((project, number)) = GitLab::path(id) else {
            return Ok(None);
        };
        let answer = self
            .request("GET", project, &format!("/issues/{number}"))
            .send()?;
        // Deleted, or moved to where the token may not look.
        if answer.status() == 404 {
            return Ok(None);
        }
        Ok(Some(GitLab::remote(project, read(&answered(answer)?)?)))
    }

    fn look_up(&self, reference: &str) -> Result<Option<Remote>, Failure> {
        match id_of(reference, self.project) {
            Some(id) => self.get(&id),
            None => Ok(None),
        }
    }

    /// GitLab knows open and closed; what is archived here is left open there.
    fn bring(&self, ticket: &Remote, to: Standing) -> Result<Option<Remote>, Failure> {
        let Some((project, number)) = GitLab::path(&ticket.id) else {
            return Ok(None);
        };
        let event = match to {
            Standing::Open => "reopen",
            Standing::Resolved => "close",
            Standing::Archived => return Ok(None),
        };
        let answer = self
            .request("PUT", project, &format!("/issues/{number}"))
            .json(&json!({ "state_event": event }))
            .send()?;
        Ok(Some(GitLab::remote(project, read(&answered(answer)?)?)))
    }

    fn comment(&self, ticket: &str, text: &Text) -> Result<(), Failure> {
        let Some((project, number)) = GitLab::path(ticket) else {
            return Ok(());
        };
        let answer = self
            .request("POST", project, &format!("/issues/{number}/notes"))
            .json(&json!({ "body": text.markdown() }))
            .send()?;
        answered(answer).map(|_| ())
    }
}

/// `12`, `#12`, `group/project#12`, or an address with `group/project/-/issues/12`.
fn id_of(reference: &str, project: &str) -> Option<String> {
    let reference = reference.trim().trim_end_matches('/');
    if let Ok(number) = reference.trim_start_matches('#').parse() {
        return Some(GitLab::id(project, number));
    }
    let path = match reference.split_once("://") {
        None => {
            let (project, number) = GitLab::path(reference)?;
            return Some(GitLab::id(project, number));
        }
        Some((_, rest)) => rest.split(['?', '#']).next()?.split_once('/')?.1,
    };
    let (project, number) = path
        .split_once("/-/issues/")
        .or_else(|| path.split_once("/-/work_items/"))?;
    Some(GitLab::id(project, number.parse().ok()?))
}

fn read<T: DeserializeOwned>(answer: &Response) -> Result<T, Failure> {
    // A proxy's page, or half an answer: the next may be whole.
    answer.json().map_err(|error| Failure::retry(error.to_string()))
}

/// What an answer means. GitLab says 404 also to a token that may not see the project.
fn answered(answer: Response) -> Result<Response, Failure> {
    match answer.status() {
        301 | 302 | 307 | 308 | 404 => Err(Failure::config(
            "project",
            "GitLab knows no such project any more, or the token may not see it: it was renamed, moved or deleted",
        )),
        409 => Err(Failure::retry("GitLab is at it already")),
        _ => answer.ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_meant_in_many_ways() {
        let id = |reference| id_of(reference, "Ada/Shop");
        for reference in [
            "12",
            "#12",
            " ada/shop#12 ",
            "https://gitlab.com/ada/shop/-/issues/12#note_1",
        ] {
            assert_eq!(id(reference).as_deref(), Some("ada/shop#12"), "{reference}");
        }
        assert_eq!(id("a/b/c#3").as_deref(), Some("a/b/c#3"));
        assert_eq!(
            id("https://git.example.com/a/b/c/-/work_items/3").as_deref(),
            Some("a/b/c#3")
        );
        for none in [
            "",
            "shop",
            "https://gitlab.com/ada/shop/-/merge_requests/12",
            "ada/shop#x",
        ] {
            assert_eq!(id(none), None, "{none}");
        }
    }
}
