//! What a person wants to hear of, and when: at once, folded, or in summaries, and never in quiet hours.

use serde::{Deserialize, Serialize};

use crate::issue::Assignee;
use crate::lifecycle::Change;
use crate::mention::Mention;
use crate::{InstallationId, ProjectId, Timestamp};

/// The boolean setting by which an installation writes to people, each as they wish.
pub const TO_PEOPLE: &str = "to_people";

/// Something that people may hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Happening {
    /// A new issue.
    New,
    /// It came back after it was resolved.
    Regressed,
    /// It grew after it was archived.
    Escalating,
    /// It was given to them, or to a team of theirs.
    Assigned,
    /// A comment calls them, or a team of theirs.
    Mentioned,
    /// It was resolved.
    Resolved,
    /// Its fix was deployed to where customers are.
    Deployed,
}

impl Happening {
    /// All of them, with what people read.
    pub const ALL: [(Happening, &'static str, &'static str); 7] = [
        (Happening::New, "new", "A new issue"),
        (
            Happening::Regressed,
            "regressed",
            "An issue came back after it was resolved",
        ),
        (Happening::Escalating, "escalating", "An archived issue grew"),
        (
            Happening::Assigned,
            "assigned",
            "An issue was given to me or to a team of mine",
        ),
        (
            Happening::Mentioned,
            "mentioned",
            "A comment calls me or a team of mine",
        ),
        (Happening::Resolved, "resolved", "An issue was resolved"),
        (Happening::Deployed, "deployed", "A fix was deployed to customers"),
    ];

    /// What a change is, if people may hear of it. Whom a comment calls is found out by [`crate::mention`].
    pub const fn of(change: &Change) -> Option<Self> {
        Some(match change {
            Change::Created => Happening::New,
            Change::Regressed { .. } => Happening::Regressed,
            Change::Escalating { .. } => Happening::Escalating,
            Change::Assigned { assignee: Some(_) } => Happening::Assigned,
            Change::Commented { .. } => Happening::Mentioned,
            Change::Resolved { .. } => Happening::Resolved,
            Change::FixDeployed { .. } => Happening::Deployed,
            _ => return None,
        })
    }
}

/// How soon somebody hears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// At once; what follows soon is folded.
    #[default]
    Soon,
    /// Once a day.
    Daily,
    /// Once a week, on Mondays.
    Weekly,
    /// Not at all.
    Never,
}

/// What a person wants to hear of. Stored as JSON: fields may be added with a default, never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// What.
    pub happenings: Vec<Happening>,
    /// Of which projects; of all, if none are named.
    pub projects: Vec<ProjectId>,
    /// Only of issues that are theirs or their teams'.
    pub only_mine: bool,
    /// How soon.
    pub pace: Pace,
    /// By which installations; by all that write to people, if none are named.
    pub channels: Vec<InstallationId>,
    /// Hours of their day in which they hear nothing: from, to.
    pub quiet: Option<(u8, u8)>,
    /// Nor on Saturdays and Sundays.
    pub quiet_weekends: bool,
    /// The hour of their day at which summaries come.
    pub summary_hour: u8,
    /// Their clock's minutes ahead of UTC.
    pub utc_offset: i16,
}

impl Default for Wishes {
    /// Whoever says nothing hears of what names them.
    fn default() -> Self {
        Wishes {
            happenings: vec![Happening::Assigned, Happening::Mentioned],
            projects: Vec::new(),
            only_mine: false,
            pace: Pace::Soon,
            channels: Vec::new(),
            quiet: None,
            quiet_weekends: false,
            summary_hour: 8,
            utc_offset: 0,
        }
    }
}

/// Somebody who may hear, as they stand to an issue.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Their name.
    pub name: &'a str,
    /// Their address.
    pub email: &'a str,
    /// They and their teams.
    pub selves: &'a [Assignee],
    /// The names of their teams, as in URLs.
    pub teams: &'a [String],
    /// Whose the issue is.
    pub assignee: Option<Assignee>,
}

impl Wishes {
    /// Whether somebody wants to hear of a change.
    pub fn want(&self, change: &Change, project: ProjectId, standing: Standing<'_>) -> bool {
        let Some(happening) = Happening::of(change) else {
            return false;
        };
        let is_mine = |assignee: Option<Assignee>| assignee.is_some_and(|one| standing.selves.contains(&one));
        let is_theirs = match change {
            Change::Assigned { assignee } => is_mine(*assignee),
            Change::Commented { text, .. } => calls(&crate::mention::mentions(text), standing),
            _ => !self.only_mine || is_mine(standing.assignee),
        };
        self.pace != Pace::Never
            && self.happenings.contains(&happening)
            && (self.projects.is_empty() || self.projects.contains(&project))
            && is_theirs
    }

    /// When what happened at `now` is told: never in quiet hours.
    pub fn due(&self, now: Timestamp) -> Timestamp {
        let hour = i64::from(self.summary_hour.min(23));
        let due = match self.pace {
            Pace::Soon | Pace::Never => now,
            Pace::Daily => self.next(now, |local| local.rem_euclid(24) == hour),
            // Hour 0 of 1970 was a Thursday's: Monday begins 96 hours later.
            Pace::Weekly => self.next(now, |local| (local - 96).rem_euclid(168) == hour),
        };
        match self.is_quiet(self.local_hour(due)) {
            false => due,
            true => self.next(due, |local| !self.is_quiet(local)),
        }
    }

