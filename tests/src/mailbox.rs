//! A real mail server, and what it took.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::{eventually, root};

/// A mail server (aiosmtpd); it ends when dropped.
pub struct Mailbox {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    folder: tempfile::TempDir,
    taken: Arc<Mutex<Vec<Value>>>,
    _child: Child,
}

impl Mailbox {
    /// Starts one with the Python of `sdks`. With a password it asks for STARTTLS and for the user `hub`.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start(sdks: &Path, password: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(sdks.join("python/bin/python"))
            .arg(root().join("tests/sdks/mailbox.py"))
            .arg(folder.path())
            .arg(password)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("starting the mail server")?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let first = lines.next_line().await?.context("it says its port")?;
        let port = serde_json::from_str::<Value>(&first)?["port"]
            .as_u64()
            .and_then(|port| u16::try_from(port).ok())
            .context("a port")?;
        let taken = Arc::default();
        tokio::spawn(listen(lines, Arc::clone(&taken)));
        Ok(Mailbox {
            port,
            folder,
            taken,
            _child: child,
        })
    }

    /// The file with the certificate that its own is signed by.
    pub fn ca_file(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    /// What it took so far.
    pub fn taken(&self) -> Vec<Value> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it took that many, and gives all.
    ///
    /// # Errors
    /// If they do not come.
    pub async fn wait_for(&self, count: usize) -> Result<Vec<Value>> {
        eventually(&format!("{count} mails"), || async {
            let taken = self.taken();
            Ok((taken.len() >= count).then_some(taken))
        })
        .await
        .with_context(|| format!("{} mails came", self.taken().len()))
    }
}

async fn listen(mut lines: Lines<BufReader<ChildStdout>>, taken: Arc<Mutex<Vec<Value>>>) {
    while let Ok(Some(line)) = lines.next_line().await {
        if let Ok(mail) = serde_json::from_str(&line) {
            taken.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
        }
    }
}
