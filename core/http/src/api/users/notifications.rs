//! What somebody wants to hear of, and when. Sentry's options are others, so the fields are our own.

use axum::Json;
use axum::extract::State;
use errand_model::access::Scope;
use errand_model::notice::{Happening, Pace, Wishes};
use errand_model::{InstallationId, OrganizationId, ProjectId, UserId};
use errand_store::{notices, organizations, projects};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::AppState;
use crate::api::body::Body;
use crate::api::error::invalid;
use crate::auth::Caller;
use crate::channels;
use crate::error::{ApiError, Error};

/// Minutes that a clock may be behind and ahead of UTC.
const OFFSETS: std::ops::RangeInclusive<i16> = -12 * 60..=14 * 60;

/// What a person wants to hear of, and when.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notifications)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotificationsShape {
    happenings: Vec<HappeningShape>,
    /// Ids of projects; all, if there are none.
    projects: Vec<String>,
    /// Only of issues that are theirs or their teams'.
    only_mine: bool,
    pace: PaceShape,
    /// Ids of installed plugins that write to people; all, if there are none.
    channels: Vec<String>,
    /// Hours of their day in which they hear nothing.
    quiet: Option<Hours>,
    /// Nor on Saturdays and Sundays.
    quiet_weekends: bool,
    /// The hour of their day at which summaries come.
    summary_hour: u8,
    /// Their clock's minutes ahead of UTC.
    utc_offset: i16,
}

/// What is to be changed: what is missing stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewNotifications)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotificationsBody {
    happenings: Option<Vec<HappeningShape>>,
    /// Ids of projects that they see.
    projects: Option<Vec<String>>,
    only_mine: Option<bool>,
    pace: Option<PaceShape>,
    /// Ids of installed plugins that write to people.
    channels: Option<Vec<String>>,
    /// Hours of their day; from and to the same hour for none.
    quiet: Option<Hours>,
    quiet_weekends: Option<bool>,
    /// 0 to 23.
    summary_hour: Option<u8>,
    /// -720 to 840.
    utc_offset: Option<i16>,
}

/// Hours of a day.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = QuietHours)]
pub(super) struct Hours {
    /// 0 to 23.
    from: u8,
    /// 0 to 23: then they hear again.
    to: u8,
}

macro_rules! mirrored {
    ($(#[$meta:meta])* $shape:ident, $name:ident, $of:ident: $($variant:ident),*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
        #[schema(as = $name)]
        #[serde(rename_all = "lowercase")]
        pub(super) enum $shape {
            $(
                #[doc = concat!("See `", stringify!($variant), "` on the page *Notifications*.")]
                $variant,
            )*
        }

        impl From<$of> for $shape {
            fn from(one: $of) -> Self {
                match one { $($of::$variant => $shape::$variant),* }
            }
        }

        impl From<$shape> for $of {
            fn from(one: $shape) -> Self {
                match one { $($shape::$variant => $of::$variant),* }
            }
        }
    };
}

mirrored!(
    /// Something that people may hear of.
    HappeningShape, NotificationHappening, Happening:
    New, Regressed, Escalating, Assigned, Mentioned, Resolved, Deployed
);
mirrored!(
    /// How soon somebody hears: at once and folded, in a summary each day or on Mondays, or not at all.
    PaceShape, NotificationPace, Pace: Soon, Daily, Weekly, Never
);

impl NotificationsShape {
    fn of(wishes: Wishes) -> Self {
        NotificationsShape {
            happenings: wishes.happenings.into_iter().map(Into::into).collect(),
            projects: wishes.projects.iter().map(ToString::to_string).collect(),
            only_mine: wishes.only_mine,
            pace: wishes.pace.into(),
            channels: wishes.channels.iter().map(ToString::to_string).collect(),
            quiet: wishes.quiet.map(|(from, to)| Hours { from, to }),
            quiet_weekends: wishes.quiet_weekends,
            summary_hour: wishes.summary_hour,
            utc_offset: wishes.utc_offset,
        }
    }
}

fn somebody(caller: &Caller) -> Result<UserId, Error> {
    let nobody = || Error::not_found("this token acts for nobody in particular");
    caller.person().ok_or_else(nobody)
}

/// What who asks wants to hear of, and when.
#[utoipa::path(
    get,
    path = "/users/me/notifications/",
    summary = "Get what one wants to hear of",
    responses(
        (status = OK, body = NotificationsShape),
        (status = NOT_FOUND, description = "The token acts for nobody."),
    ),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<NotificationsShape>, ApiError> {
    let wishes = notices::wishes(&state.db, somebody(&caller)?).await?;
    Ok(Json(NotificationsShape::of(wishes)))
}

/// Sets what who asks wants to hear of, and when. A token needs `event:write`.
#[utoipa::path(
    put,
    path = "/users/me/notifications/",
    summary = "Set what one wants to hear of",
    request_body = NotificationsBody,
    responses(
        (status = OK, body = NotificationsShape),
        (status = BAD_REQUEST),
        (status = FORBIDDEN),
        (status = NOT_FOUND, description = "The token acts for nobody."),
    ),
)]
pub(super) async fn set(
    State(state): State<AppState>,
    caller: Caller,
    Body(body): Body<NotificationsBody>,
) -> Result<Json<NotificationsShape>, ApiError> {
    caller.require(Scope::EventWrite)?;
    let person = somebody(&caller)?;
    let mut wishes = notices::wishes(&state.db, person).await?;
    if let Some(named) = &body.projects {
        wishes.projects = seen(&state, &caller, named).await?;
    }
    if let Some(named) = &body.channels {
        wishes.channels = written_by(&state, &caller, named).await?;
    }
    change(&mut wishes, body)?;
    let mut tx = state.db.begin().await?;
    notices::set_wishes(&mut tx, person, &wishes).await?;
    tx.commit().await?;
    Ok(Json(NotificationsShape::of(wishes)))
}

