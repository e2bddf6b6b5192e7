//! What continuous integration checks.

use anyhow::Result;

use crate::{shell, test};

/// Format, lints, plugin lints, tests; stops at the first that fails.
pub(crate) fn run() -> Result<()> {
    shell::say("checking the format");
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))?;
    for guests in ["plugins/Cargo.toml", "plugin-sdk/Cargo.toml"] {
        shell::run(shell::cargo().args(["fmt", "--all", "--check", "--manifest-path", guests]))?;
    }
    crate::plugins::build()?;
    shell::say("checking the lints");
    shell::run(shell::cargo().args([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))?;
    test::run(&test::Args::everything())
}
