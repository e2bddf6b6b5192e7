//! Compiles one component from standard input to standard output: what `errand compile-plugin` is to the hub, this is
//! to the tests of the crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    let job = std::env::args().next_back().unwrap_or_default();
    errand_plugin_host::compile_from_stdin(&job)
}
