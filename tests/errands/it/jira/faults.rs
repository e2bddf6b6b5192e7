//! What goes wrong in Jira, and what the hub is to do about it.

use anyhow::{Context, Result, ensure};
use errand_model::delivery::AttemptOutcome;
use errand_tests::contract::{Fault, Plan};
use errand_tests::simulators::jira::Edition;
use serde_json::json;

use super::{EDITIONS, Site};
use errand_errands::{Fate, kind};

/// Each error class, and what a delivery that makes a ticket ends as.
const CLASSES: &[(Fault, &str)] = &[
    (Fault::Status(400), "config"),
    (Fault::Status(401), "auth"),
    (Fault::Status(403), "auth"),
    (Fault::Status(404), "config"),
    (Fault::Status(409), "retry"),
    (Fault::Status(422), "config"),
    (Fault::TooMany(7), "rate_limited"),
    (Fault::Status(500), "retry"),
    (Fault::Status(502), "retry"),
    (Fault::Status(503), "retry"),
    (Fault::TimeoutAfter, "retry"),
    (Fault::CutBefore, "retry"),
    (Fault::CutAfter, "retry"),
    (Fault::Nonsense, "retry"),
    (Fault::Status(413), "permanent"),
];

#[tokio::test]
async fn each_error_has_its_meaning_and_the_ticket_is_made_when_it_is_over() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({})).await?;
        for (fault, expected) in CLASSES {
            let issue = site.stand.hub().new_issue("it broke");
            site.jira.plan(Plan::once(*fault).on("createIssue"));
            let attempt = site
                .stand
                .deliver(Fate::Acknowledged)
                .await
                .context("an attempt")?;
            ensure!(
                kind(&attempt) == *expected,
                "{edition:?}: {fault:?} is {:?}",
                attempt.outcome
            );
            if let (Fault::TooMany(seconds), AttemptOutcome::RateLimited { after_ms }) =
                (fault, &attempt.outcome)
            {
                ensure!(*after_ms == u64::from(*seconds) * 1_000);
            }
            let written = serde_json::to_string(&attempt)?;
            ensure!(!written.contains("sesame"), "{fault:?} tells a secret: {written}");
            site.stand.settle().await?;
            let is_given_up = *expected == "permanent";
            ensure!(
                site.linked(issue).len() == usize::from(!is_given_up),
                "{edition:?}: {fault:?}"
            );
        }
        let tickets = site.jira.with(|jira| jira.tickets.len());
        ensure!(tickets == CLASSES.len() - 1, "{edition:?}: {tickets} tickets");
    }
    Ok(())
}

#[tokio::test]
async fn each_error_on_the_way_to_a_state_has_its_meaning() -> Result<()> {
    let classes = [
        (Fault::Status(401), "auth"),
        (Fault::Status(403), "auth"),
        (Fault::Status(409), "retry"),
        (Fault::Status(400), "config"),
        (Fault::TooMany(30), "rate_limited"),
        (Fault::Status(500), "retry"),
        (Fault::TimeoutAfter, "retry"),
        (Fault::CutAfter, "retry"),
    ];
    for (fault, expected) in classes {
        let site = Site::set(Edition::Cloud, json!({})).await?;
        let (issue, id) = site.with_ticket("it broke").await?;
        site.stand.hub().resolve(issue);
        site.jira.plan(Plan::once(fault).on("doTransition"));
        let attempt = site
            .stand
            .deliver(Fate::Acknowledged)
            .await
            .context("an attempt")?;
        ensure!(kind(&attempt) == expected, "{fault:?} is {:?}", attempt.outcome);
        site.stand.settle().await?;
        ensure!(site.state(id) == "Done", "{fault:?}: {}", site.state(id));
        let transitions = site.jira.with(|jira| jira.tickets[&id].state);
        ensure!(transitions == 2);
    }
    Ok(())
}

#[tokio::test]
async fn every_request_may_fail_and_nothing_is_made_twice() -> Result<()> {
    for nth in 0..12 {
        for fault in [Fault::CutAfter, Fault::Status(500), Fault::TooMany(1)] {
            let site = Site::set(Edition::Cloud, json!({})).await?;
            site.jira.plan(Plan::once(fault).after(nth));
            let issue = site.stand.hub().new_issue("it broke");
            site.stand.hub().change(
                issue,
                errand_model::lifecycle::Change::Commented {
                    activity: 5,
                    text: "hm".to_owned(),
                },
            );
            site.stand.hub().resolve(issue);
            site.stand.settle().await?;
            let (tickets, id) = (site.jira.with(|jira| jira.tickets.len()), site.ticket(issue)?);
            ensure!(tickets == 1, "{fault:?} at {nth}: {tickets} tickets");
            ensure!(site.state(id) == "Done", "{fault:?} at {nth}");
            let comments = site.jira.with(|jira| jira.tickets[&id].comments.len());
            ensure!(comments == 1, "{fault:?} at {nth}: {comments} comments");
        }
    }
    Ok(())
}
