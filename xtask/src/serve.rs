//! Builds the hub with its plugins and starts it.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::{plugins, shell};

/// Where the hub keeps its data and listens.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of the database and the queue.
    #[arg(long, default_value = ".errand")]
    data: PathBuf,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8000")]
    listen: String,
    /// Further arguments for `errand serve`.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Builds, then becomes the hub.
pub(crate) fn run(args: &Args) -> Result<()> {
    let binary = build()?;
    shell::say(&format!(
        "starting the hub: {} serve --data {}",
        binary.display(),
        args.data.display()
    ));
    let error = Command::new(binary)
        .arg("serve")
        .arg("--data")
        .arg(&args.data)
        .args(["--listen", &args.listen])
        .args(&args.rest)
        .exec();
    Err(error.into())
}

/// The release build of the hub, with the bundled plugins in it.
pub(crate) fn build() -> Result<PathBuf> {
    plugins::build()?;
    shell::say("building the hub (the first time takes some minutes)");
    shell::run(shell::cargo().args(["build", "--release", "--locked", "--package", "errand-server"]))?;
    Ok(shell::target().join("release/errand"))
}
