//! Counts what a question asks of some facts.

use std::collections::HashSet;

use errand_model::question::{Key, Measure, Span, step_of};
use errand_model::search::Pattern;

use super::column::{Cause, Column, Texts, Users, Values as _};
use super::groups::{Groups, OUT, Places};
use super::moved::Moved;
use super::part::{Needs, Part};
use super::tally::{Cell, Tally};
use crate::Result;

/// A condition on a fact, or its opposite.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    pub(super) is_negated: bool,
    pub(super) kind: Kind,
}

/// What is tested.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A tag has one of these values.
    Tag(String, Vec<Pattern>),
    /// There is such a tag.
    Has(String),
    /// It happened to one of these.
    User(HashSet<i64>),
    /// It happened to somebody.
    HasUser,
}

impl Test {
    /// The same for the same test.
    pub(super) fn text(&self) -> String {
        let Kind::User(users) = &self.kind else {
            return format!("{self:?}");
        };
        let mut users: Vec<i64> = users.iter().copied().collect();
        users.sort_unstable();
        format!("{} {users:?}", self.is_negated)
    }
}

/// A question whose names were looked up.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) tests: Vec<Test>,
    /// Only events of these issues.
    pub(super) issues: Option<HashSet<i64>>,
    pub(super) measures: Vec<Measure>,
    pub(super) keys: Vec<Key>,
    pub(super) span: Span,
    pub(super) step: Option<i64>,
}

/// Bits for who was seen in which cell.
const SEEN_BITS: usize = 1 << 26;

impl Asked {
    /// What has to be known of facts from `first` to `last`, whose issues moved since or did not.
    pub(super) fn needs(&self, (first, last): (i64, i64), has_moved: bool) -> Needs {
        let is_whole = self.span.since.micros() <= first && last < self.span.until.micros();
        let is_one_step = self
            .step
            .is_none_or(|step| step_of(first, step) == step_of(last, step));
        let mut tags: Vec<String> = Vec::new();
        let mut users = self.measures.contains(&Measure::Users) || self.keys.contains(&Key::User);
        for test in &self.tests {
            match &test.kind {
                Kind::Tag(key, _) | Kind::Has(key) => tags.push(key.clone()),
                Kind::User(_) | Kind::HasUser => users = true,
            }
        }
        for key in &self.keys {
            if let Key::Tag(tag) = key {
                tags.push(tag.clone());
            }
        }
        tags.sort_unstable();
        tags.dedup();
        let issues = self.measures.contains(&Measure::Issues) || self.keys.contains(&Key::Issue);
        Needs {
            times: !is_whole || !is_one_step,
            causes: issues || self.issues.is_some() || has_moved,
            users,
            tags,
        }
    }

    /// Counts.
    pub(super) fn count(&self, part: &Part, moved: Moved<'_>) -> Result<Tally> {
        let mut tally = Tally::default();
        let issues = issues(part, moved);
        let Some(chosen) = self.chosen(part, issues.as_deref()) else {
            return Ok(tally);
        };
        let groups = Groups::new(&self.keys, part, issues.as_deref());
        let (cells, keys) = self.cells(part, &chosen, &groups);
        let mut counted = vec![Cell::default(); keys.len()];
        for cell in &cells {
            if *cell != OUT {
                counted[*cell as usize].events += 1;
            }
        }
        if let (true, Some(users)) = (self.measures.contains(&Measure::Users), &part.users) {
            distinct(
                &cells,
                keys.len(),
                &users.codes,
                users.values.0.len() + 1,
                |cell, code| {
                    if let Some(user) = users.values.get(code) {
                        counted[cell].users.push(user);
                    }
                },
            );
        }
        if let (true, Some(issues), Some(causes)) =
            (self.measures.contains(&Measure::Issues), &issues, &part.causes)
        {
            distinct(&cells, keys.len(), &causes.codes, issues.len(), |cell, code| {
                counted[cell].issues.push(issues[code as usize]);
            });
        }
        for ((group, step), cell) in keys.into_iter().zip(counted) {
            tally.put(groups.labels(group), step, cell)?;
        }
        Ok(tally)
    }

    /// Which facts are meant, with what happened to their issues since; none if no fact is.
    pub(super) fn picked(&self, part: &Part, moved: Moved<'_>) -> Option<Vec<bool>> {
        self.chosen(part, issues(part, moved).as_deref())
    }

    fn chosen(&self, part: &Part, issues: Option<&[i64]>) -> Option<Vec<bool>> {
        let mut chosen = vec![true; part.facts];
        for test in &self.tests {
            match &test.kind {
                Kind::Tag(key, patterns) => {
                    let is_one = |text: Option<&str>| {
                        text.is_some_and(|text| patterns.iter().any(|pattern| matches(pattern, text)))
                    };
                    by_text(&mut chosen, part.tags.get(key), test.is_negated, is_one)?;
                }
                Kind::Has(key) => {
                    by_text(&mut chosen, part.tags.get(key), test.is_negated, |text| {
                        text.is_some()
                    })?;
                }
                Kind::User(users) => by_user(&mut chosen, part.users.as_ref(), test.is_negated, |user| {
                    user.is_some_and(|user| users.contains(&user))
                })?,
                Kind::HasUser => {
                    by_user(&mut chosen, part.users.as_ref(), test.is_negated, |user| {
                        user.is_some()
                    })?;
                }
            }
        }
        if let (Some(issues), Some(causes)) = (issues, &part.causes) {
            let is_meant =
                |issue: &i64| *issue != 0 && self.issues.as_ref().is_none_or(|meant| meant.contains(issue));
            let allowed: Vec<bool> = issues.iter().map(is_meant).collect();
            narrow(&mut chosen, &causes.codes, &allowed)?;
        }
        if !part.times.is_empty() {
            let (since, until) = (self.span.since.micros(), self.span.until.micros());
            if part.first < since || part.last >= until {
                let times = part.times.iter();
                for (chosen, time) in chosen.iter_mut().zip(times) {
                    *chosen &= since <= *time && *time < until;
                }
            }
        }
        Some(chosen)
    }

