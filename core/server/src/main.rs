//! The hub's binary: command line, configuration, wiring.
//!
//! To add a command, add a file to `cli/` and name it in `cli/mod.rs`. To add a setting, add it to its section in
//! `config/mod.rs` and to `config.default.toml`; a test holds the two together.

mod bundled;
mod cli;
mod compiler;
mod config;
mod keys;
mod listen;
mod mail;
mod opened;
mod plugin_files;
mod running;
mod telemetry;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            cli::print::error(&error);
            ExitCode::FAILURE
        }
    }
}
