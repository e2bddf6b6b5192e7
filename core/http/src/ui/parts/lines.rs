//! Curves over time as inline SVG: each has a colour, a dash and its name beside it, so that colours are not needed to tell
//! them apart. The numbers stand in a table behind the picture.

use std::fmt;

use askama::filters::HtmlSafe;

/// The picture, in its own units, and the room for numbers and names around the curves.
const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 214.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;
/// Between two names.
const NAME_HEIGHT: f64 = 15.0;
/// Curves that can be told apart.
pub(crate) const MOST: usize = 8;
/// Letters of a name that fit.
const NAME: usize = 22;
/// Steps of a scale, in tenths.
const ROUND: [i64; 10] = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80];

/// Curves over the same steps of time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    /// What is counted.
    measure: String,
    steps: Vec<String>,
    curves: Vec<(String, Vec<i64>)>,
}

impl Lines {
    /// Of so many curves as can be told apart.
    pub(crate) fn new(measure: &str, steps: Vec<String>, curves: Vec<(String, Vec<i64>)>) -> Self {
        Lines {
            measure: measure.to_owned(),
            steps,
            curves: curves.into_iter().take(MOST).collect(),
        }
    }

    fn top(&self) -> i64 {
        let peak = self.curves.iter().flat_map(|(_, values)| values).max();
        round_up(peak.copied().unwrap_or(0).max(4))
    }

    fn x(&self, at: usize) -> f64 {
        let last = self.steps.len().saturating_sub(1).max(1) as f64;
        LEFT + (WIDTH - LEFT - RIGHT) * at as f64 / last
    }

    fn y(value: i64, top: i64) -> f64 {
        let height = HEIGHT - TOP - BOTTOM;
        TOP + height - height * value as f64 / top as f64
    }

