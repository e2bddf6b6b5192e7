//! Who may do what, decided in one place: every request to pages and API passes here before a handler sees it.
//!
//! `rules.txt` says which right each route needs, the table in `errand_model::access` which role has it. What is more
//! than a role decides is asked by who looks a thing up: whose project it is, whose team ([`teams`]).
//! Handlers take who asks as they always did ([`Session`], [`Caller`]): what was found out here is not looked up
//! again. What was done that is administrative is written down here, too ([`audit`]).

pub(crate) mod audit;
pub mod rules;
pub(crate) mod teams;

use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use errand_model::access::{Action, Resource, Role};

use self::rules::{Known, Rule};
use crate::AppState;
use crate::auth::{Caller, SIGN_IN_PATH, Session, SignInFirst, no_credentials};
use crate::error::{Error, PageError, refuse};

/// Lets a request through if who asks may do what it asks for.
pub(crate) async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    // What is at no route at all is nothing to be kept from anybody.
    let Some(route) = request.extensions().get::<MatchedPath>().cloned() else {
        return next.run(request).await;
    };
    let path = request.uri().path().to_owned();
    match rules::of(request.method(), route.as_str()) {
        Known::Rule(Rule::Open) => next.run(request).await,
        Known::Rule(rule) => match admit(&state, request, rule).await {
            Ok(request) => watched(&state, request, rule, route.as_str(), next).await,
            Err(response) => response,
        },
        Known::Methods(methods) => wrong_method(&path, &methods),
        Known::Nothing => refuse(&path, Error::internal(format!("{} has no rule", route.as_str()))),
    }
}

/// Runs the handler, and has what it does written down.
async fn watched(state: &AppState, request: Request, rule: Rule, route: &str, next: Next) -> Response {
    let is_look = request.method().is_safe();
    let (mut parts, body) = request.into_parts();
    let audited = audit::watch(state, &mut parts, rule, route);
    let handled = next.run(Request::from_parts(parts, body));
    let Some(audited) = audited else {
        return handled.await;
    };
    let response = audited.during(handled).await;
    if audit::is_done(&response) {
        audit::over(state, &audited, route, is_look).await;
    }
    response
}

/// The request, with who sent it, if they may.
async fn admit(state: &AppState, request: Request, rule: Rule) -> Result<Request, Response> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let role = if path.starts_with("/api/") {
        let caller = Caller::find(state, &parts).await;
        let caller = caller.and_then(|caller| caller.ok_or_else(no_credentials));
        let caller = caller.map_err(|error| refuse(&path, error))?;
        let role = caller.role();
        parts.extensions.insert(caller);
        role
    } else {
        let session = Session::find(state, &parts).await;
        let session = session.map_err(|error| PageError(error).into_response())?;
        let session = session.ok_or_else(|| sign_in_first(&parts))?;
        let role = session.person.role;
        parts.extensions.insert(session);
        Some(role)
    };
    match (role, rule) {
        (Some(role), Rule::Right(resource, action)) if !role.may(resource, action) => {
            Err(refuse(&path, denied(role, resource, action)))
        }
        // What a token may that acts for nobody, its scopes say.
        _ => Ok(Request::from_parts(parts, body)),
    }
}

/// What somebody is told who may not.
fn denied(role: Role, resource: Resource, action: Action) -> Error {
    Error::forbidden(format!("The role {role} may not {action} {resource}."))
}

/// 403 unless the role has the right: for what one route does to several kinds of things.
pub(crate) fn require(role: Role, resource: Resource, action: Action) -> Result<(), Error> {
    match role.may(resource, action) {
        true => Ok(()),
        false => Err(denied(role, resource, action)),
    }
}

/// Sends somebody unknown to sign in, and from there to where they wanted.
pub(crate) fn sign_in_first(parts: &Parts) -> Response {
    match parts.method == Method::GET && parts.uri.path() != "/" {
        true => {
            let next = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            SignInFirst::Nobody {
                next: next.to_owned(),
            }
            .into_response()
        }
        // A form that was sent is not sent again.
        false => Redirect::to(SIGN_IN_PATH).into_response(),
    }
}

fn wrong_method(path: &str, allowed: &[Method]) -> Response {
    let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
    let names = names.join(", ");
    let detail = format!("This address takes {names} alone.");
    let mut response = refuse(path, Error::new(StatusCode::METHOD_NOT_ALLOWED, detail));
    if let Ok(names) = HeaderValue::from_str(&names) {
        response.headers_mut().insert(header::ALLOW, names);
    }
    response
}

#[cfg(test)]
mod tests;
