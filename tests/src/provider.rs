//! A real provider of OpenID Connect.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::root;

/// A provider (`oidc-provider` of npm) with one client; it ends when dropped.
pub struct Provider {
    /// Where it is, as it calls itself.
    pub issuer: String,
    _child: Child,
    /// What else it says goes here: it would end where nobody takes it.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Provider {
    /// As what it knows the hub.
    pub const CLIENT: &'static str = "errand";
    /// By what the hub proves that to it: with characters that have to be written otherwise on the way.
    pub const SECRET: &'static str = "s3cret + 100% & more";

    /// Starts one with the packages of `sdks`, for the hub at that address.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start(sdks: &Path, hub: &str) -> Result<Self> {
        let mut child = Command::new("node")
            .arg(root().join("tests/sdks/oidc.mjs"))
            .arg(sdks)
            .args([&format!("{hub}/sign-in/sso/return"), Self::CLIENT, Self::SECRET])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It warns that it keeps all in memory, which is as it should be.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting the provider")?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = lines.next_line().await?;
        let said: Value = serde_json::from_str(&line.context("it says where it is")?)?;
        Ok(Provider {
            issuer: said["issuer"].as_str().context("an address")?.to_owned(),
            _child: child,
            _lines: lines,
        })
    }
}
