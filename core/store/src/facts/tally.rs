//! What a question has found so far: by group and step of time, in pieces that can be kept and added up in any order.

use std::collections::HashMap;

use errand_model::question::{Answer, Label, MOST_STEPS, Measure, Question, Row, step_of, step_start};

use super::distinct::{Distinct, within};
use crate::{Error, Result};

/// Groups and steps of time that an answer is made of at most.
const MOST_CELLS: usize = 500_000;
/// Different users and issues by group and step that are told apart exactly, together: eight bytes each.
const MOST_EXACT: usize = 2_000_000;
/// Of more than that so many hashes are kept of each group and step, and half as many as long as these are too many,
const MOST_HASHES: usize = 16_384;
/// but not fewer.
const FEWEST_HASHES: usize = 1_024;

/// What of a group fell into a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pub(super) events: i64,
    pub(super) users: Distinct,
    pub(super) issues: Distinct,
}

impl Cell {
    fn add(&mut self, other: &Cell) {
        self.events += other.events;
        self.users.add(&other.users);
        self.issues.add(&other.issues);
    }

    fn value(&mut self, measure: Measure) -> i64 {
        match measure {
            Measure::Events => self.events,
            Measure::Users => self.users.count(),
            Measure::Issues => self.issues.count(),
        }
    }

    fn distinct(&self) -> usize {
        self.users.kept() + self.issues.kept()
    }

    fn settle(&mut self) {
        self.users.settle();
        self.issues.settle();
    }

    fn bound(&mut self, most: usize) {
        self.users.bound(most);
        self.issues.bound(most);
    }
}

/// What a group is told apart by.
pub(super) type Group = Vec<Label>;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    groups: HashMap<Group, HashMap<i64, Cell>>,
    cells: usize,
    distinct: usize,
    /// How many hashes are kept of each cell; none where all is exact.
    most: Option<usize>,
}

impl Tally {
    /// Adds what was found of a group in a step.
    pub(super) fn put(&mut self, group: Group, step: i64, mut cell: Cell) -> Result<()> {
        if let Some(most) = self.most {
            cell.bound(most);
        }
        cell.settle();
        self.distinct += cell.distinct();
        match self.groups.entry(group).or_default().entry(step) {
            std::collections::hash_map::Entry::Occupied(mut there) => there.get_mut().add(&cell),
            std::collections::hash_map::Entry::Vacant(free) => {
                self.cells += 1;
                free.insert(cell);
            }
        }
        self.check()
    }

    /// Adds all that another found.
    pub(super) fn add(&mut self, other: &Tally) -> Result<()> {
        if let Some(most) = other.most
            && self.most.is_none_or(|mine| mine > most)
        {
            self.bound(most);
        }
        for (group, steps) in &other.groups {
            let mine = match self.groups.get_mut(group) {
                Some(mine) => mine,
                None => self.groups.entry(group.clone()).or_default(),
            };
            for (step, cell) in steps {
                match mine.get_mut(step) {
                    Some(there) => there.add(cell),
                    None => {
                        self.cells += 1;
                        let mut cell = cell.clone();
                        if let Some(most) = self.most {
                            cell.bound(most);
                        }
                        mine.insert(*step, cell);
                    }
                }
            }
        }
        self.distinct += other.distinct;
        self.check()
    }

    /// Keeps within the bounds: what is counted exactly as long as there is room for it is estimated beyond.
    fn check(&mut self) -> Result<()> {
        if self.distinct > MOST_EXACT {
            // What was counted of several pieces may be the same.
            self.settle();
        }
        while self.distinct > MOST_EXACT {
            let most = self.most.map_or(MOST_HASHES, |most| most / 2);
            if most < FEWEST_HASHES {
                return Err(too_much());
            }
            self.bound(most);
        }
        match self.cells > MOST_CELLS {
            true => Err(too_much()),
            false => Ok(()),
        }
    }

    fn bound(&mut self, most: usize) {
        self.most = Some(self.most.map_or(most, |before| before.min(most)));
        for cell in self.groups.values_mut().flat_map(HashMap::values_mut) {
            cell.bound(most);
        }
        self.count_kept();
    }

    fn count_kept(&mut self) {
        let cells = self.groups.values().flat_map(HashMap::values);
        self.distinct = cells.map(Cell::distinct).sum();
    }

    /// Within how many per cent users and issues are, where they are estimated.
    pub(super) fn within(&self) -> Option<f64> {
        self.most.map(within)
    }

    /// Puts all numbers in order, once: then it is quick to count them, and to add to them.
    pub(super) fn settle(&mut self) {
        for cell in self.groups.values_mut().flat_map(HashMap::values_mut) {
            cell.settle();
        }
        self.count_kept();
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let labels: usize = self.groups.keys().map(|group| 48 + 40 * group.len()).sum();
        labels + self.cells * 120 + self.distinct * 8
    }

