//! What the rows of another system say. Nothing is relied on but ids: what is missing, or of another shape, is left out.

use errand_model::access::Role;
use errand_model::issue::{EventKind, Resolution};
use errand_model::project::RateLimit;
use errand_model::{GroupHash, Level, Timestamp};
use errand_store::imports::{ForeignIssue, ForeignKey, Standing, Until};
use serde_json::Value;

/// Text, or a number as text; empty where there is neither.
pub(super) fn text(row: &Value, field: &str) -> String {
    match &row[field] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// A number, perhaps as text; 0 where there is none.
pub(super) fn number(row: &Value, field: &str) -> i64 {
    text(row, field).parse().unwrap_or(0)
}

pub(super) fn time(row: &Value, field: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(row[field].as_str()?)
}

/// A key, as far as it can be one here; `texts` keeps what it borrows.
pub(super) fn key<'t>(row: &Value, texts: &'t mut [String; 3]) -> ForeignKey<'t> {
    *texts = [text(row, "label"), text(row, "public"), text(row, "secret")];
    if texts[0].is_empty() {
        texts[0] = text(row, "name");
    }
    // GlitchTip names the public key in the DSN alone.
    if texts[1].is_empty() {
        let dsn = row["dsn"]["public"].as_str().unwrap_or_default();
        let user = dsn.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
        texts[1] = user.map(|(user, _)| user.replace('-', "")).unwrap_or_default();
    }
    let limit = &row["rateLimit"];
    let whole = |field: &str| {
        u32::try_from(number(limit, field))
            .ok()
            .filter(|number| *number > 0)
    };
    ForeignKey {
        label: &texts[0],
        public: &texts[1],
        secret: &texts[2],
        is_active: row["isActive"].as_bool().unwrap_or(true),
        rate_limit: whole("count")
            .zip(whole("window"))
            .map(|(count, window)| RateLimit { count, window }),
    }
}

/// Who has an issue: by address, or by the name of a team in URLs.
pub(super) enum Owner {
    Person(String),
    Team(String),
}

pub(super) fn owner(row: &Value) -> Option<Owner> {
    let assigned = &row["assignedTo"];
    match assigned["type"].as_str()? {
        "team" => Some(Owner::Team(text(assigned, "name"))),
        _ => Some(Owner::Person(text(assigned, "email"))),
    }
}

/// An issue; none without the times that it needs.
pub(super) fn issue(row: &Value) -> Option<ForeignIssue> {
    let first_seen = time(row, "firstSeen")?;
    let metadata = match &row["metadata"] {
        Value::Object(map) => Value::Object(map.clone()).to_string(),
        _ => "{}".to_owned(),
    };
    Some(ForeignIssue {
        short_id: text(row, "shortId"),
        title: text(row, "title"),
        culprit: text(row, "culprit"),
        kind: row["type"]
            .as_str()
            .and_then(|kind| kind.parse::<EventKind>().ok())
            .unwrap_or_default(),
        metadata,
        level: row["level"]
            .as_str()
            .and_then(|level| level.parse::<Level>().ok())
            .unwrap_or(Level::Error),
        platform: text(row, "platform"),
        logger: text(row, "logger"),
        standing: standing(row),
        assignee: None,
        first_seen,
        last_seen: time(row, "lastSeen").unwrap_or(first_seen).max(first_seen),
        times_seen: number(row, "count").max(1),
        users_seen: number(row, "userCount").max(0),
    })
}

fn standing(row: &Value) -> Standing {
    match text(row, "status").as_str() {
        "resolved" => Standing::Resolved(resolution(&row["statusDetails"])),
        "ignored" => {
            let details = &row["statusDetails"];
            let more = |field| Some(number(details, field)).filter(|more| *more > 0);
            Standing::Archived(Until {
                escalating: text(row, "substatus") == "archived_until_escalating",
                date: time(details, "ignoreUntil"),
                events: more("ignoreCount"),
                users: more("ignoreUserCount"),
            })
        }
        _ => Standing::Unresolved,
    }
}

/// How it was resolved. What the next release is nobody knows here.
pub(super) fn resolution(details: &Value) -> Resolution {
    let named = |text: String| Some(text).filter(|text| !text.is_empty());
    let release = named(text(details, "inRelease")).or_else(|| named(text(details, "version")));
    let commit = named(text(&details["inCommit"], "id")).or_else(|| named(text(&details["commit"], "id")));
    match (release, commit) {
        (Some(version), _) => Resolution::InRelease { version },
        (None, Some(commit)) => Resolution::InCommit { commit },
        (None, None) => Resolution::Now,
    }
}

/// Somebody of the other system.
pub(super) struct Member {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) role: Role,
}

