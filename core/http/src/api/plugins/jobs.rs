//! Having a job of a plugin done before its time.

use axum::extract::State;
use axum::http::StatusCode;
use errand_store::plugin_jobs;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::error::{ApiError, Error};

/// Has a job of a plugin done now, instead of at its next time. After it, it is done at its usual times again.
#[utoipa::path(
    post,
    path = "/plugins/{installation}/jobs/{job}/run/",
    summary = "Run a job of a plugin now",
    responses((status = ACCEPTED), (status = NOT_FOUND), (status = CONFLICT, description = "It is under way.")),
)]
pub(super) async fn run(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<StatusCode, ApiError> {
    let installation = super::named(&state, &at).await?;
    let job = at.by.path.text("job");
    let known = plugin_jobs::list(&state.db, Some(installation.id)).await?;
    if !known.iter().any(|row| row.job == job) {
        return Err(ApiError(Error::not_found(
            "the plugin has no such job, or it has no time set",
        )));
    }
    let mut tx = state.db.begin().await?;
    let runs = plugin_jobs::run_now(&mut tx, state.context(), installation.id, job).await?;
    tx.commit().await?;
    match runs {
        true => Ok(StatusCode::ACCEPTED),
        false => Err(ApiError(Error::conflict("the job is under way"))),
    }
}
