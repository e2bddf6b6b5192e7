//! Pictures of every page: in light, in dark, and as wide as a phone.

use std::path::PathBuf;

use anyhow::Result;

use crate::{plugins, shell};

/// Where they go.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder; one more in it for each look.
    #[arg(long)]
    to: Option<PathBuf>,
    /// A hub that is built already, with its plugins; it is built anew where none is named.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Whether those that README shows are made anew as well.
    #[arg(long)]
    readme: bool,
}

/// Starts a hub with two weeks of a made-up shop's errors and looks at all of its pages in Chromium.
pub(crate) fn run(args: &Args) -> Result<()> {
    if !shell::has("chromium") {
        shell::apt_install(&["chromium"], "taking pictures")?;
    }
    if args.binary.is_none() {
        plugins::build()?;
        shell::say("building the hub and the tests");
        shell::run(shell::cargo().args(["build", "--locked", "--workspace", "--bins"]))?;
    }
    let to = args
        .to
        .clone()
        .unwrap_or_else(|| shell::target().join("screenshots"));
    let to = std::path::absolute(to)?;
    let mut command = shell::cargo();
    command
        .args(["test", "--locked", "--workspace", "--lib", "--bins", "--tests"])
        .args(["every_page_in_light_dark_and_on_a_phone", "--", "--ignored"])
        .env("ERRAND_PICTURES", &to);
    if args.readme {
        command.env("ERRAND_README_PICTURES", shell::root().join("docs/pictures"));
    }
    if let Some(binary) = &args.binary {
        anyhow::ensure!(binary.is_file(), "{} is not there", binary.display());
        command.env("ERRAND_TEST_BINARY", std::path::absolute(binary)?);
    }
    shell::run(&mut command)?;
    shell::say(&format!("the pictures are in {}", to.display()));
    Ok(())
}
