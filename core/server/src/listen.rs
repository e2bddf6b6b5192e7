//! Serves HTTP: a bounded number of connections, none of which may dawdle over its headers, and a stop that lets
//! each finish what it began.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// Bytes that a connection buffers; hyper's 400 KB default times ten thousand connections would be too much.
const CONNECTION_BUFFER: usize = 64 * 1024;

/// Accepts until `stop` resolves, then waits up to `patience` for open requests.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    max_connections: usize,
    stop: impl Future<Output = ()>,
    patience: Duration,
) -> Result<()> {
    let slots = Arc::new(Semaphore::new(max_connections));
    let graceful = GracefulShutdown::new();
    let mut server = Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(CONNECTION_BUFFER);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(256);
    let mut stop = std::pin::pin!(stop);
    loop {
        let slot = Arc::clone(&slots)
            .acquire_owned()
            .await
            .context("the semaphore is never closed")?;
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely; accepting again at once would only spin.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let service = app
            .clone()
            .map_request(move |mut request: hyper::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                request
            });
        let connection = server.serve_connection_with_upgrades(
            TokioIo::new(without_delay(stream)),
            hyper_util::service::TowerToHyperService::new(service),
        );
        let connection = graceful.watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection ended early");
            }
            drop(slot);
        });
    }
    drop(listener);
    if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            seconds = patience.as_secs(),
            "open requests were cut off by the stop"
        );
    }
    Ok(())
}

/// Answers are small and awaited: they must not wait to be joined with more.
fn without_delay(stream: TcpStream) -> TcpStream {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
    stream
}
