//! Reading what SDKs send without ever failing on its shape.
//!
//! An SDK's event is taken as it comes: a field of the wrong type reads as absent, a number where text is
//! wanted reads as text, and a key that nobody knows is kept beside the known ones. Only broken JSON is an
//! error. Strings are borrowed from the input wherever they hold no escape, and every list and bag has a
//! bound: what lies beyond it is dropped while it is read, so that a small body cannot make a large event.

mod bag;
mod flaws;
mod list;
mod raw;
mod record;
mod scalar;

use std::borrow::Cow;
use std::marker::PhantomData;

pub use bag::{Bag, Pairs};
pub use flaws::{Flaw, flaws};
pub use list::List;
pub use raw::{MAX_DEPTH, Raw};
pub(in crate::event) use record::record;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess};

/// Text borrowed from the input, or owned where it was escaped or changed.
pub type Text<'a> = Cow<'a, str>;

/// A record with known fields and a bag for the rest. Written by the `record!` macro.
pub trait Record<'de>: Default {
    /// How many of them a list keeps; a longer one loses its middle.
    const MAX_IN_LIST: usize = 256;

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
pub(in crate::event) struct Seed<T>(PhantomData<T>);

impl<T> Seed<T> {
    pub(in crate::event) fn new() -> Self {
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

/// What a visitor makes of the shapes it does not want: lists and maps aside, they are all `$absent`.
macro_rules! shape_defaults {
    ($absent:expr) => {
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
use shape_defaults;
