//! A hub with a token that may do everything, and events that are stored without a queue.

use axum::http::{Method, StatusCode};
use errand_http::HttpConfig;
use errand_model::access::{Role, Scope};
use errand_model::digested::{DigestedEnvelope, DigestedEvent, EventUser};
use errand_model::issue::EventKind;
use errand_model::project::Project;
use errand_model::{Clock, EventId, GroupHash, Level, UserId};
use errand_store::persist::{Arrival, Persist, persist};
use errand_store::projects::NewProject;
use errand_store::testing::TestDb;
use errand_store::tokens::NewToken;
use errand_store::{codec, people, projects, tokens};
use serde_json::{Value, json};

use crate::support::{Answer, Hub};

/// Clients of the API.
pub(crate) struct Api {
    pub(crate) hub: Hub,
    /// May do everything.
    pub(crate) token: String,
}

impl Api {
    pub(crate) async fn new(test: TestDb) -> Self {
        let hub = Hub::on(test, HttpConfig::default()).await;
        let token = token(&hub, Scope::ALL).await;
        Api { hub, token }
    }

    /// Calls with a token.
    pub(crate) async fn call_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str())];
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.hub
            .request(method, &format!("/api/0{path}"), &headers, body)
            .await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call_as(&self.token, method, path, body).await
    }

    /// What `GET` answers with 200.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.json()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// What is said to a request that makes no sense.
    pub(crate) async fn refusal(&self, method: Method, path: &str, body: Option<Value>) -> String {
        let answer = self.call(method, path, body).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{path}: {}",
            answer.text()
        );
        answer.json()["detail"].as_str().expect("a detail").to_owned()
    }

    /// A further project.
    pub(crate) async fn project(&self, name: &str) -> Project {
        let mut tx = self.hub.db.db.begin().await.expect("a transaction");
        let new = NewProject {
            organization: self.hub.project.organization,
            name,
            slug: None,
            platform: None,
        };
        let (project, _) = projects::create(&mut tx, self.hub.state.context(), new)
            .await
            .expect("made");
        tx.commit().await.expect("committed");
        project
    }

    /// An event of the first project that is grouped by `group`.
    pub(crate) fn event(&self, group: &str) -> DigestedEvent {
        let at = self.hub.clock.now();
        DigestedEvent {
            project: self.hub.project.id,
            event_id: EventId::random(),
            timestamp: at,
            received: at,
            kind: EventKind::Error,
            level: Level::Error,
            platform: "python".to_owned(),
            logger: String::new(),
            title: format!("Error: {group}"),
            culprit: "shop.checkout".to_owned(),
            metadata: json!({"type": "Error", "value": group}).to_string(),
            hashes: vec![hash(group)],
            grouping: 1,
            release: None,
            environment: None,
            user: None,
            tags: Vec::new(),
            payload: Vec::new(),
        }
    }

    /// Stores events; those without a payload get one that says what they are.
    pub(crate) async fn store(&self, events: impl IntoIterator<Item = DigestedEvent>) {
        let arrival = |mut event: DigestedEvent| {
            if event.payload.is_empty() {
                event.payload = codec::compress(payload(&event).to_string().as_bytes()).expect("compressed");
            }
            Arrival {
                organization: self.hub.project.organization,
                project: event.project,
                envelope: DigestedEnvelope {
                    event: Some(event),
                    ..DigestedEnvelope::default()
                },
            }
        };
        let batch: Vec<Arrival> = events.into_iter().map(arrival).collect();
        self.store_all(&batch).await;
    }

    pub(crate) async fn store_all(&self, batch: &[Arrival]) {
        let cx = self.hub.state.context();
        let persisting = Persist {
            clock: cx.clock,
            ids: cx.ids,
            queue: "test",
        };
        persist(&self.hub.db.db, &persisting, batch, None)
            .await
            .expect("stored");
    }

    /// The id of the issue of that title.
    pub(crate) async fn issue(&self, group: &str) -> String {
        let all = self.get("/organizations/acme/issues/?query=").await;
        let title = format!("Error: {group}");
        let found = all
            .as_array()
            .expect("a list")
            .iter()
            .find(|issue| issue["title"] == title.as_str());
        found.expect("the issue")["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    /// The titles that a search finds, without `Error: `.
    pub(crate) async fn found(&self, query: &str) -> Vec<String> {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let found = self
            .get(&format!("/organizations/acme/issues/?query={query}"))
            .await;
        let mut titles: Vec<String> = found
            .as_array()
            .expect("a list")
            .iter()
            .map(|issue| {
                issue["title"]
                    .as_str()
                    .expect("a title")
                    .trim_start_matches("Error: ")
                    .to_owned()
            })
            .collect();
        titles.sort();
        titles
    }
}

/// A token with those scopes, which acts for nobody.
pub(crate) async fn token(hub: &Hub, scopes: &[Scope]) -> String {
    token_for(hub, scopes, None).await
}

/// A token with those scopes of somebody new, of that role.
pub(crate) async fn token_of(hub: &Hub, scopes: &[Scope], email: &str, role: Role) -> String {
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let person = people::create(&mut tx, hub.state.context(), email, "", role).await;
    let person = person.expect("made");
    tx.commit().await.expect("committed");
    token_for(hub, scopes, Some(person.id)).await
}

async fn token_for(hub: &Hub, scopes: &[Scope], person: Option<UserId>) -> String {
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let new = NewToken {
        name: "tests",
        organization: hub.project.organization,
        person,
        scopes,
        expires: None,
    };
    let (_, secret) = tokens::create(&mut tx, hub.state.context(), new)
        .await
        .expect("made");
    tx.commit().await.expect("committed");
    secret.reveal().clone()
}

pub(crate) fn hash(group: &str) -> GroupHash {
    let mut hash = [0_u8; 16];
    for (at, byte) in group.bytes().enumerate() {
        hash[at % 16] = hash[at % 16].wrapping_mul(31).wrapping_add(byte);
    }
    GroupHash(hash)
}

pub(crate) fn user(id: &str, email: &str) -> EventUser {
    EventUser {
        key: format!("id:{id}"),
        id: Some(id.to_owned()),
        email: Some(email.to_owned()),
        username: None,
        ip: None,
    }
}

pub(crate) fn tags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn payload(event: &DigestedEvent) -> Value {
    json!({
        "event_id": event.event_id,
        "type": event.kind.as_str(),
        "level": event.level.as_str(),
        "platform": event.platform,
        "culprit": event.culprit,
        "release": event.release,
        "environment": event.environment,
        "tags": event.tags,
        "exception": {"values": [{"type": "Error", "value": event.title.trim_start_matches("Error: ")}]},
        "user": event.user.as_ref().map(|user| json!({"id": user.id, "email": user.email})),
    })
}

/// The cursor of a `Link` header's `rel`, if that page has rows.
pub(crate) fn cursor(answer: &Answer, rel: &str) -> Option<String> {
    let links = answer.header("link");
    let link = links
        .split(", ")
        .find(|link| link.contains(&format!("rel=\"{rel}\"")))
        .expect("a link");
    let (_, cursor) = link.split_once("cursor=\"").expect("a cursor");
    link.contains("results=\"true\"")
        .then(|| cursor.trim_end_matches('"').to_owned())
}
