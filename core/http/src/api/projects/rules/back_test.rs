//! Trying rules on history.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::body::Body;
use crate::api::error::invalid;
use crate::api::shape::Time;
use crate::error::ApiError;
use crate::rules::{BackTest, Firing, saved};

/// Days that are looked back at most.
const MAX_DAYS: u32 = 30;
/// Firings that are listed of each rule.
const LISTED: usize = 10;

/// Rules to be tried.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct BackTestBody {
    /// Their text; the saved ones where it is missing.
    text: Option<String>,
    /// 1 to 30; 7 where it is missing.
    days: Option<u32>,
}

/// What rules would have done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BackTest)]
#[serde(rename_all = "camelCase")]
pub(super) struct BackTestShape {
    since: Time,
    /// Changes of issues that were looked at.
    changes: usize,
    /// Whether there were more, before those.
    is_capped: bool,
    /// The rules that would have fired, by name.
    rules: Vec<RuleShape>,
}

/// How often a rule would have fired.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BackTestRule)]
pub(super) struct RuleShape {
    name: String,
    fired: usize,
    /// The last of it, at most ten.
    latest: Vec<FiringShape>,
}

/// A time that a rule would have fired.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BackTestFiring)]
#[serde(rename_all = "camelCase")]
pub(super) struct FiringShape {
    issue_id: String,
    short_id: String,
    title: String,
    /// Because of what: `issue.created`; of what watches, `issue.grows`, `metric.crossed`, `tag.new_value`.
    event: String,
    date: Time,
}

/// What rules would have done about what happened in the project in the last days. Nothing is sent or changed. Where the
/// project has no rules yet, these are saved, switched off.
#[utoipa::path(
    post,
    path = "/back-test/",
    summary = "Try alert rules on history",
    request_body = BackTestBody,
    responses((status = OK, body = BackTestShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn back_test(
    State(state): State<AppState>,
    at: InProject<Projects>,
    Body(body): Body<BackTestBody>,
) -> Result<Json<BackTestShape>, ApiError> {
    let days = body.days.unwrap_or(7);
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(ApiError(invalid("days", &days.to_string(), "1 to 30")));
    }
    let text = match body.text {
        Some(text) => text,
        None => {
            let installation = saved::of_project(&state, &at.project).await?;
            installation.as_ref().map(saved::text_of).unwrap_or_default()
        }
    };
    super::check(&state, &text).await?;
    at.by
        .note(format!("tried the alert rules of {}", at.project.name));
    let installation = saved::on_trial(&state, &at.project, &text).await?;
    let since = state.now().plus_seconds(-i64::from(days) * 86_400);
    let tried = state
        .rules
        .look_back(at.project.id, installation.id, &text, since)
        .await
        .map_err(super::failed)?;
    Ok(Json(BackTestShape {
        since: Time(since),
        changes: tried.changes,
        is_capped: tried.is_capped,
        rules: by_rule(tried),
    }))
}

fn by_rule(tried: BackTest) -> Vec<RuleShape> {
    let mut rules: BTreeMap<String, Vec<Firing>> = BTreeMap::new();
    for firing in tried.firings {
        rules.entry(firing.rule.clone()).or_default().push(firing);
    }
    let shape = |(name, firings): (String, Vec<Firing>)| RuleShape {
        name,
        fired: firings.len(),
        latest: firings
            .into_iter()
            .rev()
            .take(LISTED)
            .map(FiringShape::new)
            .collect(),
    };
    rules.into_iter().map(shape).collect()
}

impl FiringShape {
    fn new(firing: Firing) -> Self {
        FiringShape {
            issue_id: firing.issue.to_string(),
            short_id: firing.short_id,
            title: firing.title,
            event: firing.change,
            date: Time(firing.at),
        }
    }
}
