//! One property of many facts: every value once, and which of them each fact has.

use super::bytes::{Reader, TIGHT, broken, expand, put, put_signed, put_text, squeeze};
use crate::Result;

/// One property of many facts. A fact's code is the place of its value in `values`.
#[derive(Clone, Debug)]
pub(super) struct Column<V> {
    pub(super) codes: Vec<u32>,
    pub(super) values: V,
}

impl<V> Column<V> {
    /// A column of `facts` facts, none of which has a value.
    pub(super) fn with_missing(facts: usize, values: V) -> Self {
        Column {
            codes: vec![0; facts],
            values,
        }
    }
}

/// Values that a column can have.
pub(super) trait Values: Default {
    /// Codes from here on name a value; below is the code of facts without one.
    const FIRST: u32;

    /// How many values there are.
    fn len(&self) -> usize;
    fn write(&self, to: &mut Vec<u8>);
    fn read(from: &mut Reader<'_>) -> Result<Self>;
}

/// Texts side by side. Code 0 stands for none.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Appends a text, and answers its code.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        self.all.push_str(text);
        self.ends.push(self.all.len() as u32);
        self.ends.len() as u32
    }

    /// The text of a code; none for 0.
    pub(super) fn get(&self, code: u32) -> Option<&str> {
        let at = (code as usize).checked_sub(1)?;
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.all.get(begin as usize..*self.ends.get(at)? as usize)
    }
}

impl Values for Texts {
    const FIRST: u32 = 1;

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn write(&self, to: &mut Vec<u8>) {
        put(to, self.len() as u64);
        for code in 1..=self.len() as u32 {
            put_text(to, self.get(code).unwrap_or_default());
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let mut texts = Texts::default();
        for _ in 0..from.count()? {
            texts.push(from.text()?);
        }
        Ok(texts)
    }
}

/// Ids of users. Code 0 stands for none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Users(pub(super) Vec<i64>);

impl Users {
    /// The user of a code; none for 0.
    pub(super) fn get(&self, code: u32) -> Option<i64> {
        self.0.get((code as usize).checked_sub(1)?).copied()
    }
}

impl Values for Users {
    const FIRST: u32 = 1;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn write(&self, to: &mut Vec<u8>) {
        put(to, self.len() as u64);
        self.0
            .iter()
            .for_each(|user| to.extend_from_slice(&user.to_le_bytes()));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let count = from.count()?;
        let users = (0..count).map(|_| from.long());
        Ok(Users(users.collect::<Result<_>>()?))
    }
}

/// Why a fact is an issue's: the issue that it was stored with, and the hash that decided so, by which it may be taken
/// out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Cause {
    pub(super) issue: i64,
    pub(super) hash: [u8; 16],
}

/// Causes; every fact has one.
#[derive(Clone, Debug, Default)]
pub(super) struct Causes(pub(super) Vec<Cause>);

impl Values for Causes {
    const FIRST: u32 = 0;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn write(&self, to: &mut Vec<u8>) {
        put(to, self.len() as u64);
        for cause in &self.0 {
            to.extend_from_slice(&cause.issue.to_le_bytes());
            to.extend_from_slice(&cause.hash);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let count = from.count()?;
        let read = |_| {
            Ok(Cause {
                issue: from.long()?,
                hash: from.take(16)?.try_into().map_err(|_| broken())?,
            })
        };
        Ok(Causes((0..count).map(read).collect::<Result<_>>()?))
    }
}

impl<V: Values> Column<V> {
    /// The column as it is stored.
    pub(super) fn store(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.codes.len() + 1_024);
        self.values.write(&mut bytes);
        put(&mut bytes, self.codes.len() as u64);
        let width = width(self.values.len() + V::FIRST as usize);
        for code in &self.codes {
            bytes.extend_from_slice(&code.to_le_bytes()[..width]);
        }
        squeeze(&bytes, TIGHT)
    }

    /// Reads what was stored.
    pub(super) fn load(stored: &[u8]) -> Result<Self> {
        let bytes = expand(stored)?;
        let mut reader = Reader(&bytes);
        let values = V::read(&mut reader)?;
        let facts = usize::try_from(reader.number()?).map_err(|_| broken())?;
        let end = values.len() + V::FIRST as usize;
        let width = width(end);
        let raw = reader.take(facts.checked_mul(width).ok_or_else(broken)?)?;
        let codes: Vec<u32> = match width {
            1 => raw.iter().map(|byte| u32::from(*byte)).collect(),
            2 => {
                let pairs = raw.as_chunks::<2>().0.iter();
                pairs.map(|pair| u32::from(u16::from_le_bytes(*pair))).collect()
            }
            3 => {
                let triples = raw.as_chunks::<3>().0.iter();
                triples
                    .map(|[a, b, c]| u32::from_le_bytes([*a, *b, *c, 0]))
                    .collect()
            }
            _ => {
                let words = raw.as_chunks::<4>().0.iter();
                words.map(|word| u32::from_le_bytes(*word)).collect()
            }
        };
        if codes.iter().max().is_some_and(|highest| *highest as usize >= end) {
            return Err(broken());
        }
        Ok(Column { codes, values })
    }
}

/// Bytes that a code below `end` takes.
const fn width(end: usize) -> usize {
    match end {
        ..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        0x1_0001..=0x100_0000 => 3,
        _ => 4,
    }
}

/// Numbers of which each is little larger than the one before, as they are stored: by how much.
pub(super) fn store_numbers(numbers: &[i64]) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(numbers.len() * 3);
    write_numbers(numbers, &mut bytes);
    squeeze(&bytes, TIGHT)
}

/// Reads what [`store_numbers`] stored.
pub(super) fn load_numbers(stored: &[u8]) -> Result<Vec<i64>> {
    let bytes = expand(stored)?;
    read_numbers(&mut Reader(&bytes))
}

pub(super) fn write_numbers(numbers: &[i64], to: &mut Vec<u8>) {
    put(to, numbers.len() as u64);
    let mut before = 0_i64;
    for number in numbers {
        put_signed(to, number.wrapping_sub(before));
        before = *number;
    }
}

pub(super) fn read_numbers(from: &mut Reader<'_>) -> Result<Vec<i64>> {
    let count = from.count()?;
    let mut number = 0_i64;
    let mut numbers = Vec::with_capacity(count);
    for _ in 0..count {
        number = number.wrapping_add(from.signed()?);
        numbers.push(number);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_back_whatever_their_width() {
        for values in [0, 1, 255, 256, 70_000] {
            let mut texts = Texts::default();
            (0..values).for_each(|value| {
                texts.push(&value.to_string());
            });
            let codes: Vec<u32> = (0..=values).chain([0, values]).collect();
            let column = Column { codes, values: texts };
            let loaded: Column<Texts> = Column::load(&column.store().expect("store")).expect("load");
            assert_eq!(loaded.codes, column.codes);
            assert_eq!(loaded.values.get(values), column.values.get(values));
            assert_eq!(loaded.values.get(0), None);
        }
    }

    #[test]
    fn a_code_without_a_value_is_refused() {
        let column = Column {
            codes: vec![2],
            values: Users(vec![7]),
        };
        assert!(Column::<Users>::load(&column.store().expect("store")).is_err());
    }

    #[test]
    fn numbers_come_back() {
        let numbers = [5, 5, 1_790_000_000_000_000, -3, i64::MAX, i64::MIN];
        let stored = store_numbers(&numbers).expect("store");
        assert_eq!(load_numbers(&stored).expect("load"), numbers);
    }
}
