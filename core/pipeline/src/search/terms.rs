//! Tokens to conditions: what each key means.

use errand_model::issue::{EventKind, Status, Substatus};
use errand_model::search::{Filter, Owner, Pattern, Term, UserField};
use errand_model::{Level, Timestamp};

use super::error::{Problem, SearchError, quoted};
use super::lex::{Content, Token};
use super::values::{self, Comparison};

const STATES: &str = "unresolved, resolved, archived, ignored, new, ongoing, regressed, escalating, \
    archived_until_escalating, archived_until_condition_met, archived_forever, assigned, unassigned";
const LEVELS: &str = "debug, info, warning, error, fatal";
const PRIORITIES: &str = "low, medium, high";
const KINDS: &str = "default, error, csp, hpkp, expectct, expectstaple, feedback";
const TRUTHS: &str = "true, false";

/// The condition of a token.
pub(super) fn term(token: &Token, now: Timestamp) -> Result<Term, SearchError> {
    let filter = match &token.content {
        Content::Text(text) => Filter::Text(text.clone()),
        Content::Pair {
            key,
            values,
            is_list,
            at,
        } => {
            let pair = Pair {
                key,
                values,
                is_list: *is_list,
                at: *at,
            };
            pair.filter(now)?
        }
    };
    Ok(Term {
        negated: token.negated,
        filter,
    })
}

struct Pair<'t> {
    key: &'t str,
    values: &'t [String],
    is_list: bool,
    at: usize,
}

