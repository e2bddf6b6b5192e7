//! Inbound filters of a project: which events are not taken.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::filters::{FAMILIES, Filters, OLD_BROWSERS, OldBrowser};
use errand_pipeline::filter::{self, Problem};

use crate::AppState;
use crate::error::PageError;
use crate::project_settings;
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::projects::Heading;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "settings/filters.html")]
struct FiltersPage {
    page: Page,
    project: Heading,
    filters: Filters,
    families: Vec<Tick>,
    older: Vec<Tick>,
    has_older: bool,
    releases: String,
    error_messages: String,
    ip_addresses: String,
    problems: Vec<Problem>,
}

/// A browser that can be ticked.
struct Tick {
    slug: &'static str,
    name: String,
    is_ticked: bool,
}

impl FiltersPage {
    fn new(page: Page, project: Heading, filters: Filters, problems: Vec<Problem>) -> Self {
        let boxed = |browser: &OldBrowser| Tick {
            slug: browser.slug,
            name: format!("{} {}", browser.family, browser.versions()),
            is_ticked: filters.legacy_browsers.iter().any(|slug| slug == browser.slug),
        };
        let (families, older) = OLD_BROWSERS.split_at(FAMILIES);
        FiltersPage {
            page,
            project,
            families: families.iter().map(boxed).collect(),
            has_older: older.iter().any(|browser| boxed(browser).is_ticked),
            older: older.iter().map(boxed).collect(),
            releases: filters.releases.join("\n"),
            error_messages: filters.error_messages.join("\n"),
            ip_addresses: filters.ip_addresses.join("\n"),
            filters,
            problems,
        }
    }
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    let page = visit.page(format!("Filters of {}", project.name), "projects");
    let heading = Heading::of(&project);
    page::html(&FiltersPage::new(
        page,
        heading,
        project.settings.filters,
        Vec::new(),
    ))
}

/// Saves what is filtered, or says why not.
pub(super) async fn save(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let mut project = visit.project(&state, &slug).await?;
    let filters = read(&form);
    let problems = filter::check(&filters);
    if !problems.is_empty() {
        let page = visit.page(format!("Filters of {}", project.name), "projects");
        let shown = FiltersPage::new(page, Heading::of(&project), filters, problems);
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    }
    project.settings.filters = filters;
    visit.note(format!("changed the inbound filters of {}", project.name));
    project_settings::save(&state, &project).await?;
    Ok(redirect_with(
        &format!("/projects/{slug}/filters"),
        &Flash::ok("Saved. New events follow it within seconds."),
    ))
}

fn read(form: &Fields) -> Filters {
    let lines = |field: &str| {
        let text = form.lines(field);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    Filters {
        browser_extensions: form.is_ticked("browser_extensions"),
        web_crawlers: form.is_ticked("web_crawlers"),
        localhost: form.is_ticked("localhost"),
        legacy_browsers: form.all("legacy_browsers").map(str::to_owned).collect(),
        releases: lines("releases"),
        error_messages: lines("error_messages"),
        ip_addresses: lines("ip_addresses"),
    }
}
