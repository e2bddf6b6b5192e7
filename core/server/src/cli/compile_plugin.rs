//! `errand compile-plugin`: compiles a component apart from the process that serves, under limits.

use std::process::ExitCode;

/// How the hub runs itself to compile a plugin. Not for people: what it takes and gives changes with every version.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to compile for.
    job: String,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    errand_plugin_host::compile_from_stdin(&args.job)
}
