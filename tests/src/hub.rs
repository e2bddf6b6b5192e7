//! A hub of the test's own: the real binary on a fresh data folder.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::{Api, Sdk, eventually};

/// How a hub is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Keep state in this PostgreSQL database rather than in SQLite.
    pub database_url: Option<String>,
    /// Settings, as environment variables.
    pub env: Vec<(String, String)>,
}

impl Options {
    /// With one more setting.
    #[must_use]
    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.env.push((variable.to_owned(), value.to_owned()));
        self
    }
}

/// A running hub; it is killed when dropped.
pub struct Hub {
    folder: tempfile::TempDir,
    options: Options,
    child: Option<Child>,
    /// Where it is reached.
    pub url: String,
    /// What it printed when it was ready: `url`, `sign_in`, `dsn`.
    pub greeting: Value,
}

/// What `errand project create` says.
#[derive(Clone, Debug)]
pub struct Project {
    /// The id that stands in the DSN.
    pub id: String,
    /// Its name in URLs.
    pub slug: String,
    /// Its organization's name in URLs.
    pub organization: String,
    /// What SDKs are given.
    pub dsn: String,
    /// The DSN's key.
    pub public_key: String,
}

impl Hub {
    /// Starts a hub with the default settings, on SQLite.
    pub async fn start() -> Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// Starts a hub.
    pub async fn start_with(options: Options) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        share_machine_code(folder.path())?;
        let mut hub = Hub {
            folder,
            options,
            child: None,
            url: String::new(),
            greeting: Value::Null,
        };
        hub.restart().await?;
        Ok(hub)
    }

    /// Starts it again on the same data, after it was stopped or killed.
    pub async fn restart(&mut self) -> Result<()> {
        // A DSN that was handed out must go on working: the port stays.
        let listen = self
            .url
            .strip_prefix("http://")
            .unwrap_or("127.0.0.1:0")
            .to_owned();
        let mut child = self
            .command(&["serve", "--json", "--listen", &listen])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("starting errand")?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let Some(line) = lines.next_line().await? else {
            bail!(
                "errand serve ended with {} before it was ready",
                child.wait().await?
            );
        };
        self.greeting = serde_json::from_str(&line).with_context(|| format!("greeting: {line}"))?;
        // Not its public URL, which in some tests is that of a proxy which is not there.
        let listening = self.greeting["listening"].as_str();
        self.url = format!(
            "http://{}",
            listening.context("the greeting says where it listens")?
        );
        self.child = Some(child);
        Ok(())
    }

    /// `kill -9`.
    pub async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("it runs")?;
        child.kill().await.map_err(Into::into)
    }

    /// Asks it to stop (SIGTERM) and waits until it did.
    pub async fn terminate(&mut self) -> Result<()> {
        let mut child = self.child.take().context("it runs")?;
        let pid = child.id().context("it has a pid")?.to_string();
        let status = Command::new("kill").args(["-TERM", &pid]).status().await?;
        ensure!(status.success(), "kill -TERM failed");
        let status = child.wait().await?;
        ensure!(status.success(), "errand serve ended with {status} after SIGTERM");
        Ok(())
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Its process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Runs `errand` beside the hub, on its data.
    pub async fn cli(&self, args: &[&str]) -> Result<std::process::Output> {
        self.command(args).output().await.map_err(Into::into)
    }

    /// The same, with these environment variables.
    pub async fn cli_with(&self, args: &[&str], env: &[(&str, &str)]) -> Result<std::process::Output> {
        let mut command = self.command(args);
        command
            .envs(env.iter().copied())
            .output()
            .await
            .map_err(Into::into)
    }

    /// Runs `errand` beside the hub, with this on its standard input.
    pub async fn cli_fed(&self, args: &[&str], input: &[u8]) -> Result<std::process::Output> {
        let mut command = self.command(args);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().context("its input is piped")?;
        stdin.write_all(input).await?;
        drop(stdin);
        child.wait_with_output().await.map_err(Into::into)
    }

    /// Runs `errand … --json` and reads what it says.
    pub async fn cli_json(&self, args: &[&str]) -> Result<Value> {
        let output = self.cli(&[args, &["--json"]].concat()).await?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "errand {args:?} ended with {}: {error}",
            output.status
        );
        serde_json::from_slice(&output.stdout).with_context(|| format!("errand {args:?} printed no JSON"))
    }

    /// Creates a project.
    pub async fn project(&self, name: &str) -> Result<Project> {
        let said = self.cli_json(&["project", "create", name]).await?;
        let text = |key: &str| match &said[key] {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            _ => bail!("project create said no {key}: {said}"),
        };
        Ok(Project {
            id: text("id")?,
            slug: text("slug")?,
            organization: text("organization")?,
            dsn: text("dsn")?,
            public_key: text("public_key")?,
        })
    }

    /// An API client that may do everything.
    pub async fn api(&self) -> Result<Api> {
        self.api_with_scopes(&[]).await
    }

    /// An API client with these scopes (none given: all).
    pub async fn api_with_scopes(&self, scopes: &[&str]) -> Result<Api> {
        let scopes = scopes.join(",");
        let mut args = vec!["token", "create"];
        if !scopes.is_empty() {
            args.extend(["--scopes", &scopes]);
        }
        let said = self.cli_json(&args).await?;
        Api::new(&self.url, said["token"].as_str().context("a token")?)
    }

    /// An SDK of this project.
    pub fn sdk(&self, project: &Project) -> Result<Sdk> {
        Sdk::new(&self.url, project)
    }

    /// Waits until everything that was accepted is digested.
    pub async fn drained(&self) -> Result<()> {
        let client = crate::api::http_client()?;
        eventually("the queue to be digested", || async {
            let metrics = client
                .get(format!("{}/metrics", self.url))
                .send()
                .await?
                .text()
                .await?;
            let line = metrics
                .lines()
                .find(|line| line.starts_with("errand_queue_undigested_bytes "));
            let line = line.context("/metrics has errand_queue_undigested_bytes")?;
            Ok(line.ends_with(" 0").then_some(()))
        })
        .await
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).arg("--data").arg(self.folder.path());
        if let Some(url) = &self.options.database_url {
            command.env("ERRAND_DATABASE_URL", url);
        }
        // What the person at this machine has set must not decide a test.
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("ERRAND_") && !name.contains("_TEST_"))
        {
            command.env_remove(name);
        }
        command
            .env("ERRAND_PLUGINS_ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")
            .env("ERRAND_LOG_FILTER", "warn");
        command.envs(self.options.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }
}

