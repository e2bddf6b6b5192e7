//! Whatever fails, and whenever the hub dies: each thing is said once, and failures are told for what they are.

use anyhow::{Result, ensure};
use errand_tests::contract::{Fault, Plan};
use serde_json::json;

use super::Workspace;
use errand_errands::{Fate, kind};

/// What comes again by itself.
const PASSING: [Fault; 7] = [
    Fault::Status(500),
    Fault::Status(503),
    Fault::TooMany(30),
    Fault::TimeoutAfter,
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::Nonsense,
];

/// Tells a new issue, that it was resolved, and that it came back, while a fault befalls one request.
async fn told_in_spite_of(fault: Fault, operation: &str, after: u32) -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    workspace.slack.plan(Plan::once(fault).on(operation).after(after));
    let issue = workspace.stand.hub().new_issue("it broke");
    workspace.stand.settle().await?;
    workspace.stand.hub().resolve(issue);
    workspace.stand.hub().regress(issue);
    workspace.stand.settle().await?;
    let thread = workspace.thread()?;
    ensure!(
        thread == ["Resolved by Ada", "Came back after it was resolved"],
        "{fault:?} in {operation} after {after}: {thread:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_fault_makes_nothing_come_twice_or_not_at_all() -> Result<()> {
    for fault in PASSING {
        for after in 0..3 {
            told_in_spite_of(fault, "chat_postMessage", after).await?;
        }
        told_in_spite_of(fault, "chat_update", 0).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_search_for_what_may_have_been_posted_may_fail_too() -> Result<()> {
    for (operation, lost) in [("conversations_history", 0), ("conversations_replies", 1)] {
        for fault in [Fault::TooMany(5), Fault::CutBefore, Fault::Nonsense] {
            let workspace = Workspace::set(json!({})).await?;
            workspace
                .slack
                .plan(Plan::once(Fault::CutAfter).on("chat_postMessage").after(lost));
            workspace.slack.plan(Plan::once(fault).on(operation));
            let issue = workspace.stand.hub().new_issue("it broke");
            workspace.stand.settle().await?;
            workspace.stand.hub().resolve(issue);
            workspace.stand.settle().await?;
            ensure!(
                workspace.thread()? == ["Resolved by Ada"],
                "{operation} {fault:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_hub_that_dies_before_it_wrote_down_that_all_was_said_says_nothing_twice() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let issue = workspace.stand.hub().new_issue("it broke");
    for _ in 0..3 {
        workspace.stand.deliver(Fate::Unacknowledged).await;
    }
    workspace.stand.settle().await?;
    workspace.stand.hub().resolve(issue);
    for _ in 0..3 {
        workspace.stand.deliver(Fate::Unacknowledged).await;
    }
    workspace.stand.settle().await?;
    ensure!(workspace.thread()? == ["Resolved by Ada"]);
    // Somebody asks for it again by hand.
    workspace.stand.hub().replay(0);
    workspace.stand.settle().await?;
    ensure!(workspace.thread()? == ["Resolved by Ada"]);
    Ok(())
}

#[tokio::test]
async fn without_leave_to_look_it_is_rather_said_twice_than_not_at_all() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    workspace
        .slack
        .plan(Plan::once(Fault::CutAfter).on("chat_postMessage"));
    workspace
        .slack
        .with(|slack| slack.refuse("conversations_history", "missing_scope"));
    workspace.stand.hub().new_issue("it broke");
    workspace.stand.settle().await?;
    ensure!(
        workspace
            .slack
            .with(|slack| slack.cards(&workspace.channel))
            .len()
            == 2
    );
    Ok(())
}

#[tokio::test]
async fn slacks_words_are_understood() -> Result<()> {
    for (code, expected) in [
        ("invalid_auth", "auth"),
        ("token_revoked", "auth"),
        ("account_inactive", "auth"),
        ("missing_scope", "auth"),
        ("not_allowed_token_type", "auth"),
        ("channel_not_found", "config"),
        ("not_in_channel", "config"),
        ("is_archived", "config"),
        ("restricted_action", "config"),
        ("ratelimited", "rate_limited"),
        ("internal_error", "retry"),
        ("fatal_error", "retry"),
        ("service_unavailable", "retry"),
        ("request_timeout", "retry"),
        ("msg_too_long", "permanent"),
        ("invalid_blocks", "permanent"),
        ("a_word_of_tomorrow", "permanent"),
    ] {
        let workspace = Workspace::set(json!({})).await?;
        workspace
            .slack
            .with(|slack| slack.refuse("chat_postMessage", code));
        workspace.stand.hub().new_issue("it broke");
        let attempt = workspace.stand.deliver(Fate::Acknowledged).await;
        let attempt = attempt.ok_or_else(|| anyhow::anyhow!("nothing was owed"))?;
        ensure!(kind(&attempt) == expected, "{code}: {:?}", attempt.outcome);
        let written = serde_json::to_string(&attempt)?;
        ensure!(!written.contains("xoxb-0123456789-secret"), "{written}");
    }
    Ok(())
}

#[tokio::test]
async fn statuses_are_understood() -> Result<()> {
    for (fault, expected) in [
        (Fault::Status(401), "auth"),
        (Fault::Status(403), "auth"),
        (Fault::Status(404), "permanent"),
        (Fault::Status(409), "permanent"),
        (Fault::Status(422), "permanent"),
        (Fault::TooMany(30), "rate_limited"),
        (Fault::Status(500), "retry"),
        (Fault::Status(502), "retry"),
        (Fault::TimeoutAfter, "retry"),
        (Fault::Nonsense, "retry"),
    ] {
        let workspace = Workspace::set(json!({})).await?;
        workspace.slack.plan(Plan::once(fault).on("chat_postMessage"));
        workspace.stand.hub().new_issue("it broke");
        let attempt = workspace.stand.deliver(Fate::Acknowledged).await;
        let attempt = attempt.ok_or_else(|| anyhow::anyhow!("nothing was owed"))?;
        ensure!(kind(&attempt) == expected, "{fault:?}: {:?}", attempt.outcome);
        if fault == Fault::TooMany(30) {
            ensure!(
                json!(attempt.outcome)["after_ms"] == 30_000,
                "{:?}",
                attempt.outcome
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_room_that_fails_keeps_no_other_from_hearing() -> Result<()> {
    let rooms = json!({"#alerts": "", "#gone": "", "#zoo": ""});
    let workspace = Workspace::set(json!({"rooms": rooms})).await?;
    let zoo = workspace.slack.with(|slack| slack.channel("zoo"));
    workspace.stand.hub().new_issue("it broke");
    let attempt = workspace.stand.deliver(Fate::Acknowledged).await;
    ensure!(attempt.is_some_and(|attempt| kind(&attempt) == "config"));
    let gone = workspace.slack.with(|slack| slack.channel("gone"));
    workspace.stand.settle_at_once().await?;
    for room in [&workspace.channel, &gone, &zoo] {
        ensure!(
            workspace.slack.with(|slack| slack.cards(room)).len() == 1,
            "{room}"
        );
    }
    Ok(())
}
