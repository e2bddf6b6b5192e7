//! Patterns of paths and names: `*` within a part, `**` across parts.

/// A pattern.
#[derive(Clone, Debug)]
pub(super) struct Glob(String);

impl Glob {
    pub(super) fn new(pattern: &str) -> Self {
        Glob(pattern.replace('\\', "/"))
    }

    /// Whether a name is like it, whatever the case of its letters; `*` is any text.
    pub(super) fn fits(&self, text: &str) -> bool {
        let (pattern, text) = (self.0.to_lowercase(), text.to_lowercase());
        matches(pattern.as_bytes(), text.as_bytes(), false)
    }

    /// Whether a path is, or ends, like it. A folder stands for all that is in it; `*` stops at a slash.
    pub(super) fn fits_path(&self, path: &str) -> bool {
        let path = path.replace('\\', "/").to_lowercase();
        let pattern = self.0.to_lowercase();
        let is_rooted = pattern.starts_with('/');
        let pattern = pattern.trim_start_matches('/');
        let pattern = match pattern.strip_suffix('/') {
            Some(folder) => format!("{folder}/**"),
            None => pattern.to_owned(),
        };
        let path = path.trim_start_matches(['/', '.']);
        let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
        // A program that was built elsewhere names its files by longer paths.
        let mut starts = starts.take(if is_rooted { 1 } else { 64 });
        let within = format!("{pattern}/**");
        starts.any(|start| {
            let rest = &path.as_bytes()[start..];
            matches(pattern.as_bytes(), rest, true) || matches(within.as_bytes(), rest, true)
        })
    }
}

/// The classic walk with one place to go back to for each kind of star: no pattern takes longer than its length times the
/// text's.
fn matches(pattern: &[u8], text: &[u8], is_path: bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    let mut double: Option<(usize, usize)> = None;
    loop {
        if p < pattern.len() && pattern[p..].starts_with(b"**") {
            p += 2;
            // `**/` is also no folder at all.
            if is_path && pattern.get(p) == Some(&b'/') {
                p += 1;
            }
            double = Some((p, t));
            star = None;
        } else if pattern.get(p) == Some(&b'*') {
            p += 1;
            star = Some((p, t));
        } else if t < text.len()
            && p < pattern.len()
            && (pattern[p] == text[t] || (pattern[p] == b'?' && text[t] != b'/'))
        {
            (p, t) = (p + 1, t + 1);
        } else if t == text.len() && p == pattern.len() {
            return true;
        } else if let Some((after, from)) =
            star.filter(|(_, from)| *from < text.len() && (!is_path || text[*from] != b'/'))
        {
            star = Some((after, from + 1));
            (p, t) = (after, from + 1);
        } else if let Some((after, from)) = double.filter(|(_, from)| *from < text.len()) {
            double = Some((after, from + 1));
            star = None;
            (p, t) = (after, from + 1);
        } else {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_like_patterns() {
        for (pattern, text, fits) in [
            ("shop.cart.*", "shop.cart.total", true),
            ("shop.cart.*", "shop.cartoon", false),
            ("*/checkout/*", "https://shop.example/checkout/pay", true),
            ("ACME-*", "acme-1", true),
            ("a*b*c", "axxbxxbc", true),
            ("a", "ab", false),
        ] {
            assert_eq!(Glob::new(pattern).fits(text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn paths_are_like_patterns_from_any_folder_on() {
        for (pattern, path, fits) in [
            ("src/payments/*", "/app/src/payments/gateway.py", true),
            ("src/payments/*", "src/payments/deep/gateway.py", true),
            ("src/payments/", "src/payments/deep/gateway.py", true),
            ("src/payments", "src/payments/gateway.py", true),
            ("src/**/gateway.py", "src/a/b/gateway.py", true),
            ("src/**/gateway.py", "src/gateway.py", true),
            ("*.ts", "web/cart/summary.ts", true),
            ("/src/*.ts", "web/src/cart.ts", false),
            ("payments", "src/prepayments/x.py", false),
            ("shop\\pay.cs", "C:\\build\\Shop\\Pay.cs", true),
        ] {
            assert_eq!(Glob::new(pattern).fits_path(path), fits, "{pattern} {path}");
        }
        let evil = "*a".repeat(40);
        assert!(!Glob::new(&evil).fits(&"a".repeat(39)), "and that soon");
    }
}
