//! The other system, with patience: it may be busy, ask to be left alone, or cut a connection.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use errand_plugin_host::{Page, Pages};
use serde_json::Value;

use super::super::print;

/// Tries of one page that fail or are cut.
const TRIES: u32 = 5;
/// Times that a page is waited for because the other system says so.
const WAITS: u32 = 50;
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(300);

/// The other system.
pub(super) struct Source(Pages);

/// What it means that something is not there for this token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    IsWrong,
    IsFine,
}

/// A page of a list.
pub(super) struct Rows {
    pub(super) rows: Vec<Value>,
    pub(super) next: Option<String>,
    pub(super) hits: Option<i64>,
}

impl Source {
    pub(super) fn new(url: &str, token: &str) -> Result<Self> {
        Pages::new(url, token)
            .map(Source)
            .context("the address of the other system")
    }

    /// A page of a list.
    pub(super) async fn rows(&self, path: &str) -> Result<Rows> {
        let page = self
            .get(path, Missing::IsWrong)
            .await?
            .with_context(|| format!("there is no {path}"))?;
        let rows: Vec<Value> =
            serde_json::from_slice(&page.body).with_context(|| format!("{path} is no list"))?;
        Ok(Rows {
            rows,
            next: page.next,
            hits: page.hits,
        })
    }

    /// All of a list that is short.
    pub(super) async fn all(&self, path: &str) -> Result<Vec<Value>> {
        let (mut rows, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next.take() {
            let page = self.rows(&path).await?;
            rows.extend(page.rows);
            next = page.next;
            if rows.len() > 100_000 {
                bail!("{path} never ends");
            }
        }
        Ok(rows)
    }

    /// The first page of a list that not every system has, and not every token may read; some have it in a field of an object.
    pub(super) async fn some(&self, path: &str, field: &str) -> Result<Vec<Value>> {
        let Some(page) = self.get(path, Missing::IsFine).await? else {
            return Ok(Vec::new());
        };
        let mut said: Value = serde_json::from_slice(&page.body).unwrap_or_default();
        let list = match said.is_array() {
            true => said.take(),
            false => said[field].take(),
        };
        Ok(serde_json::from_value(list).unwrap_or_default())
    }

    /// All of such a list.
    pub(super) async fn all_of_some(&self, path: &str) -> Result<Vec<Value>> {
        match self.get(path, Missing::IsFine).await? {
            Some(_) => self.all(path).await,
            None => Ok(Vec::new()),
        }
    }

    /// An answer; none where there is nothing. What fails for now is tried again.
    async fn get(&self, path: &str, missing: Missing) -> Result<Option<Page>> {
        let (mut failures, mut waits) = (0, 0);
        loop {
            let (wait, why) = match self.0.get(path).await {
                Ok(page) if (200..300).contains(&page.status) => return Ok(Some(page)),
                Ok(page) if page.status == 404 => return Ok(None),
                Ok(page) if page.status == 403 && missing == Missing::IsFine => {
                    print::progress(&format!("{path}: the token may not read it, so it is left out"));
                    return Ok(None);
                }
                Ok(page) if page.status == 429 => {
                    waits += 1;
                    let wait = page.retry_after.unwrap_or(Duration::from_secs(5)).min(LONGEST);
                    (wait, "it asks to be left alone".to_owned())
                }
                Ok(page) if page.status >= 500 => {
                    failures += 1;
                    (backoff(failures), format!("it answers {}", page.status))
                }
                Ok(page) => {
                    let said: String = String::from_utf8_lossy(&page.body).chars().take(200).collect();
                    bail!("{path}: the other system answers {}: {said}", page.status);
                }
                Err(error) => {
                    failures += 1;
                    (backoff(failures), error.to_string())
                }
            };
            if failures >= TRIES || waits >= WAITS {
                bail!("{path}: {why}. Give the command again to go on from here");
            }
            print::progress(&format!("{why}: again in {} s", wait.as_secs()));
            tokio::time::sleep(wait).await;
        }
    }
}

/// 1, 2, 4, … seconds.
fn backoff(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.saturating_sub(1).min(5))
}
