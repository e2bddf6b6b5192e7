//! What of some facts a question looks at.

use std::collections::HashMap;

use super::block::{CAUSE, REST, TIME, USER, load_rest, name_of};
use super::bytes::broken;
use super::column::{Causes, Column, Texts, Users, load_numbers};
use super::rows::Rows;
use crate::Result;

/// What a question has to know of each fact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) times: bool,
    pub(super) causes: bool,
    pub(super) users: bool,
    pub(super) tags: Vec<String>,
}

impl Needs {
    /// The names of the columns.
    pub(super) fn names(&self) -> Vec<String> {
        let own = [(TIME, self.times), (CAUSE, self.causes), (USER, self.users)];
        let own = own
            .into_iter()
            .filter(|(_, is_needed)| *is_needed)
            .map(|(name, _)| name.to_owned());
        let rest = (!self.tags.is_empty()).then(|| REST.to_owned());
        own.chain(self.tags.iter().map(|tag| name_of(tag)))
            .chain(rest)
            .collect()
    }
}

/// Facts of one project, as far as a question looks at them.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) project: i64,
    pub(super) facts: usize,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) times: Vec<i64>,
    pub(super) causes: Option<Column<Causes>>,
    pub(super) users: Option<Column<Users>>,
    pub(super) tags: HashMap<String, Column<Texts>>,
}

impl Part {
    /// Of facts that are not in a block yet.
    pub(super) fn of_rows(project: i64, rows: Rows, needs: &Needs) -> Self {
        let (first, last) = rows.span();
        let keys: Vec<&str> = needs.tags.iter().map(String::as_str).collect();
        let (columns, _) = if keys.is_empty() {
            Default::default()
        } else {
            rows.tags.split(&keys)
        };
        Part {
            project,
            facts: rows.len(),
            first,
            last,
            times: rows.times,
            causes: Some(rows.causes),
            users: Some(rows.users),
            tags: needs.tags.iter().cloned().zip(columns).collect(),
        }
    }

    /// Of a block: `columns` are those of [`Needs::names`] that it has.
    pub(super) fn of_block(
        (project, facts): (i64, usize),
        (first, last): (i64, i64),
        columns: &[(String, Vec<u8>)],
        needs: &Needs,
    ) -> Result<Self> {
        let find = |name: &str| {
            let found = columns.iter().find(|(column, _)| column == name);
            found.map(|(_, content)| content.as_slice())
        };
        let wanted = |is_needed: bool, name: &str| match (is_needed, find(name)) {
            (true, None) => Err(broken()),
            (true, found) => Ok(found),
            (false, _) => Ok(None),
        };
        let times = wanted(needs.times, TIME)?.map(load_numbers).transpose()?;
        let part = Part {
            project,
            facts,
            first,
            last,
            times: times.unwrap_or_default(),
            causes: wanted(needs.causes, CAUSE)?.map(Column::load).transpose()?,
            users: wanted(needs.users, USER)?.map(Column::load).transpose()?,
            tags: tags(facts, find, needs)?,
        };
        let lengths = [
            needs.times.then_some(part.times.len()),
            part.causes.as_ref().map(|column| column.codes.len()),
            part.users.as_ref().map(|column| column.codes.len()),
        ];
        let of_tags = part.tags.values().map(|column| Some(column.codes.len()));
        let mut lengths = lengths.into_iter().chain(of_tags).flatten();
        if lengths.any(|length| length != facts) {
            return Err(broken());
        }
        Ok(part)
    }
}

/// A tag that has no column is looked for among the rest.
fn tags<'a>(
    facts: usize,
    find: impl Fn(&str) -> Option<&'a [u8]>,
    needs: &Needs,
) -> Result<HashMap<String, Column<Texts>>> {
    let mut tags = HashMap::new();
    let mut elsewhere: Vec<&str> = Vec::new();
    for tag in &needs.tags {
        match find(&name_of(tag)) {
            Some(stored) => {
                tags.insert(tag.clone(), Column::load(stored)?);
            }
            None => elsewhere.push(tag),
        }
    }
    if elsewhere.is_empty() {
        return Ok(tags);
    }
    let columns = match find(REST) {
        Some(stored) => load_rest(stored)?.split(&elsewhere).0,
        None => vec![Column::with_missing(facts, Texts::default()); elsewhere.len()],
    };
    tags.extend(elsewhere.into_iter().map(str::to_owned).zip(columns));
    Ok(tags)
}
