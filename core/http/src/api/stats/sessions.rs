//! How an organization's sessions went over time, grouped: Sentry's `sessions`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use errand_model::health::{Sessions, share_without};
use errand_model::search::Filter;
use errand_model::{ProjectId, Timestamp};
use errand_store::health::{self, HealthHour, Users, Wanted};
use serde_json::{Value, json};

use super::span::Span;
use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::error::{invalid, missing};
use crate::api::query::QueryPairs;
use crate::api::shape::Time;
use crate::api::shape::stats::{SessionGroup, SessionStats};
use crate::error::{ApiError, Error};

/// What can be asked for.
const FIELDS: [(&str, Field); 6] = [
    ("sum(session)", Field::Sessions),
    ("count_unique(user)", Field::Users),
    ("crash_rate(session)", Field::CrashRate),
    ("crash_free_rate(session)", Field::CrashFreeRate),
    ("crash_rate(user)", Field::UserCrashRate),
    ("crash_free_rate(user)", Field::UserCrashFreeRate),
];

/// What can be grouped by.
const GROUPS: [(&str, Group); 4] = [
    ("project", Group::Project),
    ("release", Group::Release),
    ("environment", Group::Environment),
    ("session.status", Group::Status),
];

/// How sessions went, as groups name it.
const STATUSES: [(&str, Status); 4] = [
    ("healthy", Status::Healthy),
    ("errored", Status::Errored),
    ("abnormal", Status::Abnormal),
    ("crashed", Status::Crashed),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Sessions,
    Users,
    CrashRate,
    CrashFreeRate,
    UserCrashRate,
    UserCrashFreeRate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Project,
    Release,
    Environment,
    Status,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Healthy,
    /// With an error, and neither crashed nor ended abnormally.
    Errored,
    Abnormal,
    Crashed,
}

/// How the sessions of an organization's projects went.
#[utoipa::path(
    get,
    path = "/sessions/",
    summary = "Get an organization's release health over time",
    params(
        ("field" = Vec<String>, Query, description = "`sum(session)`, `count_unique(user)`, `crash_rate(…)`, `crash_free_rate(…)` of `session` or `user`."),
        ("groupBy" = Option<Vec<String>>, Query, description = "`project`, `release`, `environment`, `session.status`."),
        ("statsPeriod" = Option<String>, Query, description = "`24h`, `14d`: hours or days, at most `90d`."),
        ("interval" = Option<String>, Query, description = "`1h` or `1d`."),
        ("project" = Option<Vec<i64>>, Query, description = "Ids of projects; all where it is missing."),
        ("environment" = Option<Vec<String>>, Query, description = "Environments; all where it is missing."),
        ("query" = Option<String>, Query, description = "`release:shop@1.0`, `environment:production`."),
    ),
    responses((status = OK, body = SessionStats), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    query: QueryPairs,
) -> Result<Json<SessionStats>, ApiError> {
    let asked = Asked::of(&query, state.now())?;
    let all = at.projects(&state.db).await?;
    let wanted: Vec<i64> = query.parse_all("project", "ids of projects")?;
    let is_wanted = |id: &ProjectId| wanted.is_empty() || wanted.contains(&-1) || wanted.contains(&id.0);
    let ids: Vec<ProjectId> = all.iter().map(|project| project.id).filter(is_wanted).collect();
    let text = query.text("query").unwrap_or_default();
    let (releases, mut environments) = narrowed(text, state.now())?;
    environments.extend(query.all("environment").map(str::to_owned));
    let [releases, environments] = [&releases, &environments].map(|names| texts(names));
    let narrow = Wanted {
        releases: &releases,
        environments: &environments,
    };
    let window = (asked.span.start, asked.span.end);
    let rows = health::hours(&state.db, &ids, window, narrow, asked.is_of_users()).await?;
    Ok(Json(SessionStats {
        start: Time(asked.span.start),
        end: Time(asked.span.end),
        query: text.to_owned(),
        intervals: asked.span.intervals().map(Time).collect(),
        groups: asked.groups(rows),
    }))
}

