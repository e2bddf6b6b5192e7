//! Every difference between the two databases that shows in SQL.

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.35 or later: one writer at a time, so nothing needs to be locked.
    Sqlite,
    /// PostgreSQL 14 or later: writers meet, and lock rows in the order of their ids.
    Postgres,
}

impl Dialect {
    /// The nth placeholder of a long list. SQLite looks `$12` up by name, which makes a statement of many rows
    /// quadratic, so long lists are numbered by their order there.
    pub(crate) fn placeholder(self, text: &mut String, n: usize) {
        match self {
            Dialect::Sqlite => text.push('?'),
            Dialect::Postgres => {
                text.push('$');
                text.push_str(&n.to_string());
            }
        }
    }

    /// Ends a `SELECT` whose rows are about to be changed: others wait until the transaction ends.
    pub const fn for_update(self) -> &'static str {
        match self {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE",
        }
    }

    /// The same, where `issue` is joined with what need not be held.
    pub(crate) const fn for_update_of_issue(self) -> &'static str {
        match self {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE OF issue",
        }
    }

    /// Ends a `SELECT` of projects whose hashes are about to be read: who changes what the hashes mean
    /// ([`Dialect::for_update`]) waits, other readers and [`Dialect::for_no_key_update`] do not.
    pub(crate) const fn for_key_share(self) -> &'static str {
        match self {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR KEY SHARE",
        }
    }

    /// Ends a `SELECT` of projects that get new issues: one transaction at a time makes issues in a project.
    pub(crate) const fn for_no_key_update(self) -> &'static str {
        match self {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR NO KEY UPDATE",
        }
    }

    /// A condition that `column` contains the pattern in the next placeholder, whatever the case of its letters;
    /// the pattern's own `%`, `_` and `\` are escaped with `\` ([`escape_like`]).
    pub const fn like(self) -> &'static str {
        match self {
            // SQLite's LIKE ignores the case of ASCII letters.
            Dialect::Sqlite => " LIKE ",
            Dialect::Postgres => " ILIKE ",
        }
    }
}

/// `text` as a literal part of a pattern for [`Dialect::like`] with `ESCAPE '\'`.
pub fn escape_like(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
