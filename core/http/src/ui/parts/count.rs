//! Counts as people read them: `1.2k`, with the exact number behind it.

use std::fmt;

use askama::filters::HtmlSafe;

/// A number, short where it is long.
pub(crate) struct Count(pub(crate) i64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0;
        let (scale, unit) = match number.unsigned_abs() {
            0..10_000 => return write!(f, "{number}"),
            10_000..1_000_000 => (1_000.0, "k"),
            1_000_000..1_000_000_000 => (1_000_000.0, "m"),
            _ => (1_000_000_000.0, "bn"),
        };
        let short = number as f64 / scale;
        let digits = usize::from(short.abs() < 99.95);
        write!(f, r#"<span title="{number}">{short:.digits$}{unit}</span>"#)
    }
}

impl HtmlSafe for Count {}

/// A number of bytes: `1.4 MB`.
pub(crate) struct Bytes(pub(crate) i64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ..1_000 => write!(f, "{} bytes", self.0),
            1_000..1_000_000 => write!(f, "{:.1} kB", self.0 as f64 / 1e3),
            _ => write!(f, "{:.1} MB", self.0 as f64 / 1e6),
        }
    }
}

impl HtmlSafe for Bytes {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_short_and_keep_the_exact_one() {
        assert_eq!(Count(9_999).to_string(), "9999");
        assert_eq!(Count(12_345).to_string(), r#"<span title="12345">12.3k</span>"#);
        assert_eq!(
            Count(5_000_000).to_string(),
            r#"<span title="5000000">5.0m</span>"#
        );
        assert_eq!(Count(999_999).to_string(), r#"<span title="999999">1000k</span>"#);
        assert_eq!(Bytes(1_536).to_string(), "1.5 kB");
    }
}
