//! How far an import is, for who watches: a bar on a terminal, a line from time to time elsewhere.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use super::super::job::Progress;
use super::super::print;

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(2);
const WIDTH: i64 = 30;

/// Of one list.
pub(super) struct Bar<'p> {
    progress: &'p Progress,
    what: String,
    total: Option<i64>,
    done: i64,
    is_terminal: bool,
    said: Option<Instant>,
}

impl<'p> Bar<'p> {
    pub(super) fn new(what: String, progress: &'p Progress) -> Self {
        Bar {
            progress,
            what,
            total: None,
            done: 0,
            is_terminal: io::stderr().is_terminal(),
            said: None,
        }
    }

    /// How many there are.
    pub(super) fn expect(&mut self, total: Option<i64>) {
        if self.total.is_none() {
            self.progress.expect(total.unwrap_or(0));
        }
        self.total = total.or(self.total);
    }

    /// Some more were dealt with.
    pub(super) fn advance(&mut self, count: i64) {
        self.done += count;
        self.progress.advance(count);
        self.say();
    }

    fn say(&mut self) {
        if self.is_terminal {
            return print::bar(&self.text());
        }
        if self.said.is_none_or(|said| said.elapsed() >= EVERY) {
            self.said = Some(Instant::now());
            print::progress(&self.text());
        }
    }

    /// Says how it ended.
    pub(super) fn end(mut self) {
        self.total = Some(self.done);
        match self.is_terminal {
            true => {
                print::bar(&self.text());
                print::progress("");
            }
            false => print::progress(&self.text()),
        }
    }

    fn text(&self) -> String {
        match self.total.filter(|total| *total > 0) {
            Some(total) => {
                let share = self.done.min(total);
                let full = usize::try_from(share * WIDTH / total).unwrap_or(0);
                let empty = usize::try_from(WIDTH).unwrap_or(0) - full;
                format!(
                    "{}: [{}{}] {} % ({} of {total})",
                    self.what,
                    "#".repeat(full),
                    "-".repeat(empty),
                    share * 100 / total,
                    self.done
                )
            }
            None => format!("{}: {}", self.what, self.done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_the_list() {
        let progress = Progress::default();
        let mut bar = Bar::new("issues".to_owned(), &progress);
        assert_eq!(bar.text(), "issues: 0");
        bar.expect(Some(200));
        bar.done += 100;
        let half = format!("issues: [{}{}] 50 % (100 of 200)", "#".repeat(15), "-".repeat(15));
        assert_eq!(bar.text(), half);
        bar.done = 300;
        assert!(bar.text().contains("100 %"), "{}", bar.text());
    }
}
