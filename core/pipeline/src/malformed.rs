//! Why an envelope is turned away, in a sentence its sender can act on.

/// An envelope that cannot be taken. Items count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The first line is not what it should be.
    #[error("the envelope header is not valid: {problem}")]
    Header {
        /// What is wrong with it.
        problem: String,
    },
    /// An item's header is not what it should be.
    #[error("the header of item {item} is not valid: {problem}")]
    ItemHeader {
        /// Which item.
        item: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// An item's payload is shorter or longer than its header says.
    #[error("item {item} says it has {length} bytes, but {problem}")]
    Length {
        /// Which item.
        item: usize,
        /// What its header says.
        length: usize,
        /// What is there instead.
        problem: String,
    },
    /// More than one item wants to be the envelope's event.
    #[error("item {item} ({kind}) is a second event; an envelope holds at most one")]
    SecondEvent {
        /// Which item.
        item: usize,
        /// What it is.
        kind: &'static str,
    },
    /// The payload of an event, feedback or security report cannot be read.
    #[error("item {item} ({kind}) cannot be read: {problem}")]
    Payload {
        /// Which item.
        item: usize,
        /// What it is.
        kind: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A body that should become an envelope cannot be read.
    #[error("the {what} cannot be read: {problem}")]
    Body {
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// An item is larger than its kind may be.
    #[error("item {item} ({kind}) has {size} bytes; the limit is {limit}")]
    ItemTooLarge {
        /// Which item.
        item: usize,
        /// What it is.
        kind: &'static str,
        /// Its size in bytes.
        size: usize,
        /// What is allowed, in bytes.
        limit: usize,
    },
    /// There are more items than allowed, of one kind or in all.
    #[error("the envelope holds more than {limit} items of kind '{kind}'")]
    TooManyItems {
        /// Of which kind; `any` for the sum.
        kind: &'static str,
        /// What is allowed.
        limit: usize,
    },
}

impl Malformed {
    /// Whether a limit was passed (413), rather than the form broken (400).
    pub const fn is_too_large(&self) -> bool {
        matches!(
            self,
            Malformed::ItemTooLarge { .. } | Malformed::TooManyItems { .. }
        )
    }
}