fn change(wishes: &mut Wishes, body: NotificationsBody) -> Result<(), Error> {
    let hour = |field: &str, hour: u8| match hour {
        0..=23 => Ok(hour),
        other => Err(invalid(field, &other.to_string(), "0 to 23")),
    };
    if let Some(happenings) = body.happenings {
        let asked: Vec<Happening> = happenings.into_iter().map(Into::into).collect();
        let all = Happening::ALL.iter().map(|(one, ..)| *one);
        wishes.happenings = all.filter(|one| asked.contains(one)).collect();
    }
    if let Some(hours) = body.quiet {
        let (from, to) = (hour("quiet.from", hours.from)?, hour("quiet.to", hours.to)?);
        wishes.quiet = (from != to).then_some((from, to));
    }
    if let Some(summary) = body.summary_hour {
        wishes.summary_hour = hour("summaryHour", summary)?;
    }
    if let Some(offset) = body.utc_offset {
        if !OFFSETS.contains(&offset) {
            return Err(invalid("utcOffset", &offset.to_string(), "-720 to 840"));
        }
        wishes.utc_offset = offset;
    }
    wishes.pace = body.pace.map_or(wishes.pace, Into::into);
    wishes.only_mine = body.only_mine.unwrap_or(wishes.only_mine);
    wishes.quiet_weekends = body.quiet_weekends.unwrap_or(wishes.quiet_weekends);
    Ok(())
}

async fn organization(state: &AppState, caller: &Caller) -> Result<Option<OrganizationId>, Error> {
    match caller.organization() {
        Some(organization) => Ok(Some(organization)),
        None => {
            let all = organizations::list(&state.db).await?;
            Ok(all.into_iter().next().map(|organization| organization.id))
        }
    }
}

/// The projects of those ids, which must be seen.
async fn seen(state: &AppState, caller: &Caller, named: &[String]) -> Result<Vec<ProjectId>, Error> {
    let organization = organization(state, caller).await?;
    let all = projects::seen(&state.db, organization, caller.viewer()).await?;
    let ids = all.iter().map(|project| project.id);
    of_those("projects", named, ids.collect(), "ids of projects that one sees")
}

/// The channels of those ids, which must be there.
async fn written_by(
    state: &AppState,
    caller: &Caller,
    named: &[String],
) -> Result<Vec<InstallationId>, Error> {
    let all = match organization(state, caller).await? {
        Some(organization) => channels::of(state, organization).await?,
        None => Vec::new(),
    };
    let ids = all.into_iter().map(|(id, _)| id).collect();
    of_those(
        "channels",
        named,
        ids,
        "ids of installed plugins that write to people",
    )
}

/// The named ones of `all`, each once, in their order.
fn of_those<T: ToString + Copy>(
    field: &str,
    named: &[String],
    all: Vec<T>,
    allowed: &str,
) -> Result<Vec<T>, Error> {
    let is = |one: &T, name: &String| one.to_string() == *name;
    if let Some(unknown) = named.iter().find(|name| !all.iter().any(|one| is(one, name))) {
        return Err(invalid(field, unknown, allowed));
    }
    Ok(all
        .into_iter()
        .filter(|one| named.iter().any(|name| is(one, name)))
        .collect())
}
