//! Holding a plugin's deliveries, letting them go on, trying again what was given up; taking a plugin out.

use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::access::{Action, Resource};
use errand_model::delivery::DeliveryState;
use errand_store::deliveries::{self, Replay};
use errand_store::{installations, plugin_hooks, plugin_jobs};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::visit::Visit;

/// Deliveries that are tried again at a press.
const AT_ONCE: i64 = 500;

/// Does what the form says.
pub(super) async fn act(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let installation = super::find(&state, &visit, &id).await?;
    let name = &installation.name;
    let mut tx = state.db.begin().await?;
    let done = match form.text("action") {
        "resume" => {
            installations::resume(&mut tx, state.context(), installation.id).await?;
            format!("{name} goes on.")
        }
        "pause" => {
            let reason = format!("{}{}", super::HELD_BY_HAND, visit.person.name);
            installations::pause(&mut tx, installation.id, &reason).await?;
            format!("{name} is held: nothing is told, and nothing is lost.")
        }
        "replay" => {
            let which = Replay {
                installation: installation.id,
                state: DeliveryState::Dead,
                over_before: state.now().plus_millis(1),
                since: None,
                until: None,
                reason: None,
            };
            let count = deliveries::replay_all(&mut tx, state.context(), &which, AT_ONCE).await?;
            format!("{count} deliveries of {name} are tried again.")
        }
        "run" => {
            let job = form.text("job");
            match plugin_jobs::run_now(&mut tx, state.context(), installation.id, job).await? {
                true => format!("{name} does the job {job} now."),
                false => format!("{name} is at the job {job} already, or has no such job."),
            }
        }
        "renew" => {
            visit.require(Resource::Plugins, Action::Change)?;
            plugin_hooks::renew(&mut tx, installation.id).await?;
            format!("{name} is called at other addresses now; those before lead nowhere.")
        }
        "remove" => {
            visit.require(Resource::Plugins, Action::Change)?;
            installations::delete(&mut tx, installation.id).await?;
            format!("{name} is taken out.")
        }
        _ => return Err(Error::bad_request("There is no such action.").into()),
    };
    visit.note(did(form.text("action"), name, form.text("job")));
    tx.commit().await?;
    Ok(redirect_with("/plugins", &Flash::ok(done)))
}

/// What the audit log says of it.
fn did(action: &str, name: &str, job: &str) -> String {
    match action {
        "resume" => format!("let {name} go on"),
        "pause" => format!("held {name}"),
        "replay" => format!("had {name} told again of what was given up"),
        "run" => format!("had {name} do the job {job}"),
        "renew" => format!("had {name} called at other addresses"),
        _ => format!("took {name} out"),
    }
}
