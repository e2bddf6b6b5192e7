//! Who is written to no more, and letting them be written to again.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use errand_model::{InstallationId, Timestamp};
use errand_store::installations;
use errand_store::mail::{self, Reason, Refusal};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "mail/refusals.html")]
struct RefusalsPage {
    page: Page,
    refusals: Vec<View>,
    bounces: String,
}

struct View {
    address: String,
    installation: Option<InstallationId>,
    /// The installation's name.
    of: Option<String>,
    why: &'static str,
    details: String,
    at: Timestamp,
}

/// The page.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    let installed = installations::list(&state.db, None).await?;
    let names: HashMap<_, _> = installed.into_iter().map(|one| (one.id, one.name)).collect();
    let refusals = mail::list(&state.db).await?;
    page::html(&RefusalsPage {
        page: visit.page("Mail", "plugins"),
        refusals: refusals
            .into_iter()
            .map(|refusal| view(refusal, &names))
            .collect(),
        bounces: state.config.mail_bounces.clone(),
    })
}

fn view(refusal: Refusal, names: &HashMap<InstallationId, String>) -> View {
    View {
        of: refusal
            .installation
            .map(|id| names.get(&id).cloned().unwrap_or_else(|| id.to_string())),
        address: refusal.address,
        installation: refusal.installation,
        why: match refusal.reason {
            Reason::Bounced => "mail does not arrive there",
            Reason::Complained => "called it unwanted",
            Reason::Unsubscribed => "asked for no more",
            Reason::ByHand => "by hand",
        },
        details: refusal.details,
        at: refusal.at,
    }
}

/// Lets an address be written to again, or not.
pub(super) async fn act(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let address = form.text("address");
    let mut tx = state.db.begin().await?;
    let said = match form.text("action") {
        "allow" => {
            mail::allow(&mut tx, address, form.parse("installation")).await?;
            Flash::ok(format!("{address} is written to again."))
        }
        "refuse" if address.contains('@') && address.len() <= 254 => {
            let refusal = Refusal {
                address: address.to_owned(),
                installation: None,
                reason: Reason::ByHand,
                details: format!("by {}", visit.person.name),
                at: visit.now,
            };
            mail::refuse(&mut tx, &refusal).await?;
            Flash::ok(format!("{address} is written to no more."))
        }
        "refuse" => return Ok(redirect_with("/mail", &Flash::error("That is no address."))),
        _ => return Err(Error::bad_request("There is no such action.").into()),
    };
    let did = if form.text("action") == "allow" {
        "allowed"
    } else {
        "stopped"
    };
    visit.note(format!("{did} mail to {address}"));
    tx.commit().await?;
    Ok(redirect_with("/mail", &said))
}
