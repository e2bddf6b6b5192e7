//! Inviting somebody: they are added, and get a link that signs them in once; by mail, where that is sent.

use axum::extract::State;
use axum::response::Response;
use errand_model::Secret;
use errand_model::access::Role;
use errand_store::people::{self, Person};
use errand_store::{Tx, sessions};

use super::list::{self, Outcome};
use crate::AppState;
use crate::error::{Error, PageError};
use crate::post::AccountMail;
use crate::ui::forms::{Fields, SignedForm};
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
    visit.note(format!("invited {} as {role}", person.email));
    let outcome = with_link(&state, tx, &person, Way::of(&form)).await?;
    list::shown(&visit, &state, outcome).await
}

/// How a link gets to whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Who makes it sees it, and sends it on.
    Shown,
    /// The hub sends it; nobody else sees it.
    Mail,
}

impl Way {
    fn of(form: &Fields) -> Self {
        match form.text("by") {
            "mail" => Way::Mail,
            _ => Way::Shown,
        }
    }
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

/// Makes a link for somebody, commits it, and has it shown or sent.
pub(super) async fn with_link(
    state: &AppState,
    mut tx: Tx,
    person: &Person,
    way: Way,
) -> Result<Outcome, Error> {
    let lifetime = state.config.sign_in.link_lifetime.as_secs();
    let lives_seconds = i64::try_from(lifetime).unwrap_or(i64::MAX);
    let secret = sessions::create_link(&mut tx, state.context(), person.id, lives_seconds).await?;
    tx.commit().await?;
    let link = format!(
        "{}/sign-in/{}",
        state.config.public_url.trim_end_matches('/'),
        secret.reveal()
    );
    let unsent = match way {
        Way::Shown => None,
        Way::Mail => match send(state, person, &link, lifetime).await {
            Ok(()) => {
                return Ok(Outcome {
                    sent_to: Some(person.email.clone()),
                    ..Outcome::default()
                });
            }
            Err(why) => Some(why),
        },
    };
    Ok(Outcome {
        link: Some((person.email.clone(), link)),
        unsent,
        ..Outcome::default()
    })
}

async fn send(state: &AppState, person: &Person, link: &str, lives_seconds: u64) -> Result<(), String> {
    let hours = (lives_seconds / 3_600).max(1);
    let text = format!(
        "You may sign in to Errand, which hears of every error of your programs. Open this; it works once, for {hours} \
         hours:\n\n{link}\n\nOn the page of your account you set a password. If that time is over, ask who invited you \
         for another link.\n"
    );
    let mail = AccountMail {
        to: person.email.clone(),
        subject: "A way in to Errand",
        text: Secret::new(text),
    };
    state.post.send(mail).await
}
