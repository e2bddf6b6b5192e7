//! The filters of the templates: `{{ issue.last_seen|ago(page.now) }}`, `{{ "copy"|icon }}`.

#![expect(
    unreachable_pub,
    reason = "the attribute that makes a filter writes `pub` where it should not"
)]

use std::fmt::{self, Display};

use askama::filters::HtmlSafe;
use askama::{Result, Values};
use errand_model::Timestamp;

use super::bars::Share;
use super::count::{Bytes, Count};
use super::when::When;
use crate::ui::assets;

/// A value that a template has in its hands, however many references deep.
pub(crate) trait Held<T> {
    /// The value.
    fn held(&self) -> T;
}

impl Held<i64> for i64 {
    fn held(&self) -> i64 {
        *self
    }
}

impl Held<Timestamp> for Timestamp {
    fn held(&self) -> Timestamp {
        *self
    }
}

impl<T, H: Held<T> + ?Sized> Held<T> for &H {
    fn held(&self) -> T {
        (**self).held()
    }
}

/// An icon of `assets/icons.svg`, for the eye only.
pub(crate) struct Icon(&'static str);

impl Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sprite, name) = (&assets::urls().icons, self.0);
        write!(
            f,
            r##"<svg class="icon" aria-hidden="true"><use href="{sprite}#{name}"/></svg>"##
        )
    }
}

impl HtmlSafe for Icon {}

/// Draws an icon.
#[askama::filter_fn]
pub(crate) fn icon(name: &'static str, _: &dyn Values) -> Result<Icon> {
    Ok(Icon(name))
}

/// How long before `now`.
#[askama::filter_fn]
pub(crate) fn ago<T: Held<Timestamp>>(at: T, _: &dyn Values, now: &Timestamp) -> Result<When> {
    Ok(When::relative(at.held(), *now))
}

/// The date and time.
#[askama::filter_fn]
pub(crate) fn exact<T: Held<Timestamp>>(at: T, _: &dyn Values) -> Result<When> {
    Ok(When::exact(at.held()))
}

/// A count, short where it is long.
#[askama::filter_fn]
pub(crate) fn count<T: Held<i64>>(number: T, _: &dyn Values) -> Result<Count> {
    Ok(Count(number.held()))
}

/// A number of bytes.
#[askama::filter_fn]
pub(crate) fn bytes<T: Held<i64>>(number: T, _: &dyn Values) -> Result<Bytes> {
    Ok(Bytes(number.held()))
}

/// A part of a whole, as a bar.
#[askama::filter_fn]
pub(crate) fn share<T: Held<i64>>(part: T, _: &dyn Values, whole: &i64) -> Result<Share> {
    Ok(Share::of(part.held(), *whole))
}

/// A part of a whole, in percent.
#[askama::filter_fn]
pub(crate) fn percent<T: Held<i64>>(part: T, _: &dyn Values, whole: &i64) -> Result<i64> {
    Ok(Share::of(part.held(), *whole).percent())
}
