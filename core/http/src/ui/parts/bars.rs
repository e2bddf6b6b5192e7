//! Bar charts as inline SVG, with their story told in words for who cannot see them.

use std::fmt;

use askama::filters::HtmlSafe;

/// Width and height of one bar's slot, in the picture's own units.
const SLOT: i64 = 10;
const HEIGHT: i64 = 40;
/// The count that fills the picture at least.
const LEAST_TOP: i64 = 4;

/// Events over time, one bar for each stretch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bars {
    values: Vec<i64>,
    /// `24 hours`: what the bars cover, for the text.
    span: &'static str,
    is_tall: bool,
}

impl Bars {
    /// A small one, for lists.
    pub(crate) fn small(values: Vec<i64>, span: &'static str) -> Self {
        Bars {
            values,
            span,
            is_tall: false,
        }
    }

    /// A tall one, for a page of its own.
    pub(crate) fn tall(values: Vec<i64>, span: &'static str) -> Self {
        Bars {
            values,
            span,
            is_tall: true,
        }
    }

    /// The sum of all bars.
    pub(crate) fn total(&self) -> i64 {
        self.values.iter().sum()
    }

    /// The highest bar.
    pub(crate) fn peak(&self) -> i64 {
        self.values.iter().copied().max().unwrap_or(0)
    }
}

impl fmt::Display for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peak = self.peak();
        let width = SLOT * self.values.len().max(1) as i64;
        let class = if self.is_tall { "bars tall" } else { "bars" };
        let (total, span) = (self.total(), self.span);
        let events = if total == 1 { "event" } else { "events" };
        write!(
            f,
            r#"<svg class="{class}" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{total} {events} in {span}, at most {peak} in one bar">"#
        )?;
        // A handful of events is no mountain.
        let top = peak.max(LEAST_TOP);
        for (at, &value) in self.values.iter().enumerate() {
            let x = SLOT * at as i64 + 1;
            if value <= 0 {
                write!(
                    f,
                    r#"<rect class="rest" x="{x}" y="38.5" width="8" height="1.5"/>"#
                )?;
                continue;
            }
            // Never so low that it looks like nothing.
            let height = (value as f64 / top as f64 * HEIGHT as f64).max(3.0);
            let y = HEIGHT as f64 - height;
            write!(
                f,
                r#"<rect x="{x}" y="{y:.1}" width="8" height="{height:.1}"><title>{value}</title></rect>"#
            )?;
        }
        f.write_str("</svg>")
    }
}

impl HtmlSafe for Bars {}

/// A part of a whole, as a bar.
pub(crate) struct Share {
    part: i64,
    whole: i64,
}

impl Share {
    /// `part` of `whole`.
    pub(crate) fn of(part: i64, whole: i64) -> Self {
        Share { part, whole }
    }

    /// In percent, rounded; what is there at all is never 0.
    pub(crate) fn percent(&self) -> i64 {
        if self.part <= 0 || self.whole <= 0 {
            return 0;
        }
        let percent = (self.part as f64 * 100.0 / self.whole as f64).round() as i64;
        percent.clamp(1, 100)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.percent();
        write!(
            f,
            r#"<svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width="{width}" height="4"/></svg>"#
        )
    }
}

impl HtmlSafe for Share {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_fills_the_picture_and_the_text_tells_the_story() {
        let svg = Bars::small(vec![0, 5, 10], "24 hours").to_string();
        assert!(
            svg.contains(r#"aria-label="15 events in 24 hours, at most 10 in one bar""#),
            "{svg}"
        );
        assert!(svg.contains(r#"y="0.0" width="8" height="40.0""#), "{svg}");
        assert!(svg.contains(r#"y="20.0" width="8" height="20.0""#), "{svg}");
    }

    #[test]
    fn a_share_that_is_there_is_never_nothing() {
        assert_eq!(Share::of(1, 100_000).percent(), 1);
        assert_eq!(Share::of(0, 10).percent(), 0);
        assert_eq!(Share::of(3, 0).percent(), 0);
        assert_eq!(Share::of(2, 3).percent(), 67);
    }
}
