//! Blocks: many facts of a project column by column, so that a question reads the columns that it is about.

use std::collections::HashMap;

use super::bytes::{Reader, TIGHT, broken, expand, squeeze};
use super::column::{Causes, Column, Texts, Users, Values, load_numbers, store_numbers};
use super::rows::Rows;
use super::tags::Tags;
use crate::Result;

pub(super) const TIME: &str = "#time";
/// The rows of the events: where one finds them, as long as they are there.
pub(super) const EVENT: &str = "#event";
pub(super) const CAUSE: &str = "#cause";
pub(super) const USER: &str = "#user";
/// The tags that have no column.
pub(super) const REST: &str = "#rest";

/// Tags that have a column of their own: the commonest. What is not among them costs a look at all the rest.
const OWN: usize = 64;

/// What the column of a tag is called.
pub(super) fn name_of(tag: &str) -> String {
    format!("={tag}")
}

/// A block as it is stored.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) facts: usize,
    pub(super) first: i64,
    pub(super) last: i64,
    /// The lowest and the highest row of their events.
    pub(super) events: (i64, i64),
    pub(super) columns: Vec<(String, Vec<u8>)>,
}

impl Built {
    /// What the columns take.
    pub(super) fn bytes(&self) -> usize {
        self.columns.iter().map(|(_, content)| content.len()).sum()
    }
}

/// Makes a block of facts.
pub(super) fn build(rows: &Rows) -> Result<Built> {
    let order = rows.in_order();
    let times: Vec<i64> = order.iter().map(|fact| rows.times[*fact as usize]).collect();
    let events: Vec<i64> = order.iter().map(|fact| rows.events[*fact as usize]).collect();
    let tags = rows.tags.in_order(&order);
    let frequent = tags.by_frequency();
    let own: Vec<&str> = frequent.iter().take(OWN).map(|(key, _)| *key).collect();
    let (columns, rest) = tags.split(&own);
    let mut stored = vec![
        (TIME.to_owned(), store_numbers(&times)?),
        (EVENT.to_owned(), store_numbers(&events)?),
        (CAUSE.to_owned(), causes(rows, &order).store()?),
        (USER.to_owned(), users(rows, &order).store()?),
    ];
    for (key, column) in own.iter().zip(&columns) {
        stored.push((name_of(key), column.store()?));
    }
    if !rest.is_empty() {
        let mut bytes = Vec::new();
        rest.write(&mut bytes);
        stored.push((REST.to_owned(), squeeze(&bytes, TIGHT)?));
    }
    Ok(Built {
        facts: times.len(),
        first: times.first().copied().unwrap_or_default(),
        last: times.last().copied().unwrap_or_default(),
        events: (
            events.iter().min().copied().unwrap_or_default(),
            events.iter().max().copied().unwrap_or_default(),
        ),
        columns: stored,
    })
}

/// In that order, and without values that no fact has any more.
fn causes(rows: &Rows, order: &[u32]) -> Column<Causes> {
    let mut codes = HashMap::new();
    let mut column = Column::with_missing(0, Causes::default());
    for fact in order {
        let old = rows.causes.codes[*fact as usize];
        let code = *codes.entry(old).or_insert_with(|| {
            column.values.0.push(rows.causes.values.0[old as usize]);
            column.values.len() as u32 - 1
        });
        column.codes.push(code);
    }
    column
}

/// The same of users, who are in the order of their ids: then what is counted of a block is in order too.
fn users(rows: &Rows, order: &[u32]) -> Column<Users> {
    let of = |fact: &u32| rows.users.values.get(rows.users.codes[*fact as usize]);
    let mut users: Vec<i64> = order.iter().filter_map(of).collect();
    users.sort_unstable();
    users.dedup();
    let places: HashMap<i64, u32> = users.iter().copied().zip(1..).collect();
    let code = |fact| of(fact).and_then(|user| places.get(&user).copied());
    Column {
        codes: order.iter().map(|fact| code(fact).unwrap_or(0)).collect(),
        values: Users(users),
    }
}

/// The tags without a column of their own.
pub(super) fn load_rest(stored: &[u8]) -> Result<Tags> {
    let bytes = expand(stored)?;
    Tags::read(&mut Reader(&bytes))
}

/// All facts of a block, from all of its columns.
pub(super) fn load(columns: &[(String, Vec<u8>)]) -> Result<Rows> {
    let find = |name: &str| {
        let found = columns.iter().find(|(column, _)| column == name);
        found.map(|(_, content)| content.as_slice())
    };
    let times = load_numbers(find(TIME).ok_or_else(broken)?)?;
    let events = load_numbers(find(EVENT).ok_or_else(broken)?)?;
    let causes: Column<Causes> = Column::load(find(CAUSE).ok_or_else(broken)?)?;
    let users: Column<Users> = Column::load(find(USER).ok_or_else(broken)?)?;
    let rest = match find(REST) {
        Some(stored) => load_rest(stored)?,
        None => Tags::without_any(times.len()),
    };
    let mut own: Vec<(String, Column<Texts>)> = Vec::new();
    for (name, stored) in columns {
        if let Some(tag) = name.strip_prefix('=') {
            let column: Column<Texts> = Column::load(stored)?;
            if column.codes.len() != times.len() {
                return Err(broken());
            }
            own.push((tag.to_owned(), column));
        }
    }
    if rest.facts() != times.len() {
        return Err(broken());
    }
    let tags = Tags::join(&own, &rest);
    Rows::of_columns((times, events), causes, users, tags)
}
