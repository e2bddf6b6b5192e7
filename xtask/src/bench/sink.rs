//! The far end of webhooks: takes every request, remembers when it came, and costs little.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// What came, in order: a webhook's body, and when, in milliseconds since 1970.
type Arrivals = Arc<Mutex<Vec<(Vec<u8>, u64)>>>;

/// Listens until the process ends.
pub(super) struct Sink {
    pub(super) url: String,
    arrivals: Arrivals,
}

/// What came, counted.
pub(super) struct Tally {
    /// Different deliveries.
    pub(super) told: usize,
    /// Milliseconds from what happened to its request, sorted.
    pub(super) latencies: Vec<u64>,
}

impl Sink {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let arrivals = Arrivals::default();
        let shared = Arc::clone(&arrivals);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // The other side closes connections as it likes.
                thread::spawn(move || serve(&connection, &shared).ok());
            }
        });
        Ok(Sink { url, arrivals })
    }

    /// How many requests came.
    pub(super) fn count(&self) -> usize {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Counts what came since the last time, and checks that each issue's happenings came in their order.
    pub(super) fn tally(&self) -> Result<Tally> {
        let arrivals = std::mem::take(&mut *self.arrivals.lock().unwrap_or_else(PoisonError::into_inner));
        let mut last: HashMap<String, u64> = HashMap::new();
        let (mut told, mut latencies) = (0, Vec::with_capacity(arrivals.len()));
        for (body, at) in arrivals {
            let body: Value = serde_json::from_slice(&body).context("a webhook's body")?;
            let text = |value: &Value| value.as_str().map(str::to_owned).context("text");
            let id: u64 = text(&body["id"])?.parse()?;
            let before = last.insert(text(&body["issue"]["id"])?, id);
            ensure!(
                before.is_none_or(|before| before <= id),
                "an issue's order is broken"
            );
            told += usize::from(before != Some(id));
            latencies.push(at.saturating_sub(body["timestamp"].as_u64().context("a time")?));
        }
        latencies.sort_unstable();
        Ok(Tally { told, latencies })
    }
}

impl Tally {
    /// The latency that this share of deliveries does not exceed, in milliseconds.
    pub(super) fn at(&self, share: f64) -> u64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = (last as f64 * share).round() as usize;
        self.latencies.get(at).copied().unwrap_or(0)
    }
}

/// Milliseconds since 1970, by the clock that the hub has too.
#[expect(
    clippy::disallowed_methods,
    reason = "what is measured is the time that passes"
)]
fn now() -> Result<u64> {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(u64::try_from(since_epoch.as_millis())?)
}

/// Reads requests off a connection and answers each with 200.
fn serve(connection: &TcpStream, arrivals: &Mutex<Vec<(Vec<u8>, u64)>>) -> Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    loop {
        let (mut line, mut length, mut is_first) = (String::new(), 0, true);
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let at_end = line.trim_end().is_empty();
            if at_end && !is_first {
                break;
            }
            is_first = false;
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let at = now()?;
        arrivals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((body, at));
        let mut writer = connection;
        writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    }
}
