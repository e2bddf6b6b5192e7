//! One entry of a list to choose from.

/// What can be chosen, and whether it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What the form sends.
    pub(crate) slug: String,
    /// What people read.
    pub(crate) name: String,
    /// Whether it is the one.
    pub(crate) is_chosen: bool,
}

/// A list of `(slug, name)` to choose from.
pub(crate) fn choices<S: AsRef<str>>(all: impl IntoIterator<Item = (S, S)>, chosen: &str) -> Vec<Choice> {
    let one = |(slug, name): (S, S)| Choice {
        is_chosen: slug.as_ref() == chosen,
        slug: slug.as_ref().to_owned(),
        name: name.as_ref().to_owned(),
    };
    all.into_iter().map(one).collect()
}
