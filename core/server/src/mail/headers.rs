//! Headers that lettre does not have, and text that may stand in one.

use lettre::message::header::{Header, HeaderName, HeaderValue};

/// Characters of a name or a subject.
const MOST: usize = 200;

/// A text of others as a header may have it: on one line, and in the order in which it is written.
pub(super) fn harmless(text: &str) -> String {
    let is_shown = |c: &char| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(is_shown);
    plain.take(MOST).collect::<String>().trim().to_owned()
}

/// Headers that always say the same.
macro_rules! fixed {
    ($($(#[$doc:meta])* $type:ident: $name:literal, $text:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub(super) struct $type;

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok($type)
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), $text.to_owned())
            }
        }
    )*};
}

/// Headers that hub and recipient decide about: addresses in angle brackets.
macro_rules! made {
    ($($(#[$doc:meta])* $type:ident: $name:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub(super) struct $type(pub(super) String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok($type(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    )*};
}

fixed! {
    /// No person wrote it: nothing answers by itself.
    AutoSubmitted: "Auto-Submitted", "auto-generated";
    /// The same, for Exchange.
    AutoResponseSuppress: "X-Auto-Response-Suppress", "All";
    /// Readers may stop it for their user by one request (RFC 8058).
    ListUnsubscribePost: "List-Unsubscribe-Post", "List-Unsubscribe=One-Click";
}

made! {
    /// What people filter by.
    ListId: "List-Id";
    /// Where it is stopped.
    ListUnsubscribe: "List-Unsubscribe";
}
