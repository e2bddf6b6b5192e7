//! Facts as they come, one after the other: what a batch is stored as, and what blocks are made of.

use std::collections::HashMap;

use errand_model::digested::DigestedEvent;
use errand_model::{EventRow, IssueId};

use super::bytes::{QUICK, Reader, broken, expand, put, squeeze};
use super::column::{Cause, Causes, Column, Users, Values as _, read_numbers, write_numbers};
use super::moved::Moved;
use super::tags::Tags;
use crate::{Result, app_user_id};

/// Tags that a fact keeps: those that the hub derives, and then those that the program sent.
pub(super) const TAGS: usize = 64;
/// The longest value of a tag, in bytes: what the pipeline lets through is shorter.
const VALUE_BYTES: usize = 800;

/// Facts of one project.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) times: Vec<i64>,
    /// The rows of the events.
    pub(super) events: Vec<i64>,
    pub(super) causes: Column<Causes>,
    pub(super) users: Column<Users>,
    pub(super) tags: Tags,
    cause_places: HashMap<Cause, u32>,
    user_places: HashMap<i64, u32>,
}

impl Default for Rows {
    fn default() -> Self {
        Rows {
            times: Vec::new(),
            events: Vec::new(),
            causes: Column::with_missing(0, Causes::default()),
            users: Column::with_missing(0, Users::default()),
            tags: Tags::default(),
            cause_places: HashMap::new(),
            user_places: HashMap::new(),
        }
    }
}

impl Rows {
    /// How many they are.
    pub(super) const fn len(&self) -> usize {
        self.times.len()
    }

    /// The first and the last moment.
    pub(super) fn span(&self) -> (i64, i64) {
        let first = self.times.iter().min().copied().unwrap_or_default();
        let last = self.times.iter().max().copied().unwrap_or_default();
        (first, last)
    }

    /// Adds what is to be known of an event once it is gone.
    pub(super) fn add(&mut self, row: EventRow, event: &DigestedEvent, issue: IssueId, decisive: usize) {
        self.times.push(event.timestamp.micros());
        self.events.push(row.0);
        let cause = Cause {
            issue: issue.0,
            hash: event.hashes.get(decisive).map_or([0; 16], |hash| hash.0),
        };
        let code = self.cause(cause);
        self.causes.codes.push(code);
        let user = event.user.as_ref();
        let user = user.map(|user| app_user_id(event.project, &user.key));
        let code = user.map_or(0, |user| self.user(user));
        self.users.codes.push(code);
        let fields = [
            ("level", Some(event.level.as_str())),
            ("release", event.release.as_deref()),
            ("environment", event.environment.as_deref()),
        ];
        let mut left = TAGS;
        for (key, value) in fields {
            let Some(value) = value else { continue };
            self.tag(key, value);
            left -= 1;
        }
        // What the hub derived comes last, and is what people ask by.
        for (key, value) in event.tags.iter().rev() {
            let is_field = fields
                .iter()
                .any(|(field, value)| field == key && value.is_some());
            if left > 0 && !is_field {
                self.tag(key, value);
                left -= 1;
            }
        }
        self.tags.end();
    }

    fn tag(&mut self, key: &str, value: &str) {
        let clip = |text: &str| text.floor_char_boundary(VALUE_BYTES);
        let pair = self.tags.pair(&key[..clip(key)], &value[..clip(value)]);
        self.tags.add(pair);
    }

    fn cause(&mut self, cause: Cause) -> u32 {
        let next = self.causes.values.len() as u32;
        let place = *self.cause_places.entry(cause).or_insert(next);
        if place == next {
            self.causes.values.0.push(cause);
        }
        place
    }

    fn user(&mut self, user: i64) -> u32 {
        let next = self.users.values.len() as u32 + 1;
        let place = *self.user_places.entry(user).or_insert(next);
        if place == next {
            self.users.values.0.push(user);
        }
        place
    }

