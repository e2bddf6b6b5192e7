//! Inviting somebody: they are added, and get a link that signs them in once.

use axum::extract::State;
use axum::response::Response;
use errand_model::access::Role;
use errand_store::people::{self, Person};
use errand_store::{Tx, sessions};

use super::list::{self, Outcome};
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::visit::Visit;

/// Adds somebody, and shows their link.
pub(super) async fn invite(
    visit: Visit,
    State(state): State<AppState>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let (email, name) = (form.text("email"), form.text("name"));
    let role = given_role(&visit, form.text("role"))?;
    let refused = |problem: String| Outcome {
        problem: Some(problem),
        email: email.to_owned(),
        name: name.to_owned(),
        role: Some(role),
        ..Outcome::default()
    };
    let mut tx = state.db.begin().await?;
    if people::by_email(&mut tx, email).await?.is_some() {
        let problem = format!("{email} is here already: make a link for them below.");
        drop(tx);
        return list::shown(&visit, &state, refused(problem)).await;
    }
    let made = people::create(&mut tx, state.context(), email, name, role).await;
    let person = match made {
        Ok(person) => person,
        Err(errand_store::Error::Invalid { reason }) => {
            drop(tx);
            return list::shown(&visit, &state, refused(format!("{reason}."))).await;
        }
        Err(error) => return Err(error.into()),
    };
    let outcome = with_link(&state, tx, &person).await?;
    visit.note(format!("invited {} as {role}", person.email));
    list::shown(&visit, &state, outcome).await
}

/// The role that a form gives to somebody.
pub(super) fn given_role(visit: &Visit, text: &str) -> Result<Role, Error> {
    let role = match text {
        "" => Role::Member,
        text => text
            .parse()
            .map_err(|_| Error::bad_request("There is no such role."))?,
    };
    match super::may_make(visit.person.role, role) {
        true => Ok(role),
        false => Err(Error::forbidden("Only owners make owners.")),
    }
}

/// Makes a link for somebody, commits it, and has it shown.
pub(super) async fn with_link(state: &AppState, mut tx: Tx, person: &Person) -> Result<Outcome, Error> {
    let lifetime = state.config.sign_in.link_lifetime.as_secs();
    let lives_seconds = i64::try_from(lifetime).unwrap_or(i64::MAX);
    let secret = sessions::create_link(&mut tx, state.context(), person.id, lives_seconds).await?;
    tx.commit().await?;
    let link = format!(
        "{}/sign-in/{}",
        state.config.public_url.trim_end_matches('/'),
        secret.reveal()
    );
    Ok(Outcome {
        link: Some((person.email.clone(), link)),
        ..Outcome::default()
    })
}
