//! The command line; one file for each command.

mod backup;
mod compile_plugin;
mod doctor;
mod export;
mod greeting;
mod grouping;
mod import;
mod job;
mod mail;
mod migrate;
mod open;
mod plugin;
pub(crate) mod print;
mod project;
mod restore;
mod retention;
mod secrets;
mod serve;
mod sign_in_link;
mod token;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Hears of every error before a customer reports it, and runs the errands that follow.
///
/// Start with `errand serve`: it prints where to look, a link to sign in, and a DSN to paste into your program's
/// Sentry SDK. Everything it keeps lies in one data folder. The other commands work beside a running hub.
#[derive(Parser)]
#[command(name = "errand", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the hub.
    Serve(serve::Args),
    /// Create and list projects.
    Project(project::Args),
    /// Create API tokens.
    Token(token::Args),
    /// Configure plugins.
    Plugin(plugin::Args),
    /// The keys that plugins' secrets are sealed with in the database.
    Secrets(secrets::Args),
    /// Try the mail server, take what comes back, list who gets none.
    Mail(mail::Args),
    /// Print a link that signs you in as the administrator.
    SignInLink(sign_in_link::Args),
    /// Say why events are grouped as they are.
    Grouping(grouping::Args),
    /// Say what is wrong with this set-up, and how to mend it.
    Doctor(doctor::Args),
    /// Copy everything into one file, while the hub runs.
    Backup(backup::Args),
    /// Make a data folder of a backup.
    Restore(restore::Args),
    /// Write all of the organization into one file, while the hub runs, for another system to read.
    Export(export::Args),
    /// Bring over what is in another system: teams, projects, keys, issues.
    Import(import::Args),
    /// Say or set how long, and how many, events are kept.
    Retention(retention::Args),
    /// Bring the database to this version's schema.
    Migrate(migrate::Args),
    /// Compile a plugin from standard input: how the hub runs itself.
    #[command(hide = true)]
    CompilePlugin(compile_plugin::Args),
}

impl Cli {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::CompilePlugin(args) => return Ok(compile_plugin::run(&args)),
            Command::Serve(args) => serve::run(&args),
            Command::Project(args) => open::block_on(project::run(&args)),
            Command::Token(args) => open::block_on(token::run(&args)),
            Command::Plugin(args) => open::block_on(plugin::run(&args)),
            Command::Secrets(args) => open::block_on(secrets::run(&args)),
            Command::Mail(args) => open::block_on(mail::run(&args)),
            Command::SignInLink(args) => open::block_on(sign_in_link::run(&args)),
            Command::Grouping(args) => grouping::run(&args),
            Command::Doctor(args) => open::block_on(doctor::run(&args)),
            Command::Backup(args) => open::block_on(backup::run(&args)),
            Command::Restore(args) => open::block_on(restore::run(&args)),
            Command::Export(args) => open::block_on(export::run(&args)),
            Command::Import(args) => open::block_on(import::run(&args)),
            Command::Retention(args) => open::block_on(retention::run(&args)),
            Command::Migrate(args) => open::block_on(migrate::run(&args)),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}