    /// The cell of each fact, and the group and step of each cell.
    fn cells(&self, part: &Part, chosen: &[bool], groups: &Groups<'_>) -> (Vec<u32>, Vec<(u64, i64)>) {
        let step = self
            .step
            .map(|step| (step, step_of(part.first, step), step_of(part.last, step)));
        let steps = step.map_or(1, |(_, first, last)| (last - first + 1) as u64);
        let mut keys = Vec::new();
        let mut places = Places::new(groups.count().saturating_mul(steps));
        let mut cells = vec![OUT; part.facts];
        for (fact, cell) in cells.iter_mut().enumerate() {
            if !chosen[fact] {
                continue;
            }
            let group = groups.of(fact);
            let at = match step {
                Some((step, first, _)) if !part.times.is_empty() => {
                    (step_of(part.times[fact], step) - first) as u64
                }
                _ => 0,
            };
            *cell = places.place(group * steps + at, || {
                keys.push((group, step.map_or(0, |(_, first, _)| first + at as i64)));
            });
        }
        (cells, keys)
    }
}

/// The issue of each cause as it is now; 0 for those that are gone.
fn issues(part: &Part, moved: Moved<'_>) -> Option<Vec<i64>> {
    let causes = part.causes.as_ref()?;
    if moved.is_empty() {
        return Some(causes.values.0.iter().map(|cause| cause.issue).collect());
    }
    let now = |cause: &Cause| moved.now(*cause).unwrap_or(0);
    Some(causes.values.0.iter().map(now).collect())
}

/// Leaves what is allowed; none if nothing is.
fn narrow(chosen: &mut [bool], codes: &[u32], allowed: &[bool]) -> Option<()> {
    if !allowed.contains(&true) {
        return None;
    }
    if allowed.contains(&false) {
        for (chosen, code) in chosen.iter_mut().zip(codes) {
            *chosen &= allowed[*code as usize];
        }
    }
    Some(())
}

fn by_text(
    chosen: &mut [bool],
    column: Option<&Column<Texts>>,
    is_negated: bool,
    is_one: impl Fn(Option<&str>) -> bool,
) -> Option<()> {
    let Some(column) = column else {
        return (is_one(None) != is_negated).then_some(());
    };
    let codes = 0..=column.values.len() as u32;
    let allowed: Vec<bool> = codes
        .map(|code| is_one(column.values.get(code)) != is_negated)
        .collect();
    narrow(chosen, &column.codes, &allowed)
}

fn by_user(
    chosen: &mut [bool],
    column: Option<&Column<Users>>,
    is_negated: bool,
    is_one: impl Fn(Option<i64>) -> bool,
) -> Option<()> {
    let Some(column) = column else {
        return (is_one(None) != is_negated).then_some(());
    };
    let codes = 0..=column.values.0.len() as u32;
    let allowed: Vec<bool> = codes
        .map(|code| is_one(column.values.get(code)) != is_negated)
        .collect();
    narrow(chosen, &column.codes, &allowed)
}

/// Whether a text is as a pattern says; with stars the case of letters does not matter, as in the search for issues.
fn matches(pattern: &Pattern, text: &str) -> bool {
    let [first, middle @ .., last] = pattern.parts.as_slice() else {
        return pattern.exact() == Some(text);
    };
    let (text, lower) = (text.to_ascii_lowercase(), |part: &String| {
        part.to_ascii_lowercase()
    });
    let Some(mut rest) = text.strip_prefix(&lower(first)) else {
        return false;
    };
    for part in middle {
        let part = lower(part);
        let Some(at) = rest.find(&part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(&lower(last))
}

/// Calls `found` once for every code in every cell, the lowest codes of a cell first.
fn distinct(cells: &[u32], count: usize, codes: &[u32], end: usize, mut found: impl FnMut(usize, u32)) {
    let words = end.div_ceil(64);
    if count.saturating_mul(words) <= SEEN_BITS / 64 {
        let mut seen = vec![0_u64; count * words];
        for (cell, code) in cells.iter().zip(codes) {
            if *cell != OUT {
                let code = *code as usize;
                seen[*cell as usize * words + code / 64] |= 1 << (code % 64);
            }
        }
        for (at, word) in seen.into_iter().enumerate() {
            let mut left = word;
            while left != 0 {
                let code = (at % words) * 64 + left.trailing_zeros() as usize;
                found(at / words, code as u32);
                left &= left - 1;
            }
        }
        return;
    }
    let counted = cells.iter().zip(codes).filter(|(cell, _)| **cell != OUT);
    let mut pairs: Vec<(u32, u32)> = counted.map(|(cell, code)| (*cell, *code)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    for (cell, code) in pairs {
        found(cell as usize, code);
    }
}
