//! Secrets that show by their own form, wherever they stand in a text.
//!
//! Each kind has a mark that is cheap to look for: a text is searched for a kind only where the mark stands. To add
//! a kind, add a finder and its mark to [`Marks::of`] and [`clean`].

pub(super) mod kinds;
mod numbers;
mod tokens;

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::FILTERED;

/// Parts of a text that are secret.
type Found = Vec<Range<usize>>;

/// Which kinds of secret a text may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    digits: bool,
    at: bool,
    equals: bool,
    bearer: bool,
    jwt: bool,
    pem: bool,
}

static BEARER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("earer "));
static LOUD_BEARER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("EARER "));
static JWT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("eyJ"));
static PEM: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(tokens::PEM_BEGIN));

/// No secret is shorter, and no number of that kind has fewer digits.
const MIN_LENGTH: usize = 9;

impl Marks {
    /// Looks for the marks in `text`.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        if bytes.len() < MIN_LENGTH {
            return Marks::default();
        }
        Marks {
            digits: bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= MIN_LENGTH,
            at: memchr::memchr(b'@', bytes).is_some(),
            equals: memchr::memchr(b'=', bytes).is_some(),
            bearer: BEARER.find(bytes).is_some() || LOUD_BEARER.find(bytes).is_some(),
            jwt: JWT.find(bytes).is_some(),
            pem: PEM.find(bytes).is_some(),
        }
    }

    /// Whether there is any.
    pub(super) fn any(self) -> bool {
        self != Marks::default()
    }
}

/// The text without the secrets in it; none where there is none. `marks` are those of the text, or of one around it.
pub(super) fn clean(text: &str, marks: Marks) -> Option<String> {
    if text.len() < MIN_LENGTH || !marks.any() {
        return None;
    }
    let mut found = Found::new();
    if marks.pem {
        tokens::private_keys(text, &mut found);
    }
    if marks.at {
        tokens::url_credentials(text, &mut found);
    }
    if marks.equals {
        tokens::parameters(text, &mut found);
    }
    if marks.bearer {
        tokens::bearers(text, &mut found);
    }
    if marks.jwt {
        tokens::web_tokens(text, &mut found);
    }
    if marks.digits {
        numbers::find(text, &mut found);
    }
    replace(text, found)
}

fn replace(text: &str, mut found: Found) -> Option<String> {
    if found.is_empty() {
        return None;
    }
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for range in found {
        // What lies in a part that is gone already is gone with it.
        if range.start < copied {
            continue;
        }
        out.push_str(text.get(copied..range.start)?);
        out.push_str(FILTERED);
        copied = range.end;
    }
    out.push_str(text.get(copied..)?);
    Some(out)
}
