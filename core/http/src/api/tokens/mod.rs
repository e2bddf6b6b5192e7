//! API tokens of an organization. Sentry calls them organization tokens; theirs are made by hand, ours here too.

mod create;
mod list;
mod revoke;

use errand_model::access::{Action, Resource};
use errand_store::tokens::Token;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::By;
use crate::api::shape::Time;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(revoke::revoke))
}

/// Whether a token is for the caller to see and revoke.
fn is_for<F>(by: &By<F>, token: &Token) -> bool {
    let runs = by
        .caller
        .role()
        .is_none_or(|role| role.may(Resource::People, Action::Change));
    runs || token.person == by.caller.person()
}

/// A token, without its secret but where it was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
#[serde(rename_all = "camelCase")]
struct TokenShape {
    id: String,
    name: String,
    scopes: Vec<&'static str>,
    date_created: Time,
    /// Until when; none for ever.
    expires: Option<Time>,
    /// When it was last used, to a few minutes.
    last_used: Option<Time>,
    /// The person for whom it acts.
    user_id: Option<String>,
    /// The secret, shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl TokenShape {
    fn of(token: &Token) -> Self {
        TokenShape {
            id: token.id.to_string(),
            name: token.name.clone(),
            scopes: token.scopes.iter().map(|scope| scope.as_str()).collect(),
            date_created: Time(token.created),
            expires: token.expires.map(Time),
            last_used: token.last_used.map(Time),
            user_id: token.person.map(|person| person.to_string()),
            token: None,
        }
    }
}
