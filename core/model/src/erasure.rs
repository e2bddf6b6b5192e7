//! A person whose data is to be erased, as somebody names them.

use serde::{Deserialize, Serialize};

/// Bytes of what a person is named by: no identifier is longer.
const MAX_BYTES: usize = 300;

/// What a person is named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NamedBy {
    /// The program's id for them.
    Id,
    /// Their e-mail address.
    Email,
    /// Their name in the program.
    Username,
    /// The address they came from.
    Ip,
    /// A tag or field by which support finds customers: a licence, an order.
    Identifier,
}

impl NamedBy {
    /// All of them.
    pub const ALL: [NamedBy; 5] = [
        NamedBy::Id,
        NamedBy::Email,
        NamedBy::Username,
        NamedBy::Ip,
        NamedBy::Identifier,
    ];

    /// As forms and the API write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            NamedBy::Id => "id",
            NamedBy::Email => "email",
            NamedBy::Username => "username",
            NamedBy::Ip => "ip",
            NamedBy::Identifier => "identifier",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == name)
    }
}

/// A person, by one of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What it is.
    pub by: NamedBy,
    /// The name itself.
    pub value: String,
}

impl Person {
    /// None for a value that cannot be anybody's.
    pub fn new(by: NamedBy, value: &str) -> Option<Self> {
        let value = value.trim();
        (!value.is_empty() && value.len() <= MAX_BYTES).then(|| Person {
            by,
            value: value.to_owned(),
        })
    }

    /// The value as it may be written: as it stands, in small and in capital letters.
    pub fn spellings(&self) -> Vec<String> {
        let mut all = vec![
            self.value.clone(),
            self.value.to_lowercase(),
            self.value.to_uppercase(),
        ];
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whom it is about, without saying who it is: what stays in logs once they are erased.
    pub fn masked(&self) -> String {
        let first: String = self.value.chars().take(1).collect();
        format!("{} {first}…", self.by.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_says_what_it_is_and_not_who() {
        let person = Person::new(NamedBy::Email, " ada@example.com ").expect("somebody");
        assert_eq!(person.value, "ada@example.com");
        assert_eq!(person.masked(), "email a…");
        assert_eq!(Person::new(NamedBy::Id, "  "), None);
        assert_eq!(Person::new(NamedBy::Id, &"x".repeat(301)), None);
    }
}
