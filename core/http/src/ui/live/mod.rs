//! Pages that say by themselves that something is new: for each thing that a page shows, an address that goes on answering
//! (server-sent events).
//!
//! What is new is read from the database, which all hubs have in common: whichever hub took an event, the page hears of it. Who
//! looks is asked anew before anything is said, and a stream ends after some minutes: browsers come back by themselves, and
//! are let in or not as for the page. Where no stream is to be had, `app.js` loads the page again every so often, as it does for
//! hubs behind a proxy that holds answers back.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use errand_model::access::{Action, Resource};
use futures_util::stream;
use tokio::time::Instant;

use super::visit::{self, Visit};
use crate::AppState;
use crate::error::Error;
use crate::seats::{Full, Seat};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(2);
/// The longest pause after something was said in words.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// So that proxies and browsers know that the hub is there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a stream goes on before who it is for is let in again.
const LIFE: Duration = Duration::from_secs(300);

/// nginx holds answers back until they are long enough, unless it is asked not to.
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What there is to tell a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Words for people, who choose when to look. Told again when they change, seldom and more seldom: they are read out.
    pub(crate) news: Option<String>,
    /// By what it is seen that a part of the page is another now: it is loaded again.
    pub(crate) state: Option<String>,
}

/// What a page is about.
pub(crate) trait Look: Send + 'static {
    /// What there is to tell now. What this fails at ends the stream.
    fn look(&mut self) -> impl Future<Output = Result<Told, Error>> + Send;
}

/// Who looks, before something is said to them: as they are now, if they are still signed in and may see issues.
pub(crate) struct Looker {
    pub(crate) state: AppState,
    headers: HeaderMap,
}

impl Looker {
    pub(crate) fn new(state: &AppState, headers: &HeaderMap) -> Self {
        Looker {
            state: state.clone(),
            headers: headers.clone(),
        }
    }

    /// Their visit now.
    pub(crate) async fn visit(&self) -> Result<Visit, Error> {
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.headers = self.headers.clone();
        let visit = visit::visit(&parts, &self.state).await?;
        let visit = visit.ok_or_else(|| Error::forbidden("You are not signed in any more."))?;
        visit.require(Resource::Issues, Action::See)?;
        Ok(visit)
    }
}

/// A stream under way.
struct Stream<L> {
    look: L,
    seat: Seat,
    ends: Instant,
    /// News wait until then.
    quiet_until: Instant,
    pause: Duration,
    told: Told,
    waiting: VecDeque<Event>,
}

/// Answers with a stream of what is found. `seen` is the state that the page shows; where it does not say, the first that is found.
pub(crate) fn answer<L: Look>(state: &AppState, visit: &Visit, seen: Option<String>, look: L) -> Response {
    let seat = match state.seats.take(visit.person.id) {
        Ok(seat) => seat,
        Err(full) => return refused(full),
    };
    let now = Instant::now();
    let begun = Stream {
        look,
        seat,
        ends: now + LIFE,
        quiet_until: now,
        pause: EVERY,
        told: Told {
            news: None,
            state: seen,
        },
        waiting: VecDeque::new(),
    };
    let told = stream::unfold(begun, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    let mut response = Sse::new(told)
        .keep_alive(KeepAlive::new().interval(HEARTBEAT))
        .into_response();
    let headers = response.headers_mut();
    headers.insert(NO_BUFFERING, HeaderValue::from_static("no"));
    response
}

fn refused(full: Full) -> Response {
    let (status, words) = match full {
        Full::Person => (
            StatusCode::TOO_MANY_REQUESTS,
            "You look at enough pages that say by themselves what is new.",
        ),
        Full::Hub => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Enough pages are told by themselves what is new.",
        ),
    };
    (status, words).into_response()
}

impl<L: Look> Stream<L> {
    /// The next thing to say; none when the stream is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            let found = self.look.look().await.ok()?;
            self.hear(found);
            if !self.waiting.is_empty() {
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = self.seat.left() => return None,
            }
            if Instant::now() >= self.ends {
                return None;
            }
        }
    }

    /// Takes up what was found, as far as it was not told.
    fn hear(&mut self, found: Told) {
        let now = Instant::now();
        if let Some(words) = found.news
            && self.told.news.as_ref() != Some(&words)
            && now >= self.quiet_until
        {
            self.quiet_until = now + self.pause;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            self.waiting
                .push_back(Event::default().event("news").data(&words));
            self.told.news = Some(words);
        }
        if found.state.is_some() && found.state != self.told.state {
            if self.told.state.is_some() {
                self.waiting
                    .push_back(Event::default().event("changed").data("1"));
            }
            self.told.state = found.state;
        }
    }
}
