//! Inbound filters of a project, as Sentry's API has them. Patterns are options of the project (`settings.rs`).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::filters::{FAMILIES, Filters, OLD_BROWSERS};
use errand_pipeline::filter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::body::Body;
use crate::api::error::invalid;
use crate::error::{ApiError, Error};
use crate::project_settings;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::new().routes(routes!(list)).routes(routes!(update));
    OpenApiRouter::new().nest("/filters/", routes)
}

/// The filters that are switched, with what they are for.
const KNOWN: [(&str, &str, &str); 4] = [
    (
        "browser-extensions",
        "Filter out errors of browser extensions",
        "Known by what they say, or by where their code is.",
    ),
    (
        "legacy-browsers",
        "Filter out old browsers",
        "Browsers up to a version, each by itself.",
    ),
    (
        "localhost",
        "Filter out events from localhost",
        "Pages at localhost, 127.0.0.1, ::1 or file://, and users with such an address.",
    ),
    (
        "web-crawlers",
        "Filter out web crawlers",
        "Search engines, link previews and monitors, by their User-Agent.",
    ),
];

/// A filter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InboundFilter)]
struct FilterShape {
    id: &'static str,
    /// Whether it is on; of `legacy-browsers`, which browsers are filtered.
    active: Active,
    name: &'static str,
    description: &'static str,
}

/// On or off, or which.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Active {
    Is(bool),
    Those(Vec<String>),
}

fn active(filters: &Filters, id: &str) -> Active {
    match id {
        "browser-extensions" => Active::Is(filters.browser_extensions),
        "localhost" => Active::Is(filters.localhost),
        "web-crawlers" => Active::Is(filters.web_crawlers),
        _ if filters.legacy_browsers.is_empty() => Active::Is(false),
        _ => Active::Those(filters.legacy_browsers.clone()),
    }
}

/// What a project does not take.
#[utoipa::path(
    get,
    path = "/",
    summary = "List a project's inbound filters",
    responses((status = OK, body = Vec<FilterShape>), (status = NOT_FOUND)),
)]
async fn list(at: InProject<Projects>) -> Result<Json<Vec<FilterShape>>, ApiError> {
    let filters = &at.project.settings.filters;
    let shape = |(id, name, description)| FilterShape {
        id,
        active: active(filters, id),
        name,
        description,
    };
    Ok(Json(KNOWN.into_iter().map(shape).collect()))
}

/// How a filter is switched.
#[derive(Debug, Deserialize, ToSchema)]
struct FilterBody {
    /// On or off; of `legacy-browsers`, all families or none.
    active: Option<bool>,
    /// Of `legacy-browsers`: which are filtered. All others are not.
    subfilters: Option<Vec<String>>,
}

/// Switches a filter of a project.
#[utoipa::path(
    put,
    path = "/{filter}/",
    summary = "Change an inbound filter",
    request_body = FilterBody,
    responses((status = NO_CONTENT), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
async fn update(
    State(state): State<AppState>,
    at: InProject<Projects>,
    Body(body): Body<FilterBody>,
) -> Result<StatusCode, ApiError> {
    let mut project = at.project;
    let id = at.by.path.text("filter");
    let known = KNOWN.iter().find(|(known, ..)| *known == id);
    let (id, ..) = known.ok_or_else(|| Error::not_found("there is no such filter"))?;
    change(&mut project.settings.filters, id, body)?;
    at.by
        .note(format!("changed the inbound filter {id} of {}", project.name));
    project_settings::save(&state, &project).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn change(filters: &mut Filters, id: &str, body: FilterBody) -> Result<(), Error> {
    let is_on = body.active.unwrap_or(false);
    match id {
        "browser-extensions" => filters.browser_extensions = is_on,
        "localhost" => filters.localhost = is_on,
        "web-crawlers" => filters.web_crawlers = is_on,
        _ => {
            let families = || OLD_BROWSERS.iter().take(FAMILIES).map(|old| old.slug.to_owned());
            filters.legacy_browsers = match body.active {
                Some(true) => families().collect(),
                Some(false) => Vec::new(),
                None => body.subfilters.unwrap_or_default(),
            };
            filters.legacy_browsers.sort();
            filters.legacy_browsers.dedup();
        }
    }
    let problems = filter::check(filters);
    match problems.first() {
        Some(problem) => {
            let slugs: Vec<_> = OLD_BROWSERS.iter().map(|old| old.slug).collect();
            Err(invalid("subfilters", &problem.text, &slugs.join(", ")))
        }
        None => Ok(()),
    }
}
