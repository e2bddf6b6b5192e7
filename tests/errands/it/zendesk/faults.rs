//! What goes wrong between the hub and Zendesk: each failure says what the hub has to do, and nothing is said twice.

use anyhow::{Result, ensure};
use errand_model::delivery::AttemptOutcome;
use errand_tests::contract::{Fault, Plan};
use serde_json::json;

use super::{ADA, Desk};
use errand_errands::{Fate, ended_well, kind};

/// Faults, and what they are to the hub.
const FAULTS: [(Fault, &str); 12] = [
    (Fault::Status(401), "auth"),
    (Fault::Status(403), "auth"),
    (Fault::Status(409), "retry"),
    (Fault::Status(500), "retry"),
    (Fault::Status(502), "retry"),
    (Fault::Status(503), "retry"),
    (Fault::TooMany(41), "rate_limited"),
    (Fault::TimeoutAfter, "retry"),
    (Fault::CutBefore, "retry"),
    (Fault::CutAfter, "retry"),
    (Fault::Nonsense, "retry"),
    (Fault::Status(429), "rate_limited"),
];

#[tokio::test]
async fn each_failure_says_what_the_hub_has_to_do_and_each_ticket_is_told_once() -> Result<()> {
    for (fault, expected) in FAULTS {
        for operation in ["TicketsShowMany", "UpdateTicket"] {
            if fault == Fault::Nonsense && operation == "UpdateTicket" {
                // What a change is answered with is not read.
                continue;
            }
            let desk = Desk::set(json!({ "reply": "public" })).await?;
            let issue = desk.issue("TypeError: no total", json!({ "id": "ada" }), &[]);
            let ticket = desk.asked(ADA, "", &[]).await?;
            desk.deploy(issue, "shop@2.0");
            // That it was resolved is no news to customers.
            let resolved = desk.stand.deliver(Fate::Acknowledged).await;
            ensure!(
                resolved.as_ref().map(kind).as_deref() == Some("ignored"),
                "{resolved:?}"
            );
            desk.mock.plan(Plan::once(fault).on(operation));
            let Some(attempt) = desk.stand.deliver(Fate::Acknowledged).await else {
                panic!("nothing is owed");
            };
            ensure!(
                kind(&attempt) == expected,
                "{fault:?} of {operation}: {:?}",
                attempt.outcome
            );
            if let (AttemptOutcome::RateLimited { after_ms }, Fault::TooMany(seconds)) =
                (&attempt.outcome, fault)
            {
                ensure!(*after_ms == u64::from(seconds) * 1_000, "{after_ms}");
            }
            desk.stand.settle().await?;
            let public = desk.told(ticket).iter().filter(|comment| comment.public).count();
            ensure!(public == 1, "{fault:?} of {operation}: told {public} times");
            ensure!(desk.status(ticket) == "solved", "{fault:?} of {operation}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn many_are_told_once_whatever_breaks() -> Result<()> {
    for (fault, expected) in FAULTS {
        for operation in ["TicketsUpdateMany", "ShowJobStatus"] {
            let desk = Desk::set(json!({ "reply": "public" })).await?;
            let issue = desk.issue("TypeError: no total", json!({ "id": "ada" }), &[]);
            let mut tickets = Vec::new();
            for _ in 0..5 {
                tickets.push(desk.asked(ADA, "", &[]).await?);
            }
            desk.deploy(issue, "shop@2.0");
            desk.stand.deliver(Fate::Acknowledged).await;
            desk.mock.plan(Plan::once(fault).on(operation));
            let attempt = desk.stand.deliver(Fate::Acknowledged).await;
            let ended = attempt.as_ref().map(kind);
            ensure!(
                ended.as_deref() == Some(expected),
                "{fault:?} of {operation}: {ended:?}"
            );
            desk.stand.settle().await?;
            for ticket in tickets {
                let public = desk.told(ticket).iter().filter(|comment| comment.public).count();
                ensure!(
                    public == 1,
                    "{fault:?} of {operation}: #{ticket} is told {public} times"
                );
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn one_ticket_that_cannot_be_told_keeps_no_other_from_it() -> Result<()> {
    for (fault, unlinks) in [
        (Fault::Status(404), true),
        (Fault::Status(422), false),
        (Fault::Status(400), false),
    ] {
        let desk = Desk::set(json!({ "reply": "public", "fix_status": "keep" })).await?;
        let issue = desk.issue("TypeError: no total", json!({ "id": "ada" }), &[]);
        let (one, two) = (desk.asked(ADA, "", &[]).await?, desk.asked(ADA, "", &[]).await?);
        desk.deploy(issue, "shop@2.0");
        desk.mock.plan(Plan::once(fault).on("UpdateTicket"));
        desk.stand.settle_at_once().await?;
        ensure!(desk.told(two).iter().any(|comment| comment.public), "{fault:?}");
        ensure!(
            desk.linked(issue).contains(&one) != unlinks,
            "{fault:?}: {:?}",
            desk.linked(issue)
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_hint_that_cannot_be_dealt_with_is_dealt_with_by_the_clock() -> Result<()> {
    for (fault, _) in FAULTS {
        for operation in ["ShowTicket", "ShowUser", "UpdateTicket"] {
            let desk = Desk::set(json!({})).await?;
            let issue = desk.issue("TypeError: no total", json!({ "id": "ada" }), &[]);
            let ticket = desk.ask(ADA, "", &[]);
            desk.mock.plan(Plan::once(fault).on(operation));
            let called = desk.try_hint(ticket, Fate::Acknowledged).await?;
            let status = called.reply.map(|reply| reply.status);
            ensure!(
                matches!(status, Some(200 | 202)),
                "{fault:?} of {operation}: {status:?}"
            );
            // A call that was cut is looked into once it must be over.
            desk.stand.pass(std::time::Duration::from_secs(60));
            ended_well(&desk.stand.job("catch-up").await)?;
            ensure!(desk.linked(issue) == [ticket], "{fault:?} of {operation}");
            ensure!(
                desk.told(ticket).len() == 1,
                "{fault:?} of {operation}: {:?}",
                desk.told(ticket)
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn wrong_credentials_hold_the_installation_where_nobody_waits() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let ticket = desk.ask(ADA, "", &[]);
    desk.mock.plan(Plan::always(Fault::Status(401)));
    desk.try_hint(ticket, Fate::Acknowledged).await?;
    let attempt = desk.stand.job("catch-up").await;
    ensure!(kind(&attempt) == "auth", "{:?}", attempt.outcome);
    ensure!(!json!(attempt.outcome).to_string().contains("t0ken"));
    desk.mock.heal();
    ended_well(&desk.stand.job("catch-up").await)?;
    Ok(())
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() -> Result<()> {
    for wrong in [
        json!({ "fields": { "license": "license" } }),
        json!({ "fields": { "71": "license:x is" } }),
        json!({ "macro": "Fixed" }),
        json!({ "email": "nobody" }),
    ] {
        ensure!(Desk::set(wrong.clone()).await.is_err(), "{wrong}");
    }
    Ok(())
}
