//! Zendesk's API, as far as it is needed, and what its answers mean.

use errand_plugin_sdk::{Failure, http};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::desk::Desk;

/// Who waits for a call waits no longer than ten seconds.
const TIMEOUT_MS: u32 = 6_000;
/// Characters of a refusal that are told.
const QUOTED: usize = 300;
/// Tickets that are asked for at once.
pub(crate) const MAX_AT_ONCE: usize = 100;

/// A ticket as it stands.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Seen {
    pub(crate) id: u64,
    pub(crate) subject: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) status: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) requester_id: Option<u64>,
    pub(crate) tags: Vec<String>,
    pub(crate) custom_fields: Vec<Field>,
}

/// What a ticket field of the account holds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Field {
    pub(crate) id: u64,
    pub(crate) value: Value,
}

/// What somebody said in a ticket.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Comment {
    pub(crate) plain_body: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) public: bool,
    pub(crate) via: Value,
}

impl Comment {
    pub(crate) fn text(&self) -> &str {
        self.plain_body
            .as_deref()
            .or(self.body.as_deref())
            .unwrap_or_default()
    }
}

/// Who asks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Requester {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) external_id: Option<String>,
}

/// A macro's name, or what it would make of a ticket.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Macro {
    pub(crate) id: u64,
    pub(crate) title: String,
}

/// What a macro would make of a ticket.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Applied {
    pub(crate) comment: Option<Value>,
    pub(crate) status: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
}

/// A change of many tickets at once, which Zendesk is at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) results: Value,
}

/// Why Zendesk did not change a ticket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Refusal {
    /// It was deleted.
    Gone,
    /// It is closed: nobody can change it.
    Closed,
    /// It does not like the change; in its own words.
    Invalid(String),
    /// Whatever the hub has to know.
    Failed(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Refusal::Failed(failure)
    }
}

