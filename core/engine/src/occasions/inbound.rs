//! Requests of other systems: verified, taken once, handed over, written down.

use errand_model::occasion::Occasion;
use errand_plugin_host::{Attempt, InboundCall, InboundReply, Refused};
use errand_store::installations::Installation;
use errand_store::plugin_hooks::{self, Receipt};
use serde_json::json;

use super::{Made, Occasions, called};

/// A request of another system.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// Where it came in: a name of the manifest.
    pub route: String,
    /// `POST`.
    pub method: String,
    /// What stood behind the `?`.
    pub query: String,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body, as it came.
    pub body: Vec<u8>,
}

/// What became of a request.
#[derive(Clone, Debug)]
pub enum Received {
    /// The plugin answered.
    Answered(InboundReply),
    /// It was dealt with before.
    Again,
    /// It is being dealt with.
    UnderWay,
    /// The plugin failed: how, as an attempt.
    Failed(Attempt),
}

/// Why a request wakes nobody.
#[derive(Debug, thiserror::Error)]
pub enum InboundError {
    /// It may not.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] errand_store::Error),
}

impl Occasions {
    /// Hands a request over, if it proves itself and was not taken before. All that comes is written down, also what
    /// is refused: an admin has to see why.
    ///
    /// # Errors
    /// [`InboundError`] if it wakes nobody.
    pub async fn receive(
        &self,
        installation: &Installation,
        request: Inbound,
    ) -> Result<Received, InboundError> {
        let details = json!({ "method": request.method, "bytes": request.body.len() });
        let mut made = self.begin(Occasion::Inbound, &request.route, None, details);
        let call = InboundCall {
            head: self.head(&made, installation),
            route: request.route,
            method: request.method,
            query: request.query,
            headers: request.headers,
            body: request.body,
        };
        let admission = match self.plugins.admit(&installation.plugin_name(), &call) {
            Ok(admission) => admission,
            // Anybody can make names up.
            Err(Refused::NoRoute) => return Err(Refused::NoRoute.into()),
            Err(refused) => {
                self.write(made, installation, &Attempt::not_run(refused.outcome()), None)
                    .await?;
                return Err(refused.into());
            }
        };
        let receipt = admission.receipt.as_deref();
        if let Some(receipt) = receipt {
            match self.take(installation, receipt).await? {
                Receipt::Fresh => {}
                Receipt::UnderWay => return Ok(Received::UnderWay),
                Receipt::Done => {
                    made.details["repeats"] = json!(true);
                    let nothing = Attempt::not_run(errand_model::delivery::AttemptOutcome::Ignored);
                    self.write(made, installation, &nothing, None).await?;
                    return Ok(Received::Again);
                }
            }
        }
        let called = called(self.plugins.receive(&installation.plugin_name(), call)).await;
        if let Some(reply) = &called.reply {
            made.details["answered"] = json!(reply.status);
        }
        self.write(made, installation, &called.attempt, receipt).await?;
        Ok(match called.reply {
            Some(reply) => Received::Answered(reply),
            None => Received::Failed(called.attempt),
        })
    }

    async fn take(&self, installation: &Installation, receipt: &[u8]) -> errand_store::Result<Receipt> {
        let mut tx = self.hub.db.begin().await?;
        let taken = plugin_hooks::take(&mut tx, self.hub.now(), installation.id, receipt).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Writes a call down, and what came of the request that was taken for it: one with which the plugin failed, or to
    /// which it answered that it failed, may come again.
    async fn write(
        &self,
        made: Made,
        installation: &Installation,
        attempt: &Attempt,
        taken: Option<&[u8]>,
    ) -> errand_store::Result<()> {
        let is_done = made.details["answered"]
            .as_u64()
            .is_some_and(|status| status < 500);
        let mut tx = self.hub.db.begin().await?;
        self.record(&mut tx, made, installation, attempt).await?;
        if let Some(receipt) = taken {
            plugin_hooks::settle(&mut tx, installation.id, receipt, is_done).await?;
        }
        tx.commit().await
    }
}
