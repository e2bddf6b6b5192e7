//! Issues: the stream, one of them, and what people do with them.

mod actions;
mod activity;
mod deed;
mod deliveries;
mod events;
mod found;
mod grouping;
mod head;
mod headline;
mod list;
mod live;
mod people;
mod permalink;
mod plugin_action;
mod query;
mod searches;
mod show;
mod side;
mod similar;
mod tags;
mod tickets;
mod unmerge;

use axum::Router;
use axum::routing::{get, post};

use crate::AppState;

pub(crate) use headline::{Badge, Headline, state as fix};
pub(crate) use people::Roster;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .merge(events::router())
        .route("/issues", get(list::page))
        .route("/issues/actions", post(actions::many))
        .route("/issues/searches", post(searches::save))
        .route("/issues/searches/{id}", post(searches::change))
        .route("/issues/live", get(live::list))
        .route("/issues/{id}", get(show::latest))
        .route("/issues/{id}/live", get(live::one))
        .route("/issues/{id}/actions", post(actions::one))
        .route("/issues/{id}/comments", post(actions::comment))
        .route("/issues/{id}/similar", get(similar::page))
        .route("/issues/{id}/unmerge", post(unmerge::take_out))
        .route("/issues/{id}/tickets", post(tickets::link))
        .route("/issues/{id}/tickets/unlink", post(tickets::unlink))
        .route("/issues/{id}/events/{event}", get(show::one))
        .route("/issues/{id}/tags", get(tags::all))
        .route("/issues/{id}/tags/{key}", get(tags::one))
        .route("/issues/{id}/activity", get(activity::page))
        .route("/issues/{id}/deliveries", get(deliveries::page))
        .route("/issues/{id}/grouping", get(grouping::page))
        .route(
            "/issues/{id}/plugin-actions/{installation}/{action}",
            get(plugin_action::form).post(plugin_action::press),
        )
        .route("/organizations/{organization}/issues/{id}", get(permalink::issue))
        .route(
            "/organizations/{organization}/issues/{id}/",
            get(permalink::issue),
        )
        .route(
            "/organizations/{organization}/issues/{id}/events/{event}",
            get(permalink::event),
        )
        .route(
            "/organizations/{organization}/issues/{id}/events/{event}/",
            get(permalink::event),
        )
}
