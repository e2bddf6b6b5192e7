//! The configured plugins: who is held, which far end is down, how much waits.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use errand_model::delivery::DeliveryState;
use errand_model::destination::{Circuit, Destination};
use errand_model::project::Project;
use errand_model::{InstallationId, Timestamp};
use errand_store::deliveries;
use errand_store::installations::{self, Installation};
use errand_store::plugin_hooks;
use errand_store::plugin_jobs::{self, JobRow};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::plugin_shelf::{Arrival, PluginVersion};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Deliveries in a state that are counted; beyond that it is `100+`.
const COUNTED: u32 = 100;

#[derive(Template)]
#[template(path = "plugins/list.html")]
struct PluginsPage {
    page: Page,
    plugins: Vec<View>,
    versions: Vec<PluginVersion>,
    arrivals: Vec<Arrival>,
    /// Something is looked at: the page asks again by itself.
    is_waiting: bool,
}

/// One configured plugin.
struct View {
    id: InstallationId,
    name: String,
    plugin: String,
    /// The only version that runs for it.
    version: Option<String>,
    /// Why a newer one does not.
    held_back: Option<String>,
    scope: String,
    is_enabled: bool,
    paused: Option<String>,
    destinations: Vec<DestinationView>,
    waiting: String,
    is_waiting: bool,
    dead: String,
    has_dead: bool,
    jobs: Vec<JobRow>,
    /// Names and addresses.
    hooks: Vec<(String, String)>,
    /// Whether it uses accounts of other systems.
    has_accounts: bool,
}

/// A far end that is not as it should be.
struct DestinationView {
    host: String,
    says: &'static str,
    until: Option<Timestamp>,
    reason: Option<String>,
}

/// The page.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    let projects = visit.projects(&state).await?;
    let installed = installations::list(&state.db, Some(visit.organization.id)).await?;
    let ids: Vec<InstallationId> = installed.iter().map(|installation| installation.id).collect();
    let mut known = deliveries::destinations(&state.db, &ids).await?;
    let mut plugins = Vec::with_capacity(installed.len());
    for installation in installed {
        let destinations = known.remove(&installation.id).unwrap_or_default();
        plugins.push(view(&state, installation, &projects, destinations).await?);
    }
    let arrivals = state.plugin_shelf.arrivals();
    page::html(&PluginsPage {
        page: visit.page("Plugins", "plugins"),
        plugins,
        versions: state.plugin_shelf.versions(),
        is_waiting: arrivals.iter().any(|arrival| arrival.refused.is_none()),
        arrivals,
    })
}

async fn view(
    state: &AppState,
    installation: Installation,
    projects: &[Project],
    destinations: Vec<Destination>,
) -> Result<View, Error> {
    let id = installation.id;
    let waiting =
        count(state, id, DeliveryState::Waiting).await? + count(state, id, DeliveryState::Parked).await?;
    let dead = count(state, id, DeliveryState::Dead).await?;
    let project = installation
        .project
        .and_then(|id| projects.iter().find(|project| project.id == id));
    let hooks = hooks(state, &installation).await?;
    let now = state.now();
    let accounts = state.plugin_accounts.accounts(&installation.plugin_name());
    Ok(View {
        has_accounts: !accounts.is_empty(),
        id,
        scope: project.map_or_else(|| "all projects".to_owned(), |project| project.name.clone()),
        name: installation.name,
        plugin: installation.plugin,
        version: installation.version,
        held_back: installation.held_back,
        is_enabled: installation.is_enabled,
        paused: installation.paused,
        destinations: destinations
            .into_iter()
            .filter_map(|destination| destination_view(destination, now))
            .collect(),
        waiting: shown(waiting),
        is_waiting: waiting > 0,
        dead: shown(dead),
        has_dead: dead > 0,
        hooks,
        jobs: plugin_jobs::list(&state.db, Some(id)).await?,
    })
}

/// Where other systems call it.
pub(super) async fn hooks(
    state: &AppState,
    installation: &Installation,
) -> Result<Vec<(String, String)>, Error> {
    let routes = state.plugins.routes(&installation.plugin_name());
    let tokens = match routes.is_empty() {
        true => return Ok(Vec::new()),
        false => plugin_hooks::tokens(&state.db, Some(installation.id)).await?,
    };
    let token = tokens.get(&installation.id).map_or("", String::as_str);
    let address = |route: String| {
        let url = crate::hooks::url(&state.config.public_url, token, &route);
        (route, url)
    };
    Ok(routes.into_iter().map(address).collect())
}

async fn count(state: &AppState, of: InstallationId, at: DeliveryState) -> Result<usize, Error> {
    let page = deliveries::of_state(&state.db, of, Some(at), None, COUNTED).await?;
    Ok(page.rows.len() + usize::from(page.next.is_some()))
}

fn shown(count: usize) -> String {
    match count > COUNTED as usize {
        true => format!("{COUNTED}+"),
        false => count.to_string(),
    }
}

fn destination_view(destination: Destination, now: Timestamp) -> Option<DestinationView> {
    let circuit = destination.circuit(now);
    let says = match circuit {
        Circuit::Closed => return None,
        Circuit::Busy => "asked to be left alone.",
        Circuit::Open => "is down.",
        Circuit::HalfOpen => "was down; the next delivery goes to see whether it is back.",
    };
    Some(DestinationView {
        host: destination.host,
        says,
        until: circuit.is_held().then_some(destination.held_until),
        reason: destination.reason,
    })
}
