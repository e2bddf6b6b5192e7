//! The hub under measurement.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::shell;

/// A running hub with one project.
pub(crate) struct Hub {
    child: Child,
    data: PathBuf,
    is_kept: bool,
    database_url: Option<String>,
    pub(super) url: String,
    pub(super) project: Value,
    sign_in: Value,
    pub(super) token: String,
}

/// What one load did, and what the hub used for it, until everything was digested.
pub(crate) struct Run {
    pub(super) load: Value,
    pub(super) digested_after: Duration,
    pub(super) cpu_seconds: f64,
    pub(super) peak_rss_bytes: u64,
}

impl Hub {
    pub(super) fn start(binary: &Path, data: Option<PathBuf>, database_url: Option<String>) -> Result<Self> {
        let is_kept = data.is_some();
        let data = data.unwrap_or_else(|| shell::target().join(format!("bench-{}", std::process::id())));
        let errand = |args: &[&str]| {
            let mut command = Command::new(binary);
            command
                .args(args)
                .arg("--data")
                .arg(&data)
                .arg("--json")
                // The far end of deliveries is on this machine.
                .env("ERRAND_PLUGINS_ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")
                .env("ERRAND_LOG_FILTER", "warn");
            command.envs(database_url.as_ref().map(|url| ("ERRAND_DATABASE_URL", url)));
            command
        };
        let mut child = errand(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("piped")?).read_line(&mut line)?;
        let greeting: Value = serde_json::from_str(&line).context("the hub's greeting")?;
        // Kept data has one from before, with its history.
        let known = shell::output(&mut errand(&["project", "list"]))?;
        let known = known.lines().find_map(|line| {
            let project: Value = serde_json::from_str(line).ok()?;
            (project["slug"] == "bench").then_some(project)
        });
        let project = match known {
            Some(project) => project,
            None => serde_json::from_str(&shell::output(&mut errand(&["project", "create", "Bench"]))?)?,
        };
        let token: Value = serde_json::from_str(&shell::output(&mut errand(&["token", "create"]))?)?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("text");
        let (url, token) = (text(&greeting["url"])?, text(&token["token"])?);
        Ok(Hub {
            child,
            data,
            is_kept,
            database_url,
            url,
            sign_in: greeting["sign_in"].clone(),
            project,
            token,
        })
    }

    /// Runs a load and waits until all of it is digested.
    pub(super) fn measure(&self, load: impl FnOnce() -> Result<Value>) -> Result<Run> {
        let pid = self.child.id();
        // Resets the peak, so that each run has its own.
        fs::write(format!("/proc/{pid}/clear_refs"), "5").context("resetting the peak RSS")?;
        let (started, cpu) = (Instant::now(), cpu_seconds(pid)?);
        let load = load()?;
        self.digested()?;
        Ok(Run {
            load,
            digested_after: started.elapsed(),
            cpu_seconds: cpu_seconds(pid)? - cpu,
            peak_rss_bytes: peak_rss(pid)?,
        })
    }

    /// Runs `errand` beside the hub, on its data.
    pub(super) fn errand(&self, binary: &Path, args: &[&str]) -> Result<()> {
        let mut command = Command::new(binary);
        command.args(args).arg("--data").arg(&self.data);
        command.envs(self.database_url.as_ref().map(|url| ("ERRAND_DATABASE_URL", url)));
        shell::run(&mut command)
    }

    /// A link that signs in once.
    pub(super) fn sign_in_link(&self) -> Result<String> {
        let link = self.sign_in.as_str().context("a link to sign in")?;
        Ok(link.to_owned())
    }

    /// Events stored, counted by the database itself.
    pub(super) fn stored(&self) -> Result<u64> {
        self.count("SELECT COUNT(*) FROM event")
    }

    /// What the database itself counts.
    pub(super) fn count(&self, sql: &str) -> Result<u64> {
        let text = self.rows(sql)?;
        text.parse().with_context(|| format!("a count: {text}"))
    }

    /// The first column of what the database itself answers, a line each.
    pub(super) fn rows(&self, sql: &str) -> Result<String> {
        if let Some(url) = &self.database_url {
            return shell::output(Command::new("psql").args([url, "-Atc", sql]));
        }
        let script =
            "import sqlite3,sys\nfor row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(row[0])";
        let mut python = Command::new("python3");
        python
            .args(["-c", script])
            .arg(self.data.join("errand.db"))
            .arg(sql);
        shell::output(&mut python)
    }

