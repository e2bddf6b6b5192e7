//! What SDKs say of sessions: one at a time, or counts of many.
//!
//! A session is reported of when it begins (`init`), and again when something happens to it and when it ends: how often
//! there was one is how often one began, and what went wrong with it is counted once by whoever keeps it.

use errand_model::Timestamp;
use errand_model::health::{SessionReport, Sessions};
use serde::Deserialize;
use serde_json::Value;

use crate::envelope::Item;
use crate::normalize::moved_by_drift;

/// Sessions that began longer ago are not counted: five days, as Sentry has it.
const MAX_AGE_SECONDS: i64 = 5 * 86_400;
/// They may have begun this far ahead of the hub's clock.
const MAX_AHEAD_SECONDS: i64 = 60;
/// Longer names of releases and environments are none.
const MAX_RELEASE: usize = 200;
const MAX_ENVIRONMENT: usize = 64;
/// Counts that one item may list.
const MAX_AGGREGATES: usize = 1_000;

/// When an envelope was sent and when it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) sent_at: Option<Timestamp>,
    pub(super) received: Timestamp,
}

/// What an item comes to: how many sessions it speaks of, and the reports that are good.
pub(super) struct Read {
    pub(super) quantity: i64,
    pub(super) reports: Vec<SessionReport>,
}

/// Why an item tells nothing.
pub(super) enum Unusable {
    /// It cannot be read.
    Unreadable,
    /// It is of too long ago, or of the future.
    Untimely,
}

/// One session; a report that neither begins it nor says that something went wrong adds nothing.
pub(super) fn one(item: &Item<'_>, times: Times) -> Result<Read, Unusable> {
    let session = item.json::<Session>().ok_or(Unusable::Unreadable)?;
    let (release, environment) = session.attrs.names().ok_or(Unusable::Unreadable)?;
    let minute = times.minute(Some(&session.started)).ok_or(Unusable::Untimely)?;
    let is = |status| i64::from(session.status == status);
    let (abnormal, crashed) = (is(Status::Abnormal), is(Status::Crashed));
    let has_error = session.errors > 0 || matches!(session.status, Status::Errored | Status::Unhandled);
    let report = SessionReport {
        minute,
        release,
        environment,
        user: session.did,
        session: session.sid.and_then(|sid| sid.parse().ok()),
        counts: Sessions {
            started: i64::from(session.init),
            errored: i64::from(has_error).max(abnormal).max(crashed),
            abnormal,
            crashed,
        },
    };
    Ok(Read {
        quantity: 1,
        reports: vec![report],
    })
}

/// Counts of sessions that are over.
pub(super) fn many(item: &Item<'_>, times: Times) -> Result<Read, Unusable> {
    let counted = item.json::<Counted>().ok_or(Unusable::Unreadable)?;
    let (release, environment) = counted.attrs.names().ok_or(Unusable::Unreadable)?;
    if counted.aggregates.len() > MAX_AGGREGATES {
        return Err(Unusable::Unreadable);
    }
    let mut all = Read {
        quantity: 0,
        reports: Vec::with_capacity(counted.aggregates.len()),
    };
    for aggregate in counted.aggregates {
        let minute = times
            .minute(aggregate.started.as_ref())
            .ok_or(Unusable::Untimely)?;
        let [exited, errored, abnormal, crashed] = [
            aggregate.exited,
            aggregate.errored,
            aggregate.abnormal,
            aggregate.crashed,
        ]
        .map(i64::from);
        let troubled = errored + abnormal + crashed;
        all.quantity += exited + troubled;
        all.reports.push(SessionReport {
            minute,
            release: release.clone(),
            environment: environment.clone(),
            user: aggregate.did,
            session: None,
            counts: Sessions {
                started: exited + troubled,
                errored: troubled,
                abnormal,
                crashed,
            },
        });
    }
    Ok(all)
}

impl Times {
    /// The minute in which a session began; none where that cannot be.
    fn minute(self, started: Option<&Value>) -> Option<Timestamp> {
        let claimed = match started {
            None => self.received,
            Some(Value::String(text)) => {
                moved_by_drift(Timestamp::parse_rfc3339(text)?, self.sent_at, self.received)
            }
            Some(Value::Number(seconds)) => {
                let millis = (seconds.as_f64()? * 1_000.0) as i64;
                let time = Timestamp::from_micros(0).plus_millis(millis);
                moved_by_drift(time, self.sent_at, self.received)
            }
            Some(_) => return None,
        };
        let age = self.received.seconds().saturating_sub(claimed.seconds());
        (-MAX_AHEAD_SECONDS..=MAX_AGE_SECONDS)
            .contains(&age)
            .then(|| claimed.minute())
    }
}

#[derive(Deserialize)]
struct Session {
    sid: Option<String>,
    did: Option<String>,
    #[serde(default)]
    init: bool,
    started: Value,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    errors: u64,
    attrs: Attributes,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    #[default]
    Ok,
    Exited,
    Crashed,
    Abnormal,
    Errored,
    Unhandled,
    /// What later SDKs may say.
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct Counted {
    attrs: Attributes,
    aggregates: Vec<Aggregate>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Aggregate {
    started: Option<Value>,
    did: Option<String>,
    exited: u32,
    errored: u32,
    abnormal: u32,
    crashed: u32,
}

#[derive(Deserialize)]
struct Attributes {
    release: String,
    environment: Option<String>,
}

impl Attributes {
    /// Release and environment, where they can be names.
    fn names(&self) -> Option<(String, String)> {
        let release = self.release.trim();
        let environment = self.environment.as_deref().unwrap_or_default().trim();
        let is_name = |name: &str, most: usize| name.len() <= most && !name.contains(char::is_control);
        let is_good =
            !release.is_empty() && is_name(release, MAX_RELEASE) && is_name(environment, MAX_ENVIRONMENT);
        is_good.then(|| (release.to_owned(), environment.to_owned()))
    }
}
