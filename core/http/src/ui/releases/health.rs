//! How the sessions of releases went, in figures.

use errand_model::Timestamp;
use errand_model::health::{Sessions, share_without};
use errand_model::project::Project;
use errand_store::health::{self, Users, Wanted};

use crate::AppState;
use crate::error::Error;

/// Days of sessions that are shown.
const DAYS: i64 = 14;

/// The sessions of a release.
pub(super) struct Health {
    pub(super) days: i64,
    pub(super) sessions: i64,
    pub(super) errored: i64,
    pub(super) crashed: i64,
    pub(super) users: i64,
    pub(super) crash_free: Rate,
    pub(super) crash_free_users: Option<Rate>,
}

/// A share, and whether it is a good one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// `99.53 %`
    pub(super) text: String,
    /// A class of the stylesheet.
    pub(super) class: &'static str,
}

impl Rate {
    /// Of a share in 0 to 1. What is not whole is never shown as a hundred.
    fn of(share: f64) -> Self {
        let percent = (share * 10_000.0).floor() / 100.0;
        let class = match share {
            share if share >= 0.995 => "good",
            share if share >= 0.98 => "fair",
            _ => "poor",
        };
        Rate {
            text: format!("{percent:.2} %"),
            class,
        }
    }
}

/// Since when sessions are shown.
fn since(now: Timestamp) -> Timestamp {
    now.plus_seconds(-DAYS * 86_400)
}

/// The sessions of a release; none where there were none.
pub(super) async fn of_release(
    state: &AppState,
    project: &Project,
    version: &str,
    now: Timestamp,
) -> Result<Option<Health>, Error> {
    let wanted = Wanted {
        releases: &[version],
        ..Wanted::default()
    };
    let window = (since(now), now.plus_seconds(60));
    let hours = health::hours(&state.db, &[project.id], window, wanted, true).await?;
    let (mut sessions, mut users) = (Sessions::default(), Users::default());
    for hour in &hours {
        sessions.add(hour.sessions);
        users.merge(&hour.users);
    }
    let of_users = share_without(users.crashed.count(), users.all.count());
    Ok(sessions.crash_free().map(|share| Health {
        days: DAYS,
        sessions: sessions.started,
        errored: (sessions.errored - sessions.crashed).max(0),
        crashed: sessions.crashed,
        users: users.all.count(),
        crash_free: Rate::of(share),
        crash_free_users: of_users.map(Rate::of),
    }))
}

/// The share of sessions that did not crash, of those of `versions` that had any.
pub(super) async fn of_releases(
    state: &AppState,
    project: &Project,
    versions: &[&str],
    now: Timestamp,
) -> Result<Vec<(String, Rate)>, Error> {
    let found = health::of_releases(&state.db, &[project.id], versions, since(now)).await?;
    let rate = |(version, sessions): (String, Sessions)| Some((version, Rate::of(sessions.crash_free()?)));
    Ok(found.into_iter().filter_map(rate).collect())
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn a_single_crash_shows() {
        let shown = |share| Rate::of(share).text;
        assert_eq!(shown(1.0), "100.00 %");
        assert_eq!(shown(0.999_999), "99.99 %");
        assert_eq!(shown(0.5), "50.00 %");
        assert_eq!((Rate::of(0.99).class, Rate::of(0.9).class), ("fair", "poor"));
    }
}
