//! Who compiles plugins: this very executable, as `errand compile-plugin`, apart from the process that serves.

use std::ffi::OsString;
use std::path::PathBuf;

use errand_plugin_host::CompilerCommand;

/// The command, of this very executable, also after another one was put in its place on disk.
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
