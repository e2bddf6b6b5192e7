//! The engine's intake, as the HTTP surfaces ask for it.

use errand_engine::{Intake, IntakeError, Submission};
use errand_http::ingest::intake as http;
use errand_model::outcome::OutcomeCount;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// Stands between ingest and the engine.
pub(crate) struct EngineIntake(pub(crate) Intake);

impl http::Intake for EngineIntake {
    fn submit(
        &self,
        submission: http::Submission,
    ) -> BoxFuture<'_, Result<http::Receipt, http::IntakeError>> {
        let submission = Submission {
            project: submission.project,
            received: submission.received,
            client_ip: submission.client_ip,
            user_agent: submission.user_agent,
            client_hints: submission
                .client_hints
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            wire: submission.wire,
            encoding: submission.encoding,
            body: submission.body,
        };
        let taken = self.0.submit(submission);
        taken.map(|taken| taken.map(receipt).map_err(refusal)).boxed()
    }

    fn count(&self, outcome: OutcomeCount) {
        self.0.count(outcome);
    }

    fn not_ready(&self) -> Option<String> {
        self.0.not_ready()
    }
}

fn receipt(receipt: errand_engine::Receipt) -> http::Receipt {
    http::Receipt {
        event_id: receipt.event_id,
    }
}

fn refusal(error: IntakeError) -> http::IntakeError {
    match error {
        IntakeError::Malformed(malformed) => http::IntakeError::Malformed {
            status: if malformed.is_too_large() { 413 } else { 400 },
            detail: malformed.to_string(),
            causes: Vec::new(),
        },
        IntakeError::Full { retry_after } => http::IntakeError::Full {
            retry_after_seconds: u32::try_from(retry_after.as_secs()).unwrap_or(u32::MAX),
        },
        IntakeError::Unavailable => http::IntakeError::Unavailable,
    }
}
