//! Questions over events, in the words of Sentry's Discover: tables, and series over time.

mod field;
mod span;
mod stats;
mod table;

use errand_model::project::Project;
use errand_model::question::{Answer, Question};
use errand_model::search::{Filter, Query, Term};
use errand_model::{Timestamp, UserId};
use errand_store::facts::{self, Asker, Names};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::api::narrow::{environments, projects_of, read_query};
use crate::api::query::QueryPairs;
use crate::error::Error;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(table::get))
        .routes(routes!(stats::get))
}

/// Whose events, and which.
struct Asked {
    projects: Vec<Project>,
    viewer: Option<UserId>,
    filter: Query,
}

impl Asked {
    async fn of(state: &AppState, at: &InOrganization<Events>, query: &QueryPairs) -> Result<Self, Error> {
        Ok(Asked {
            projects: projects_of(state, at, query).await?,
            viewer: at.by.caller.person(),
            filter: filter(query, state.now())?,
        })
    }

    async fn answer(
        &self,
        state: &AppState,
        at: &InOrganization<Events>,
        question: &Question,
    ) -> Result<(Answer, Names), Error> {
        let asker = Asker {
            organization: at.organization.id,
            projects: &self.projects,
            viewer: self.viewer,
        };
        let answer = facts::answer(&state.db, asker, question).await?;
        let names = facts::names(&state.db, &self.projects, &question.keys, &answer).await?;
        Ok((answer, names))
    }
}

/// `query`, with the environments that are asked for besides.
fn filter(query: &QueryPairs, now: Timestamp) -> Result<Query, Error> {
    let text = query.text("query").unwrap_or_default();
    let mut parsed = read_query(text, now)?;
    // All that there is are errors here.
    parsed.terms.retain(|term| !is_of_errors(term));
    parsed.terms.extend(environments(query));
    Ok(parsed)
}

/// Sentry's own pages ask for `event.type:error`, or for whatever is no transaction.
fn is_of_errors(term: &Term) -> bool {
    let Filter::Tag { key, values } = &term.filter else {
        return false;
    };
    let names = |name: &str| values.iter().any(|value| value.exact() == Some(name));
    key == "event.type" && names("error") != term.negated && names("transaction") == term.negated
}