    fn frame(&self, f: &mut fmt::Formatter<'_>, top: i64) -> fmt::Result {
        for part in 0..=4 {
            let value = top * part / 4;
            let (y, end) = (Self::y(value, top), WIDTH - RIGHT);
            write!(f, r#"<path class="grid" d="M{LEFT} {y:.1}H{end}"/>"#)?;
            let (x, y) = (LEFT - 6.0, y + 4.0);
            write!(f, r#"<text class="number" x="{x}" y="{y:.1}">{value}</text>"#)?;
        }
        let last = self.steps.len().saturating_sub(1);
        let shown = [(0, "start"), (last / 2, "middle"), (last, "end")];
        for (nth, (at, anchor)) in shown.into_iter().enumerate() {
            if nth > 0 && (last < 2 && at < last || at == 0) {
                continue;
            }
            if let Some(step) = self.steps.get(at) {
                let (x, y) = (self.x(at), HEIGHT - 6.0);
                write!(f, r#"<text text-anchor="{anchor}" x="{x:.1}" y="{y}">"#)?;
                escaped(f, step)?;
                f.write_str("</text>")?;
            }
        }
        Ok(())
    }

    /// Where the names stand: beside the ends of their curves, and not on each other.
    fn places(&self, top: i64) -> Vec<f64> {
        let ends = self
            .curves
            .iter()
            .map(|(_, values)| values.last().copied().unwrap_or(0));
        let mut order: Vec<(f64, usize)> = ends.map(|end| Self::y(end, top) + 4.0).zip(0..).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut before = f64::MIN;
        for (y, _) in &mut order {
            *y = y.max(before + NAME_HEIGHT);
            before = *y;
        }
        let over = (before - (HEIGHT - 4.0)).max(0.0);
        let mut places = vec![0.0; self.curves.len()];
        // What is pushed out below moves up with those above it.
        let mut limit = HEIGHT - 4.0;
        for (y, at) in order.into_iter().rev() {
            places[at] = if over > 0.0 { y.min(limit) } else { y };
            limit = places[at] - NAME_HEIGHT;
        }
        places
    }

    fn story(&self) -> String {
        let names: Vec<&str> = self.curves.iter().map(|(name, _)| name.as_str()).collect();
        let (first, last) = (self.steps.first(), self.steps.last());
        let span = first
            .zip(last)
            .map(|(first, last)| format!(" from {first} to {last}"));
        let of = if names.is_empty() {
            String::new()
        } else {
            format!(": {}", names.join(", "))
        };
        format!(
            "{} over time{}{of}. The numbers stand in the table below.",
            self.measure,
            span.unwrap_or_default()
        )
    }
}

/// A number that a quarter of is round, and that is not below.
fn round_up(value: i64) -> i64 {
    let tenths = value.saturating_mul(10).div_euclid(4);
    let mut unit = 1;
    loop {
        let round = ROUND.into_iter().map(|round| round * unit);
        if let Some(quarter) = round
            .filter(|round| round % 10 == 0)
            .find(|round| *round >= tenths)
        {
            return 4 * quarter / 10;
        }
        unit *= 10;
    }
}

fn escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for c in text.chars() {
        match c {
            '&' => f.write_str("&amp;")?,
            '<' => f.write_str("&lt;")?,
            '>' => f.write_str("&gt;")?,
            '"' => f.write_str("&quot;")?,
            c => write!(f, "{c}")?,
        }
    }
    Ok(())
}

fn clipped(name: &str) -> String {
    match name.chars().count() > NAME {
        true => name.chars().take(NAME - 1).chain(['…']).collect(),
        false => name.to_owned(),
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let top = self.top();
        write!(
            f,
            r#"<svg class="lines-chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label=""#
        )?;
        escaped(f, &self.story())?;
        f.write_str("\">")?;
        self.frame(f, top)?;
        let places = self.places(top);
        for (nth, (name, values)) in self.curves.iter().enumerate() {
            write!(f, r#"<g class="curve c{nth}">"#)?;
            match values.as_slice() {
                [only] => {
                    let (x, y) = (self.x(0), Self::y(*only, top));
                    write!(f, r#"<circle cx="{x:.1}" cy="{y:.1}" r="4"/>"#)?;
                }
                values => {
                    f.write_str(r#"<path class="line" d=""#)?;
                    for (at, value) in values.iter().enumerate() {
                        let (to, x, y) = (if at == 0 { 'M' } else { 'L' }, self.x(at), Self::y(*value, top));
                        write!(f, "{to}{x:.1} {y:.1}")?;
                    }
                    f.write_str("\"/>")?;
                }
            }
            let (x, y) = (WIDTH - RIGHT + 10.0, places[nth]);
            write!(f, r#"<path class="line" d="M{x:.1} {0:.1}h22"/>"#, y - 4.0)?;
            write!(f, r#"<text x="{:.1}" y="{y:.1}"><title>"#, x + 28.0)?;
            escaped(f, name)?;
            f.write_str("</title>")?;
            escaped(f, &clipped(name))?;
            f.write_str("</text></g>")?;
        }
        f.write_str("</svg>")
    }
}

impl HtmlSafe for Lines {}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(curves: usize) -> Lines {
        let curve = |nth: usize| (format!("<{nth}>"), vec![nth as i64, 10]);
        let steps = ["2026-11-28", "2026-11-29"].map(str::to_owned).to_vec();
        Lines::new("users", steps, (0..curves).map(curve).collect())
    }

    #[test]
    fn curves_have_names_that_are_text_and_do_not_lie_on_each_other() {
        let lines = lines(12);
        let svg = lines.to_string();
        assert!(svg.contains("&lt;3&gt;") && !svg.contains("<3>"), "{svg}");
        assert_eq!(svg.matches(r#"<g class="curve"#).count(), MOST);
        let mut places = lines.places(lines.top());
        places.sort_by(f64::total_cmp);
        assert!(
            places
                .windows(2)
                .all(|pair| pair[1] - pair[0] >= NAME_HEIGHT - 0.01),
            "{places:?}"
        );
        assert!(places.last().is_some_and(|last| *last <= HEIGHT), "{places:?}");
    }

    #[test]
    fn the_scale_is_round() {
        for (value, top) in [(4, 4), (5, 8), (13, 16), (41, 48), (128, 160), (9_999, 10_000)] {
            assert_eq!(round_up(value), top, "{value}");
        }
    }

    #[test]
    fn nothing_at_all_is_a_picture_too() {
        assert!(Lines::default().to_string().ends_with("</svg>"));
    }
}