impl Pair<'_> {
    fn filter(&self, now: Timestamp) -> Result<Filter, SearchError> {
        Ok(match self.key {
            "is" => self.state()?,
            "level" => Filter::Level(self.levels()?),
            "issue.priority" | "priority" => {
                Filter::Priority(self.each(PRIORITIES, |value| value.parse().ok())?)
            }
            "issue.type" | "issue.category" | "type" => Filter::Kind(self.kind()?),
            "firstSeen" | "first_seen" | "age" => Filter::FirstSeen(self.time(now)?),
            "lastSeen" | "last_seen" => Filter::LastSeen(self.time(now)?),
            "timestamp" | "event.timestamp" => Filter::Timestamp(self.time(now)?),
            "timesSeen" | "times_seen" => Filter::TimesSeen(self.number()?),
            "users_seen" | "usersSeen" => Filter::UsersSeen(self.number()?),
            "firstRelease" | "first_release" | "first-release" => {
                Filter::FirstRelease(Pattern::parse(self.one()?))
            }
            "assigned" | "assigned_to" | "assigned_or_suggested" => Filter::Assignee(owner(self.one()?)),
            "has" => Filter::HasTag(untagged(self.one()?).to_owned()),
            "project" | "project.name" => Filter::Project(self.values.to_vec()),
            "issue" | "issue.id" => Filter::ShortId(self.one()?.to_owned()),
            "message" | "title" => Filter::Text(self.one()?.to_owned()),
            "user" => self.user()?,
            "user.id" => self.user_field(UserField::Id),
            "user.email" => self.user_field(UserField::Email),
            "user.username" => self.user_field(UserField::Username),
            "user.ip" => self.user_field(UserField::Ip),
            "error.handled" => self.handled(true)?,
            "error.unhandled" => self.handled(false)?,
            key => Filter::Tag {
                key: untagged(key).to_owned(),
                values: self.patterns(),
            },
        })
    }

    fn one(&self) -> Result<&str, SearchError> {
        match self.values {
            [value] => Ok(value),
            _ => Err(SearchError::new(
                self.at,
                Problem::NoList {
                    key: quoted(self.key),
                },
            )),
        }
    }

    fn unknown(&self, value: &str, allowed: &'static str) -> SearchError {
        SearchError::unknown(self.at, self.key, value, allowed)
    }

    /// Reads every value.
    fn each<T>(
        &self,
        allowed: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, SearchError> {
        let read = |value: &String| read(value).ok_or_else(|| self.unknown(value, allowed));
        self.values.iter().map(read).collect()
    }

    fn patterns(&self) -> Vec<Pattern> {
        self.values.iter().map(|value| Pattern::parse(value)).collect()
    }

    fn state(&self) -> Result<Filter, SearchError> {
        let value = self.one()?;
        Ok(match value {
            "archived" | "muted" => Filter::Status(Status::Ignored),
            "assigned" => Filter::Assigned(true),
            "unassigned" => Filter::Assigned(false),
            "until_escalating" => Filter::Substatus(Substatus::ArchivedUntilEscalating),
            "until_condition_met" => Filter::Substatus(Substatus::ArchivedUntilConditionMet),
            "forever" => Filter::Substatus(Substatus::ArchivedForever),
            other => match (other.parse(), other.parse()) {
                (Ok(status), _) => Filter::Status(status),
                (_, Ok(substatus)) => Filter::Substatus(substatus),
                _ => return Err(self.unknown(value, STATES)),
            },
        })
    }

    /// Levels have an order: `level:>=warning`.
    fn levels(&self) -> Result<Vec<Level>, SearchError> {
        let read = |value: &str| {
            let (comparison, name) = values::comparison(value);
            let level: Level = name.parse().ok()?;
            let fits = move |other: &Level| match comparison {
                Comparison::Above { included } => *other > level || (included && *other == level),
                Comparison::Below { included } => *other < level || (included && *other == level),
                Comparison::Equal => *other == level,
            };
            Some(Level::ALL.into_iter().filter(fits).collect::<Vec<_>>())
        };
        Ok(self.each(LEVELS, read)?.into_iter().flatten().collect())
    }

    fn kind(&self) -> Result<EventKind, SearchError> {
        let value = self.one()?;
        value.parse().map_err(|()| self.unknown(value, KINDS))
    }

    fn time(&self, now: Timestamp) -> Result<errand_model::search::Bound<Timestamp>, SearchError> {
        let value = self.one()?;
        values::time(value, now).ok_or_else(|| {
            let (key, value) = (quoted(self.key), quoted(value));
            SearchError::new(self.at, Problem::NotATime { key, value })
        })
    }

    fn number(&self) -> Result<errand_model::search::Bound<i64>, SearchError> {
        let value = self.one()?;
        values::number(value).ok_or_else(|| {
            let (key, value) = (quoted(self.key), quoted(value));
            SearchError::new(self.at, Problem::NotANumber { key, value })
        })
    }

    fn user_field(&self, field: UserField) -> Filter {
        Filter::User {
            field,
            values: self.patterns(),
        }
    }

    /// `user:id:42`, as Sentry's tag of that name reads; a bare value is an address or an id.
    fn user(&self) -> Result<Filter, SearchError> {
        if self.is_list {
            return Err(SearchError::new(
                self.at,
                Problem::NoList {
                    key: quoted(self.key),
                },
            ));
        }
        let value = self.one()?;
        let (field, value) = match value.split_once(':') {
            Some(("id", value)) => (UserField::Id, value),
            Some(("email", value)) => (UserField::Email, value),
            Some(("username", value)) => (UserField::Username, value),
            Some(("ip", value)) => (UserField::Ip, value),
            _ if value.contains('@') => (UserField::Email, value),
            _ => (UserField::Id, value),
        };
        Ok(Filter::User {
            field,
            values: vec![Pattern::parse(value)],
        })
    }

    /// The tag `handled` says yes or no.
    fn handled(&self, asked: bool) -> Result<Filter, SearchError> {
        let value = self.one()?;
        let is = match value {
            "true" | "yes" | "1" => true,
            "false" | "no" | "0" => false,
            other => return Err(self.unknown(other, TRUTHS)),
        };
        Ok(Filter::Tag {
            key: "handled".to_owned(),
            values: vec![Pattern::parse(if is == asked { "yes" } else { "no" })],
        })
    }
}

/// The tag of `tags[key]`.
fn untagged(key: &str) -> &str {
    key.strip_prefix("tags[")
        .and_then(|key| key.strip_suffix(']'))
        .unwrap_or(key)
}

fn owner(value: &str) -> Owner {
    match value {
        "me" => Owner::Me,
        "my_teams" => Owner::MyTeams,
        "none" => Owner::Nobody,
        value => match value.strip_prefix('#') {
            Some(team) => Owner::Team(team.to_owned()),
            None => Owner::User(value.to_owned()),
        },
    }
}