impl Desk<'_> {
    fn request(&self, method: &str, path: &str) -> http::Request {
        self.count_request();
        let url = format!("{}/api/v2/{path}", self.settings.url.trim_end_matches('/'));
        let request = http::request(method, &url)
            .header("Accept", "application/json")
            .timeout_ms(TIMEOUT_MS);
        match self.settings.email.trim() {
            "" => request.bearer(&self.settings.token),
            email => request.basic(&format!("{email}/token"), &self.settings.token),
        }
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Refusal> {
        read(&answered(self.request("GET", path).send()?)?)
    }

    /// A ticket; none if it was deleted.
    pub(crate) fn ticket(&self, id: u64) -> Result<Option<Seen>, Failure> {
        #[derive(Deserialize)]
        struct Body {
            ticket: Seen,
        }
        let seen = found(self.get::<Body>(&format!("tickets/{id}")))?;
        Ok(seen
            .map(|body| body.ticket)
            .filter(|ticket| ticket.status != "deleted"))
    }

    /// Those of these tickets that there are.
    pub(crate) fn tickets(&self, ids: &[u64]) -> Result<Vec<Seen>, Failure> {
        #[derive(Deserialize)]
        struct Body {
            tickets: Vec<Seen>,
        }
        let mut all = Vec::new();
        for ids in ids.chunks(MAX_AT_ONCE) {
            let ids = listed(ids);
            let page = found(self.get::<Body>(&format!("tickets/show_many?ids={ids}")))?;
            all.extend(page.into_iter().flat_map(|body| body.tickets));
        }
        all.retain(|ticket| ticket.status != "deleted");
        Ok(all)
    }

    /// The first hundred comments of a ticket, the oldest first.
    pub(crate) fn comments(&self, id: u64) -> Result<Vec<Comment>, Failure> {
        #[derive(Deserialize)]
        struct Body {
            comments: Vec<Comment>,
        }
        let comments = found(self.get::<Body>(&format!("tickets/{id}/comments")))?;
        Ok(comments.map(|body| body.comments).unwrap_or_default())
    }

    pub(crate) fn requester(&self, id: u64) -> Result<Option<Requester>, Failure> {
        #[derive(Deserialize)]
        struct Body {
            user: Requester,
        }
        Ok(found(self.get::<Body>(&format!("users/{id}")))?.map(|body| body.user))
    }

    /// Tickets that were changed since then (`2026-09-21T14:13:20Z`), the first first; one page.
    pub(crate) fn changed_since(&self, time: &str) -> Result<Vec<u64>, Failure> {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            results: Vec<Seen>,
        }
        let query = format!(
            "search?query=type%3Aticket%20updated%3E{}&sort_by=updated_at&sort_order=asc",
            escape(time)
        );
        let body = found(self.get::<Body>(&query))?;
        Ok(body
            .into_iter()
            .flat_map(|body| body.results)
            .map(|ticket| ticket.id)
            .collect())
    }

    pub(crate) fn macros(&self) -> Result<Vec<Macro>, Failure> {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            macros: Vec<Macro>,
        }
        Ok(found(self.get::<Body>("macros/active"))?
            .map(|body| body.macros)
            .unwrap_or_default())
    }

    /// What a macro would make of a ticket.
    pub(crate) fn apply(&self, macro_id: &str, ticket: u64) -> Result<Applied, Failure> {
        #[derive(Deserialize)]
        struct Outer {
            result: Inner,
        }
        #[derive(Deserialize)]
        struct Inner {
            ticket: Applied,
        }
        let applied = found(self.get::<Outer>(&format!("tickets/{ticket}/macros/{macro_id}/apply")))?;
        let missing = || Failure::config("macro", "Zendesk knows no such macro");
        Ok(applied.ok_or_else(missing)?.result.ticket)
    }

    /// Changes a ticket.
    pub(crate) fn update(&self, id: u64, change: &Value) -> Result<(), Refusal> {
        let request = self
            .request("PUT", &format!("tickets/{id}"))
            .json(&json!({ "ticket": change }));
        answered(request.send()?).map(drop)
    }

    /// Changes many alike, and gives the job that does.
    pub(crate) fn update_many(&self, ids: &[u64], change: &Value) -> Result<Job, Refusal> {
        let path = format!("tickets/update_many?ids={}", listed(ids));
        let request = self.request("PUT", &path).json(&json!({ "ticket": change }));
        read::<JobBody>(&answered(request.send()?)?).map(|body| body.job_status)
    }

    pub(crate) fn job(&self, id: &str) -> Result<Option<Job>, Failure> {
        Ok(found(self.get::<JobBody>(&format!("job_statuses/{}", escape(id))))?.map(|body| body.job_status))
    }

    /// Makes a ticket. The same key makes the same one, for two hours.
    pub(crate) fn create(&self, key: &str, ticket: &Value) -> Result<Seen, Refusal> {
        #[derive(Deserialize)]
        struct Body {
            ticket: Seen,
        }
        let request = self.request("POST", "tickets").header("Idempotency-Key", key);
        let request = request.json(&json!({ "ticket": ticket }));
        read::<Body>(&answered(request.send()?)?).map(|body| body.ticket)
    }

    /// The ticket that was made under a name of ours.
    pub(crate) fn find_made(&self, external_id: &str) -> Result<Option<Seen>, Failure> {
        #[derive(Deserialize)]
        struct Body {
            tickets: Vec<Seen>,
        }
        let found = found(self.get::<Body>(&format!("tickets?external_id={}", escape(external_id))))?;
        Ok(found.and_then(|body| body.tickets.into_iter().next()))
    }
}

#[derive(Deserialize)]
struct JobBody {
    job_status: Job,
}

/// What an answer means. Two that change the same ticket at once is told by 409: whoever comes again is right.
fn answered(response: http::Response) -> Result<http::Response, Refusal> {
    match response.status() {
        404 | 410 => Err(Refusal::Gone),
        409 => Err(Refusal::Failed(Failure::retry(
            "somebody changed the ticket at the same moment",
        ))),
        422 => {
            let text: String = String::from_utf8_lossy(response.body())
                .chars()
                .take(QUOTED)
                .collect();
            Err(match is_about_closed(&text) {
                true => Refusal::Closed,
                false => Refusal::Invalid(text),
            })
        }
        _ => Ok(response.ok()?),
    }
}

/// `Status: closed prevents ticket update`
pub(crate) fn is_about_closed(text: &str) -> bool {
    text.to_lowercase().contains("closed prevents")
}

/// Something between us and Zendesk may answer in its place: that passes.
fn read<T: DeserializeOwned>(response: &http::Response) -> Result<T, Refusal> {
    let read = serde_json::from_slice(response.body());
    read.map_err(|error| {
        Refusal::Failed(Failure::retry(format!(
            "Zendesk's answer is not the expected JSON: {error}"
        )))
    })
}

/// What was asked for, none if it is gone.
fn found<T>(answer: Result<T, Refusal>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(Refusal::Gone) => Ok(None),
        Err(Refusal::Closed) => Err(Failure::permanent("Zendesk says that the ticket is closed")),
        Err(Refusal::Invalid(text)) => Err(Failure::permanent(format!("Zendesk answered 422: {text}"))),
        Err(Refusal::Failed(failure)) => Err(failure),
    }
}

fn listed(ids: &[u64]) -> String {
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

/// Text as a part of an address.
fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
