//! Reading what SDKs send without ever failing on its shape.
//!
//! An SDK's event is taken as it comes: a field of the wrong type reads as absent, a number where text is
//! wanted reads as text, and a key that nobody knows is kept beside the known ones. Only broken JSON is an
//! error. Strings are borrowed from the input wherever they hold no escape.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

/// Text borrowed from the input, or owned where it was escaped or changed.
pub type Text<'a> = Cow<'a, str>;

/// A JSON value kept as its text: bags that only people read are not parsed on the way in.
#[derive(Clone, Debug)]
pub struct Raw<'a>(pub Cow<'a, RawValue>);

impl<'a> Raw<'a> {
    /// The JSON text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// The value as JSON; what is not valid (it always is, when it came from a parser) reads as null.
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_str(self.get()).unwrap_or_default()
    }

    /// Keeps `value`.
    pub fn from_value(value: &serde_json::Value) -> Self {
        let text = serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Raw(Cow::Owned(text))
    }

    /// The same, owning its text.
    pub fn into_owned(self) -> Raw<'static> {
        Raw(Cow::Owned(self.0.into_owned()))
    }
}

impl PartialEq for Raw<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().serialize(serializer)
    }
}

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

/// A record with known fields and a bag for the rest. Written by the `record!` macro.
pub trait Record<'de>: Default {
    /// Reads the value of `key` from `map` into its field, or keeps it among the unknown ones.
    fn read_key<A: MapAccess<'de>>(&mut self, key: Text<'de>, map: &mut A) -> Result<(), A::Error>;

    /// What bare text in place of the record means; nothing, for most.
    fn from_text(_text: Text<'de>) -> Option<Self> {
        None
    }
}

/// A type that reads itself from any JSON value without failing, and knows when it is absent.
pub trait Field<'de>: Sized {
    /// Reads the value, as absent where its type is wrong.
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
    /// Whether writing it would say nothing.
    fn is_absent(&self) -> bool;
}

/// Hands a `Field` to serde's access traits.
pub(super) struct Seed<T>(PhantomData<T>);

impl<T> Seed<T> {
    pub(super) fn new() -> Self {
        Seed(PhantomData)
    }
}

impl<'de, T: Field<'de>> DeserializeSeed<'de> for Seed<T> {
    type Value = T;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read(deserializer)
    }
}

/// Reads the rest of a list whose content is not wanted.
fn skip_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// What a scalar of any type becomes; lists and maps are skipped.
trait Scalar<'de>: Sized {
    fn text(text: Text<'de>) -> Option<Self>;
    fn int(value: i64) -> Option<Self>;
    fn float(value: f64) -> Option<Self>;
    fn bool(_value: bool) -> Option<Self> {
        None
    }
}

struct ScalarVisitor<T>(PhantomData<T>);

impl<'de, T: Scalar<'de>> Visitor<'de> for ScalarVisitor<T> {
    type Value = Option<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }
    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(T::text(Cow::Owned(text)))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(T::int(value))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| T::float(value as f64), T::int))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(T::float(value))
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(T::bool(value))
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        skip_seq(seq)?;
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        skip_map(map)?;
        Ok(None)
    }
}

impl<'de> Scalar<'de> for Text<'de> {
    fn text(text: Text<'de>) -> Option<Self> {
        Some(text)
    }
    fn int(value: i64) -> Option<Self> {
        Some(Cow::Owned(value.to_string()))
    }
    fn float(value: f64) -> Option<Self> {
        Some(Cow::Owned(value.to_string()))
    }
    fn bool(value: bool) -> Option<Self> {
        Some(Cow::Borrowed(if value { "true" } else { "false" }))
    }
}

impl<'de> Scalar<'de> for i64 {
    fn text(text: Text<'de>) -> Option<Self> {
        text.trim().parse().ok()
    }
    fn int(value: i64) -> Option<Self> {
        Some(value)
    }
    fn float(value: f64) -> Option<Self> {
        Some(value as i64)
    }
}

impl<'de> Scalar<'de> for f64 {
    fn text(text: Text<'de>) -> Option<Self> {
        text.trim().parse().ok()
    }
    fn int(value: i64) -> Option<Self> {
        Some(value as f64)
    }
    fn float(value: f64) -> Option<Self> {
        Some(value)
    }
}

impl<'de> Scalar<'de> for bool {
    fn text(text: Text<'de>) -> Option<Self> {
        match text.as_ref() {
            "true" | "True" | "1" => Some(true),
            "false" | "False" | "0" => Some(false),
            _ => None,
        }
    }
    fn int(value: i64) -> Option<Self> {
        Some(value != 0)
    }
    fn float(_value: f64) -> Option<Self> {
        None
    }
    fn bool(value: bool) -> Option<Self> {
        Some(value)
    }
}

macro_rules! scalar_field {
    ($($scalar:ty),*) => {$(
        impl<'de> Field<'de> for Option<$scalar> {
            fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(ScalarVisitor::<$scalar>(PhantomData))
            }
            fn is_absent(&self) -> bool {
                self.is_none()
            }
        }
    )*};
}
scalar_field!(Text<'de>, i64, f64, bool, super::Moment);

impl<'de> Scalar<'de> for super::Moment {
    fn text(text: Text<'de>) -> Option<Self> {
        super::Moment::parse(&text)
    }
    fn int(value: i64) -> Option<Self> {
        super::Moment::from_seconds(value as f64)
    }
    fn float(value: f64) -> Option<Self> {
        super::Moment::from_seconds(value)
    }
}

impl<'de> Field<'de> for Option<Raw<'de>> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Ok((raw.get() != "null").then_some(Raw(Cow::Borrowed(raw))))
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// Visits a value that should be a map; other shapes go to `absent`.
macro_rules! shape_defaults {
    ($absent:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any value")
        }
        fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok($absent)
        }
        fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
            Ok($absent)
        }
        fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok($absent)
        }
        fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok($absent)
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok($absent)
        }
        fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
            Ok($absent)
        }
    };
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
        }
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

/// Declares a record: the names each field has on the wire (the first is the one written), and its type.
macro_rules! record {
    ($(#[$meta:meta])* pub struct $name:ident<$a:lifetime> {
        $($(#[$field_meta:meta])* $first:literal $(| $alias:literal)* => $field:ident: $type:ty,)*
    } $(text $from_text:expr;)?) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name<$a> {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Keys that are not known here, as received.
            pub other: $crate::event::Bag<$a>,
        }

        impl<$a> $crate::event::Record<$a> for $name<$a> {
            fn read_key<A: serde::de::MapAccess<$a>>(
                &mut self,
                key: $crate::event::Text<$a>,
                map: &mut A,
            ) -> Result<(), A::Error> {
                use $crate::event::read::Seed;
                match key.as_ref() {
                    $($first $(| $alias)* => {
                        let value: $type = map.next_value_seed(Seed::new())?;
                        if !$crate::event::Field::is_absent(&value) {
                            self.$field = value;
                        }
                    })*
                    _ => {
                        if let Some(value) = map.next_value_seed(Seed::<Option<$crate::event::Raw<$a>>>::new())? {
                            self.other.0.push((key, value));
                        }
                    }
                }
                Ok(())
            }
            $(fn from_text(text: $crate::event::Text<$a>) -> Option<Self> {
                ($from_text)(text)
            })?
        }

        impl serde::Serialize for $name<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $(if !$crate::event::Field::is_absent(&self.$field) {
                    map.serialize_entry($first, &self.$field)?;
                })*
                for (key, value) in &self.other.0 {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    };
}
pub(super) use record;