    /// Adds all of `other` that is still somebody's: issues that were folded or taken apart since are named as they are now.
    pub(super) fn append(&mut self, other: &Rows, moved: &Moved<'_>) {
        self.append_some(other, moved, |_| true);
    }

    /// The same of those facts alone for whose place `is_kept` says so.
    pub(super) fn append_some(&mut self, other: &Rows, moved: &Moved<'_>, is_kept: impl Fn(usize) -> bool) {
        let causes: Vec<Option<u32>> = other
            .causes
            .values
            .0
            .iter()
            .map(|cause| {
                let issue = moved.now(*cause)?;
                Some(self.cause(Cause { issue, ..*cause }))
            })
            .collect();
        let users: Vec<u32> = other.users.values.0.iter().map(|user| self.user(*user)).collect();
        let tags = self.tags.places_of(&other.tags);
        for fact in (0..other.len()).filter(|fact| is_kept(*fact)) {
            let Some(cause) = causes[other.causes.codes[fact] as usize] else {
                continue;
            };
            self.times.push(other.times[fact]);
            self.events.push(other.events[fact]);
            self.causes.codes.push(cause);
            let user = other.users.codes[fact].checked_sub(1);
            self.users.codes.push(user.map_or(0, |user| users[user as usize]));
            for pair in other.tags.pairs_of(fact) {
                self.tags.add(tags[*pair as usize]);
            }
            self.tags.end();
        }
    }

    /// Facts as a batch is stored.
    pub(super) fn store(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(64 * self.len() + 1_024);
        write_numbers(&self.times, &mut bytes);
        write_numbers(&self.events, &mut bytes);
        self.causes.values.write(&mut bytes);
        self.causes
            .codes
            .iter()
            .for_each(|code| put(&mut bytes, u64::from(*code)));
        self.users.values.write(&mut bytes);
        self.users
            .codes
            .iter()
            .for_each(|code| put(&mut bytes, u64::from(*code)));
        self.tags.write(&mut bytes);
        squeeze(&bytes, QUICK)
    }

    /// Reads a batch.
    pub(super) fn load(stored: &[u8]) -> Result<Self> {
        let bytes = expand(stored)?;
        let mut from = Reader(&bytes);
        let times = read_numbers(&mut from)?;
        let events = read_numbers(&mut from)?;
        let causes = Causes::read(&mut from)?;
        let codes = |from: &mut Reader<'_>, end: usize| -> Result<Vec<u32>> {
            (0..times.len()).map(|_| from.code(end)).collect()
        };
        let cause_codes = codes(&mut from, causes.len())?;
        let users = Users::read(&mut from)?;
        let user_codes = codes(&mut from, users.len() + 1)?;
        let tags = Tags::read(&mut from)?;
        Rows::of_columns(
            (times, events),
            Column {
                codes: cause_codes,
                values: causes,
            },
            Column {
                codes: user_codes,
                values: users,
            },
            tags,
        )
    }

    /// Facts whose columns are at hand.
    pub(super) fn of_columns(
        (times, events): (Vec<i64>, Vec<i64>),
        causes: Column<Causes>,
        users: Column<Users>,
        tags: Tags,
    ) -> Result<Self> {
        let facts = times.len();
        if events.len() != facts
            || causes.codes.len() != facts
            || users.codes.len() != facts
            || tags.facts() != facts
        {
            return Err(broken());
        }
        let cause_places = (0..).zip(&causes.values.0).map(|(at, cause)| (*cause, at));
        let user_places = (1..).zip(&users.values.0).map(|(at, user)| (*user, at));
        Ok(Rows {
            cause_places: cause_places.collect(),
            user_places: user_places.collect(),
            times,
            events,
            causes,
            users,
            tags,
        })
    }

    /// The facts by time, the first first: places in the rows.
    pub(super) fn in_order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.sort_by_key(|fact| self.times[*fact as usize]);
        order
    }
}