/// A member; none without an address.
pub(super) fn member(row: &Value) -> Option<Member> {
    let user = &row["user"];
    let first = |fields: [(&Value, &str); 3]| {
        let mut texts = fields.into_iter().map(|(row, field)| text(row, field));
        texts.find(|text| !text.trim().is_empty())
    };
    let email = first([(row, "email"), (user, "email"), (user, "username")])?;
    let name = first([(row, "name"), (user, "name"), (user, "username")]).unwrap_or_default();
    let role = first([(row, "orgRole"), (row, "role"), (row, "roleName")]).unwrap_or_default();
    let role = match role.to_lowercase().as_str() {
        "owner" => Role::Owner,
        "manager" => Role::Admin,
        // There it runs teams; here that is what members do.
        _ => Role::Member,
    };
    Some(Member {
        id: text(row, "id"),
        name: if name == email { String::new() } else { name },
        email: email.trim().to_lowercase(),
        role,
    })
}

/// A hash that events are grouped by, if it is one as this hub has them.
pub(super) fn hash(row: &Value) -> Option<GroupHash> {
    let text = text(row, "id");
    let digits = text.as_bytes().chunks_exact(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.map(byte).collect();
    let is_whole = text.len() == 32;
    bytes?.try_into().ok().filter(|_| is_whole).map(GroupHash)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_issue_is_read_as_far_as_it_goes() {
        let row = json!({"shortId": "SHOP-1A", "title": "E: x", "culprit": null, "type": "error", "level": "warning",
            "status": "resolved", "statusDetails": {"inRelease": "2.0"}, "count": "12", "userCount": 3,
            "firstSeen": "2026-09-01T10:00:00Z", "lastSeen": "2026-09-02T10:00:00.5Z", "metadata": {"type": "E"}});
        let read = issue(&row).expect("an issue");
        assert_eq!(
            (read.times_seen, read.users_seen, read.level),
            (12, 3, Level::Warning)
        );
        let version = "2.0".to_owned();
        assert_eq!(
            read.standing,
            Standing::Resolved(Resolution::InRelease { version })
        );
        assert_eq!(read.metadata, r#"{"type":"E"}"#);
        assert!(issue(&json!({"title": "no times"})).is_none());
        let odd = json!({"firstSeen": "2026-09-01T10:00:00Z", "status": 7, "metadata": "x", "level": "loud", "count": -3});
        let read = issue(&odd).expect("an issue");
        assert_eq!(
            (read.times_seen, read.standing, read.level),
            (1, Standing::Unresolved, Level::Error)
        );
    }

    #[test]
    fn what_an_issue_waits_for_is_read() {
        let row = json!({"firstSeen": "2026-09-01T10:00:00Z", "status": "ignored", "substatus": "archived_until_condition_met",
            "statusDetails": {"ignoreCount": 50, "ignoreUntil": "2027-01-01T00:00:00Z"}});
        let Standing::Archived(until) = issue(&row).expect("an issue").standing else {
            panic!("it is archived");
        };
        let date = Timestamp::parse_rfc3339("2027-01-01T00:00:00Z");
        assert_eq!(
            (until.escalating, until.events, until.users),
            (false, Some(50), None)
        );
        assert_eq!(until.date, date);
        let commit = json!({"inCommit": {"id": "abc123"}});
        assert_eq!(
            resolution(&commit),
            Resolution::InCommit {
                commit: "abc123".to_owned()
            }
        );
        assert_eq!(resolution(&json!({"inNextRelease": true})), Resolution::Now);
    }

    #[test]
    fn members_have_an_address_and_a_role_of_this_hub() {
        let row =
            json!({"id": "4", "email": "Ada@Example.com", "name": "Ada", "orgRole": "manager", "user": null});
        let ada = member(&row).expect("a member");
        assert_eq!(
            (ada.email.as_str(), ada.name.as_str(), ada.role),
            ("ada@example.com", "Ada", Role::Admin)
        );
        // GlitchTip's name is the address.
        let row = json!({"id": 7, "role": "owner", "user": {"email": "bob@example.com", "name": "bob@example.com"}});
        let bob = member(&row).expect("a member");
        assert_eq!(
            (bob.name.as_str(), bob.role, bob.id.as_str()),
            ("", Role::Owner, "7")
        );
        assert!(member(&json!({"id": "5", "role": "member"})).is_none());
    }

    #[test]
    fn keys_and_hashes_are_those_of_this_hub_or_none() {
        let mut texts = Default::default();
        let row = json!({"name": "Default", "dsn": {"public": "https://0123456789abcdef0123456789abcdef@g.example/7"}});
        assert_eq!(key(&row, &mut texts).public, "0123456789abcdef0123456789abcdef");
        assert!(hash(&json!({"id": "0123456789abcdef0123456789abcdef"})).is_some());
        for bad in [
            "0123",
            "",
            "0123456789abcdef0123456789abcdeg",
            "äääääääääääääääää",
        ] {
            assert!(hash(&json!({ "id": bad })).is_none(), "{bad}");
        }
    }
}
