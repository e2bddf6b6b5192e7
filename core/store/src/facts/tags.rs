//! The tags of facts, fact by fact: how batches hold them, and how blocks hold those that few facts have.

use std::collections::HashMap;

use super::bytes::{Reader, broken, put, put_text};
use super::column::{Column, Texts, Values as _};
use crate::Result;

/// Tags of many facts; every key, and every value of a key, is there once.
#[derive(Clone, Debug, Default)]
pub(super) struct Tags {
    keys: Vec<Box<str>>,
    /// A key's place, and a value.
    pairs: Vec<(u32, Box<str>)>,
    /// The pairs of all facts, one after the other; and where those of each fact end.
    all: Vec<u32>,
    ends: Vec<u32>,
    key_places: HashMap<Box<str>, u32>,
    /// By key: its values, and the places of those pairs.
    pair_places: Vec<HashMap<Box<str>, u32>>,
}

impl Tags {
    /// Of facts that have none.
    pub(super) fn without_any(facts: usize) -> Self {
        Tags {
            ends: vec![0; facts],
            ..Tags::default()
        }
    }

    /// How many facts they are of.
    pub(super) const fn facts(&self) -> usize {
        self.ends.len()
    }

    fn key(&mut self, key: &str) -> u32 {
        if let Some(place) = self.key_places.get(key) {
            return *place;
        }
        let place = self.keys.len() as u32;
        self.keys.push(key.into());
        self.key_places.insert(key.into(), place);
        self.pair_places.push(HashMap::new());
        place
    }

    /// The place of a value of a key.
    pub(super) fn pair(&mut self, key: &str, value: &str) -> u32 {
        let key = self.key(key);
        let places = &mut self.pair_places[key as usize];
        if let Some(place) = places.get(value) {
            return *place;
        }
        let place = self.pairs.len() as u32;
        self.pairs.push((key, value.into()));
        places.insert(value.into(), place);
        place
    }

    /// Gives the fact that comes next one more pair.
    pub(super) fn add(&mut self, pair: u32) {
        self.all.push(pair);
    }

    /// The next fact has all of its pairs.
    pub(super) fn end(&mut self) {
        self.ends.push(self.all.len() as u32);
    }

    fn of(&self, fact: usize) -> &[u32] {
        let begin = fact.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[begin as usize..self.ends[fact] as usize]
    }

    /// Facts that have each key, the commonest first.
    pub(super) fn by_frequency(&self) -> Vec<(&str, usize)> {
        let mut counts = vec![0; self.keys.len()];
        for pair in &self.all {
            counts[self.pairs[*pair as usize].0 as usize] += 1;
        }
        let keys = self.keys.iter().map(|key| &**key);
        let mut keys: Vec<(&str, usize)> = keys.zip(counts).filter(|(_, count)| *count > 0).collect();
        keys.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        keys
    }

    /// The facts in another order, without what none of them has.
    pub(super) fn in_order(&self, order: &[u32]) -> Tags {
        let mut ordered = Tags::default();
        let mut places: Vec<Option<u32>> = vec![None; self.pairs.len()];
        for fact in order {
            for pair in self.of(*fact as usize) {
                let (key, value) = &self.pairs[*pair as usize];
                let place = places[*pair as usize]
                    .get_or_insert_with(|| ordered.pair(&self.keys[*key as usize], value));
                ordered.all.push(*place);
            }
            ordered.end();
        }
        ordered
    }

    /// A column for each of `keys`, and the tags of other keys as they are.
    pub(super) fn split(&self, keys: &[&str]) -> (Vec<Column<Texts>>, Tags) {
        let mut columns = vec![Column::with_missing(self.facts(), Texts::default()); keys.len()];
        let slots: Vec<Option<usize>> = self
            .keys
            .iter()
            .map(|key| keys.iter().position(|wanted| *wanted == &**key))
            .collect();
        let mut rest = Tags::default();
        // The code in its column, or the place among the rest plus one; 0 until a pair is met.
        let mut codes = vec![0_u32; self.pairs.len()];
        for fact in 0..self.facts() {
            for pair in self.of(fact) {
                let (key, value) = &self.pairs[*pair as usize];
                let code = &mut codes[*pair as usize];
                match slots[*key as usize] {
                    Some(slot) => {
                        let column = &mut columns[slot];
                        if *code == 0 {
                            *code = column.values.push(value);
                        }
                        column.codes[fact] = *code;
                    }
                    None => {
                        if *code == 0 {
                            *code = rest.pair(&self.keys[*key as usize], value) + 1;
                        }
                        rest.all.push(*code - 1);
                    }
                }
            }
            rest.end();
        }
        (columns, rest)
    }

