//! Linear's issues.

use errand_plugin_sdk::tickets::instant::instant;
use errand_plugin_sdk::tickets::making::Unmade;
use errand_plugin_sdk::tickets::standing::{Standing, States};
use errand_plugin_sdk::tickets::text::Text;
use errand_plugin_sdk::tickets::tracker::{Remote, Tracker};
use errand_plugin_sdk::{Failure, Problem};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Settings;
use crate::wire::Wire;

const API: &str = "https://api.linear.app";

const FIELDS: &str = "id identifier url title completedAt canceledAt trashed state { id name type } \
    team { states(first: 100) { nodes { id name type position } } }";

/// A team.
pub(crate) struct Linear<'a> {
    wire: Wire<'a>,
    team: &'a str,
    states: States,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issue {
    id: String,
    identifier: String,
    url: String,
    title: String,
    completed_at: Option<String>,
    canceled_at: Option<String>,
    trashed: Option<bool>,
    state: State,
    team: Team,
}

#[derive(Deserialize)]
struct Team {
    states: Nodes<State>,
}

#[derive(Deserialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Deserialize)]
struct State {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    position: f64,
}

impl State {
    fn usual(&self) -> Standing {
        match self.kind.as_str() {
            "completed" => Standing::Resolved,
            "canceled" | "duplicate" => Standing::Archived,
            _ => Standing::Open,
        }
    }

    /// Where a reopened issue goes rather.
    fn order(&self) -> u8 {
        match self.kind.as_str() {
            "unstarted" => 0,
            "started" => 1,
            "backlog" => 2,
            _ => 3,
        }
    }
}

impl<'a> Linear<'a> {
    pub(crate) fn of(settings: &'a Settings) -> Self {
        let base = match settings.url.trim_end_matches('/') {
            "" => API,
            url => url,
        };
        Linear {
            wire: Wire {
                base,
                key: &settings.api_key,
            },
            team: settings.team.trim(),
            states: States::default()
                .prefer(Standing::Resolved, &settings.resolved_states)
                .prefer(Standing::Archived, &settings.archived_states)
                .prefer(Standing::Open, &settings.open_states),
        }
    }

    fn team_id(&self) -> Result<String, Failure> {
        let query =
            "query Team($key: String!) { teams(filter: { key: { eqIgnoreCase: $key } }) { nodes { id } } }";
        let data = self
            .wire
            .ask(query, json!({ "key": self.team }))?
            .unwrap_or_default();
        let id = data["teams"]["nodes"][0]["id"].as_str();
        id.map(str::to_owned)
            .ok_or_else(|| Failure::config("team", "Linear knows no such team, or the key may not see it"))
    }

    /// What is wrong with the settings, as far as Linear says.
    pub(crate) fn check(&self) -> Result<Option<Problem>, Failure> {
        match self.team_id() {
            Err(Failure::Auth(why)) => Ok(Some(Problem::with(
                "api_key",
                format!("Linear refuses the key: {why}"),
            ))),
            Err(Failure::Config(problem)) => Ok(Some(problem)),
            answer => answer.map(|_| None),
        }
    }

    fn issue(&self, id: &str) -> Result<Option<Issue>, Failure> {
        let query = format!("query Issue($id: String!) {{ issue(id: $id) {{ {FIELDS} }} }}");
        match self.wire.ask(&query, json!({ "id": id }))? {
            Some(data) if !data["issue"].is_null() => read(&data["issue"]).map(Some),
            _ => Ok(None),
        }
    }
}

fn remote(issue: &Issue, states: &States) -> Remote {
    let done = issue.completed_at.as_deref().or(issue.canceled_at.as_deref());
    Remote {
        id: issue.id.clone(),
        name: issue.identifier.clone(),
        url: issue.url.clone(),
        title: issue.title.clone(),
        state: issue.state.name.clone(),
        standing: states.meaning(&issue.state.name, issue.state.usual()),
        done_at: done.and_then(instant),
    }
}

