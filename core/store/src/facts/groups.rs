//! What facts are grouped by, as numbers that are made up as they go.

use std::collections::HashMap;
use std::sync::Arc;

use errand_model::question::{Key, Label};

use super::column::{Column, Texts, Users, Values as _};
use super::part::Part;
use super::tally::Group;

/// A fact that is not counted.
pub(super) const OUT: u32 = u32::MAX;
/// Places for cells that are set aside before it is known which are needed.
const DENSE: usize = 1 << 20;

/// What facts are grouped by, as numbers.
pub(super) struct Groups<'a> {
    keys: Vec<By<'a>>,
}

/// One key of some facts.
enum By<'a> {
    /// The same for all.
    All(Label),
    Text(&'a Column<Texts>),
    User(&'a Column<Users>),
    /// The place in `issues` by fact, and the issues.
    Issue(Vec<u32>, Vec<i64>),
}

impl<'a> Groups<'a> {
    pub(super) fn new(keys: &[Key], part: &'a Part, issues: Option<&[i64]>) -> Self {
        let by = |key: &Key| match (key, &part.users, &part.causes, issues) {
            (Key::Project, ..) => By::All(Label::Id(part.project)),
            (Key::Tag(tag), ..) => part.tags.get(tag).map_or(By::All(Label::Missing), By::Text),
            (Key::User, Some(users), ..) => By::User(users),
            (Key::Issue, _, Some(causes), Some(issues)) => {
                // Several causes may be one issue's.
                let mut places = HashMap::new();
                let mut different = Vec::new();
                let of_cause: Vec<u32> = issues
                    .iter()
                    .map(|issue| {
                        *places.entry(*issue).or_insert_with(|| {
                            different.push(*issue);
                            different.len() as u32 - 1
                        })
                    })
                    .collect();
                let codes = causes.codes.iter().map(|code| of_cause[*code as usize]);
                By::Issue(codes.collect(), different)
            }
            _ => By::All(Label::Missing),
        };
        Groups {
            keys: keys.iter().map(by).collect(),
        }
    }

    /// How many groups there can be.
    pub(super) fn count(&self) -> u64 {
        let counts = self.keys.iter().map(By::count);
        counts.fold(1, u64::saturating_mul)
    }

    pub(super) fn of(&self, fact: usize) -> u64 {
        self.keys
            .iter()
            .fold(0, |group, key| group * key.count() + u64::from(key.of(fact)))
    }

    pub(super) fn labels(&self, mut group: u64) -> Group {
        let mut labels = Group::with_capacity(self.keys.len());
        for key in self.keys.iter().rev() {
            labels.push(key.label((group % key.count()) as u32));
            group /= key.count();
        }
        labels.reverse();
        labels
    }
}

impl By<'_> {
    fn count(&self) -> u64 {
        match self {
            By::All(_) => 1,
            By::Text(column) => column.values.len() as u64 + 1,
            By::User(column) => column.values.0.len() as u64 + 1,
            By::Issue(_, issues) => issues.len() as u64,
        }
    }

    fn of(&self, fact: usize) -> u32 {
        match self {
            By::All(_) => 0,
            By::Text(column) => column.codes[fact],
            By::User(column) => column.codes[fact],
            By::Issue(codes, _) => codes[fact],
        }
    }

    fn label(&self, code: u32) -> Label {
        match self {
            By::All(label) => label.clone(),
            By::Text(column) => column
                .values
                .get(code)
                .map_or(Label::Missing, |text| Label::Text(Arc::from(text))),
            By::User(column) => column.values.get(code).map_or(Label::Missing, Label::Id),
            By::Issue(_, issues) => Label::Id(issues[code as usize]),
        }
    }
}

/// Numbers things in the order in which they turn up.
pub(super) enum Places {
    Dense(Vec<u32>, u32),
    Sparse(HashMap<u64, u32>),
}

impl Places {
    pub(super) fn new(possible: u64) -> Self {
        match usize::try_from(possible) {
            Ok(possible) if possible <= DENSE => Places::Dense(vec![OUT; possible], 0),
            _ => Places::Sparse(HashMap::new()),
        }
    }

    pub(super) fn place(&mut self, of: u64, is_new: impl FnOnce()) -> u32 {
        match self {
            Places::Dense(places, next) => {
                let place = &mut places[of as usize];
                if *place == OUT {
                    *place = *next;
                    *next += 1;
                    is_new();
                }
                *place
            }
            Places::Sparse(places) => {
                let next = places.len() as u32;
                *places.entry(of).or_insert_with(|| {
                    is_new();
                    next
                })
            }
        }
    }
}
