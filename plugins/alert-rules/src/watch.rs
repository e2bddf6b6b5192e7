//! Rules that wake when an issue grows: looked at every minute.

use std::collections::HashSet;

use errand_plugin_sdk::issues::{self, Filter};
use errand_plugin_sdk::{Failure, Issue, log};

use crate::memory::{Firing, Memory};
use crate::rule::Rule;
use crate::trigger::{Counted, Growth};
use crate::{facts, judge};

/// Questions that a call may ask, less some for what the deeds ask.
const QUESTIONS: usize = 40;

/// A rule that fires, about which issue, and why.
pub struct Alarm<'a> {
    pub rule: &'a Rule,
    pub issue: Issue,
    pub why: String,
}

/// Looks which rules fire now (milliseconds since 1970).
pub fn watch<'a>(rules: &'a [Rule], now: u64, memory: &mut dyn Memory) -> Result<Vec<Alarm<'a>>, Failure> {
    let mut questions = QUESTIONS;
    let mut alarms = Vec::new();
    for rule in rules {
        for growth in rule.growths() {
            let Some(left) = questions.checked_sub(1) else {
                log::warn("there are more rules that watch issues than can be looked at in a minute");
                return Ok(alarms);
            };
            questions = left;
            let since = now.saturating_sub(growth.span.unsigned_abs());
            let quiet = fired_since(rule, growth, now, memory)?;
            for issue in issues::frequent(None, since, growth.count)? {
                if quiet.contains(&issue.id) {
                    continue;
                }
                if questions < 2 {
                    log::warn(
                        "more issues grew than can be looked at in a minute; the rest waits for the next",
                    );
                    return Ok(alarms);
                }
                if growth.of == Counted::Users {
                    questions -= 1;
                    if users(&issue, since)? < growth.count {
                        continue;
                    }
                }
                questions -= 1;
                let facts = facts::of_issue(&issue, now, ("issue.grows", "system"))?;
                if let Some(why) = judge::watch(rule, growth, &facts, memory)? {
                    alarms.push(Alarm { rule, issue, why });
                }
            }
        }
    }
    Ok(alarms)
}

/// The issues about which nothing new is to be said yet: not to be asked about at all.
fn fired_since(
    rule: &Rule,
    growth: &Growth,
    now: u64,
    memory: &mut dyn Memory,
) -> Result<HashSet<String>, Failure> {
    let span = match &rule.limit {
        Some(limit) if limit.per_issue && limit.times == 1 => limit.span,
        Some(_) => return Ok(HashSet::new()),
        None => growth.span,
    };
    let since = i64::try_from(now).unwrap_or(i64::MAX).saturating_sub(span);
    let delivery = memory.delivery().to_owned();
    let mut issues = HashSet::new();
    memory.visit(&rule.name, &mut |firings: &mut Vec<Firing>| {
        let recent = firings
            .iter()
            .filter(|firing| firing.at > since && firing.by != delivery);
        issues.extend(recent.map(|firing| firing.issue.clone()));
        false
    })?;
    Ok(issues)
}

fn users(issue: &Issue, since: u64) -> Result<u64, Failure> {
    let filter = Filter {
        issue: Some(issue.id.clone()),
        project: None,
        tags: Vec::new(),
    };
    Ok(issues::count(&filter, since)?.users.unwrap_or_default())
}
