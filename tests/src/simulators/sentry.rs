//! A Sentry whose API is read: organizations with people, teams, projects, keys and issues, page by page, for a token. It says 429
//! now and then, and breaks off when it is told to. As a GlitchTip it knows less.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// Who may read.
pub const TOKEN: &str = "sntrys_token";
/// The organization.
pub const ORGANIZATION: &str = "acme";
/// Another one, which not every token reaches.
pub const OTHER: &str = "tools";
/// Rows of a page, whatever is asked for.
const PAGE: usize = 25;
/// Every so many requests one is told to wait.
const LIMITED: u64 = 40;
/// Every so many requests one is cut in the middle of its body.
const CUT: u64 = 55;

/// What it holds, and how it was read.
#[derive(Debug, Default)]
struct Shared {
    is_glitchtip: bool,
    has_other: bool,
    /// Issues of each project, by slug.
    issues: Mutex<BTreeMap<String, Vec<Value>>>,
    requests: AtomicU64,
    /// Requests after which every connection is cut; 0 for never.
    dies_after: AtomicU64,
    read: Mutex<Vec<String>>,
    limited: AtomicU64,
    cut: AtomicU64,
}

/// Listens on loopback until dropped.
pub struct Sentry {
    /// Where it is.
    pub url: String,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Sentry {
    /// With that many issues in each of its two projects.
    pub async fn start(issues: usize) -> Result<Self> {
        Self::of(Shared::default(), issues).await
    }

    /// With another organization, one of whose projects is called as one of the first.
    pub async fn with_other(issues: usize) -> Result<Self> {
        let shared = Shared {
            has_other: true,
            ..Shared::default()
        };
        Self::of(shared, issues).await
    }

    /// A GlitchTip: it says nothing of hashes, of what was done about issues, and of how long lists are.
    pub async fn glitchtip(issues: usize) -> Result<Self> {
        let shared = Shared {
            is_glitchtip: true,
            ..Shared::default()
        };
        Self::of(shared, issues).await
    }

    async fn of(shared: Shared, issues: usize) -> Result<Self> {
        let shared = Arc::new(shared);
        for (at, slug) in ["shop", "web", OTHER].into_iter().enumerate() {
            let made = (0..issues)
                .map(|nth| issue(slug, at * 10_000 + nth, nth))
                .collect();
            let mut all = shared.issues.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(slug.to_owned(), made);
        }
        let app = axum::Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                panic!("the simulator ended: {error}");
            }
        });
        Ok(Sentry { url, shared, task })
    }

    /// Cuts every connection after that many requests more; 0 for no longer.
    pub fn die_after(&self, requests: u64) {
        let at = match requests {
            0 => 0,
            more => self.shared.requests.load(Ordering::SeqCst) + more,
        };
        self.shared.dies_after.store(at, Ordering::SeqCst);
    }

    /// An issue that happens later.
    pub fn add(&self, project: &str) {
        let mut all = self.shared.issues.lock().unwrap_or_else(PoisonError::into_inner);
        let issues = all.entry(project.to_owned()).or_default();
        let nth = issues.len();
        issues.push(issue(project, 50_000 + nth, nth));
    }

    /// The paths that were answered, in order.
    pub fn read(&self) -> Vec<String> {
        self.shared
            .read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How many requests were told to wait, and how many were cut.
    pub fn troubles(&self) -> (u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        (count(&self.shared.limited), count(&self.shared.cut))
    }
}

