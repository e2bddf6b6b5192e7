//! What is written down about a call while it runs: log lines and requests, bounded.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use errand_model::delivery::AttemptOutcome;
use errand_model::staged::StagedChange;
use tokio::io::AsyncWrite;
use url::Url;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::attempt::{LogLine, RequestRecord, Severity};

/// Bytes of one message, and of its fields.
const MAX_MESSAGE: usize = 4 << 10;
/// Lines of one call.
const MAX_LINES: usize = 500;

/// The log and the requests of one call.
#[derive(Debug)]
pub(crate) struct Record {
    /// What was said, in order.
    pub(crate) log: Vec<LogLine>,
    bytes_left: usize,
    dropped: usize,
    /// In the order in which they were made.
    pub(crate) requests: Vec<RequestRecord>,
    /// What is to change of issues, in order.
    pub(crate) changes: Vec<StagedChange>,
    /// Why, in the plugin's words.
    pub(crate) explanation: Option<String>,
    /// What the hub itself knows of why the call cannot go well. A failure of the plugin is taken for this.
    pub(crate) verdict: Option<AttemptOutcome>,
}

impl Record {
    /// An empty one for that many bytes of log.
    pub(crate) fn new(log_bytes: usize) -> Self {
        Record {
            log: Vec::new(),
            bytes_left: log_bytes,
            dropped: 0,
            requests: Vec::new(),
            changes: Vec::new(),
            explanation: None,
            verdict: None,
        }
    }

    /// Whether another line would be kept: who asks first need not prepare what is dropped.
    pub(crate) fn has_room(&mut self) -> bool {
        let has_room = self.bytes_left > 0 && self.log.len() < MAX_LINES;
        if !has_room {
            self.dropped += 1;
        }
        has_room
    }

    /// Adds a line; what is too long is cut, control characters are escaped.
    pub(crate) fn push(&mut self, severity: Severity, message: &str, fields: &str) {
        let line = LogLine {
            severity,
            message: sanitize(message),
            fields: sanitize(fields),
        };
        let size = line.message.len() + line.fields.len() + 1;
        self.bytes_left = self.bytes_left.saturating_sub(size);
        self.log.push(line);
    }

    /// The log, with a last line that owns up to what is missing.
    pub(crate) fn finish(mut self) -> Self {
        if self.dropped > 0 {
            self.log.push(LogLine {
                severity: Severity::Warn,
                message: format!(
                    "{} more lines were dropped: the log of a call is bounded",
                    self.dropped
                ),
                fields: String::new(),
            });
        }
        self
    }
}

/// A guest's text made harmless for terminals, files and databases.
pub(crate) fn sanitize(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(MAX_MESSAGE));
    for c in text.chars() {
        if clean.len() >= MAX_MESSAGE {
            clean.push('…');
            break;
        }
        if c.is_control() || is_invisible(c) {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
    }
    clean
}

/// Characters that reorder or hide text.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Takes what a guest writes to stdout and stderr; what is beyond the bound is swallowed.
#[derive(Clone, Debug)]
pub(crate) struct Stdio(Arc<Mutex<Vec<u8>>>);

impl Stdio {
    const MAX_BYTES: usize = 16 << 10;

    pub(crate) fn new() -> Self {
        Stdio(Arc::new(Mutex::new(Vec::new())))
    }

    /// What was written.
    pub(crate) fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl IsTerminal for Stdio {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stdio {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for Stdio {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = Self::MAX_BYTES.saturating_sub(written.len());
        written.extend(bytes.iter().take(room));
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A URL as it may be written down: queries carry tokens, and so do users.
pub(crate) fn shown_url(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return "(no URL)".to_owned();
    };
    let has_query = url.query().is_some();
    url.set_query(None);
    url.set_fragment(None);
    // Neither fails but for URLs that have no host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let shown: String = url.as_str().chars().take(1024).collect();
    if has_query { shown + "?…" } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        assert_eq!(
            sanitize("a\u{1b}[31mred\nb\0\u{202e}c"),
            "a\\u{1b}[31mred\\nb\\u{0}\\u{202e}c"
        );
        assert_eq!(sanitize("Grüße, 世界"), "Grüße, 世界");
        assert!(sanitize(&"x".repeat(10_000)).len() < MAX_MESSAGE + 8);
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        let mut record = Record::new(64 << 10);
        for _ in 0..10_000 {
            if record.has_room() {
                record.push(Severity::Info, "spam", "");
            }
        }
        let log = record.finish().log;
        assert_eq!(log.len(), MAX_LINES + 1);
        assert!(
            log.last()
                .is_some_and(|line| line.message.starts_with("9500 more lines"))
        );
    }
}
