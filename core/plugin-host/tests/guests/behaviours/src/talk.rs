//! Too many words.

use errand_plugin_sdk::{Failure, Outcome, log};

pub fn flood() -> Result<Outcome, Failure> {
    for line in 0..20_000 {
        log::info(&format!("\u{1b}[2J line {line}\n\0\u{202e}{}", "x".repeat(100)));
    }
    Ok(Outcome::Done)
}

pub fn huge_message() -> Result<Outcome, Failure> {
    log::info(&"x".repeat(16 << 20));
    Ok(Outcome::Done)
}

pub fn print() -> Result<Outcome, Failure> {
    for _ in 0..10_000 {
        println!("to stdout");
    }
    eprintln!("to stderr");
    Ok(Outcome::Done)
}
