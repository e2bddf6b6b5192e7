//! `crash-free sessions < 99% in 1h where environment:production`: a share of sessions or of their users.

use errand_plugin_sdk::Failure;
use errand_plugin_sdk::issues::{self, SessionCounts, SessionFilter, SessionMinutes};

use crate::metric::{self, Measure};
use crate::questions::Questions;
use crate::time;

/// Sessions or users that there have to be at least, where nothing else is said: one of two is no share.
const LEAST: u64 = 50;
/// Sessions are counted by minutes.
const SHORTEST: i64 = 60_000;
/// And their users by hours.
const SHORTEST_OF_USERS: i64 = 3_600_000;
const ALLOWED: &str = "crash-free sessions < 99% in 1h, crash-free users < 99.5% in 1d, errored sessions > 5% in 1h min \
                       200, each with or without: where environment:production release:shop@2";

/// What is watched, and what is too many.
#[derive(Debug, PartialEq)]
pub struct Share {
    of: Of,
    /// Per cent; below it for what is free of crashes, above it for what had errors.
    percent: f64,
    /// Milliseconds that are counted; of users, the first hour may be longer.
    window: i64,
    /// Sessions or users that there have to be.
    least: u64,
    release: Option<String>,
    environment: Option<String>,
    /// As it was written.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Of {
    CrashFreeSessions,
    CrashFreeUsers,
    ErroredSessions,
}

impl Of {
    fn parse(words: &[&str]) -> Option<Self> {
        match words {
            ["crash-free", "sessions", "<"] => Some(Of::CrashFreeSessions),
            ["crash-free", "users", "<"] => Some(Of::CrashFreeUsers),
            ["errored", "sessions", ">"] => Some(Of::ErroredSessions),
            _ => None,
        }
    }
}

impl Share {
    /// Whether a text is meant to be one.
    pub fn is_meant(words: &[&str]) -> bool {
        matches!(words, ["crash-free" | "errored", ..])
    }

