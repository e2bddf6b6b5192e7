//! What happened before: limits, and a level in one spelling.

use std::borrow::Cow;

use errand_model::Level;
use errand_model::event::Event;

use super::trim::{self, Limit};

/// Breadcrumbs that are kept; the newest.
const MAX_KEPT: usize = 100;

/// Cleans the breadcrumbs.
pub(super) fn clean(event: &mut Event<'_>) {
    let surplus = event.breadcrumbs.len().saturating_sub(MAX_KEPT);
    event.breadcrumbs.drain(..surplus);
    for breadcrumb in event.breadcrumbs.iter_mut() {
        trim::field(&mut breadcrumb.kind, Limit::SHORT);
        trim::field(&mut breadcrumb.category, Limit::USER);
        trim::field(&mut breadcrumb.message, Limit::MESSAGE);
        trim::raw(&mut breadcrumb.data, 2_048);
        let level = breadcrumb.level.as_deref().map(str::parse::<Level>);
        breadcrumb.level = level
            .and_then(Result::ok)
            .map(|level| Cow::Borrowed(level.as_str()));
    }
}
