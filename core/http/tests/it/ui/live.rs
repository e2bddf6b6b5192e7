//! Pages are told what is new: by whom it may be seen, as long as they look.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use errand_model::access::Role;
use errand_store::{issues, teams};
use futures_util::StreamExt as _;

use super::browser::Browser;
use super::seed::{error, issue, store};
use crate::support::Hub;

/// Longer than anything takes that is told at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream that is open.
struct Stream {
    body: BodyDataStream,
    text: String,
}

impl Stream {
    /// Opens one, as somebody's browser does; or the status that refuses it.
    async fn open(hub: &Hub, browser: &Browser<'_>, path: &str) -> Result<Self, StatusCode> {
        let request = Request::get(path).header("cookie", browser.cookies());
        let answer = hub.begin(request.body(Body::empty()).expect("a request")).await;
        if answer.status() != StatusCode::OK {
            return Err(answer.status());
        }
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["x-accel-buffering"], "no");
        Ok(Stream {
            body: answer.into_body().into_data_stream(),
            text: String::new(),
        })
    }

    /// Reads until it told something.
    async fn tells(&mut self, what: &str) {
        let read = async {
            while !self.text.contains(what) {
                let chunk = self.body.next().await.expect("it goes on").expect("readable");
                self.text.push_str(&String::from_utf8_lossy(&chunk));
            }
        };
        let heard = tokio::time::timeout(PATIENCE, read).await;
        assert!(heard.is_ok(), "'{what}' was not told: {}", self.text);
    }

    /// Reads to the end; answers what it told in all.
    async fn ends(mut self) -> String {
        let read = async {
            while let Some(chunk) = self.body.next().await {
                self.text
                    .push_str(&String::from_utf8_lossy(&chunk.expect("readable")));
            }
        };
        let ended = tokio::time::timeout(PATIENCE, read).await;
        assert!(ended.is_ok(), "it does not end: {}", self.text);
        self.text
    }
}

/// Where a page is told.
fn told_by(page: &str) -> String {
    let (_, rest) = page.split_once("data-told-by=\"").expect("a place for news");
    let (path, _) = rest.split_once('"').expect("an end");
    path.replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn the_stream_of_issues_tells_of_those_that_match() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    store(&hub, &error("Old", "was there")).await;
    let all = told_by(&ada.page("/issues").await);
    let crashes = told_by(&ada.page("/issues?query=Crash").await);
    let (mut all, mut crashes) = (
        Stream::open(&hub, &ada, &all).await.expect("a stream"),
        Stream::open(&hub, &ada, &crashes).await.expect("a stream"),
    );
    for kind in ["Cart", "Crash"] {
        store(&hub, &error(kind, "broke")).await;
    }
    // Another event of an issue is no new issue.
    store(&hub, &error("Old", "was there")).await;
    all.tells("event: news\ndata: 2 new issues\n\n").await;
    crashes.tells("event: news\ndata: 1 new issue\n\n").await;
    assert!(!crashes.text.contains('2'), "{}", crashes.text);
    let refused = Stream::open(&hub, &ada, "/issues/live?query=is%3Anonsense").await;
    assert_eq!(refused.err(), Some(StatusCode::BAD_REQUEST));
}

#[tokio::test]
async fn an_issue_tells_how_it_is_other_than_the_page_shows() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    let id = issue(&hub, &error("Cart", "broke")).await;
    let place = told_by(&ada.page(&format!("/issues/{id}")).await);
    for _ in 0..3 {
        store(&hub, &error("Cart", "broke")).await;
    }
    let mut stream = Stream::open(&hub, &ada, &place).await.expect("a stream");
    // At once: it happened between the page and the stream.
    stream.tells("event: news\ndata: 3 more events\n\n").await;
    let page = format!("/issues/{id}");
    let done = ada
        .submit(&page, &format!("{page}/actions"), &[("action", "resolve")])
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    stream
        .tells("event: news\ndata: 3 more events; now it is resolved\n\n")
        .await;
}

#[tokio::test]
async fn a_project_that_waits_is_told_of_its_first_event() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    let page = ada.page("/projects/shop").await;
    assert!(page.contains("Waiting for the first event"));
    let mut stream = Stream::open(&hub, &ada, &told_by(&page)).await.expect("a stream");
    store(&hub, &error("Cart", "broke")).await;
    stream.tells("event: changed\n").await;
    let page = ada.page("/projects/shop").await;
    assert!(page.contains("Events are coming in") && !page.contains("data-told-by"));
}

#[tokio::test]
async fn nobody_is_told_of_what_they_do_not_see() {
    let hub = Hub::start().await;
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let (cx, organization) = (hub.state.context(), hub.project.organization);
    let team = teams::create(&mut tx, cx, organization, "Payments", None, false)
        .await
        .expect("made");
    tx.commit().await.expect("committed");
    let mut eve = Browser::of(&hub, "eve@example.com", Role::Member).await;
    let id = issue(&hub, &error("Secret", "broke")).await;
    let (list, one) = (
        told_by(&eve.page("/issues").await),
        told_by(&eve.page(&format!("/issues/{id}")).await),
    );
    let list = Stream::open(&hub, &eve, &list).await.expect("a stream");
    let mut project = Stream::open(&hub, &eve, "/projects/shop/live")
        .await
        .expect("a stream");
    let open = Stream::open(&hub, &eve, &one).await.expect("a stream");
    // From now on the project is a closed team's, which she is not in.
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    teams::add_project(&mut tx, team.id, hub.project.id)
        .await
        .expect("given");
    tx.commit().await.expect("committed");
    store(&hub, &error("Secret", "broke")).await;
    store(&hub, &error("Other", "broke")).await;
    assert!(!open.ends().await.contains("event:"));
    let ended = tokio::time::timeout(PATIENCE, project.body.next()).await;
    assert!(ended.expect("it ends").is_none());
    for path in [one.as_str(), "/projects/shop/live"] {
        let refused = Stream::open(&hub, &eve, path).await;
        assert_eq!(refused.err(), Some(StatusCode::NOT_FOUND), "{path}");
    }
    hub.state.leave();
    assert!(!list.ends().await.contains("event:"), "not even how many");
}

#[tokio::test]
async fn who_signs_out_is_told_nothing_more() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    let place = told_by(&ada.page("/issues").await);
    let stream = Stream::open(&hub, &ada, &place).await.expect("a stream");
    let out = ada.submit("/account", "/sign-out", &[]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    store(&hub, &error("Cart", "broke")).await;
    assert!(!stream.ends().await.contains("event:"));
    let newest = issues::newest(&hub.db.db).await.expect("readable");
    assert!(newest.0 > 0, "there was something to tell");
}

#[tokio::test]
async fn one_person_holds_so_many_streams_and_a_hub_that_stops_ends_all() {
    let hub = Hub::start().await;
    let ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    let bob = Browser::of(&hub, "bob@example.com", Role::Member).await;
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(Stream::open(&hub, &ada, "/issues/live").await.expect("a stream"));
    }
    let refused = Stream::open(&hub, &ada, "/issues/live").await;
    assert_eq!(refused.err(), Some(StatusCode::TOO_MANY_REQUESTS));
    held.push(Stream::open(&hub, &bob, "/issues/live").await.expect("his own"));
    held.swap_remove(0);
    held.push(
        Stream::open(&hub, &ada, "/issues/live")
            .await
            .expect("a free one"),
    );
    hub.state.leave();
    for stream in held {
        stream.ends().await;
    }
    let late = Stream::open(&hub, &bob, "/issues/live").await;
    assert_eq!(late.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
}
