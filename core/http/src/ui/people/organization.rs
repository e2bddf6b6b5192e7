//! The organization: how people get in.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use errand_model::access::Role;
use errand_store::admission::{self, Admission, Registration};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::choice::{Choice, choices};
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Where it is.
const PATH: &str = "/organization";

/// Domains that can be named.
const MOST_DOMAINS: usize = 50;

/// Who may register, by what the form sends.
const REGISTRATIONS: [(&str, Registration, &str); 3] = [
    ("closed", Registration::Closed, "Who is invited"),
    (
        "domains",
        Registration::Domains,
        "Who has an address of these domains",
    ),
    ("open", Registration::Open, "Anybody who has an e-mail address"),
];

/// What somebody may be who let themselves in.
const ROLES: [Role; 3] = [Role::Member, Role::Support, Role::ReadOnly];

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new().route(PATH, get(page).post(change))
}

#[derive(Template)]
#[template(path = "people/organization.html")]
struct OrganizationPage {
    page: Page,
    name: String,
    registrations: Vec<Choice>,
    domains: String,
    roles: Vec<Choice>,
    has_post: bool,
}

async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    let set = admission::of(&state.db, visit.organization.id).await?;
    let chosen = REGISTRATIONS.iter().find(|(_, one, _)| *one == set.registration);
    page::html(&OrganizationPage {
        page: visit.page("How people get in", "people"),
        name: visit.organization.name.clone(),
        registrations: choices(
            REGISTRATIONS.map(|(slug, _, name)| (slug, name)),
            chosen.map_or("", |(slug, _, _)| slug),
        ),
        domains: set.domains.join("\n"),
        roles: choices(ROLES.map(|role| (role.as_str(), role.title())), set.role.as_str()),
        has_post: state.post.is_there(),
    })
}

async fn change(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let set = read(&form)?;
    if set.registration == Registration::Domains && set.domains.is_empty() {
        let problem = "Name the domains whose addresses may register.";
        return Ok(redirect_with(PATH, &Flash::error(problem)));
    }
    let mut tx = state.db.begin().await?;
    admission::set(&mut tx, visit.organization.id, &set).await?;
    let (slug, ..) = REGISTRATIONS
        .iter()
        .find(|(_, one, _)| *one == set.registration)
        .unwrap_or(&REGISTRATIONS[0]);
    visit.note(format!(
        "changed registration: {slug} {} as {}",
        set.domains.join(" "),
        set.role
    ));
    tx.commit().await?;
    Ok(redirect_with(PATH, &Flash::ok("Saved.")))
}

fn read(form: &Fields) -> Result<Admission, Error> {
    let wanted = form.text("registration");
    let found = REGISTRATIONS.iter().find(|(slug, ..)| *slug == wanted);
    let (_, registration, _) = found.ok_or_else(|| Error::bad_request("Choose who may register."))?;
    let role = ROLES.into_iter().find(|role| role.as_str() == form.text("role"));
    let lines = form.lines("domains").to_lowercase();
    let domains = lines
        .split([',', ' ', '\n'])
        .map(|domain| domain.trim().trim_start_matches('@'));
    let domains = domains.filter(|domain| !domain.is_empty() && domain.len() <= 253);
    Ok(Admission {
        registration: *registration,
        domains: domains.take(MOST_DOMAINS).map(str::to_owned).collect(),
        role: role.ok_or_else(|| Error::bad_request("Choose what who registers is."))?,
    })
}
