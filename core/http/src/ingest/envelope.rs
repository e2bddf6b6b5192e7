//! `POST /api/{project}/envelope/`: what SDKs send nearly all.

use axum::body::Body;
use axum::response::Response;

use super::auth::{self, AuthError, Dsn};
use super::directory::Known;
use super::visit::Visit;
use crate::error::Error;
use errand_model::ProjectId;

pub(super) async fn post(visit: Visit, body: Body) -> Result<Response, Error> {
    let project = visit.project()?;
    take(&visit, body, Some(project)).await
}

/// Takes the envelope in the body; the project is that of the path, where the path has one.
pub(super) async fn take(visit: &Visit, body: Body, project: Option<ProjectId>) -> Result<Response, Error> {
    let cap = visit.event_cap();
    let (known, payload) = match auth::key_of_request(&visit.parts, None)? {
        Some(key) => {
            let known = visit.admit_key(key, project).await?;
            let payload = visit.read(body, cap, Some(&known)).await?;
            if let Some(dsn) = auth::dsn_of_envelope(&payload.body)? {
                check_dsn(dsn, key, &known)?;
            }
            (known, payload)
        }
        // Tunnels send no header: the envelope itself says whose it is.
        None => {
            let payload = visit.read(body, cap, None).await?;
            let dsn = auth::dsn_of_envelope(&payload.body)?.ok_or(AuthError::Missing)?;
            let project = project.unwrap_or(dsn.project);
            let known = visit.admit_key(dsn.key, Some(project)).await?;
            check_dsn(dsn, dsn.key, &known)?;
            (known, payload)
        }
    };
    let taken = visit
        .submit(
            &known,
            payload.wire.clone(),
            payload.encoding,
            payload.body.clone(),
        )
        .await?;
    Ok(taken.into_json())
}

fn check_dsn(dsn: Dsn, key: auth::PublicKey, known: &Known) -> Result<(), Error> {
    if dsn.key != key || dsn.project != known.project {
        return Err(Error::bad_request(
            "the dsn in the envelope header is not that of the request",
        ));
    }
    Ok(())
}
