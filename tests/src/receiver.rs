//! A web server that remembers what it was sent: the far end of webhooks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use crate::eventually;

/// One request.
#[derive(Clone, Debug)]
pub struct Received {
    /// Path and query.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as JSON; null where it is none.
    pub body: Value,
    /// When it came.
    pub at: Instant,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    /// Statuses to answer with before answering 200.
    failures: Mutex<Vec<u16>>,
    /// What to answer everything with, while it is there: a status, and seconds to wait.
    always: Mutex<Option<(u16, Option<u32>)>>,
}

/// Listens on loopback until dropped.
pub struct Receiver {
    /// Where to send to.
    pub url: String,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    /// Starts to listen; the first requests are answered with `failures`, in order.
    pub async fn start(failures: &[u16]) -> Result<Self> {
        let failures = Mutex::new(failures.iter().rev().copied().collect());
        let shared = Arc::new(Shared {
            failures,
            ..Shared::default()
        });
        let app = axum::Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                panic!("the receiver ended: {error}");
            }
        });
        Ok(Receiver { url, shared, task })
    }

    /// Everything so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared
            .received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Answers everything with this status from now on, and asks to wait that many seconds; none for 200.
    pub fn always(&self, answer: Option<(u16, Option<u32>)>) {
        *self.shared.always.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    /// Waits for that many requests.
    pub async fn wait_for(&self, count: usize) -> Result<Vec<Received>> {
        eventually(&format!("{count} requests"), || async {
            let received = self.received();
            Ok((received.len() >= count).then_some(received))
        })
        .await
        .with_context(|| format!("{} requests came", self.received().len()))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let received = Received {
        path: uri.to_string(),
        headers,
        body,
        at: Instant::now(),
    };
    shared
        .received
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(received);
    let always = *shared.always.lock().unwrap_or_else(PoisonError::into_inner);
    let failure = shared
        .failures
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop();
    let (status, wait) = always.unwrap_or((failure.unwrap_or(200), None));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    match wait {
        Some(seconds) => (status, [("retry-after", seconds.to_string())]).into_response(),
        None => status.into_response(),
    }
}
