//! The load: captured envelopes of real SDKs, sent by a generator that takes little of the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::shell;

use super::hub::Hub;

/// The generator, built, and what it sends.
pub(super) struct Load {
    binary: PathBuf,
    corpus: PathBuf,
    /// Envelopes with an event in them; each becomes its own groups.
    files: u32,
}

/// One run of the load.
pub(super) struct Options {
    pub(super) seconds: u32,
    /// Issues that the events are spread over.
    pub(super) groups: u32,
    /// Events a second; as fast as the hub answers, if none.
    pub(super) rate: Option<f64>,
}

impl Load {
    /// Builds the generator that lies beside the repository.
    pub(super) fn build() -> Result<Self> {
        let shared = shell::root().join("../shared");
        let source = shared.join("bench/load/Cargo.toml");
        ensure!(
            source.is_file(),
            "benchmarks need the load generator and its corpus in ../shared, which is not there"
        );
        shell::say("building the load generator");
        let folder = shell::target().join("bench-load");
        shell::run(
            shell::cargo()
                .args(["build", "--release", "--locked", "--manifest-path"])
                .arg(source)
                .arg("--target-dir")
                .arg(&folder),
        )?;
        let corpus = shared.join("corpus/sdk");
        let files = std::fs::read_dir(&corpus)
            .with_context(|| format!("reading {}", corpus.display()))?
            .flatten()
            .filter(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.ends_with("-exception.envelope") || name.ends_with("-message.envelope")
            })
            .count();
        let files = u32::try_from(files)?.max(1);
        Ok(Load {
            binary: folder.join("release/envelope-load"),
            corpus,
            files,
        })
    }

    /// Sends, and returns the generator's report.
    pub(super) fn run(&self, hub: &Hub, options: &Options) -> Result<Value> {
        self.run_on(hub, &hub.project, options, None)
    }

    /// Sends to a project; each event, and what was answered, is written into `log`.
    pub(super) fn run_on(
        &self,
        hub: &Hub,
        project: &Value,
        options: &Options,
        log: Option<&Path>,
    ) -> Result<Value> {
        let text = |key: &str| {
            project[key]
                .as_str()
                .map_or_else(|| project[key].to_string(), str::to_owned)
        };
        let groups = options.groups.div_ceil(self.files).to_string();
        let mut command = Command::new(&self.binary);
        command.args([
            "--url",
            &hub.url,
            "--project",
            &text("id"),
            "--key",
            &text("public_key"),
            "--json",
        ]);
        command.arg("--corpus").arg(&self.corpus);
        command.args(["--encoding", "gzip", "--users", "1000", "--groups", &groups]);
        command.args(["--concurrency", "64", "--duration", &options.seconds.to_string()]);
        if let Some(rate) = options.rate {
            command.args(["--rate", &rate.to_string()]);
        }
        if let Some(log) = log {
            command.arg("--log").arg(log);
        }
        let report = shell::output(&mut command)?;
        serde_json::from_str(&report).with_context(|| format!("the generator's report: {report}"))
    }
}