impl Drop for Sentry {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn issue(project: &str, id: usize, nth: usize) -> Value {
    let (status, substatus) = match nth % 4 {
        0 => ("unresolved", "ongoing"),
        1 => ("resolved", ""),
        2 => ("ignored", "archived_until_escalating"),
        _ => ("unresolved", "new"),
    };
    let assigned = match nth % 3 {
        0 => json!({"type": "team", "id": "1", "name": "payments"}),
        1 => json!({"type": "user", "id": "9", "name": "Nobody", "email": "nobody@example.com"}),
        _ => Value::Null,
    };
    json!({
        "id": id.to_string(), "shortId": errand_short_id(project, nth + 1), "title": format!("{project}Error: issue {nth}"),
        "culprit": "shop.pay", "type": "error", "level": "error", "platform": "python", "status": status,
        "substatus": substatus, "statusDetails": {}, "metadata": {"type": "Error", "value": nth.to_string()},
        "count": (nth + 1).to_string(), "userCount": nth, "assignedTo": assigned, "numComments": usize::from(nth % 4 == 1),
        "firstSeen": "2026-09-01T10:00:00Z", "lastSeen": "2026-10-01T10:00:00Z",
    })
}

/// `SHOP-1`, in base 32 as Sentry counts.
fn errand_short_id(project: &str, number: usize) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let (mut left, mut digits) = (number, Vec::new());
    while left > 0 {
        digits.insert(0, char::from(DIGITS[left % 32]));
        left /= 32;
    }
    let digits: String = digits.into_iter().collect();
    format!("{}-{digits}", project.to_uppercase())
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, uri: Uri) -> Response {
    let nth = shared.requests.fetch_add(1, Ordering::SeqCst) + 1;
    let dies_after = shared.dies_after.load(Ordering::SeqCst);
    if dies_after > 0 && nth > dies_after {
        return cut(b"[{\"id\":");
    }
    if headers.get("authorization").and_then(|value| value.to_str().ok()) != Some(&format!("Bearer {TOKEN}"))
    {
        return (StatusCode::UNAUTHORIZED, r#"{"detail":"Invalid token"}"#).into_response();
    }
    if nth.is_multiple_of(LIMITED) {
        shared.limited.fetch_add(1, Ordering::SeqCst);
        return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")]).into_response();
    }
    if nth.is_multiple_of(CUT) {
        shared.cut.fetch_add(1, Ordering::SeqCst);
        return cut(b"[{\"id\":\"7\"");
    }
    let path = uri.path().to_owned();
    if shared.is_glitchtip && (path.ends_with("/hashes/") || path.ends_with("/activities/")) {
        return (StatusCode::NOT_FOUND, r#"{"detail":"Not Found"}"#).into_response();
    }
    let Some(rows) = rows(&shared, &path) else {
        return (
            StatusCode::NOT_FOUND,
            r#"{"detail":"The requested resource does not exist"}"#,
        )
            .into_response();
    };
    let mut read = shared.read.lock().unwrap_or_else(PoisonError::into_inner);
    read.push(
        uri.path_and_query()
            .map(ToString::to_string)
            .unwrap_or_else(|| path.clone()),
    );
    match path.ends_with("/activities/") {
        true => axum::Json(json!({ "activity": rows })).into_response(),
        false => page(&headers, &uri, &rows, !shared.is_glitchtip),
    }
}

/// A body that ends before it should.
fn cut(bytes: &'static [u8]) -> Response {
    let stream =
        futures_util::stream::iter([Ok(Bytes::from_static(bytes)), Err(std::io::Error::other("cut"))]);
    (StatusCode::OK, Body::from_stream(stream)).into_response()
}

fn rows(shared: &Shared, path: &str) -> Option<Vec<Value>> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').skip(2).collect();
    let team = |id: &str, slug: &str| json!({"id": id, "slug": slug, "name": format!("Team {slug}")});
    let project = |id: &str, slug: &str, teams: Value| json!({"id": id, "slug": slug, "name": slug.to_uppercase(), "platform": "python", "teams": teams});
    let key = |digit: &str| match shared.is_glitchtip {
        true => {
            json!({"id": digit, "name": "Default", "dsn": {"public": format!("https://{}@g.example/1", digit.repeat(32))}})
        }
        false => {
            json!({"id": digit.repeat(32), "name": "Default", "label": "Default", "public": digit.repeat(32), "secret": "f".repeat(32), "isActive": true, "rateLimit": {"window": 60, "count": 500}})
        }
    };
    Some(match parts.as_slice() {
        ["organizations"] => {
            let acme = json!({"id": "1", "slug": ORGANIZATION, "name": "Acme"});
            let other = json!({"id": "2", "slug": OTHER, "name": "Tools"});
            [Some(acme), shared.has_other.then_some(other)]
                .into_iter()
                .flatten()
                .collect()
        }
        ["organizations", OTHER, "teams"] => vec![team("3", "web")],
        ["organizations", OTHER, "members"] => vec![member(shared, "13", "cyd", "member")],
        ["organizations", OTHER, "projects"] => vec![project("4505020", "web", json!([{"slug": "web"}]))],
        ["projects", OTHER, "web", "keys"] => vec![key("d")],
        ["projects", OTHER, "web", "issues"] => {
            let all = shared.issues.lock().unwrap_or_else(PoisonError::into_inner);
            all.get(OTHER)?.clone()
        }
        ["organizations", ORGANIZATION, "members"] => vec![
            member(shared, "11", "ada", "owner"),
            member(shared, "12", "bob", "manager"),
            json!({"id": "99", "email": "", "name": "Nobody", "role": "member", "user": null, "pending": true}),
        ],
        ["teams", ORGANIZATION, "payments", "members"] => vec![member(shared, "11", "ada", "owner")],
        ["teams", ORGANIZATION | OTHER, _, "members"] => Vec::new(),
        ["issues", id, "activities"] => activities(id.parse().ok()?),
        ["issues", id, "comments"] => {
            let mut all = activities(id.parse().ok()?);
            all.retain(|one| one["type"] == "note");
            all
        }
        ["organizations", ORGANIZATION, "teams"] => vec![team("1", "payments"), team("2", "web")],
        ["organizations", ORGANIZATION, "projects"] => vec![
            project("4505012", "shop", json!([{"slug": "payments"}])),
            project("4505013", "web", json!([{"slug": "web"}])),
        ],
        ["projects", ORGANIZATION, "shop", "keys"] => vec![key("a")],
        ["projects", ORGANIZATION, "web", "keys"] => vec![key("b"), key("c")],
        ["projects", ORGANIZATION, slug, "issues"] => {
            let all = shared.issues.lock().unwrap_or_else(PoisonError::into_inner);
            all.get(*slug)?.clone()
        }
        ["issues", id, "hashes"] => vec![json!({ "id": format!("{:032x}", id.parse::<u64>().ok()? + 1) })],
        _ => return None,
    })
}

/// Somebody, as either system writes it.
fn member(shared: &Shared, id: &str, name: &str, role: &str) -> Value {
    let email = format!("{name}@example.com");
    match shared.is_glitchtip {
        true => json!({"id": id, "role": role, "user": {"email": email, "name": name}}),
        false => {
            json!({"id": id, "email": email, "name": name, "orgRole": role, "pending": true, "user": null})
        }
    }
}

/// What happened to an issue, the newest first: to those that are resolved, and a word about it.
fn activities(id: usize) -> Vec<Value> {
    let ada = json!({"id": "11", "name": "ada", "email": "ada@example.com", "username": "ada"});
    let row = |nth: usize, kind: &str, user: &Value, data: Value| {
        json!({"id": (id * 10 + nth).to_string(), "type": kind, "user": user, "data": data,
            "dateCreated": format!("2026-10-0{}T10:00:00Z", 5 - nth)})
    };
    if id % 10_000 % 4 != 1 {
        return vec![row(4, "first_seen", &Value::Null, json!({}))];
    }
    vec![
        row(1, "set_resolved_in_release", &ada, json!({"version": "shop@2.0"})),
        row(2, "note", &ada, json!({"text": format!("**found** it: {id}")})),
        row(
            3,
            "assigned",
            &Value::Null,
            json!({"assigneeType": "team", "assignee": "1"}),
        ),
        row(4, "first_seen", &Value::Null, json!({})),
    ]
}

/// One page of rows, with the links to the others.
fn page(headers: &HeaderMap, uri: &Uri, rows: &[Value], says_how_many: bool) -> Response {
    let query = uri.query().unwrap_or_default();
    let cursor = query.split('&').find_map(|pair| pair.strip_prefix("cursor="));
    let from: usize = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let host = headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let link = |cursor: usize, rel: &str, has: bool| {
        format!(
            "<http://{host}{}?cursor={cursor}>; rel=\"{rel}\"; results=\"{has}\"; cursor=\"{cursor}\"",
            uri.path()
        )
    };
    let links = [
        link(from.saturating_sub(PAGE), "previous", from > 0),
        link(from + PAGE, "next", from + PAGE < rows.len()),
    ]
    .join(", ");
    let shown: Vec<&Value> = rows.iter().skip(from).take(PAGE).collect();
    let headers = [("link", links)];
    let hits = says_how_many.then(|| [("x-hits", rows.len().to_string())]);
    match hits {
        Some(hits) => (headers, hits, axum::Json(json!(shown))).into_response(),
        None => (headers, axum::Json(json!(shown))).into_response(),
    }
}
