//! Tasks of the repository. `cargo xtask --help` lists them; each is one file here.
//!
//! Tasks get what they need by themselves and say what they do while they do it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task's output is its interface"
)]

mod bench;
mod ci;
mod packages;
mod plugin_tools;
mod plugins;
mod postgres;
mod screenshots;
mod sdks;
mod serve;
mod shell;
mod test;
mod zendesk_app;

use clap::{Parser, Subcommand};

/// Tasks of the Errand repository.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the hub with its bundled plugins and start it on the embedded database.
    Serve(serve::Args),
    /// Run every test: unit, both databases, the binary from outside, the real SDKs.
    Test(test::Args),
    /// Build the bundled plugins to target/plugins, which the hub's build embeds.
    Plugins,
    /// Measure; figures go into docs/benchmarks.md.
    Bench(bench::Args),
    /// Take pictures of every page, in light, dark and on a phone.
    Screenshots(screenshots::Args),
    /// Pack the app for Zendesk's sidebar to target/zendesk-app.zip.
    ZendeskApp(zendesk_app::Args),
    /// What continuous integration runs: format, lints, tests.
    Ci,
}

fn main() -> anyhow::Result<()> {
    match Args::parse().task {
        Task::Serve(args) => serve::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Plugins => plugins::build().map(drop),
        Task::Bench(args) => bench::run(&args),
        Task::Screenshots(args) => screenshots::run(&args),
        Task::ZendeskApp(args) => zendesk_app::run(&args),
        Task::Ci => ci::run(),
    }
}
