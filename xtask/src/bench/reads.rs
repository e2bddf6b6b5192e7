//! What people wait for while events pour in: the issue list, an issue, a search by tag.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use super::hub::Hub;

/// How long each request of a path took.
type Times = Vec<(String, Vec<Duration>)>;

/// Reads going on in the background.
pub(super) struct Reads {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Times>>,
}

impl Reads {
    /// Starts to read, one request after the other.
    pub(super) fn start(hub: &Hub) -> Result<Self> {
        let slug = hub.project["slug"].as_str().context("a slug")?;
        let organization = hub.project["organization"].as_str().context("an organization")?;
        let list = format!("/api/0/projects/{organization}/{slug}/issues/");
        let issues: Value = serde_json::from_str(&hub.get(&list)?)?;
        let issue = issues[0]["id"].as_str().context("an issue")?;
        let paths = vec![
            format!("{list}?query=is:unresolved"),
            format!("{list}?query=is:unresolved&sort=freq"),
            format!("{list}?query=user.email:u0000007@example.com"),
            format!("{list}?query=browser.name:Chrome*"),
            format!("/api/0/issues/{issue}/"),
            format!("/api/0/issues/{issue}/events/latest/"),
            format!("/api/0/issues/{issue}/tags/"),
            format!("/api/0/issues/{issue}/events/"),
        ];
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, url, token) = (Arc::clone(&stop), hub.url.clone(), hub.token.clone());
        let thread = std::thread::spawn(move || read(&paths, &url, &token, &stopped));
        Ok(Reads { stop, thread })
    }

    /// Stops and prints how long each took.
    pub(super) fn report(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        for (path, mut times) in self.thread.join().map_err(|_| anyhow!("reading panicked"))?? {
            times.sort_unstable();
            let at =
                |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
            println!(
                "read p50 {:.1} ms, p99 {:.1} ms, {} times: {path}",
                at(0.5),
                at(0.99),
                times.len()
            );
        }
        Ok(())
    }
}

fn read(paths: &[String], url: &str, token: &str, stop: &AtomicBool) -> Result<Times> {
    let agent = ureq::Agent::new_with_defaults();
    let mut times = vec![Vec::new(); paths.len()];
    while !stop.load(Ordering::Relaxed) {
        for (path, times) in paths.iter().zip(&mut times) {
            let started = Instant::now();
            let request = agent
                .get(format!("{url}{path}"))
                .header("Authorization", format!("Bearer {token}"));
            request
                .call()
                .with_context(|| path.clone())?
                .body_mut()
                .read_to_string()?;
            times.push(started.elapsed());
        }
    }
    Ok(paths.iter().cloned().zip(times).collect())
}