impl Tracker for Linear<'_> {
    fn system(&self) -> &str {
        "linear"
    }

    fn name(&self) -> &str {
        "Linear"
    }

    /// Linear takes ids from who makes an issue, and takes each once: the mark is the id.
    fn create(&self, title: &str, text: &Text, mark: &str) -> Result<Remote, Unmade> {
        let query = format!(
            "mutation Create($input: IssueCreateInput!) {{ issueCreate(input: $input) {{ success issue {{ {FIELDS} }} }} }}"
        );
        let input = json!({
            "id": uuid_of(mark),
            "teamId": self.team_id()?,
            "title": title,
            "description": text.markdown(),
        });
        let data = self
            .wire
            .ask(&query, json!({ "input": input }))?
            .unwrap_or_default();
        let issue: Issue = read(&data["issueCreate"]["issue"]).map_err(Unmade::Perhaps)?;
        Ok(remote(&issue, &self.states))
    }

    fn find(&self, mark: &str) -> Result<Option<Remote>, Failure> {
        self.get(&uuid_of(mark))
    }

    fn get(&self, id: &str) -> Result<Option<Remote>, Failure> {
        let issue = self.issue(id)?.filter(|issue| issue.trashed != Some(true));
        Ok(issue.map(|issue| remote(&issue, &self.states)))
    }

    fn look_up(&self, reference: &str) -> Result<Option<Remote>, Failure> {
        match identifier(reference) {
            Some(identifier) => self.get(&identifier),
            None => Ok(None),
        }
    }

    fn bring(&self, ticket: &Remote, to: Standing) -> Result<Option<Remote>, Failure> {
        let Some(issue) = self.issue(&ticket.id)? else {
            return Ok(None);
        };
        let mut reachable = issue.team.states.nodes;
        reachable.sort_by(|one, other| {
            one.order()
                .cmp(&other.order())
                .then(one.position.total_cmp(&other.position))
        });
        let state = self
            .states
            .choose(to, &reachable, |state| (state.name.as_str(), state.usual()));
        let Some(state) = state else {
            return Ok(None);
        };
        let query = format!(
            "mutation Update($id: String!, $state: String!) {{ \
             issueUpdate(id: $id, input: {{ stateId: $state }}) {{ success issue {{ {FIELDS} }} }} }}"
        );
        let variables = json!({ "id": ticket.id, "state": state.id });
        let data = self.wire.ask(&query, variables)?.unwrap_or_default();
        let issue: Issue = read(&data["issueUpdate"]["issue"])?;
        Ok(Some(remote(&issue, &self.states)))
    }

    fn comment(&self, ticket: &str, text: &Text) -> Result<(), Failure> {
        let query = "mutation Comment($id: String!, $body: String!) { \
             commentCreate(input: { issueId: $id, body: $body }) { success } }";
        self.wire
            .ask(query, json!({ "id": ticket, "body": text.markdown() }))
            .map(|_| ())
    }
}

/// `SHO-12`, or an address with `/issue/SHO-12`.
fn identifier(reference: &str) -> Option<String> {
    let reference = reference.trim();
    let word = match reference.split_once("/issue/") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next()?,
        None => reference,
    };
    let (team, number) = word.split_once('-')?;
    let is_one =
        !team.is_empty() && team.chars().all(|c| c.is_ascii_alphanumeric()) && number.parse::<u32>().is_ok();
    is_one.then(|| word.to_ascii_uppercase())
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Failure> {
    T::deserialize(value)
        .map_err(|error| Failure::retry(format!("Linear's answer is not as expected: {error}")))
}

/// A UUID that always is the same for a mark, in the form of version 4, which Linear asks for.
fn uuid_of(mark: &str) -> String {
    let hash = |seed: u64| {
        mark.bytes().fold(seed, |hash, byte| {
            (hash ^ u64::from(byte))
                .wrapping_mul(0x0000_0100_0000_01b3)
                .rotate_left(5)
        })
    };
    let (high, low) = (hash(0xcbf2_9ce4_8422_2325), hash(0x9e37_79b9_7f4a_7c15));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_meant_in_many_ways() {
        for reference in [
            "sho-12",
            " SHO-12 ",
            "https://linear.app/acme/issue/SHO-12/it-broke#comment",
        ] {
            assert_eq!(identifier(reference).as_deref(), Some("SHO-12"), "{reference}");
        }
        for none in ["", "12", "SHO-", "-12", "https://linear.app/acme/team/SHO"] {
            assert_eq!(identifier(none), None, "{none}");
        }
    }

    #[test]
    fn a_mark_is_one_uuid_and_another_is_another() {
        let uuids: std::collections::BTreeSet<String> =
            (0..1_000).map(|n| uuid_of(&format!("errand-1-{n}-0"))).collect();
        assert_eq!(uuids.len(), 1_000);
        for uuid in uuids {
            assert_eq!(uuid.len(), 36);
            assert_eq!(&uuid[14..15], "4");
            assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        }
        assert_eq!(uuid_of("x"), uuid_of("x"));
    }
}
