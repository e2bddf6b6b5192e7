//! Waiting longer and longer while the database fails.

use std::time::Duration;

/// Doubles from a tenth of a second to ten seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff(Duration);

impl Backoff {
    const FIRST: Duration = Duration::from_millis(100);
    const LAST: Duration = Duration::from_secs(10);

    pub(crate) const fn new() -> Self {
        Backoff(Self::FIRST)
    }

    /// Waits, longer than the time before.
    pub(crate) async fn wait(&mut self) {
        let wait = self.0;
        self.0 = (wait * 2).min(Self::LAST);
        tokio::time::sleep(wait).await;
    }

    /// Begins anew, after something succeeded.
    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }
}
