//! `errand compile-plugin`: compiles a component apart from the process that serves, under limits.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use errand_plugin_host::CompilerCommand;

/// How the hub runs itself to compile a plugin. Not for people: what it takes and gives changes with every version.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to compile for.
    job: String,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    errand_plugin_host::compile_from_stdin(&args.job)
}

/// This command of this very executable, also after another one was put in its place on disk.
pub(crate) fn command() -> std::io::Result<CompilerCommand> {
    let running = PathBuf::from("/proc/self/exe");
    let program = match running.exists() {
        true => running,
        false => std::env::current_exe()?,
    };
    Ok(CompilerCommand {
        program,
        arguments: vec![OsString::from("compile-plugin")],
    })
}
