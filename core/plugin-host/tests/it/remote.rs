//! The other side: servers on this machine that answer as a test wants.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Arrived {
    /// A header's text; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// A server that keeps what arrives.
pub(crate) struct Remote {
    address: SocketAddr,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Remote {
    /// Answers everything by `answer`.
    pub(crate) async fn start<R: IntoResponse>(
        answer: impl Fn(&Arrived) -> R + Clone + Send + Sync + 'static,
    ) -> Remote {
        Remote::at("127.0.0.1:0", answer).await
    }

    /// The same at an address.
    pub(crate) async fn at<R: IntoResponse>(
        address: &str,
        answer: impl Fn(&Arrived) -> R + Clone + Send + Sync + 'static,
    ) -> Remote {
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&arrived);
        let app = Router::new().fallback(
            move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
                let request = Arrived {
                    method,
                    uri,
                    headers,
                    body,
                };
                let response: Response = answer(&request).into_response();
                kept.lock().expect("no test panicked here").push(request);
                response
            },
        );
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, app).await });
        Remote { address, arrived }
    }

    /// Answers everything with 200.
    pub(crate) async fn accepting() -> Remote {
        Remote::start(|_| StatusCode::OK).await
    }

    /// Where it is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What arrived so far.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().expect("no test panicked here").clone()
    }
}

/// A server that begins an answer and then drips it, a byte at a time, for ever.
pub(crate) async fn dripping() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(drip(stream));
        }
    });
    format!("http://{address}/")
}

async fn drip(mut stream: TcpStream) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await;
    let _ = stream
        .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        .await;
    while stream.write_all(b"1\r\nx\r\n").await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
