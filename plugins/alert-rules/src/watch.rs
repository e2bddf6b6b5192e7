//! Rules that nothing wakes but the clock: looked at twice a minute.

use std::collections::HashSet;

use errand_plugin_sdk::{Failure, Issue, log};

use crate::fresh::Told;
use crate::judge;
use crate::limit::Limit;
use crate::memory::{Firing, Memory};
use crate::metric::{Measure, Standing};
use crate::rule::Rule;
use crate::sight::Sight;
use crate::timetable::Timetable;
use crate::trigger::{Growth, Trigger};

/// Values of a tag that a rule tells of at once: more are no news, but a tag that should not be watched.
const NEW_VALUES: usize = 10;

/// A rule that fires, about which issue, and why.
pub struct Alarm<'a> {
    pub rule: &'a Rule,
    pub issue: Issue,
    /// Because of what: `issue.grows`.
    pub change: &'static str,
    pub why: String,
    /// What it fired for is over.
    pub is_over: bool,
}

/// A look at all rules.
struct Look<'a, 'm> {
    /// Milliseconds since 1970.
    now: u64,
    /// Until when it was looked before; none for the first look.
    since: Option<u64>,
    call: String,
    sight: &'m mut dyn Sight,
    memory: &'m mut dyn Memory,
    alarms: Vec<Alarm<'a>>,
}

/// Looks which rules fire at a time.
pub fn watch<'a>(
    rules: &'a [Rule],
    now: u64,
    memory: &mut dyn Memory,
    sight: &mut dyn Sight,
) -> Result<Vec<Alarm<'a>>, Failure> {
    let call = memory.delivery().to_owned();
    let mut look = Look {
        now,
        since: memory.looked(now)?,
        call,
        sight,
        memory,
        alarms: Vec::new(),
    };
    for rule in rules {
        for trigger in &rule.when {
            match trigger {
                Trigger::Change(_) => {}
                Trigger::Growth(growth) => look.at_growth(rule, growth)?,
                Trigger::Metric(metric) => {
                    let measure = look.sight.number(metric, now)?;
                    look.at_number(rule, (&metric.text, measure), (metric.window, &metric.tags))?;
                }
                Trigger::Share(share) => {
                    let measure = look.sight.share(share, now)?;
                    look.at_number(rule, (&share.text, measure), (share.window(), &share.tags()))?;
                }
                Trigger::NewValue(tag) => look.at_values(rule, tag)?,
                Trigger::Timetable(table) => look.at_clock(rule, table)?,
            }
        }
    }
    Ok(look.alarms)
}

impl<'a> Look<'a, '_> {
    /// Issues that grew.
    fn at_growth(&mut self, rule: &'a Rule, growth: &Growth) -> Result<(), Failure> {
        let quiet = self.fired_since(rule, growth)?;
        let usual = Limit::once_per_issue(growth.span);
        for issue in self.sight.grown(growth, self.now, &quiet)? {
            self.ask(rule, issue, ("issue.grows", &growth.text), Some(&usual))?;
        }
        Ok(())
    }

    /// A number that crosses its threshold, or comes back.
    fn at_number(
        &mut self,
        rule: &'a Rule,
        (text, measure): (&str, Option<Measure>),
        (window, tags): (i64, &[(String, String)]),
    ) -> Result<(), Failure> {
        let Some(measure) = measure else { return Ok(()) };
        let standing = Standing::read(self.memory, &rule.name, text)?;
        let was_too_many = standing.before(&self.call);
        let issue = match (was_too_many, measure.is_too_many) {
            (false, true) => {
                let Some(issue) = self.sight.seen_last(window, tags, self.now)? else {
                    log::warn(&format!(
                        "'{}': {}, but no issue to say it of",
                        rule.name, measure.words
                    ));
                    return Ok(());
                };
                let id = issue.id.clone();
                // What keeps quiet now may speak as soon as it may.
                if !self.ask(rule, issue, ("metric.crossed", &measure.words), None)? {
                    return Ok(());
                }
                id
            }
            (true, false) => {
                let told = match self.sight.issue(&standing.issue)? {
                    Some(issue) => Some(issue),
                    // It was merged or deleted since, and what is over is to be told all the same.
                    None => self.sight.seen_last(window, tags, self.now)?,
                };
                // Where nothing more can be asked, the next look tells it.
                let Some(issue) = told else { return Ok(()) };
                let id = issue.id.clone();
                self.alarms.push(Alarm {
                    rule,
                    issue,
                    change: "metric.crossed",
                    why: format!("back to normal: {}", measure.words),
                    is_over: true,
                });
                id
            }
            _ => return Ok(()),
        };
        let stands = Standing {
            is_too_many: measure.is_too_many,
            issue,
            by: self.call.clone(),
            was_too_many,
        };
        stands.write(self.memory, &rule.name, text)
    }

    /// Values of a tag that nothing had before.
    fn at_values(&mut self, rule: &'a Rule, tag: &str) -> Result<(), Failure> {
        let Some(since) = self.since else {
            return Ok(());
        };
        let mut told = Told::read(self.memory, &rule.name, tag)?;
        let mut found = self
            .sight
            .new_values(tag, Told::since(since, self.now), self.now)?;
        found.retain(|new| !told.knows(&new.value, &self.call));
        if found.is_empty() {
            return Ok(());
        }
        for (at, new) in found.into_iter().enumerate() {
            let what = format!("{tag} {} was seen for the first time", new.value);
            if at < NEW_VALUES && !self.ask(rule, new.issue, ("tag.new_value", &what), None)? {
                continue;
            }
            told.tell(&new.value, &self.call);
        }
        told.write(self.memory, &rule.name, tag)
    }

    /// Issues that a search finds, when the clock strikes.
    fn at_clock(&mut self, rule: &'a Rule, table: &Timetable) -> Result<(), Failure> {
        let strikes = self.since.is_some_and(|since| table.strikes(since, self.now));
        if !strikes {
            return Ok(());
        }
        for issue in self.sight.searched(&table.search)? {
            self.ask(rule, issue, ("clock", &table.text), None)?;
        }
        Ok(())
    }

    /// Whether a rule fires about an issue.
    fn ask(
        &mut self,
        rule: &'a Rule,
        issue: Issue,
        (change, what): (&'static str, &str),
        usual: Option<&Limit>,
    ) -> Result<bool, Failure> {
        let Some(facts) = self.sight.facts(&issue, self.now, change)? else {
            return Ok(false);
        };
        let fires = judge::watch(rule, (what, usual), &facts, self.memory)?;
        let is_fired = fires.is_some();
        self.alarms.extend(fires.map(|why| Alarm {
            rule,
            issue,
            change,
            why,
            is_over: false,
        }));
        Ok(is_fired)
    }

    /// The issues about which nothing new is to be said yet: not to be asked about at all.
    fn fired_since(&mut self, rule: &Rule, growth: &Growth) -> Result<HashSet<String>, Failure> {
        let span = match &rule.limit {
            Some(limit) if limit.per_issue && limit.times == 1 => limit.span,
            Some(_) => return Ok(HashSet::new()),
            None => growth.span,
        };
        let since = i64::try_from(self.now).unwrap_or(i64::MAX).saturating_sub(span);
        let call = self.call.clone();
        let mut issues = HashSet::new();
        self.memory.visit(&rule.name, &mut |firings: &mut Vec<Firing>| {
            let recent = firings
                .iter()
                .filter(|firing| firing.at > since && firing.by != call);
            issues.extend(recent.map(|firing| firing.issue.clone()));
            false
        })?;
        Ok(issues)
    }
}