    /// What was found, by step and group.
    pub(super) fn cells(self) -> impl Iterator<Item = (i64, Group, Cell)> {
        self.groups.into_iter().flat_map(|(group, cells)| {
            cells
                .into_iter()
                .map(move |(step, cell)| (step, group.clone(), cell))
        })
    }

    /// The answer.
    pub(super) fn answer(self, question: &Question) -> Result<Answer> {
        let steps = steps(question)?;
        let within = self.within();
        let mut rows: Vec<(Row, HashMap<i64, Cell>)> = Vec::with_capacity(self.groups.len());
        let mut total: HashMap<i64, Cell> = HashMap::new();
        let has_keys = !question.keys.is_empty();
        for (group, mut cells) in self.groups {
            if !has_keys {
                total = cells;
                continue;
            }
            fold_into(&mut total, &cells);
            let values = values(&mut cells, question);
            let row = Row {
                labels: group,
                values,
                series: Vec::new(),
            };
            rows.push((row, cells));
        }
        let by = |row: &Row| row.values.get(question.sort).copied().unwrap_or_default();
        rows.sort_by(|(a, _), (b, _)| {
            let order = by(b).cmp(&by(a));
            let order = if question.is_ascending {
                order.reverse()
            } else {
                order
            };
            order.then_with(|| a.labels.cmp(&b.labels))
        });
        let groups = rows.len();
        let beyond = rows.split_off(question.top.min(groups));
        let mut others: HashMap<i64, Cell> = HashMap::new();
        beyond.iter().for_each(|(_, cells)| fold_into(&mut others, cells));
        let finish = |mut row: Row, mut cells: HashMap<i64, Cell>| {
            row.series = series(&mut cells, question, &steps);
            row
        };
        let whole = |mut cells: HashMap<i64, Cell>| {
            let row = Row {
                values: values(&mut cells, question),
                ..Row::default()
            };
            finish(row, cells)
        };
        Ok(Answer {
            within,
            others: (!beyond.is_empty()).then(|| whole(others)),
            rows: rows.into_iter().map(|(row, cells)| finish(row, cells)).collect(),
            groups,
            total: whole(total),
            steps: steps
                .iter()
                .map(|step| step_start(*step, question.step.unwrap_or(1)))
                .collect(),
        })
    }
}

fn too_much() -> Error {
    Error::invalid(
        "that is too much for one answer: ask for a shorter time, longer steps, fewer events, or another key",
    )
}

fn fold_into(all: &mut HashMap<i64, Cell>, cells: &HashMap<i64, Cell>) {
    for (step, cell) in cells {
        all.entry(*step).or_default().add(cell);
    }
}

/// The numbers of the steps of a question.
pub(super) fn steps(question: &Question) -> Result<Vec<i64>> {
    let Some(step) = question.step else {
        return Ok(Vec::new());
    };
    let (since, until) = (question.span.since.micros(), question.span.until.micros());
    if step <= 0 || (until - since) / (step * 1_000_000) >= MOST_STEPS {
        return Err(Error::invalid(format!(
            "at most {MOST_STEPS} steps of time are answered: ask for a shorter time, or longer steps"
        )));
    }
    Ok((step_of(since, step)..=step_of((until - 1).max(since), step)).collect())
}

/// By measure, over all steps: who is in several counts once.
fn values(cells: &mut HashMap<i64, Cell>, question: &Question) -> Vec<i64> {
    let mut several = Cell::default();
    let all = match cells.len() {
        1 => cells.values_mut().next(),
        _ => {
            cells.values().for_each(|cell| several.add(cell));
            None
        }
    };
    let all = all.unwrap_or(&mut several);
    let measures = question.measures.iter();
    measures.map(|measure| all.value(*measure)).collect()
}

fn series(cells: &mut HashMap<i64, Cell>, question: &Question, steps: &[i64]) -> Vec<Vec<i64>> {
    if steps.is_empty() {
        return Vec::new();
    }
    let mut value = |step: &i64, measure| cells.get_mut(step).map_or(0, |cell| cell.value(measure));
    question
        .measures
        .iter()
        .map(|measure| steps.iter().map(|step| value(step, *measure)).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_estimated() {
        let mut all = Tally::default();
        for group in 0..4 {
            let mut cell = Cell::default();
            (0..MOST_EXACT as i64 / 2).for_each(|user| cell.users.push(group * 1_000 + user));
            all.put(vec![Label::Id(group)], 0, cell).expect("there is room");
        }
        assert!(all.distinct <= MOST_EXACT, "{}", all.distinct);
        let within = all.within().expect("it is estimated");
        for cell in all.groups.values_mut().flat_map(HashMap::values_mut) {
            let users = cell.users.count() as f64;
            let off = (users / (MOST_EXACT as f64 / 2.0) - 1.0).abs() * 100.0;
            assert!(off <= 2.0 * within, "{users}: {off} % off, {within} % are said");
        }
    }
}
