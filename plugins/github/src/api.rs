//! GitHub's REST API, as far as issues go.

use errand_plugin_sdk::http::{self, Request, Response};
use errand_plugin_sdk::tickets::instant::instant;
use errand_plugin_sdk::tickets::making::Unmade;
use errand_plugin_sdk::tickets::standing::Standing;
use errand_plugin_sdk::tickets::text::Text;
use errand_plugin_sdk::tickets::tracker::{Remote, Tracker};
use errand_plugin_sdk::{Failure, Problem, Secret, now};
use serde::Deserialize;
use serde_json::json;

use crate::Settings;

const API: &str = "https://api.github.com";
/// Issues that are looked through for one that was made and not written down.
const LOOKED_THROUGH: u32 = 100;

/// A repository.
pub(crate) struct GitHub<'a> {
    base: &'a str,
    repository: &'a str,
    token: &'a Secret,
    labels: Vec<&'a str>,
}

/// An issue, as GitHub tells of it.
#[derive(Deserialize)]
pub(crate) struct Issue {
    number: u64,
    html_url: String,
    title: String,
    state: String,
    state_reason: Option<String>,
    closed_at: Option<String>,
    #[serde(default)]
    body: Option<String>,
}

impl<'a> GitHub<'a> {
    pub(crate) fn of(settings: &'a Settings) -> Self {
        let labels = settings.labels.split(',').map(str::trim);
        GitHub {
            base: match settings.url.trim_end_matches('/') {
                "" => API,
                url => url,
            },
            repository: settings.repository.trim(),
            token: &settings.token,
            labels: labels.filter(|label| !label.is_empty()).collect(),
        }
    }

    /// What is wrong with the settings, as far as GitHub says.
    pub(crate) fn check(&self) -> Result<Option<Problem>, Failure> {
        let answer = self
            .request("GET", &format!("/repos/{}", self.repository))
            .send()?;
        Ok(match answer.status() {
            404 | 301 => Some(Problem::with(
                "repository",
                "GitHub knows no such repository, or the token may not see it",
            )),
            401 => Some(Problem::with("token", "GitHub refuses the token")),
            _ => answered(answer).map(|_| None)?,
        })
    }

    fn request(&self, method: &str, path: &str) -> Request {
        http::request(method, &format!("{}{path}", self.base))
            .bearer(self.token)
            .header("Accept", "application/vnd.github+json")
            .header("X-GitHub-Api-Version", "2022-11-28")
            .header("User-Agent", "errand")
    }

    /// `owner/repository#12`: what finds an issue again. GitHub does not tell capitals from small letters in names.
    pub(crate) fn id(repository: &str, number: u64) -> String {
        format!("{}#{number}", repository.to_ascii_lowercase())
    }

    fn remote(repository: &str, issue: Issue) -> Remote {
        let state = match &issue.state_reason {
            Some(reason) if issue.state == "closed" => format!("closed as {}", reason.replace('_', " ")),
            _ => issue.state.clone(),
        };
        let standing = match (issue.state.as_str(), issue.state_reason.as_deref()) {
            ("open", _) => Standing::Open,
            (_, Some("not_planned" | "duplicate")) => Standing::Archived,
            _ => Standing::Resolved,
        };
        let id = GitHub::id(repository, issue.number);
        Remote {
            name: id.clone(),
            id,
            url: issue.html_url,
            title: issue.title,
            state,
            standing: Some(standing),
            done_at: issue.closed_at.as_deref().and_then(instant),
        }
    }

    fn path(id: &str) -> Option<(&str, u64)> {
        let (repository, number) = id.split_once('#')?;
        Some((repository, number.parse().ok()?))
    }
}