    pub fn parse(text: &str, words: &[&str]) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no share to watch; allowed: {ALLOWED}");
        let at = words.iter().position(|word| *word == "where");
        let (rule, tags) = words.split_at(at.unwrap_or(words.len()));
        let (what, rest) = rule.split_at_checked(3).ok_or_else(wrong)?;
        let of = Of::parse(what).ok_or_else(wrong)?;
        let (percent, window, least) = match rest {
            [percent, "in", window] => (percent, window, LEAST),
            [percent, "in", window, "min", least] => (percent, window, least.parse().map_err(|_| wrong())?),
            _ => return Err(wrong()),
        };
        let percent = percent.strip_suffix('%').and_then(|percent| percent.parse().ok());
        let percent = percent
            .filter(|percent| (0.0..=100.0).contains(percent))
            .ok_or_else(wrong)?;
        let window = time::span(window)?;
        let (shortest, named) = match of {
            Of::CrashFreeUsers => (SHORTEST_OF_USERS, "an hour"),
            Of::CrashFreeSessions | Of::ErroredSessions => (SHORTEST, "a minute"),
        };
        if !(shortest..=7 * time::DAY_MS).contains(&window) {
            return Err(format!("'{text}': between {named} and a week can be counted"));
        }
        let (mut release, mut environment) = (None, None);
        for (key, value) in metric::pairs(tags.get(1..).unwrap_or_default()).ok_or_else(wrong)? {
            match key.as_str() {
                "release" => release = Some(value),
                "environment" => environment = Some(value),
                _ => {
                    return Err(format!(
                        "'{text}': sessions have a release and an environment, but no {key}"
                    ));
                }
            }
        }
        Ok(Share {
            of,
            percent,
            window,
            least,
            release,
            environment,
            text: text.to_owned(),
        })
    }

    /// How it stands at a time.
    pub fn measure(&self, at: u64, questions: &mut Questions) -> Result<Option<Measure>, Failure> {
        if !questions.take(1) {
            return Ok(None);
        }
        let counts = issues::sessions(&self.filter(), at.saturating_sub(self.window.unsigned_abs()))?;
        Ok(Some(self.judge(&counts)))
    }

    /// How it stood at a time that is over: of the sessions that had begun by then.
    pub fn measured(&self, at: u64, questions: &mut Questions) -> Result<Option<Measure>, Failure> {
        if !questions.take(1) {
            return Ok(None);
        }
        let since = at.saturating_sub(self.window.unsigned_abs());
        let counts = issues::sessions_between(&self.filter(), since, at)?;
        Ok(Some(self.judge(&counts)))
    }

    /// The sessions of a stretch minute by minute; none where only the hours are known of what is watched.
    pub fn minutes(
        &self,
        (since, until): (u64, u64),
        questions: &mut Questions,
    ) -> Result<Option<SessionMinutes>, Failure> {
        if matches!(self.of, Of::CrashFreeUsers) || !questions.take(1) {
            return Ok(None);
        }
        issues::sessions_by_minutes(&self.filter(), since, until).map(Some)
    }

    fn filter(&self) -> SessionFilter {
        SessionFilter {
            project: None,
            release: self.release.clone(),
            environment: self.environment.clone(),
        }
    }

    /// The tags of the events that it is about.
    pub fn tags(&self) -> Vec<(String, String)> {
        let tag = |key: &str, value: &Option<String>| Some((key.to_owned(), value.clone()?));
        let tags = [
            tag("release", &self.release),
            tag("environment", &self.environment),
        ];
        tags.into_iter().flatten().collect()
    }

    /// How far back it looks.
    pub fn window(&self) -> i64 {
        self.window
    }

    pub fn judge(&self, counts: &SessionCounts) -> Measure {
        let (bad, all, what) = match self.of {
            Of::CrashFreeSessions => (counts.crashed, counts.sessions, "sessions crashed"),
            Of::CrashFreeUsers => (counts.users_crashed, counts.users, "users had a crash"),
            Of::ErroredSessions => (counts.errored, counts.sessions, "sessions had errors"),
        };
        // Counts of sessions are far below what a float holds exactly.
        let share = 100.0 * bad.min(all) as f64 / all.max(1) as f64;
        let is_beyond = match self.of {
            Of::CrashFreeSessions | Of::CrashFreeUsers => 100.0 - share < self.percent,
            Of::ErroredSessions => share > self.percent,
        };
        Measure {
            is_too_many: is_beyond && all >= self.least,
            words: format!("{bad} of {all} {what} ({})", self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Share, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(Share::is_meant(&words), "{text}");
        Share::parse(text, &words)
    }

    fn counts(sessions: u64, errored: u64, crashed: u64) -> SessionCounts {
        SessionCounts {
            sessions,
            errored,
            abnormal: 0,
            crashed,
            users: sessions / 2,
            users_crashed: crashed / 2,
            since: 0,
        }
    }

    #[test]
    fn shares_are_read_and_bounded() {
        let share =
            parse("crash-free sessions < 99.5% in 2h min 7 where release:shop@2 environment:live").unwrap();
        assert_eq!(
            (share.of, share.percent, share.least),
            (Of::CrashFreeSessions, 99.5, 7)
        );
        assert_eq!(share.window, 7_200_000);
        assert_eq!(
            (share.release.as_deref(), share.environment.as_deref()),
            (Some("shop@2"), Some("live"))
        );
        for wrong in [
            "crash-free sessions > 99% in 1h",
            "crash-free sessions < 99 in 1h",
            "crash-free sessions < 101% in 1h",
            "crash-free sessions < 99% in 30s",
            "crash-free users < 99% in 10m",
            "errored users > 1% in 1h",
            "errored sessions > 1% in 1h where level:error",
            "crash-free",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_share_is_too_bad_only_of_enough_sessions() {
        let share = parse("crash-free sessions < 99% in 1h").unwrap();
        assert!(!share.judge(&counts(1_000, 0, 10)).is_too_many, "99 % are 99 %");
        assert!(share.judge(&counts(1_000, 0, 11)).is_too_many);
        assert!(!share.judge(&counts(49, 0, 49)).is_too_many);
        assert!(!share.judge(&counts(0, 0, 0)).is_too_many);
        assert!(
            parse("errored sessions > 5% in 1h")
                .unwrap()
                .judge(&counts(100, 6, 0))
                .is_too_many
        );
        let users = parse("crash-free users < 90% in 1d")
            .unwrap()
            .judge(&counts(200, 0, 40));
        assert!(users.is_too_many);
        assert_eq!(
            users.words,
            "20 of 100 users had a crash (crash-free users < 90% in 1d)"
        );
    }
}
