//! Every test, on both databases, with real peers.

use anyhow::Result;

use crate::postgres::Postgres;
use crate::{plugin_tools, plugins, sdks, shell};

/// Which tests.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this package's.
    #[arg(long, short)]
    package: Option<String>,
    /// Leave out the SDKs, the browser, and plugins in other languages than Rust.
    #[arg(long)]
    without_sdks: bool,
    /// Arguments for the test binaries (a part of a test's name, `--nocapture`, …).
    #[arg(last = true)]
    rest: Vec<String>,
}

impl Args {
    /// All of them.
    pub(crate) fn everything() -> Self {
        Args {
            package: None,
            without_sdks: false,
            rest: Vec::new(),
        }
    }
}

/// Gets what the tests need, runs them, and stops what was started.
pub(crate) fn run(args: &Args) -> Result<()> {
    plugins::build()?;
    if args.package.is_none() {
        plugins::test()?;
    }
    let postgres = Postgres::start()?;
    let mut command = shell::cargo();
    command
        .args(["test", "--locked", "--no-fail-fast"])
        .env("ERRAND_TEST_POSTGRES", postgres.url());
    if !args.without_sdks {
        command.env("ERRAND_TEST_SDKS", sdks::install()?);
        command.env("ERRAND_TEST_PLUGIN_TOOLS", plugin_tools::install()?);
    }
    match &args.package {
        Some(package) => command.args(["--package", package]),
        None => command.args(["--workspace", "--lib", "--bins", "--tests"]),
    };
    shell::say("building and running the tests");
    // The tests of the product from outside start the real binary, so it has to be there first. It is built as part of
    // the workspace: on its own it would have other features of shared dependencies, and all of them be compiled twice.
    shell::run(shell::cargo().args(["build", "--locked", "--workspace", "--bins"]))?;
    shell::run(command.arg("--").args(&args.rest))
}
