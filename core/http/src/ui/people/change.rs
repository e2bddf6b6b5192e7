//! A new link for somebody, and another role.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::UserId;
use errand_store::people::{self, Person};
use errand_store::{Tx, single_sign_on, two_factor};

use super::invite::Way;
use super::{PEOPLE_PATH, invite, list};
use crate::AppState;
use crate::auth::oidc::settings;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::Visit;

/// Does what the button says.
pub(super) async fn change(
    visit: Visit,
    State(state): State<AppState>,
    Path(id): Path<i64>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin().await?;
    let person = people::by_id(&mut tx, UserId(id)).await?;
    let person = person.ok_or_else(|| Error::not_found("There is no such person."))?;
    // A link signs in as them: who may not make an owner may not become one either.
    if !super::may_make(visit.person.role, person.role) {
        return Err(Error::forbidden("Only owners change what owners are.").into());
    }
    let role = match form.text("action") {
        action @ ("link" | "mail") => {
            let way = if action == "mail" { Way::Mail } else { Way::Shown };
            visit.note(format!("made a sign-in link for {}", person.email));
            let outcome = invite::with_link(&state, tx, &person, way).await?;
            return list::shown(&visit, &state, outcome).await;
        }
        "factor" => {
            two_factor::turn_off(&mut tx, person.id).await?;
            visit.note(format!("turned the second factor of {} off", person.email));
            tx.commit().await?;
            let text = format!("{} signs in without a second factor now.", person.email);
            return Ok(redirect_with(PEOPLE_PATH, &Flash::ok(text)));
        }
        "identity" => return unlink(&visit, &state, tx, &person).await,
        "role" => invite::given_role(&visit, form.text("role"))?,
        _ => return Err(Error::bad_request("The form asks for nothing that there is.").into()),
    };
    // So there is always one left.
    if person.id == visit.person.id {
        return Err(Error::bad_request("Ask another administrator to change what you are yourself.").into());
    }
    visit.note(format!(
        "changed the role of {}: from {} to {role}",
        person.email, person.role
    ));
    let changed = Person { role, ..person };
    people::update(&mut tx, &changed).await?;
    tx.commit().await?;
    let text = format!("The role of {} is {} now.", changed.email, role.title());
    Ok(redirect_with(PEOPLE_PATH, &Flash::ok(text)))
}

/// Forgets who somebody is at the provider: whoever comes next with their address there is they.
async fn unlink(visit: &Visit, state: &AppState, mut tx: Tx, person: &Person) -> Result<Response, PageError> {
    let client = settings::client(state).await?;
    let client = client.ok_or_else(|| Error::not_found("Single sign-on is not set up here."))?;
    single_sign_on::unlink(&mut tx, person.id, &client.settings.issuer).await?;
    let provider = client.settings.title();
    visit.note(format!("unlinked {provider} from {}", person.email));
    tx.commit().await?;
    let text = format!("{} is not linked with {provider} any more.", person.email);
    Ok(redirect_with(PEOPLE_PATH, &Flash::ok(text)))
}
