//! Searches that people keep at hand, as Sentry's API has them: a pinned one is what its person begins with.

mod change;
mod create;
mod delete;
mod list;
mod pin;

use errand_model::access::{Action, Resource, Scope};
use errand_model::{Ids, UserId};
use errand_pipeline::search;
use errand_store::saved_searches::{self, SavedSearch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::api::error::{invalid, missing};
use crate::api::narrow::read_query;
use crate::api::shape::Time;
use crate::auth::Caller;
use crate::error::Error;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(change::change, delete::delete))
        .routes(routes!(pin::pin, pin::unpin))
}

/// A search at hand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SavedSearch)]
#[serde(rename_all = "camelCase")]
pub(super) struct SearchShape {
    id: String,
    /// Of issues: always 0.
    #[serde(rename = "type")]
    kind: u8,
    name: String,
    query: String,
    /// `date`, `new`, `freq`, `user`, `trends` or `priority`.
    sort: String,
    visibility: Visibility,
    /// Whether it is everybody's.
    is_global: bool,
    /// Whether who asks begins with it.
    is_pinned: bool,
    date_created: Time,
}

/// Whose a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SearchVisibility)]
#[serde(rename_all = "lowercase")]
pub(super) enum Visibility {
    /// One person's.
    #[default]
    Owner,
    /// Everybody's.
    Organization,
}

/// A search to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewSavedSearch)]
#[serde(rename_all = "camelCase")]
pub(super) struct SearchBody {
    /// 1 to 60 bytes.
    name: Option<String>,
    /// In the language of the search for issues.
    query: Option<String>,
    /// `date`, where it is missing.
    sort: Option<String>,
    /// One's own, where it is missing; everybody's needs `org:write`.
    visibility: Option<Visibility>,
}

/// What is to be kept of a body: a name, a query and an order that can be read.
struct Checked {
    name: String,
    query: String,
    sort: String,
}

impl SearchBody {
    fn checked(&self, state: &AppState) -> Result<Checked, Error> {
        let name = self.name.as_deref().map(str::trim).unwrap_or_default();
        if name.is_empty() {
            return Err(missing("name", "1 to 60 bytes"));
        }
        let query = self
            .query
            .as_deref()
            .ok_or_else(|| missing("query", "a search"))?;
        Ok(Checked {
            name: name.to_owned(),
            query: readable(state, query)?,
            sort: sorted(self.sort.as_deref())?,
        })
    }
}

/// The query, if it can be read.
fn readable(state: &AppState, query: &str) -> Result<String, Error> {
    read_query(query, state.now())?;
    Ok(query.trim().to_owned())
}

/// The order as it is kept: nothing for the usual one.
fn sorted(sort: Option<&str>) -> Result<String, Error> {
    let sort = sort.unwrap_or_default().trim();
    match search::parse_sort(sort) {
        Ok(_) if sort == "date" => Ok(String::new()),
        Ok(_) => Ok(sort.to_owned()),
        Err(_) => Err(invalid("sort", sort, "date, new, freq, user, trends or priority")),
    }
}

/// Whose searches a request is about.
struct Keeper {
    /// For whom it acts; nobody for a token of nobody's.
    person: Option<UserId>,
    first: Option<i64>,
}

impl Keeper {
    async fn of(state: &AppState, caller: &Caller) -> Result<Self, Error> {
        let person = caller.person();
        let first = match person {
            Some(person) => saved_searches::first(&state.db, person).await?,
            None => None,
        };
        Ok(Keeper {
            person,
            first: first.map(|search| search.id),
        })
    }

    /// Somebody, for what only somebody has.
    fn somebody(&self) -> Result<UserId, Error> {
        let nobody = || Error::bad_request("this token acts for nobody, who has no searches of their own");
        self.person.ok_or_else(nobody)
    }

    /// Everybody's searches, and theirs.
    async fn all(&self, state: &AppState, at: &InOrganization<Events>) -> Result<Vec<SavedSearch>, Error> {
        let person = self.person.unwrap_or(UserId(0));
        Ok(saved_searches::list(&state.db, at.organization.id, person).await?)
    }

    /// One of them.
    async fn find(&self, state: &AppState, at: &InOrganization<Events>) -> Result<SavedSearch, Error> {
        let missing = || Error::not_found("there is no such search");
        let id: i64 = at.by.path.text("search").parse().map_err(|_| missing())?;
        let all = self.all(state, at).await?;
        all.into_iter().find(|search| search.id == id).ok_or_else(missing)
    }

    fn shape(&self, search: SavedSearch) -> SearchShape {
        SearchShape {
            id: search.id.to_string(),
            kind: 0,
            name: search.name,
            query: search.query,
            sort: if search.sort.is_empty() {
                "date".to_owned()
            } else {
                search.sort
            },
            visibility: match search.is_shared {
                true => Visibility::Organization,
                false => Visibility::Owner,
            },
            is_global: search.is_shared,
            is_pinned: self.first == Some(search.id),
            date_created: Time(Ids::time(search.id)),
        }
    }
}

/// Whose a search of that visibility is; everybody's only for who may change the organization.
fn owner(caller: &Caller, keeper: &Keeper, visibility: Visibility) -> Result<Option<UserId>, Error> {
    match visibility {
        Visibility::Owner => keeper.somebody().map(Some),
        Visibility::Organization => {
            caller.require(Scope::OrgWrite)?;
            if let Some(role) = caller.role() {
                crate::access::require(role, Resource::Organization, Action::Change)?;
            }
            Ok(None)
        }
    }
}

/// The same, of a search that is there.
fn owner_of(caller: &Caller, keeper: &Keeper, search: &SavedSearch) -> Result<Option<UserId>, Error> {
    let visibility = match search.is_shared {
        true => Visibility::Organization,
        false => Visibility::Owner,
    };
    owner(caller, keeper, visibility)
}
