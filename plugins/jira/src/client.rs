//! Jira's interface: requests in the words of the edition, answers as what they mean.

use std::cell::Cell;

pub use errand_plugin_sdk::http::escaped as part;
use errand_plugin_sdk::http::{self, Request, Response};
use errand_plugin_sdk::tickets::text::{Text, line};
use errand_plugin_sdk::{Failure, Problem};
use serde::Serialize;
use serde_json::{Value, json};

use crate::settings::{Edition, Settings};

/// Requests of one call; the hub allows twenty.
const BUDGET: u32 = 19;
/// Characters of an error that is passed on.
const TOLD: usize = 300;

/// A site, for the time of one call.
pub struct Client<'a> {
    pub settings: &'a Settings,
    left: Cell<u32>,
}

/// What Jira answers to a write.
pub enum Wrote {
    /// It did it.
    Done(Value),
    /// There is no such ticket.
    Gone,
    /// It does not want it: what is wrong with which field.
    Refused(Refusal),
}

/// Why Jira refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// By field.
    pub fields: Vec<(String, String)>,
    /// In general.
    pub general: String,
}

impl Refusal {
    fn read(body: &Value) -> Self {
        let errors = body["errors"].as_object();
        let fields = errors.into_iter().flatten();
        let fields = fields.map(|(name, why)| (name.clone(), line(why.as_str().unwrap_or_default(), TOLD)));
        let general = body["errorMessages"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        Refusal {
            fields: fields.collect(),
            general: line(&general.collect::<Vec<_>>().join(" "), TOLD),
        }
    }

    /// In a sentence.
    pub fn words(&self) -> String {
        let fields = self.fields.iter().map(|(name, why)| format!("{name}: {why}"));
        let all = fields.chain((!self.general.is_empty()).then(|| self.general.clone()));
        format!("Jira refuses: {}", all.collect::<Vec<_>>().join("; "))
    }
}

impl<'a> Client<'a> {
    pub fn new(settings: &'a Settings) -> Self {
        Client {
            settings,
            left: Cell::new(BUDGET),
        }
    }

    /// Requests that the call may still make.
    pub fn left(&self) -> u32 {
        self.left.get()
    }

    /// Text in the edition's own form.
    pub fn text(&self, text: &Text) -> Value {
        match self.settings.edition {
            Edition::Cloud => text.adf(),
            Edition::DataCenter => json!(text.wiki()),
        }
    }

    /// Somebody in the edition's own form.
    pub fn person(&self, account: Option<&str>) -> Value {
        match self.settings.edition {
            Edition::Cloud => json!({ "accountId": account }),
            Edition::DataCenter => json!({ "name": account }),
        }
    }

    /// What the edition knows somebody by.
    pub fn account(&self, person: &Value) -> Option<String> {
        let key = match self.settings.edition {
            Edition::Cloud => "accountId",
            Edition::DataCenter => "name",
        };
        person[key].as_str().map(str::to_owned)
    }

    /// Reads; none for what is not there.
    pub fn get(&self, path: &str) -> Result<Option<Value>, Failure> {
        let response = self.send(self.request("GET", path))?;
        match response.status() {
            404 => Ok(None),
            _ => json_of(&response.ok()?).map(Some),
        }
    }

    /// Searches: what fits a query, at most so many, with these fields.
    pub fn search(&self, jql: &str, fields: &[&str], most: u32) -> Result<Vec<Value>, Failure> {
        let path = match self.settings.edition {
            Edition::Cloud => "search/jql",
            Edition::DataCenter => "search",
        };
        let body = json!({ "jql": jql, "fields": fields, "maxResults": most });
        let response = self.read_by_post(path, &body)?;
        Ok(response["issues"].as_array().cloned().unwrap_or_default())
    }

    /// A question that is asked by POST.
    fn read_by_post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let response = self.send(self.request("POST", path).json(body).asking())?;
        json_of(&response.ok()?)
    }

    /// Writes.
    pub fn write<T: Serialize>(&self, method: &str, path: &str, body: &T) -> Result<Wrote, Failure> {
        let response = self.send(self.request(method, path).json(body))?;
        match response.status() {
            404 => Ok(Wrote::Gone),
            400 | 422 => Ok(Wrote::Refused(Refusal::read(
                &serde_json::from_slice(response.body()).unwrap_or_default(),
            ))),
            409 => Err(Failure::retry("Jira is at this ticket already (409)")),
            _ => {
                let response = response.ok()?;
                match response.body().is_empty() {
                    true => Ok(Wrote::Done(Value::Null)),
                    false => json_of(&response).map(Wrote::Done),
                }
            }
        }
    }

    /// Takes away; no matter whether it was there.
    pub fn delete(&self, path: &str) -> Result<(), Failure> {
        let response = self.send(self.request("DELETE", path))?;
        match response.status() {
            404 => Ok(()),
            _ => response.ok().map(drop),
        }
    }

    fn request(&self, method: &str, path: &str) -> Request {
        let version = match self.settings.edition {
            Edition::Cloud => 3,
            Edition::DataCenter => 2,
        };
        let url = format!(
            "{}/rest/api/{version}/{path}",
            self.settings.url.trim_end_matches('/')
        );
        let request = http::request(method, &url).header("Accept", "application/json");
        let token = &self.settings.token;
        match self.settings.user.as_str() {
            "" => request.bearer(token),
            user => request.basic(user, token),
        }
    }

    fn send(&self, request: Request) -> Result<Response, Failure> {
        self.left.set(self.left.get().saturating_sub(1));
        request.send()
    }
}

/// What cannot be read was perhaps said by something in between.
fn json_of(response: &Response) -> Result<Value, Failure> {
    serde_json::from_slice(response.body())
        .map_err(|_| Failure::retry("the answer is no JSON: it is hardly Jira's own"))
}

/// A text within a query of JQL.
pub fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        line(text, 200).replace('\\', "\\\\").replace('"', "\\\"")
    )
}

/// A problem with what Jira refuses, at the setting by which an admin mends it.
pub fn config(field: &str, refusal: &Refusal) -> Failure {
    Failure::Config(Problem::with(field, refusal.words()))
}