    /// The tags of columns and of the rest, together again.
    pub(super) fn join(columns: &[(String, Column<Texts>)], rest: &Tags) -> Tags {
        let mut tags = Tags::default();
        let of_rest = tags.places_of(rest);
        let pairs: Vec<Vec<u32>> = columns
            .iter()
            .map(|(key, column)| {
                let codes = 1..=column.values.len() as u32;
                let values = codes.map(|code| column.values.get(code).unwrap_or_default());
                values.map(|value| tags.pair(key, value)).collect()
            })
            .collect();
        for fact in 0..rest.facts() {
            for ((_, column), pairs) in columns.iter().zip(&pairs) {
                if let Some(code) = column.codes[fact].checked_sub(1) {
                    tags.all.push(pairs[code as usize]);
                }
            }
            for pair in rest.of(fact) {
                tags.all.push(of_rest[*pair as usize]);
            }
            tags.end();
        }
        tags
    }

    /// Whether no fact has any.
    pub(super) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// For each pair, whether `is_one` says so of its key and value.
    pub(super) fn pairs_that(&self, is_one: impl Fn(&str, &str) -> bool) -> Vec<bool> {
        let pairs = self.pairs.iter();
        pairs
            .map(|(key, value)| is_one(&self.keys[*key as usize], value))
            .collect()
    }

    /// For each of `other`'s pairs, its place here.
    pub(super) fn places_of(&mut self, other: &Tags) -> Vec<u32> {
        let pairs = other.pairs.iter();
        let place = |(key, value): &(u32, Box<str>)| self.pair(&other.keys[*key as usize], value);
        pairs.map(place).collect()
    }

    /// The key and value of a pair.
    pub(super) fn text(&self, pair: u32) -> Option<(&str, &str)> {
        let (key, value) = self.pairs.get(pair as usize)?;
        Some((self.keys.get(*key as usize)?, value))
    }

    /// The pairs of one fact.
    pub(super) fn pairs_of(&self, fact: usize) -> &[u32] {
        self.of(fact)
    }

    pub(super) fn write(&self, to: &mut Vec<u8>) {
        put(to, self.keys.len() as u64);
        self.keys.iter().for_each(|key| put_text(to, key));
        put(to, self.pairs.len() as u64);
        for (key, value) in &self.pairs {
            put(to, u64::from(*key));
            put_text(to, value);
        }
        put(to, self.ends.len() as u64);
        for fact in 0..self.facts() {
            let pairs = self.of(fact);
            put(to, pairs.len() as u64);
            pairs.iter().for_each(|pair| put(to, u64::from(*pair)));
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self> {
        let mut tags = Tags::default();
        for _ in 0..from.count()? {
            let key = from.text()?;
            tags.key(key);
        }
        let keys = tags.keys.len();
        for _ in 0..from.count()? {
            let key = from.code(keys)?;
            let value: Box<str> = from.text()?.into();
            let place = tags.pairs.len() as u32;
            tags.pairs.push((key, value.clone()));
            tags.pair_places[key as usize].insert(value, place);
        }
        let pairs = tags.pairs.len();
        for _ in 0..from.count()? {
            for _ in 0..from.count()? {
                tags.all.push(from.code(pairs)?);
            }
            tags.ends
                .push(u32::try_from(tags.all.len()).map_err(|_| broken())?);
        }
        Ok(tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> Tags {
        let mut tags = Tags::default();
        for fact in [
            &[("browser", "Firefox"), ("os", "Linux")] as &[(&str, &str)],
            &[],
            &[("os", "Linux")],
            &[("browser", "Safari"), ("rare", "1")],
        ] {
            for (key, value) in fact {
                let pair = tags.pair(key, value);
                tags.add(pair);
            }
            tags.end();
        }
        tags
    }

    fn values(column: &Column<Texts>) -> Vec<Option<&str>> {
        column.codes.iter().map(|code| column.values.get(*code)).collect()
    }

    #[test]
    fn keys_become_columns_and_come_back() {
        let mut bytes = Vec::new();
        tags().write(&mut bytes);
        let tags = Tags::read(&mut Reader(&bytes)).expect("read");
        assert_eq!(tags.by_frequency(), [("browser", 2), ("os", 2), ("rare", 1)]);
        let (columns, rest) = tags.split(&["browser", "device"]);
        assert_eq!(values(&columns[0]), [Some("Firefox"), None, None, Some("Safari")]);
        assert_eq!(values(&columns[1]), [None; 4]);
        assert_eq!(rest.by_frequency(), [("os", 2), ("rare", 1)]);

        let [browser, _] = columns.try_into().expect("two columns");
        let joined = Tags::join(&[("browser".to_owned(), browser)], &rest);
        assert_eq!(joined.by_frequency(), tags.by_frequency());
        let (columns, rest) = joined.split(&["os", "browser", "rare"]);
        assert!(rest.is_empty());
        assert_eq!(values(&columns[0]), [Some("Linux"), None, Some("Linux"), None]);
        assert_eq!(values(&columns[2]), [None, None, None, Some("1")]);
    }

    #[test]
    fn another_order_leaves_out_what_nobody_has() {
        let ordered = tags().in_order(&[3, 2]);
        assert_eq!(ordered.by_frequency(), [("browser", 1), ("os", 1), ("rare", 1)]);
        let (columns, _) = ordered.split(&["browser", "os"]);
        assert_eq!(values(&columns[0]), [Some("Safari"), None]);
        assert_eq!(columns[0].values.len(), 1);
        assert_eq!(values(&columns[1]), [None, Some("Linux")]);
    }
}
