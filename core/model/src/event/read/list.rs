//! Records, and lists of them.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Field, Record, Seed, Text, shape_defaults, skip_seq};

/// Records in a list that may come as `[…]`, as `{"values": […]}`, or as a single record.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Vec::new())
    }
}

impl<T> std::ops::Deref for List<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> std::ops::DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

struct RecordVisitor<T>(PhantomData<T>);

impl<'de, T: Record<'de>> Visitor<'de> for RecordVisitor<T> {
    type Value = Option<T>;
    shape_defaults!(None);
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Borrowed(text)))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Owned(text.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        skip_seq(seq)?;
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut record = T::default();
        while let Some(key) = map.next_key_seed(Seed::<Option<Text<'de>>>::new())? {
            record.read_key(key.unwrap_or_default(), &mut map)?;
        }
        Ok(Some(record))
    }
}

impl<'de, T: Record<'de>> Field<'de> for Option<T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RecordVisitor(PhantomData))
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Record<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;
    shape_defaults!(List::default());
    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(List::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut list = List::default();
        while let Some(record) = seq.next_element_seed(Seed::<Option<T>>::new())? {
            list.0.extend(record);
            // Twice the bound, so that a long list moves its tail now and then and not for each record.
            if list.0.len() >= 2 * T::MAX_IN_LIST {
                drop_middle(&mut list.0, T::MAX_IN_LIST);
            }
        }
        drop_middle(&mut list.0, T::MAX_IN_LIST);
        Ok(list)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut list = List::default();
        let mut single = None;
        while let Some(key) = map.next_key_seed(Seed::<Option<Text<'de>>>::new())? {
            match key.unwrap_or_default() {
                key if key == "values" => list = map.next_value_seed(Seed::<List<T>>::new())?,
                key => single.get_or_insert_with(T::default).read_key(key, &mut map)?,
            }
        }
        if list.is_empty() {
            list.0.extend(single);
        }
        Ok(list)
    }
}

impl<'de, T: Record<'de>> Field<'de> for List<T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("values", &self.0)?;
        map.end()
    }
}

/// `frames`: a plain list on the wire, never wrapped in `values`.
impl<'de, T: Record<'de>> Field<'de> for Vec<T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(List::read(deserializer)?.0)
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// Keeps the first and the last records of a list that is too long: what called first, and where it happened.
fn drop_middle<T>(list: &mut Vec<T>, max: usize) {
    if list.len() > max {
        let head = max / 2;
        let tail = max - head;
        list.drain(head..list.len() - tail);
    }
}
