//! Waiting for a condition.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Asks `probe` again until it answers something, or says what was awaited in vain.
///
/// # Errors
/// After 30 seconds.
pub async fn eventually<T, F>(what: &str, probe: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<Option<T>>>,
{
    within(Duration::from_secs(30), what, probe).await
}

/// The same of what may take so long.
///
/// # Errors
/// When it took longer.
pub async fn within<T, F>(longest: Duration, what: &str, mut probe: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<Option<T>>>,
{
    let started = Instant::now();
    let mut last = None;
    while started.elapsed() < longest {
        match probe().await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => {}
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    match last {
        Some(error) => bail!("in vain awaited: {what}; the last try failed: {error:#}"),
        None => bail!("in vain awaited: {what}"),
    }
}