fn texts(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// The releases and environments that a search names.
fn narrowed(text: &str, now: Timestamp) -> Result<(Vec<String>, Vec<String>), Error> {
    let unreadable = || invalid("query", text, "release:… and environment:…, without *");
    let query = errand_pipeline::search::parse(text, now).map_err(|_| unreadable())?;
    let (mut releases, mut environments) = (Vec::new(), Vec::new());
    for term in query.terms {
        let (into, values) = match term.filter {
            Filter::Tag { key, values } if key == "release" => (&mut releases, values),
            Filter::Tag { key, values } if key == "environment" => (&mut environments, values),
            _ => return Err(unreadable()),
        };
        for value in values {
            let exact = value.exact().filter(|_| !term.negated).ok_or_else(unreadable)?;
            into.push(exact.to_owned());
        }
    }
    Ok((releases, environments))
}

/// What a request asks for.
struct Asked {
    fields: Vec<(&'static str, Field)>,
    by: Vec<(&'static str, Group)>,
    span: Span,
}

/// What is known of an interval, or of all of them.
#[derive(Clone, Default)]
struct Cell {
    sessions: Sessions,
    users: Users,
}

impl Asked {
    fn of(query: &QueryPairs, now: Timestamp) -> Result<Self, Error> {
        let fields = named(query, "field", &FIELDS)?;
        let by = named(query, "groupBy", &GROUPS)?;
        if fields.is_empty() {
            return Err(missing("field", &names(&FIELDS)));
        }
        let is_count = |(_, field): &(&str, Field)| matches!(field, Field::Sessions | Field::Users);
        if by.iter().any(|(_, group)| *group == Group::Status) && !fields.iter().all(is_count) {
            return Err(Error::bad_request(
                "field: a rate cannot be grouped by session.status",
            ));
        }
        Ok(Asked {
            fields,
            by,
            span: Span::of(query, now)?,
        })
    }

    fn is_of_users(&self) -> bool {
        let is_of_users = |field| {
            matches!(
                field,
                Field::Users | Field::UserCrashRate | Field::UserCrashFreeRate
            )
        };
        self.fields.iter().any(|(_, field)| is_of_users(*field))
    }

    fn groups(&self, rows: Vec<HealthHour>) -> Vec<SessionGroup> {
        let count = self.span.intervals().count();
        let mut groups: BTreeMap<Vec<String>, Vec<Cell>> = BTreeMap::new();
        for row in rows {
            let key = self.by.iter().map(|(_, group)| value_of(&row, *group)).collect();
            let series = groups.entry(key).or_insert_with(|| vec![Cell::default(); count]);
            let at = self.span.index(row.hour.micros());
            if let Some(cell) = at.and_then(|at| series.get_mut(at)) {
                cell.sessions.add(row.sessions);
                cell.users.merge(&row.users);
            }
        }
        if groups.is_empty() && self.by.is_empty() {
            // Nothing is an answer too.
            groups.insert(Vec::new(), vec![Cell::default(); count]);
        }
        let by_status = self.by.iter().any(|(_, group)| *group == Group::Status);
        let statuses = STATUSES.map(|(name, status)| Some((name, status)));
        let statuses = if by_status { &statuses[..] } else { &[None] };
        let mut shown = Vec::new();
        for (key, series) in &groups {
            shown.extend(statuses.iter().map(|status| self.group(key, series, *status)));
        }
        shown
    }

    fn group(&self, key: &[String], series: &[Cell], status: Option<(&'static str, Status)>) -> SessionGroup {
        let mut total = Cell::default();
        for cell in series {
            total.sessions.add(cell.sessions);
            total.users.merge(&cell.users);
        }
        let by = self.by.iter().zip(key).map(|((name, group), value)| {
            let value = match (group, status) {
                (Group::Status, Some((status, _))) => json!(status),
                (Group::Project, _) => value.parse::<i64>().map_or(Value::Null, |id| json!(id)),
                _ => json!(value),
            };
            (*name, value)
        });
        let status = status.map(|(_, status)| status);
        let fields = self.fields.iter();
        SessionGroup {
            by: by.collect(),
            totals: fields
                .clone()
                .map(|(name, field)| (*name, total.value(*field, status)))
                .collect(),
            series: fields
                .map(|(name, field)| {
                    (
                        *name,
                        series.iter().map(|cell| cell.value(*field, status)).collect(),
                    )
                })
                .collect(),
        }
    }
}

impl Cell {
    fn value(&self, field: Field, status: Option<Status>) -> Value {
        let (sessions, users) = (&self.sessions, &self.users);
        let of_sessions = || sessions.crash_free();
        let of_users = || share_without(users.crashed.count(), users.all.count());
        match field {
            Field::Sessions => json!(counted(
                status,
                [
                    sessions.started,
                    sessions.errored,
                    sessions.abnormal,
                    sessions.crashed
                ]
            )),
            Field::Users => json!(counted(
                status,
                [
                    users.all.count(),
                    users.errored.count(),
                    users.abnormal.count(),
                    users.crashed.count()
                ]
            )),
            Field::CrashFreeRate => json!(of_sessions()),
            Field::CrashRate => json!(of_sessions().map(|free| 1.0 - free)),
            Field::UserCrashFreeRate => json!(of_users()),
            Field::UserCrashRate => json!(of_users().map(|free| 1.0 - free)),
        }
    }
}

/// How many went so, of all, those with any trouble, those that ended abnormally, those that crashed.
fn counted(status: Option<Status>, [all, errored, abnormal, crashed]: [i64; 4]) -> i64 {
    let count = match status {
        None => all,
        Some(Status::Healthy) => all - errored,
        Some(Status::Errored) => errored - abnormal - crashed,
        Some(Status::Abnormal) => abnormal,
        Some(Status::Crashed) => crashed,
    };
    count.max(0)
}

/// All values under `name`, of those that there are.
fn named<T: Copy>(
    query: &QueryPairs,
    name: &str,
    choices: &[(&'static str, T)],
) -> Result<Vec<(&'static str, T)>, Error> {
    let find = |value: &str| {
        let found = choices.iter().find(|(choice, _)| *choice == value).copied();
        found.ok_or_else(|| invalid(name, value, &names(choices)))
    };
    query.all(name).map(find).collect()
}

fn names<T>(choices: &[(&'static str, T)]) -> String {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

fn value_of(row: &HealthHour, group: Group) -> String {
    match group {
        Group::Project => row.project.to_string(),
        Group::Release => row.release.clone(),
        Group::Environment => row.environment.clone(),
        // Each row is of all of them.
        Group::Status => String::new(),
    }
}
