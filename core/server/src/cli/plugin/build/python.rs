//! Python, with componentize-py, which pip installs.

use std::process::Command;

use anyhow::Result;

use super::Job;

const TOOL: &str = "componentize-py";
const ADVICE: &str = "plugins in Python are built with it: pip install -r requirements.txt (a virtual environment \
    in .venv is found too)";

pub(super) fn componentize(job: &Job<'_>) -> Result<()> {
    let own = job.folder.join(".venv/bin").join(TOOL);
    let tool = match own.is_file() {
        true => own,
        false => super::find(TOOL, ADVICE)?,
    };
    let mut command = Command::new(tool);
    command
        .arg("--quiet")
        .arg("--wit-path")
        .arg(&job.wit)
        .args(["--world", super::world::NAME, "componentize", "--python-path"])
        .arg(job.folder)
        .arg("--output")
        .arg(&job.component)
        .arg("errand.exports");
    super::run(&mut command, job.folder)
}
