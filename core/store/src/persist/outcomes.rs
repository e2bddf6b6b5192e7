//! How every item of the batch ended.

use std::collections::BTreeMap;

use errand_model::ProjectId;
use errand_model::outcome::{Category, Outcome, OutcomeCount};

use super::Arrival;
use super::gather::{Gathered, Incoming};
use crate::{Context, Result, Tx, outcomes};

type Key<'a> = (ProjectId, Category, Outcome, &'a str);

pub(super) async fn write(
    tx: &mut Tx,
    cx: Context<'_>,
    batch: &[Arrival],
    gathered: &Gathered<'_>,
) -> Result<()> {
    let mut counts: BTreeMap<Key<'_>, i64> = BTreeMap::new();
    let ended = [
        (&gathered.events, Outcome::Accepted, ""),
        (&gathered.duplicates, Outcome::Duplicate, "event_id"),
        (&gathered.discarded, Outcome::Filtered, "discarded"),
    ];
    for (events, outcome, reason) in ended {
        for Incoming { event, .. } in events {
            *counts
                .entry((event.project, event.kind.category(), outcome, reason))
                .or_default() += 1;
        }
    }
    for arrival in batch {
        for item in &arrival.envelope.outcomes {
            *counts
                .entry((arrival.project, item.category, item.outcome, item.reason.as_str()))
                .or_default() += item.quantity;
        }
    }
    let counts: Vec<OutcomeCount> = counts
        .into_iter()
        .filter(|((project, ..), _)| gathered.projects.binary_search(project).is_ok())
        .map(|((project, category, outcome, reason), quantity)| OutcomeCount {
            project,
            category,
            outcome,
            reason: reason.to_owned(),
            quantity,
        })
        .collect();
    outcomes::add(tx, cx.now(), &counts).await
}
