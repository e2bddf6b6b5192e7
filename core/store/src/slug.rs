//! Names as they stand in URLs.

/// The longest slug.
const LONGEST: usize = 50;

/// `name` in small letters, digits and hyphens; never empty, and never only digits, which would be read as an id.
pub(crate) fn slug_of(name: &str, otherwise: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if slug.len() >= LONGEST {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        otherwise.to_owned()
    } else if slug.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{otherwise}-{slug}")
    } else {
        slug.to_owned()
    }
}

/// Whether `text` can stand in a URL as it is.
pub(crate) fn is_slug(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && slug_of(text, "x") == text
}

/// `slug`, or the first of `slug-2`, `slug-3`, … that is not among `taken`.
pub(crate) fn free(slug: &str, taken: &[String]) -> String {
    let numbered = |n: usize| {
        if n == 1 {
            slug.to_owned()
        } else {
            format!("{slug}-{n}")
        }
    };
    // One more candidate than there are taken ones: one of them is free.
    (1..=taken.len() + 1)
        .map(numbered)
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_fit_for_urls() {
        for (name, slug) in [
            ("My Shop!", "my-shop"),
            ("  ", "project"),
            ("42", "project-42"),
            ("Ünïcode", "n-code"),
        ] {
            assert_eq!(slug_of(name, "project"), slug, "{name}");
            assert!(is_slug(slug));
        }
        assert!(!is_slug("My Shop") && !is_slug("") && !is_slug("-a") && !is_slug("7"));
    }

    #[test]
    fn a_taken_slug_gets_a_number() {
        let taken = ["shop".to_owned(), "shop-2".to_owned()];
        assert_eq!(free("shop", &taken), "shop-3");
        assert_eq!(free("till", &taken), "till");
    }
}
