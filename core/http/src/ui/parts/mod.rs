//! Small things that many pages draw: times, counts, bars, icons.
//!
//! Each writes its own HTML from numbers and fixed words alone, so that it may stand in a template unescaped.

pub(crate) mod bars;
mod count;
pub(crate) mod filters;
pub(crate) mod lines;
mod when;

pub(crate) use bars::Bars;
pub(crate) use when::ago;
