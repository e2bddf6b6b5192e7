//! The macro that declares a record.

/// Declares a record: the names each field has on the wire (the first is the one written), and its type.
macro_rules! record {
    ($(#[$meta:meta])* pub struct $name:ident<$a:lifetime> {
        $($(#[$field_meta:meta])* $first:literal $(| $alias:literal)* => $field:ident: $type:ty,)*
    } $(text $from_text:expr;)? $(at most $max:literal;)?) => {
        $(#[$meta])*
        #[expect(missing_docs, reason = "a field says what Sentry's payload documentation says of its key")]
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name<$a> {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Keys that are not known here, as received.
            pub other: $crate::event::Bag<$a>,
        }

        impl<$a> $crate::event::Record<$a> for $name<$a> {
            $(const MAX_IN_LIST: usize = $max;)?

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
                            self.other.keep(key, value);
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
pub(in crate::event) use record;
