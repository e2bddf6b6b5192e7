//! A mock behind a socket: the far end for a hub that runs as a process.

use std::sync::Arc;

use anyhow::Result;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use tokio::task::JoinHandle;

use super::mock::Outcome;
use super::request::{Answer, Request};

/// Listens on loopback until dropped.
pub struct Server {
    /// Where it is reached, without a slash at the end: what a plugin's `url` setting is set to.
    pub url: String,
    task: JoinHandle<()>,
}

type Answers = Arc<dyn Fn(&Request) -> Outcome + Send + Sync>;

impl Server {
    pub(super) async fn start(answers: impl Fn(&Request) -> Outcome + Send + Sync + 'static) -> Result<Self> {
        let answers: Answers = Arc::new(answers);
        let app = axum::Router::new().fallback(receive).with_state(answers);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                panic!("the mock ended: {error}");
            }
        });
        Ok(Server { url, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(
    State(answers): State<Answers>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let headers = headers.iter().map(|(name, value)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    let request = Request::new(
        method.as_str(),
        &uri.to_string(),
        headers.collect(),
        body.to_vec(),
    );
    match answers(&request) {
        Outcome::Answer(answer) => respond(&answer),
        Outcome::Timeout => std::future::pending::<Response>().await,
        Outcome::Cut => cut(),
    }
}

fn respond(answer: &Answer) -> Response {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let body = match answer.bytes() {
        Some((kind, bytes)) => {
            response = response.header("content-type", kind);
            Body::from(bytes)
        }
        None => Body::empty(),
    };
    let broken = |_| {
        let mut response = Response::new(Body::from("the simulator's answer is none"));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    };
    response.body(body).unwrap_or_else(broken)
}

/// A body that breaks off: the connection is closed before all that was promised came.
fn cut() -> Response {
    let broken = futures_util::stream::iter([
        Ok::<_, std::io::Error>(Bytes::from_static(b"{")),
        Err(std::io::Error::other("cut")),
    ]);
    Response::new(Body::from_stream(broken))
}
