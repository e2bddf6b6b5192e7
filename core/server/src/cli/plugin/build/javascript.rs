//! JavaScript, with componentize-js, which npm installs beside the plugin.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::Job;

const TOOL: &str = "node_modules/@bytecodealliance/componentize-js";
/// Runs the tool by its API. Its command line takes fewer paths.
const SCRIPT: &str = include_str!("componentize.mjs");

pub(super) fn componentize(job: &Job<'_>) -> Result<()> {
    let node = super::find("node", "install Node.js 20 or newer, see https://nodejs.org")?;
    let is_there = |folder: &Path| folder.join(TOOL).join("package.json").is_file();
    ensure!(
        job.folder.ancestors().any(is_there),
        "componentize-js is missing, which plugins in JavaScript are built with: npm install --prefix {}",
        job.folder.display()
    );
    let mut command = Command::new(node);
    command
        .args(["--input-type=module", "--eval", SCRIPT, "--"])
        .arg(job.folder.join("errand/exports.js"))
        .arg(&job.wit)
        .arg(super::world::NAME)
        .arg(&job.component);
    super::run(&mut command, job.folder)
}
