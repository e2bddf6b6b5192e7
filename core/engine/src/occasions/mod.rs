//! Calls of plugins that somebody waits for: other systems' requests, buttons, and trials of settings. Each is made
//! once, and written down.

mod actions;
mod inbound;
mod trial;

use std::sync::Arc;
use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use errand_model::occasion::Occasion;
use errand_model::{CallId, DeliveryId, IssueId, Timestamp};
use errand_plugin_host::{Attempt, CallHead, Called};
use errand_store::Tx;
use errand_store::installations::Installation;
use errand_store::plugin_calls::{self, NewCall};
use serde_json::Value;

use crate::calling::{kept, outcome_name, within};
use crate::hub::Hub;
use crate::plugins::Plugins;

pub use actions::{Form, PressError, Pressed};
pub use inbound::{Inbound, InboundError, Received};
pub use trial::TrialError;

/// How long a call may take that somebody waits for; less than a request to the hub may.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes calls that somebody waits for. Cheap to clone.
#[derive(Clone)]
pub struct Occasions {
    hub: Hub,
    plugins: Arc<dyn Plugins>,
    base_url: String,
}

/// A call that was made, to be written down.
struct Made {
    id: CallId,
    occasion: Occasion,
    name: String,
    issue: Option<IssueId>,
    details: Value,
    started: Timestamp,
}

impl Occasions {
    pub(crate) fn new(hub: Hub, plugins: Arc<dyn Plugins>, base_url: &str) -> Self {
        Occasions {
            hub,
            plugins,
            base_url: base_url.trim_end_matches('/').to_owned(),
        }
    }

    fn begin(&self, occasion: Occasion, name: &str, issue: Option<IssueId>, details: Value) -> Made {
        Made {
            id: CallId(self.hub.context().id()),
            occasion,
            name: name.to_owned(),
            issue,
            details,
            started: self.hub.now(),
        }
    }

    /// What such a call begins with.
    fn head(&self, made: &Made, installation: &Installation) -> CallHead {
        CallHead {
            delivery: DeliveryId(made.id.0),
            installation: installation.id,
            idempotency_key: format!("errand-{}-{}", made.occasion.as_str(), made.id),
            attempt: 1,
            is_replay: false,
            is_dry_run: false,
            timeout: PATIENCE,
            config: installation.settings(),
            grant: installation.grant.clone(),
        }
    }

    /// Writes down how a call went.
    async fn record(
        &self,
        tx: &mut Tx,
        made: Made,
        installation: &Installation,
        attempt: &Attempt,
    ) -> errand_store::Result<()> {
        let (occasion, outcome) = (made.occasion.as_str(), outcome_name(&attempt.outcome));
        metrics::counter!("errand_plugin_calls_total", "occasion" => occasion, "outcome" => outcome)
            .increment(1);
        let call = NewCall {
            id: made.id,
            installation: installation.id,
            occasion: made.occasion,
            name: made.name,
            issue: made.issue,
            details: made.details.to_string(),
            attempt: kept(made.started, attempt.outcome.clone(), attempt),
        };
        plugin_calls::record(tx, self.hub.context(), &call, true).await
    }
}

/// Waits for a call; one that does not come back in time failed.
async fn called<T>(call: impl Future<Output = Called<T>>) -> Called<T> {
    within(PATIENCE, call)
        .await
        .unwrap_or_else(|attempt| Called { reply: None, attempt })
}

/// How a call failed, in words for whoever waits: what the plugin said, or what became of it.
fn in_words(outcome: &AttemptOutcome) -> String {
    match outcome {
        AttemptOutcome::Done | AttemptOutcome::Ignored => "The plugin had nothing to say.".to_owned(),
        AttemptOutcome::Retry { message, .. } => format!("It did not work this time: {message}"),
        AttemptOutcome::RateLimited { after_ms } => {
            let seconds = after_ms.div_ceil(1_000);
            format!("The other side is busy, and wants to be left alone for {seconds} s.")
        }
        AttemptOutcome::Config { message } => format!("The plugin's settings are wrong: {message}"),
        AttemptOutcome::Auth { message } => format!("The plugin's credentials were refused: {message}"),
        AttemptOutcome::Permanent { message } => message.clone(),
        AttemptOutcome::Crashed { limit, .. } if limit == "wall" => {
            "The plugin took too long. Whether it did what it was asked for is not known.".to_owned()
        }
        AttemptOutcome::Crashed { .. } => {
            "The plugin broke off. Whether it did what it was asked for is not known.".to_owned()
        }
    }
}
