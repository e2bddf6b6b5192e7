//! Maps of raw values, maps of text, lists of text.

use std::borrow::Cow;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::{Field, Raw, Seed, Text, shape_defaults, skip_map, skip_seq};

/// Keys that a bag keeps; the rest is dropped.
const MAX_KEYS: usize = 1_000;

/// Texts that a list keeps; the rest is dropped.
const MAX_TEXTS: usize = 1_000;

/// Keys that no known field claims, and named bags such as `contexts` and `extra`, in the order received.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bag<'a>(pub Vec<(Text<'a>, Raw<'a>)>);

impl<'a> Bag<'a> {
    /// The first value under `key`.
    pub fn get(&self, key: &str) -> Option<&Raw<'a>> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// Whether `key` is there.
    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Adds a value, unless the bag is full.
    pub(in crate::event) fn keep(&mut self, key: Text<'a>, value: Raw<'a>) {
        if self.0.len() < MAX_KEYS {
            self.0.push((key, value));
        }
    }

    /// Adds or replaces the value under `key`.
    pub fn set(&mut self, key: impl Into<Text<'a>>, value: Raw<'a>) {
        let key = key.into();
        match self.0.iter_mut().find(|(name, _)| *name == key) {
            Some((_, slot)) => *slot = value,
            None => self.0.push((key, value)),
        }
    }
}

/// Text pairs sent as a map or as a list of pairs: tags, headers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairs<'a>(pub Vec<(Text<'a>, Text<'a>)>);

impl<'a> Pairs<'a> {
    /// The first value under exactly `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_ref())
    }

    /// The first value under `key`, in whatever case (HTTP headers).
    pub fn get_ignoring_case(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.as_ref())
    }
}

struct BagVisitor;

impl<'de> Visitor<'de> for BagVisitor {
    type Value = Bag<'de>;
    shape_defaults!(Bag::default());
    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Bag::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        skip_seq(seq)?;
        Ok(Bag::default())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut bag = Bag::default();
        while let Some(key) = map.next_key_seed(Seed::<Option<Text<'de>>>::new())? {
            let value = map.next_value_seed(Seed::<Option<Raw<'de>>>::new())?;
            if let (Some(key), Some(value)) = (key, value) {
                bag.0.push((key, value));
            }
            if bag.0.len() == MAX_KEYS {
                skip_map(map)?;
                break;
            }
        }
        Ok(bag)
    }
}

impl<'de> Field<'de> for Bag<'de> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BagVisitor)
    }
    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Bag<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs<'de>;
    shape_defaults!(Pairs::default());
    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Pairs::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Pairs::default();
        while let Some(pair) = seq.next_element_seed(Seed::<Vec<Option<Text<'de>>>>::new())? {
            let mut pair = pair.into_iter();
            if let (Some(Some(key)), Some(Some(value))) = (pair.next(), pair.next()) {
                pairs.0.push((key, value));
            }
            if pairs.0.len() == MAX_KEYS {
                skip_seq(seq)?;
                break;
            }
        }
        Ok(pairs)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Pairs::default();
        while let Some(key) = map.next_key_seed(Seed::<Option<Text<'de>>>::new())? {
            let value = map.next_value_seed(Seed::<Option<Text<'de>>>::new())?;
            if let (Some(key), Some(value)) = (key, value) {
                pairs.0.push((key, value));
            }
            if pairs.0.len() == MAX_KEYS {
                skip_map(map)?;
                break;
            }
        }
        Ok(pairs)
    }
}

impl<'de> Field<'de> for Pairs<'de> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor)
    }
    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for pair in &self.0 {
            seq.serialize_element(pair)?;
        }
        seq.end()
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Vec<Option<Text<'de>>>;
    shape_defaults!(Vec::new());
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(vec![Some(Cow::Borrowed(text))])
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(vec![Some(Cow::Owned(text.to_owned()))])
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = seq.next_element_seed(Seed::<Option<Text<'de>>>::new())? {
            texts.push(text);
            if texts.len() == MAX_TEXTS {
                skip_seq(seq)?;
                break;
            }
        }
        Ok(texts)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        skip_map(map)?;
        Ok(Vec::new())
    }
}

/// Source lines, fingerprints: `null` in a list keeps its place.
impl<'de> Field<'de> for Vec<Option<Text<'de>>> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}
