//! `errand grouping`: why events are grouped as they are.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use errand_model::project::ProjectSettings;

use super::print;

/// The same that the API and the issue page say of an event.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Print each variant of an event's grouping: its hash, the values it is made of, and why each part counts or not.
    Explain {
        /// File with the event as JSON; `-` for standard input.
        file: PathBuf,
        /// File with stack-trace rules in Sentry's syntax, applied after the built-in ones.
        #[arg(long, value_name = "FILE")]
        stack_trace_rules: Option<PathBuf>,
        /// File with fingerprint rules in Sentry's syntax.
        #[arg(long, value_name = "FILE")]
        fingerprint_rules: Option<PathBuf>,
        /// Ignored: the explanation needs no data. Every command takes it.
        #[arg(long, value_name = "DIR", hide = true)]
        data: Option<PathBuf>,
        /// Print on one line; it is JSON either way.
        #[arg(long)]
        json: bool,
    },
}

/// No event is larger; what is larger is no event.
const MAX_BYTES: u64 = 16 << 20;

pub(crate) fn run(args: &Args) -> Result<()> {
    let Action::Explain {
        file,
        stack_trace_rules,
        fingerprint_rules,
        json,
        ..
    } = &args.action;
    let text = read(file)?;
    let settings = ProjectSettings {
        stack_trace_rules: stack_trace_rules
            .as_deref()
            .map(read_text)
            .transpose()?
            .unwrap_or_default(),
        fingerprint_rules: fingerprint_rules
            .as_deref()
            .map(read_text)
            .transpose()?
            .unwrap_or_default(),
        ..ProjectSettings::default()
    };
    let explanation = errand_pipeline::explain(&text, &settings)
        .with_context(|| format!("{} cannot be explained", file.display()))?;
    match json {
        true => print::json(&explanation),
        false => {
            print::text(&serde_json::to_string_pretty(&explanation)?);
            Ok(())
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let source: Box<dyn std::io::Read> = match file.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => {
            Box::new(std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?)
        }
    };
    source
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", file.display()))?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!(
            "{} is larger than {} MiB, which no event is",
            file.display(),
            MAX_BYTES >> 20
        );
    }
    Ok(bytes)
}

fn read_text(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
