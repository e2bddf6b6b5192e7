//! What commands print: for people, or with `--json` for machines.
#![expect(clippy::print_stderr, reason = "a command's errors are for its caller")]

use std::io::{self, Write as _};

use anyhow::{Context, Result};
use serde::Serialize;

/// An answer, as one line of JSON.
pub(crate) fn json(answer: &impl Serialize) -> Result<()> {
    line(&serde_json::to_string(answer)?).context("the answer cannot be printed")
}

/// An answer in words.
pub(crate) fn text(answer: &str) {
    if let Err(error) = line(answer) {
        eprintln!("error: the answer cannot be printed: {error}");
    }
}

/// Whoever reads may have seen enough (`errand … | head`): that is no error.
fn line(text: &str) -> io::Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Why a command failed: what, and below it why.
pub(crate) fn error(error: &anyhow::Error) {
    failure("error", error);
}

/// What did not come about besides what did, so that the command did not fail.
pub(crate) fn warning(error: &anyhow::Error) {
    failure("warning", error);
}

fn failure(kind: &str, error: &anyhow::Error) {
    eprintln!("{kind}: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}

/// How far something is, for who watches: not part of the answer.
pub(crate) fn progress(text: &str) {
    eprintln!("{text}");
}

/// How far something is, in the place of what was said before: for a terminal.
pub(crate) fn bar(text: &str) {
    eprint!("\r\x1b[K{text}");
}
