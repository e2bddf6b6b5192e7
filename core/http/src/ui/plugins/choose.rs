//! Which plugins there are to add.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::AppState;
use crate::error::PageError;
use crate::plugin_shelf::PluginVersion;
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "plugins/choose.html")]
struct ChoosePage {
    page: Page,
    /// The newest version of each.
    plugins: Vec<PluginVersion>,
}

/// The page.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    let mut plugins = state.plugin_shelf.versions();
    plugins.dedup_by(|later, first| later.plugin == first.plugin);
    page::html(&ChoosePage {
        page: visit.page("Add a plugin", "plugins"),
        plugins,
    })
}