    /// Bytes that the data takes, the log that is about to be folded in left out.
    pub(super) fn disk(&self) -> Result<u64> {
        if let Some(url) = &self.database_url {
            let sql = "SELECT pg_database_size(current_database())";
            return Ok(shell::output(Command::new("psql").args([url, "-Atc", sql]))?.parse()?);
        }
        Ok(fs::metadata(self.data.join("errand.db"))?.len())
    }

    /// Gets a path with the token; returns the body.
    pub(super) fn get(&self, path: &str) -> Result<String> {
        let authorization = format!("Bearer {}", self.token);
        let response = ureq::get(format!("{}{path}", self.url))
            .header("Authorization", authorization)
            .call();
        Ok(response
            .with_context(|| path.to_owned())?
            .body_mut()
            .read_to_string()?)
    }

    /// Every row of a list, page by page.
    pub(super) fn all(&self, path: &str) -> Result<Vec<Value>> {
        let (mut rows, mut next) = (Vec::new(), Some(format!("{}{path}", self.url)));
        while let Some(url) = next.take() {
            let request = ureq::get(&url).header("Authorization", format!("Bearer {}", self.token));
            let mut response = request.call().with_context(|| url.clone())?;
            let link = response.headers().get("link").and_then(|link| link.to_str().ok());
            let links = link.unwrap_or_default().split(", ");
            let is_next = |link: &&str| link.contains("rel=\"next\"") && link.contains("results=\"true\"");
            let found = links.into_iter().find(is_next);
            next = found
                .and_then(|link| link.split_once('<')?.1.split_once('>'))
                .map(|(url, _)| url.to_owned());
            let page: Value = serde_json::from_str(&response.body_mut().read_to_string()?)?;
            rows.extend(page.as_array().cloned().context("a list")?);
        }
        Ok(rows)
    }

    /// Sends JSON with the token; returns what is answered.
    pub(super) fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.url);
        let request = match method {
            "PUT" => ureq::put(url),
            _ => ureq::post(url),
        };
        let response = request
            .header("Authorization", format!("Bearer {}", self.token))
            .content_type("application/json")
            .send(body.to_string());
        let text = response
            .with_context(|| path.to_owned())?
            .body_mut()
            .read_to_string()?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Sends an event of its own issue.
    pub(super) fn event(&self, group: &str) -> Result<()> {
        let project = &self.project["id"];
        let project = project
            .as_str()
            .map_or_else(|| project.to_string(), str::to_owned);
        let key = self.project["public_key"].as_str().context("a key")?;
        let event = format!(r#"{{"platform":"python","message":"{group}","fingerprint":["{group}"]}}"#);
        let envelope = format!(
            "{{}}\n{{\"type\":\"event\",\"length\":{}}}\n{event}\n",
            event.len()
        );
        ureq::post(format!("{}/api/{project}/envelope/", self.url))
            .header(
                "X-Sentry-Auth",
                format!("Sentry sentry_key={key}, sentry_version=7"),
            )
            .send(envelope)?;
        Ok(())
    }

    /// Waits until everything that was accepted is digested.
    pub(super) fn digested(&self) -> Result<()> {
        let started = Instant::now();
        while self.metric("errand_queue_undigested_bytes")? > 0.0 {
            ensure!(
                started.elapsed() < Duration::from_secs(1800),
                "the queue is not digested in half an hour"
            );
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// User and system time of the hub so far.
    pub(super) fn cpu_seconds(&self) -> Result<f64> {
        cpu_seconds(self.child.id())
    }

    fn metric(&self, name: &str) -> Result<f64> {
        let text = self.get("/metrics")?;
        let line = text
            .lines()
            .find(|line| line.starts_with(name) && line[name.len()..].starts_with(' '));
        let Some(line) = line else {
            bail!("/metrics has no {name}")
        };
        Ok(line[name.len()..].trim().parse()?)
    }

    /// Stops it as an administrator would.
    pub(super) fn stop(mut self) -> Result<()> {
        shell::run(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let status = self.child.wait()?;
        ensure!(status.success(), "the hub ended with {status}");
        Ok(())
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // After `stop` there is nobody left to kill.
        let _gone = self.child.kill();
        let _gone = self.child.wait();
        if !self.is_kept
            && let Err(error) = fs::remove_dir_all(&self.data)
        {
            eprintln!("{} stays behind: {error}", self.data.display());
        }
    }
}

/// User and system time of a process; clock ticks are 10 ms on Linux.
fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Ok(ticks as f64 / 100.0)
}

fn peak_rss(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? << 10)
}
