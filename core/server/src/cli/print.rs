//! What commands print: for people, or with `--json` for machines.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command's output is its interface"
)]

use anyhow::Result;
use serde::Serialize;

/// An answer, as one line of JSON.
pub(crate) fn json(answer: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(answer)?);
    Ok(())
}

/// An answer in words.
pub(crate) fn text(answer: &str) {
    println!("{answer}");
}

/// Why a command failed: what, and below it why.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}
