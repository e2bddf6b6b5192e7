//! Whom a comment calls: `@ada`, `@ada@example.com`, `@#payments`.

use std::ops::Range;

/// Mentions of one comment that count.
const MOST: usize = 20;

/// Somebody who is called, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The name after the `@`; `#payments` for a team.
    pub name: String,
    /// Where it stands, the `@` included, in bytes.
    pub at: Range<usize>,
}

impl Mention {
    /// Whether a person of that name and address is meant: by the address, the part before its `@`, or the name without
    /// blanks.
    pub fn means(&self, name: &str, email: &str) -> bool {
        let told = self.name.to_lowercase();
        let email = email.to_lowercase();
        let plain: String = name
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect();
        told == email
            || email.split_once('@').is_some_and(|(local, _)| local == told)
            || (!plain.is_empty() && plain == told.replace(['.', '_', '-'], ""))
    }
}

/// The mentions of a text, in order.
pub fn mentions(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text
        .get(from..)
        .and_then(|rest| rest.find('@'))
        .map(|at| from + at)
    {
        let before = text[..start].chars().next_back();
        let rest = &text[start + 1..];
        let is_part =
            |(at, c): &(usize, char)| c.is_alphanumeric() || "._-@+".contains(*c) || (*at == 0 && *c == '#');
        let length: usize = rest
            .char_indices()
            .take_while(is_part)
            .map(|(_, c)| c.len_utf8())
            .sum();
        // A full stop ends the sentence, not the name.
        let name = rest[..length].trim_end_matches(['.', '-', '@']);
        // `ada@example.com` by itself is an address, and calls nobody.
        let is_word = before.is_none_or(|c| !c.is_alphanumeric());
        if is_word && !name.is_empty() && name != "#" && found.len() < MOST {
            found.push(Mention {
                name: name.to_owned(),
                at: start..start + 1 + name.len(),
            });
        }
        from = start + 1 + length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        mentions(text).into_iter().map(|mention| mention.name).collect()
    }

    #[test]
    fn people_and_teams_are_called() {
        let text = "@ada, ask @bob.";
        assert_eq!(names(text), ["ada", "bob"]);
        assert_eq!(&text[mentions(text)[1].at.clone()], "@bob");
        assert_eq!(
            names("(@ada@example.com) and @#payments!"),
            ["ada@example.com", "#payments"]
        );
        assert_eq!(names("write to ada@example.com"), [""; 0]);
        assert_eq!(names("@ @@ @# é@ü @ü"), ["ü"]);
        assert_eq!(names(&"@a ".repeat(100)).len(), MOST);
    }

    #[test]
    fn a_person_goes_by_address_and_name() {
        for told in ["ada", "ada@example.com", "AdaByron", "ada.byron", "ada_byron"] {
            assert!(
                mentions(&format!("@{told}"))[0].means("Ada Byron", "ada@example.com"),
                "{told}"
            );
        }
        assert!(!mentions("@ad")[0].means("Ada Byron", "ada@example.com"));
    }
}
