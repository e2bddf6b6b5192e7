//! Telling many tickets the same in one request, which Zendesk works off by itself.

use errand_plugin_sdk::once::{self, Fate};
use errand_plugin_sdk::{Failure, log};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{Job, MAX_AT_ONCE, Refusal, Seen, is_about_closed};
use crate::desk::Desk;
use crate::say::Became;

/// From how many tickets on one request is better than one for each.
const MANY: usize = 3;
/// When to ask again about a job, in milliseconds.
const PAUSE_MS: u64 = 5_000;

/// What became of each ticket of a job.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// What is known.
    pub(crate) became: Vec<(u64, Became)>,
    /// Whether the rest may have been told all the same.
    pub(crate) is_doubtful: bool,
}

/// A job, as it is remembered.
#[derive(Deserialize, Serialize)]
struct Sent {
    /// None where a call was cut before it knew.
    job: Option<String>,
}

/// Tells tickets the same, once for each `key`; nothing where there are few. Comes again while Zendesk is at it.
pub(crate) fn tell(
    desk: &Desk<'_>,
    key: &str,
    tickets: &[&Seen],
    change: &Value,
    is_dry_run: bool,
) -> Result<Told, Failure> {
    let ids: Vec<u64> = tickets.iter().take(MAX_AT_ONCE).map(|ticket| ticket.id).collect();
    let sent = match once::begin::<Sent>(&format!("many/{key}"))? {
        Fate::Done(sent) => sent,
        Fate::Fresh(mine) if ids.len() < MANY => {
            mine.forget()?;
            return Ok(Told::default());
        }
        Fate::Fresh(mine) => match desk.update_many(&ids, change) {
            Ok(job) => mine.finish(Sent { job: Some(job.id) })?,
            Err(_) if is_dry_run => return Ok(Told::default()),
            Err(Refusal::Failed(failure @ Failure::Retry { .. })) => return Err(failure),
            Err(Refusal::Failed(failure)) => {
                mine.forget()?;
                return Err(failure);
            }
            // Of one that it does not like it refuses all: one by one, then.
            Err(refused) => {
                log::warn(&format!(
                    "Zendesk refused to change {} tickets at once: {refused:?}",
                    ids.len()
                ));
                mine.finish(Sent { job: None })?
            }
        },
        Fate::Unknown(mine) => mine.finish(Sent { job: None })?,
    };
    let job = match &sent.job {
        Some(job) => desk.job(job)?,
        None => None,
    };
    match job {
        Some(job) if matches!(job.status.as_str(), "queued" | "working") => Err(Failure::Retry {
            message: "Zendesk is at it".to_owned(),
            after_ms: Some(PAUSE_MS),
        }),
        Some(job) => Ok(Told {
            became: results(&job),
            is_doubtful: true,
        }),
        None => Ok(Told {
            became: Vec::new(),
            is_doubtful: true,
        }),
    }
}

/// What a job did. What it says nothing about, and what it failed at, is tried one by one.
fn results(job: &Job) -> Vec<(u64, Became)> {
    let one = |result: &Value| {
        let id = result["id"].as_u64()?;
        if result["success"] == true || result["status"] == "Updated" {
            return Some((id, Became::Said));
        }
        let why = format!(
            "{} {}",
            result["error"].as_str()?,
            result["details"].as_str().unwrap_or_default()
        );
        if is_about_closed(&why) {
            Some((id, Became::Closed))
        } else if why.contains("NotFound") {
            Some((id, Became::Gone))
        } else {
            None
        }
    };
    job.results
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(one)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_says_what_became_of_each() {
        let job = Job {
            results: json!([
                {"id": 1, "action": "update", "status": "Updated", "success": true},
                {"id": 2, "action": "update", "success": false, "error": "TicketUpdateFailed",
                 "details": "Status: closed prevents ticket update"},
                {"id": 3, "action": "update", "success": false, "error": "TicketNotFound", "details": ""},
                {"id": 4, "action": "update", "success": false, "error": "Assignee is required", "details": ""},
                {"index": 5},
            ]),
            ..Job::default()
        };
        assert_eq!(
            results(&job),
            [(1, Became::Said), (2, Became::Closed), (3, Became::Gone)]
        );
        assert_eq!(results(&Job::default()), []);
    }
}
