//! Where a look gets what it sees: from the hub as it is at this moment, or from history.

use std::collections::HashSet;

use errand_plugin_sdk::issues::{self, Filter, NewValue};
use errand_plugin_sdk::{Failure, Issue};

use crate::facts::{self, Facts};
use crate::metric::{self, Measure, Metric};
use crate::questions::Questions;
use crate::share::Share;
use crate::trigger::{Counted, Growth};

/// Issues that the clock has a rule look at.
const BY_THE_CLOCK: u32 = 10;

/// What a look sees. Nothing where there is no more to be asked.
pub trait Sight {
    /// Issues that grew so, but for those that are to be left alone.
    fn grown(&mut self, growth: &Growth, now: u64, quiet: &HashSet<String>) -> Result<Vec<Issue>, Failure>;

    /// How a number stands.
    fn number(&mut self, metric: &Metric, now: u64) -> Result<Option<Measure>, Failure>;

    /// How a share of sessions stands.
    fn share(&mut self, share: &Share, now: u64) -> Result<Option<Measure>, Failure>;

    /// The issue with these tags that was seen last within so many milliseconds.
    fn seen_last(
        &mut self,
        window: i64,
        tags: &[(String, String)],
        now: u64,
    ) -> Result<Option<Issue>, Failure>;

    /// An issue.
    fn issue(&mut self, id: &str) -> Result<Option<Issue>, Failure>;

    /// Values that a tag had for the first time.
    fn new_values(&mut self, tag: &str, since: u64, now: u64) -> Result<Vec<NewValue>, Failure>;

    /// Issues that a search finds.
    fn searched(&mut self, search: &str) -> Result<Vec<Issue>, Failure>;

    /// What is known of an issue.
    fn facts(&mut self, issue: &Issue, now: u64, change: &str) -> Result<Option<Facts>, Failure>;
}

/// The hub as it is.
pub struct Live(pub Questions);

impl Sight for Live {
    fn grown(&mut self, growth: &Growth, now: u64, quiet: &HashSet<String>) -> Result<Vec<Issue>, Failure> {
        if !self.0.take(1) {
            return Ok(Vec::new());
        }
        let since = now.saturating_sub(growth.span.unsigned_abs());
        let mut grown = Vec::new();
        for issue in issues::frequent(None, since, growth.count)? {
            if quiet.contains(&issue.id) {
                continue;
            }
            let is_enough = match growth.of {
                Counted::Events => true,
                Counted::Users => self.0.take(1) && users(&issue, since)? >= growth.count,
            };
            if is_enough {
                grown.push(issue);
            }
        }
        Ok(grown)
    }

    fn number(&mut self, metric: &Metric, now: u64) -> Result<Option<Measure>, Failure> {
        metric.measure(now, &mut self.0)
    }

    fn share(&mut self, share: &Share, now: u64) -> Result<Option<Measure>, Failure> {
        share.measure(now, &mut self.0)
    }

    fn seen_last(
        &mut self,
        window: i64,
        tags: &[(String, String)],
        _: u64,
    ) -> Result<Option<Issue>, Failure> {
        metric::seen_last(window, tags, &mut self.0)
    }

    fn issue(&mut self, id: &str) -> Result<Option<Issue>, Failure> {
        match self.0.take(1) {
            true => issues::get(id),
            false => Ok(None),
        }
    }

    fn new_values(&mut self, tag: &str, since: u64, now: u64) -> Result<Vec<NewValue>, Failure> {
        match self.0.take(1) {
            true => issues::new_values(None, tag, since, now),
            false => Ok(Vec::new()),
        }
    }

    fn searched(&mut self, search: &str) -> Result<Vec<Issue>, Failure> {
        match self.0.take(1) {
            true => Ok(issues::search(search, None, BY_THE_CLOCK)?.issues),
            false => Ok(Vec::new()),
        }
    }

    fn facts(&mut self, issue: &Issue, now: u64, change: &str) -> Result<Option<Facts>, Failure> {
        match self.0.take(1) {
            true => facts::of_issue(issue, now, (change, "system")).map(Some),
            false => Ok(None),
        }
    }
}

fn users(issue: &Issue, since: u64) -> Result<u64, Failure> {
    let filter = Filter {
        issue: Some(issue.id.clone()),
        project: None,
        tags: Vec::new(),
    };
    Ok(issues::count(&filter, since)?.users.unwrap_or_default())
}
