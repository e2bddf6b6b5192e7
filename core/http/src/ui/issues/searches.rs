//! Searches that somebody keeps at hand.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::access::{Action, Resource};
use errand_pipeline::search;
use errand_store::saved_searches::{self, NewSearch, SavedSearch};

use super::actions::answer;
use super::query::Params;
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::Flash;
use crate::ui::visit::Visit;

/// What is at hand for who looks.
#[derive(Debug, Default)]
pub(super) struct Searches {
    /// Everybody's, and their own.
    pub(super) all: Vec<SavedSearch>,
    /// The one that they begin with.
    pub(super) first: Option<SavedSearch>,
    /// The one that is shown.
    pub(super) shown: Option<SavedSearch>,
    /// Whether they may keep searches for everybody.
    pub(super) may_share: bool,
}

impl Searches {
    /// Reads them.
    pub(super) async fn read(state: &AppState, visit: &Visit) -> Result<Self, Error> {
        Ok(Searches {
            all: saved_searches::list(&state.db, visit.organization.id, visit.person.id).await?,
            first: saved_searches::first(&state.db, visit.person.id).await?,
            shown: None,
            may_share: visit.require(Resource::Organization, Action::Change).is_ok(),
        })
    }

    /// What is looked for where the address does not say: what they begin with.
    pub(super) fn begun(&self, params: Params) -> Params {
        match (&self.first, &params.query) {
            (Some(first), None) => Params {
                query: Some(first.query.clone()),
                sort: if params.sort.is_empty() {
                    first.sort.clone()
                } else {
                    params.sort
                },
                ..params
            },
            _ => params,
        }
    }

    /// With what is shown.
    pub(super) fn at(mut self, query: &str, sort: &str) -> Self {
        self.shown = self
            .all
            .iter()
            .find(|one| one.query == query && one.sort == sort)
            .cloned();
        self
    }

    /// Whether they begin with what is shown.
    pub(super) fn is_first(&self) -> bool {
        self.first.is_some() && self.first == self.shown
    }
}

/// Keeps the search that is shown.
pub(super) async fn save(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let query = form.text("query");
    if let Err(problem) = search::parse(query, visit.now) {
        return Err(Error::bad_request(format!("The search cannot be read: {problem}.")).into());
    }
    let person = match form.is_ticked("shared") {
        true => {
            visit.require(Resource::Organization, Action::Change)?;
            None
        }
        false => Some(visit.person.id),
    };
    let new = NewSearch {
        person,
        name: form.text("name"),
        query,
        sort: form.text("sort"),
    };
    let done = async {
        let mut tx = state.db.begin().await?;
        let id = saved_searches::save(&mut tx, state.context(), visit.organization.id, new).await?;
        if form.is_ticked("first") {
            saved_searches::begin_with(&mut tx, visit.person.id, Some(id)).await?;
        }
        tx.commit().await
    };
    let said = format!("{} is at hand now.", form.text("name"));
    answer(done.await.map(|()| Flash::ok(said)), form.text("back"))
}

/// Forgets one, or begins with it.
pub(super) async fn change(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<i64>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let all = saved_searches::list(&state.db, visit.organization.id, visit.person.id).await?;
    let known = all.into_iter().find(|search| search.id == id);
    let known = known.ok_or_else(|| Error::not_found("There is no such search."))?;
    let mut tx = state.db.begin().await?;
    let said = match form.text("action") {
        "first" => {
            saved_searches::begin_with(&mut tx, visit.person.id, Some(id)).await?;
            format!("You begin with {} from now on.", known.name)
        }
        "usual" => {
            saved_searches::begin_with(&mut tx, visit.person.id, None).await?;
            "You begin with what is unresolved from now on.".to_owned()
        }
        "forget" => {
            let of = (!known.is_shared).then_some(visit.person.id);
            if known.is_shared {
                visit.require(Resource::Organization, Action::Change)?;
            }
            saved_searches::forget(&mut tx, visit.organization.id, of, id).await?;
            format!("{} is forgotten.", known.name)
        }
        _ => return Err(Error::bad_request("There is no such action.").into()),
    };
    tx.commit().await?;
    answer(Ok(Flash::ok(said)), form.text("back"))
}