impl Tracker for GitHub<'_> {
    fn system(&self) -> &str {
        "github"
    }

    fn name(&self) -> &str {
        "GitHub"
    }

    fn create(&self, title: &str, text: &Text, mark: &str) -> Result<Remote, Unmade> {
        let mut issue = json!({ "title": title, "body": format!("{}\n<!-- {mark} -->\n", text.markdown()) });
        if !self.labels.is_empty() {
            issue["labels"] = json!(self.labels);
        }
        let path = format!("/repos/{}/issues", self.repository);
        let answer = answered(self.request("POST", &path).json(&issue).send()?)?;
        // It is made: an answer that cannot be read is looked for like a call that was cut.
        let issue = answer
            .json::<Issue>()
            .map_err(|error| Unmade::Perhaps(Failure::retry(error.to_string())))?;
        Ok(GitHub::remote(self.repository, issue))
    }

    fn find(&self, mark: &str) -> Result<Option<Remote>, Failure> {
        let path = format!(
            "/repos/{}/issues?state=all&sort=created&direction=desc&per_page={LOOKED_THROUGH}",
            self.repository
        );
        let issues: Vec<Issue> = read(&answered(self.request("GET", &path).send()?)?)?;
        let has_mark = |issue: &Issue| issue.body.as_deref().is_some_and(|body| body.contains(mark));
        let found = issues.into_iter().find(has_mark);
        Ok(found.map(|issue| GitHub::remote(self.repository, issue)))
    }

    fn get(&self, id: &str) -> Result<Option<Remote>, Failure> {
        let Some((repository, number)) = GitHub::path(id) else {
            return Ok(None);
        };
        let answer = self
            .request("GET", &format!("/repos/{repository}/issues/{number}"))
            .send()?;
        // Deleted, or moved to another repository.
        if matches!(answer.status(), 301 | 404 | 410) {
            return Ok(None);
        }
        Ok(Some(GitHub::remote(repository, read(&answered(answer)?)?)))
    }

    fn look_up(&self, reference: &str) -> Result<Option<Remote>, Failure> {
        let Some(id) = id_of(reference, self.repository) else {
            return Ok(None);
        };
        self.get(&id)
    }

    fn bring(&self, ticket: &Remote, to: Standing) -> Result<Option<Remote>, Failure> {
        let Some((repository, number)) = GitHub::path(&ticket.id) else {
            return Ok(None);
        };
        let (state, reason) = match to {
            Standing::Open => ("open", "reopened"),
            Standing::Resolved => ("closed", "completed"),
            Standing::Archived => ("closed", "not_planned"),
        };
        let answer = self
            .request("PATCH", &format!("/repos/{repository}/issues/{number}"))
            .json(&json!({ "state": state, "state_reason": reason }))
            .send()?;
        Ok(Some(GitHub::remote(repository, read(&answered(answer)?)?)))
    }

    fn comment(&self, ticket: &str, text: &Text) -> Result<(), Failure> {
        let Some((repository, number)) = GitHub::path(ticket) else {
            return Ok(());
        };
        let answer = self
            .request("POST", &format!("/repos/{repository}/issues/{number}/comments"))
            .json(&json!({ "body": text.markdown() }))
            .send()?;
        answered(answer).map(|_| ())
    }
}

/// `12`, `#12`, `owner/repository#12`, or an address that ends in `owner/repository/issues/12`.
fn id_of(reference: &str, repository: &str) -> Option<String> {
    let reference = reference.trim().trim_end_matches('/');
    if let Ok(number) = reference.trim_start_matches('#').parse() {
        return Some(GitHub::id(repository, number));
    }
    if let Some((repository, number)) = GitHub::path(reference) {
        return Some(GitHub::id(repository, number));
    }
    let path = reference.split(['?', '#']).next()?;
    let mut parts = path.rsplit('/');
    let (number, kind) = (parts.next()?.parse().ok()?, parts.next()?);
    let (name, owner) = (parts.next()?, parts.next()?);
    (kind == "issues").then(|| GitHub::id(&format!("{owner}/{name}"), number))
}

fn read<T: serde::de::DeserializeOwned>(answer: &Response) -> Result<T, Failure> {
    // A proxy's page, or half an answer: the next may be whole.
    answer.json().map_err(|error| Failure::retry(error.to_string()))
}

/// What an answer means. GitHub says 403 also to who asks too often, and 404 to a token that may not see the repository.
fn answered(answer: Response) -> Result<Response, Failure> {
    let pause = || {
        let after = answer
            .header("retry-after")
            .and_then(|after| after.parse::<u64>().ok());
        let is_out = answer.header("x-ratelimit-remaining") == Some("0");
        let reset = answer
            .header("x-ratelimit-reset")
            .and_then(|at| at.parse::<u64>().ok());
        after
            .map(|seconds| seconds * 1_000)
            .or_else(|| is_out.then(|| reset.map(|at| (at * 1_000).saturating_sub(now())))?)
    };
    match (answer.status(), pause()) {
        (403 | 429, Some(after_ms)) => Err(Failure::RateLimited {
            after_ms: after_ms.max(1_000),
        }),
        (301 | 307 | 308 | 404, _) => Err(Failure::config(
            "repository",
            "GitHub knows no such repository any more, or the token may not see it: it was renamed, moved or deleted",
        )),
        (410, _) => Err(Failure::config(
            "repository",
            "issues are turned off in this repository",
        )),
        _ => answer.ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_meant_in_many_ways() {
        let id = |reference| id_of(reference, "ada/shop");
        for reference in [
            "12",
            "#12",
            " ada/shop#12 ",
            "https://github.com/ada/shop/issues/12#issuecomment-1",
        ] {
            assert_eq!(id(reference).as_deref(), Some("ada/shop#12"), "{reference}");
        }
        assert_eq!(id("bob/till#3").as_deref(), Some("bob/till#3"));
        for none in ["", "shop", "https://github.com/ada/shop/pull/12", "ada/shop#x"] {
            assert_eq!(id(none), None, "{none}");
        }
    }
}