/// Lets all hubs of the tests keep what they compiled of plugins in one place, beside the binary: a debug build takes
/// seconds for each.
fn share_machine_code(data: &Path) -> Result<()> {
    let shared = binary().with_file_name("plugin-cache");
    std::fs::create_dir_all(&shared)?;
    std::os::unix::fs::symlink(&shared, data.join("plugin-cache")).map_err(Into::into)
}

/// Runs a command of `errand` that needs no hub and no data folder.
pub async fn tool(args: &[&str]) -> Result<std::process::Output> {
    tool_with(args, &[]).await
}

/// The same, with these environment variables.
pub async fn tool_with(args: &[&str], env: &[(&str, &str)]) -> Result<std::process::Output> {
    Command::new(binary())
        .args(args)
        .envs(env.iter().copied())
        .output()
        .await
        .map_err(Into::into)
}

/// The binary under test, built before the tests by `cargo xtask test`.
pub fn binary() -> PathBuf {
    if let Some(binary) = std::env::var_os("ERRAND_TEST_BINARY") {
        return binary.into();
    }
    // target/debug/deps/it-… → target/debug/errand
    let test = std::env::current_exe().unwrap_or_default();
    test.ancestors()
        .nth(2)
        .map_or_else(|| "errand".into(), |folder| folder.join("errand"))
}