    /// Hours since 1970 by their clock.
    fn local_hour(&self, at: Timestamp) -> i64 {
        (at.seconds() + i64::from(self.utc_offset) * 60).div_euclid(3_600)
    }

    fn is_quiet(&self, local: i64) -> bool {
        let (hour, day) = (local.rem_euclid(24), local.div_euclid(24));
        // Day 0 of 1970 was a Thursday.
        let is_weekend = matches!((day + 3).rem_euclid(7), 5 | 6);
        let is_night = self.quiet.is_some_and(|(from, to)| {
            let (from, to) = (i64::from(from), i64::from(to));
            match from <= to {
                true => (from..to).contains(&hour),
                false => hour >= from || hour < to,
            }
        });
        is_night || (self.quiet_weekends && is_weekend)
    }

    /// The start of the next hour of which `is_it` holds, within two weeks.
    fn next(&self, from: Timestamp, is_it: impl Fn(i64) -> bool) -> Timestamp {
        let now = self.local_hour(from);
        let found = (now + 1..now + 24 * 14)
            .find(|local| is_it(*local))
            .unwrap_or(now);
        Timestamp::from_seconds(found * 3_600 - i64::from(self.utc_offset) * 60)
    }
}

fn calls(mentions: &[Mention], standing: Standing<'_>) -> bool {
    mentions
        .iter()
        .any(|mention| match mention.name.strip_prefix('#') {
            Some(team) => standing.teams.iter().any(|mine| mine == team),
            None => mention.means(standing.name, standing.email),
        })
}

/// How many times the first pause the longest is.
const LONGEST: i64 = 12;

/// Seconds that nobody hears anything after they heard of something, at `first` at first: the more the oftener it happens,
/// so that a bad hour makes a handful of mails. `last` is the pause before, which is over since `quiet_for` seconds.
pub const fn pause(first: i64, last: i64, quiet_for: i64) -> i64 {
    if last < first || quiet_for > 2 * last {
        first
    } else if last * 3 > first * LONGEST {
        first * LONGEST
    } else {
        last * 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;

    /// Monday.
    const NOON: &str = "2026-11-23T12:30:00Z";

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("a time")
    }

    fn due(wishes: &Wishes, now: &str) -> String {
        wishes.due(at(now)).to_string().replace(".000000Z", "Z")
    }

    #[test]
    fn quiet_hours_end_before_anything_is_told() {
        let wishes = Wishes {
            quiet: Some((22, 7)),
            quiet_weekends: true,
            utc_offset: 60,
            ..Wishes::default()
        };
        assert_eq!(wishes.due(at(NOON)), at(NOON));
        assert_eq!(due(&wishes, "2026-11-23T21:30:00Z"), "2026-11-24T06:00:00Z");
        assert_eq!(
            due(&wishes, "2026-11-27T21:30:00Z"),
            "2026-11-30T06:00:00Z",
            "over the weekend"
        );
        let always = Wishes {
            quiet: Some((0, 24)),
            ..Wishes::default()
        };
        assert!(
            always.due(at(NOON)) >= at("2026-11-23T12:00:00Z"),
            "no wish loops for ever"
        );
    }

    #[test]
    fn summaries_come_at_their_hour() {
        let wishes = |pace| Wishes {
            pace,
            ..Wishes::default()
        };
        assert_eq!(due(&wishes(Pace::Daily), NOON), "2026-11-24T08:00:00Z");
        assert_eq!(due(&wishes(Pace::Weekly), NOON), "2026-11-30T08:00:00Z");
        assert_eq!(
            due(&wishes(Pace::Daily), "2026-11-23T07:59:00Z"),
            "2026-11-23T08:00:00Z"
        );
    }

    #[test]
    fn people_hear_of_what_names_them() {
        let (me, team) = (Assignee::User(UserId(1)), Assignee::Team(crate::TeamId(2)));
        let standing = Standing {
            name: "Ada Byron",
            email: "ada@example.com",
            selves: &[me, team],
            teams: &["payments".to_owned()],
            assignee: None,
        };
        let wishes = Wishes::default();
        let wants = |change: Change| wishes.want(&change, ProjectId(1), standing);
        let said = |text: &str| Change::Commented {
            activity: 1,
            text: text.to_owned(),
        };
        assert!(wants(Change::Assigned { assignee: Some(team) }));
        assert!(!wants(Change::Assigned { assignee: None }));
        assert!(wants(said("look, @ada")) && wants(said("@#payments")) && !wants(said("hello")));
        assert!(!wants(Change::Created));
        let all = Wishes {
            happenings: Happening::ALL.iter().map(|(happening, ..)| *happening).collect(),
            projects: vec![ProjectId(1)],
            ..Wishes::default()
        };
        assert!(all.want(&Change::Created, ProjectId(1), standing));
        assert!(!all.want(&Change::Created, ProjectId(2), standing));
        let mine = Wishes {
            only_mine: true,
            ..all
        };
        assert!(!mine.want(&Change::Created, ProjectId(1), standing));
    }

    #[test]
    fn a_bad_hour_makes_a_handful() {
        let (mut last, mut told, mut now) = (0, 0, 0);
        while now < 3_600 {
            last = pause(300, last, 0);
            now += last;
            told += 1;
        }
        assert!(told <= 4, "{told}");
        assert_eq!(pause(300, 3_600, 8_000), 300, "and calm is forgotten soon");
    }
}
