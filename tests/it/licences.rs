//! Every dependency may be shipped with the hub: its licence is one of those below.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use errand_tests::root;
use serde_json::Value;

/// Permissive licences, which ask for their text and nothing more.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn every_dependency_has_a_permissive_licence() -> Result<()> {
    for manifest in ["Cargo.toml", "plugins/Cargo.toml"] {
        // What is built for this machine: other systems' packages are not even here to be looked at.
        let output = Command::new(env!("CARGO"))
            .args([
                "metadata",
                "--format-version=1",
                "--locked",
                "--offline",
                "--filter-platform",
            ])
            .arg(host()?)
            .arg("--manifest-path")
            .arg(root().join(manifest))
            .output()
            .context("cargo metadata")?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        for package in metadata["packages"].as_array().context("packages")? {
            let licence = package["license"].as_str().unwrap_or_default();
            ensure!(is_allowed(licence), "{} is under '{licence}'", package["name"]);
        }
    }
    Ok(())
}

/// This machine's target triple.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc -vV")?;
    let text = String::from_utf8(output.stdout)?;
    let host = text
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc names its host")?;
    Ok(host.to_owned())
}

/// Whether an SPDX expression can be met with allowed licences: some side of every OR, both sides of every AND.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let mut alternatives = split_outside(&expression, " OR ");
    alternatives.any(|alternative| {
        split_outside(alternative, " AND ").all(|term| {
            let term = term.trim();
            match term.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
                Some(inner) => is_allowed(inner),
                None => ALLOWED.contains(&term),
            }
        })
    })
}

/// Splits where no parenthesis is open.
fn split_outside<'a>(text: &'a str, separator: &'a str) -> impl Iterator<Item = &'a str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && at >= start && text[at..].starts_with(separator) => {
                parts.push(&text[start..at]);
                start = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter()
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    assert!(is_allowed("MIT OR GPL-3.0"));
    assert!(is_allowed("(MIT OR GPL-3.0) AND ISC"));
    assert!(!is_allowed("MIT AND GPL-3.0"));
    assert!(!is_allowed(""));
    assert!(is_allowed("MIT/Apache-2.0"));
}
