//! Rules that nothing wakes but the clock: looked at every minute.

use std::collections::HashSet;

use errand_plugin_sdk::issues::{self, Filter};
use errand_plugin_sdk::{Failure, Issue, log};

use crate::fresh::Told;
use crate::limit::Limit;
use crate::memory::{self, Firing, Memory};
use crate::metric::{Measure, Standing};
use crate::questions::Questions;
use crate::rule::Rule;
use crate::timetable::Timetable;
use crate::trigger::{Counted, Growth, Trigger};
use crate::{facts, judge};

/// Issues that the clock has a rule look at.
const BY_THE_CLOCK: u32 = 10;
/// Values of a tag that a rule tells of at once: more are no news, but a tag that should not be watched.
const NEW_VALUES: usize = 10;

/// A rule that fires, about which issue, and why.
pub struct Alarm<'a> {
    pub rule: &'a Rule,
    pub issue: Issue,
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
    questions: Questions,
    memory: &'m mut dyn Memory,
    alarms: Vec<Alarm<'a>>,
}

/// Looks which rules fire now.
pub fn watch<'a>(rules: &'a [Rule], now: u64, memory: &mut dyn Memory) -> Result<Vec<Alarm<'a>>, Failure> {
    let call = memory.delivery().to_owned();
    let mut look = Look {
        now,
        since: memory::looked(&call, now)?,
        call,
        questions: Questions::of_a_call(),
        memory,
        alarms: Vec::new(),
    };
    for rule in rules {
        for trigger in &rule.when {
            match trigger {
                Trigger::Change(_) => {}
                Trigger::Growth(growth) => look.at_growth(rule, growth)?,
                Trigger::Metric(metric) => {
                    let measure = metric.measure(now, &mut look.questions)?;
                    look.at_number(rule, &metric.text, measure, |questions| metric.issue(questions))?;
                }
                Trigger::Share(share) => {
                    let measure = share.measure(now, &mut look.questions)?;
                    look.at_number(rule, &share.text, measure, |questions| share.issue(questions))?;
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
        if !self.questions.take(1) {
            return Ok(());
        }
        let since = self.now.saturating_sub(growth.span.unsigned_abs());
        let quiet = self.fired_since(rule, growth)?;
        let usual = Limit::once_per_issue(growth.span);
        for issue in issues::frequent(None, since, growth.count)? {
            if quiet.contains(&issue.id) {
                continue;
            }
            if growth.of == Counted::Users
                && (!self.questions.take(1) || users(&issue, since)? < growth.count)
            {
                continue;
            }
            self.ask(rule, issue, ("issue.grows", &growth.text), Some(&usual))?;
        }
        Ok(())
    }

    /// A number that crosses its threshold, or comes back.
    fn at_number(
        &mut self,
        rule: &'a Rule,
        text: &str,
        measure: Option<Measure>,
        issue: impl FnOnce(&mut Questions) -> Result<Option<Issue>, Failure>,
    ) -> Result<(), Failure> {
        let Some(measure) = measure else { return Ok(()) };
        let standing = Standing::read(&rule.name, text)?;
        let was_too_many = standing.before(&self.call);
        let issue = match (was_too_many, measure.is_too_many) {
            (false, true) => {
                let Some(issue) = issue(&mut self.questions)? else {
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
                if self.questions.take(1)
                    && let Some(issue) = issues::get(&standing.issue)?
                {
                    self.alarms.push(Alarm {
                        rule,
                        issue,
                        why: format!("back to normal: {}", measure.words),
                        is_over: true,
                    });
                }
                standing.issue
            }
            _ => return Ok(()),
        };
        let stands = Standing {
            is_too_many: measure.is_too_many,
            issue,
            by: self.call.clone(),
            was_too_many,
        };
        stands.write(&rule.name, text)
    }

    /// Values of a tag that nothing had before.
    fn at_values(&mut self, rule: &'a Rule, tag: &str) -> Result<(), Failure> {
        let Some(since) = self.since else {
            return Ok(());
        };
        let mut told = Told::read(&rule.name, tag)?;
        let found = told.find(tag, (since, self.now), &self.call, &mut self.questions)?;
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
        told.write(&rule.name, tag)
    }

    /// Issues that a search finds, when the clock strikes.
    fn at_clock(&mut self, rule: &'a Rule, table: &Timetable) -> Result<(), Failure> {
        let strikes = self.since.is_some_and(|since| table.strikes(since, self.now));
        if !strikes || !self.questions.take(1) {
            return Ok(());
        }
        for issue in issues::search(&table.search, None, BY_THE_CLOCK)?.issues {
            self.ask(rule, issue, ("clock", &table.text), None)?;
        }
        Ok(())
    }

    /// Whether a rule fires about an issue.
    fn ask(
        &mut self,
        rule: &'a Rule,
        issue: Issue,
        (change, what): (&str, &str),
        usual: Option<&Limit>,
    ) -> Result<bool, Failure> {
        if !self.questions.take(1) {
            return Ok(false);
        }
        let facts = facts::of_issue(&issue, self.now, (change, "system"))?;
        let fires = judge::watch(rule, (what, usual), &facts, self.memory)?;
        let is_fired = fires.is_some();
        self.alarms.extend(fires.map(|why| Alarm {
            rule,
            issue,
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

fn users(issue: &Issue, since: u64) -> Result<u64, Failure> {
    let filter = Filter {
        issue: Some(issue.id.clone()),
        project: None,
        tags: Vec::new(),
    };
    Ok(issues::count(&filter, since)?.users.unwrap_or_default())
}
