//! Jira's interface: requests in the words of the edition, answers as what they mean.

use std::cell::{Cell, OnceCell};

pub use errand_plugin_sdk::http::escaped as part;
use errand_plugin_sdk::http::{self, Request, Response};
use errand_plugin_sdk::tickets::text::{Text, line};
use errand_plugin_sdk::{Failure, Problem, Secret, kv};
use serde::Serialize;
use serde_json::{Value, json};

use crate::settings::{Edition, Settings};

/// Where Jira Cloud is reached with OAuth.
const GATEWAY: &str = "https://api.atlassian.com";
/// Requests of one call; the hub allows twenty.
const BUDGET: u32 = 19;
/// Characters of an error that is passed on.
const TOLD: usize = 300;

/// A site, for the time of one call.
pub struct Client<'a> {
    pub settings: &'a Settings,
    /// The project of new tickets, and of those that are looked for.
    pub project: String,
    left: Cell<u32>,
    /// Where the interface is, once it was asked for.
    base: OnceCell<String>,
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
            project: settings.project.clone(),
            left: Cell::new(BUDGET),
            base: OnceCell::new(),
        }
    }

    /// The same in another project; that of the settings where none is named.
    pub fn of_project(settings: &'a Settings, project: &str) -> Self {
        let client = Client::new(settings);
        match project {
            "" => client,
            project => Client {
                project: project.to_owned(),
                ..client
            },
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
        let response = self.send(self.request("GET", path)?)?;
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
        let response = self.send(self.request("POST", path)?.json(body).asking())?;
        json_of(&response.ok()?)
    }

    /// Writes.
    pub fn write<T: Serialize>(&self, method: &str, path: &str, body: &T) -> Result<Wrote, Failure> {
        let response = self.send(self.request(method, path)?.json(body))?;
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
        let response = self.send(self.request("DELETE", path)?)?;
        match response.status() {
            404 => Ok(()),
            _ => response.ok().map(drop),
        }
    }

    fn request(&self, method: &str, path: &str) -> Result<Request, Failure> {
        let version = match self.settings.edition {
            Edition::Cloud => 3,
            Edition::DataCenter => 2,
        };
        let url = format!("{}/rest/api/{version}/{path}", self.base()?);
        let request = http::request(method, &url).header("Accept", "application/json");
        let settings = self.settings;
        Ok(
            match (settings.account(), &settings.token, settings.user.as_str()) {
                (Some(account), ..) => request.bearer(account),
                (None, Some(token), "") => request.bearer(token),
                (None, Some(token), user) => request.basic(user, token),
                (None, None, _) => {
                    return Err(Failure::config("token", "a token is needed, or an OAuth client"));
                }
            },
        )
    }

    /// The site's own address; with OAuth, its place at Atlassian's gateway.
    fn base(&self) -> Result<&str, Failure> {
        if let Some(base) = self.base.get() {
            return Ok(base);
        }
        let site = self.settings.url.trim_end_matches('/');
        let base = match self.settings.account() {
            Some(account) => format!("{GATEWAY}/ex/jira/{}", self.cloud_id(account, site)?),
            None => site.to_owned(),
        };
        Ok(self.base.get_or_init(|| base))
    }

    /// Which of the sites that the account may use this one is. Its id stays, so it is asked for once.
    fn cloud_id(&self, account: &Secret, site: &str) -> Result<String, Failure> {
        let key: String = format!("cloud/{}", part(site)).chars().take(200).collect();
        if let Some((id, _)) = kv::get_json::<String>(&key)? {
            return Ok(id);
        }
        let asked = http::get(&format!("{GATEWAY}/oauth/token/accessible-resources"))
            .header("Accept", "application/json")
            .bearer(account);
        let sites = json_of(&self.send(asked)?.ok()?)?;
        let sites = sites.as_array().map_or(&[][..], Vec::as_slice);
        let url = |known: &Value| {
            known["url"]
                .as_str()
                .unwrap_or_default()
                .trim_end_matches('/')
                .to_owned()
        };
        let found = sites.iter().find(|known| url(known).eq_ignore_ascii_case(site));
        let Some(id) = found.and_then(|known| known["id"].as_str()) else {
            let known: Vec<_> = sites.iter().map(url).collect();
            let why = format!(
                "access was not granted to this site, but to: {}",
                known.join(", ")
            );
            return Err(Failure::config("url", line(&why, TOLD)));
        };
        kv::put_json(&key, &id, None)?;
        Ok(id.to_owned())
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
