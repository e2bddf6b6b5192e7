//! Text, numbers, truth values and times: each reads itself from any scalar.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Field, Text, skip_map, skip_seq};
use crate::event::Moment;

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
scalar_field!(Text<'de>, i64, f64, bool, Moment);

impl<'de> Scalar<'de> for Moment {
    fn text(text: Text<'de>) -> Option<Self> {
        Moment::parse(&text)
    }
    fn int(value: i64) -> Option<Self> {
        Moment::from_seconds(value as f64)
    }
    fn float(value: f64) -> Option<Self> {
        Moment::from_seconds(value)
    }
}
