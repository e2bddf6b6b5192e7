//! The story as it is written down in `docs/loop.md`.

use anyhow::{Result, ensure};
use errand_tests::root;

/// Set, the document is written anew.
const RENEW: &str = "ERRAND_RENEW_LOOP";
const FILE: &str = "docs/loop.md";

/// What is told so far.
pub(super) struct Transcript {
    text: String,
    /// What was to be seen when it was last told.
    seen: Vec<String>,
}

impl Transcript {
    pub(super) fn begin(text: &str) -> Self {
        Transcript {
            text: text.to_owned(),
            seen: Vec::new(),
        }
    }

    /// A chapter: who did what, and what is to be seen now that was not to be seen before.
    pub(super) fn tell(&mut self, what: &str, seen: Vec<String>) {
        let mut before = self.seen.clone();
        let is_new = |line: &&String| match before.iter().position(|known| known == *line) {
            Some(at) => {
                before.remove(at);
                false
            }
            None => true,
        };
        let new: Vec<_> = seen.iter().filter(is_new).cloned().collect();
        println!("{what}\n\n{}\n", new.join("\n"));
        self.text.push_str(&format!("\n{what}\n"));
        if !new.is_empty() {
            self.text
                .push_str(&format!("\n```text\n{}\n```\n", new.join("\n")));
        }
        self.seen = seen;
    }

    pub(super) fn end(mut self, text: &str) -> Result<()> {
        self.text.push_str(&format!("\n{text}\n"));
        let path = root().join(FILE);
        if std::env::var_os(RENEW).is_some() {
            std::fs::write(&path, &self.text)?;
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = written
            .lines()
            .zip(self.text.lines())
            .find(|(written, told)| written != told);
        ensure!(
            written == self.text,
            "{FILE} does not tell what happens; renew it with {RENEW}=1. First difference (written, happened): {differs:?}"
        );
        Ok(())
    }
}
