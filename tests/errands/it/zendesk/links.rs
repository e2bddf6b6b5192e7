//! How tickets and issues find each other.

use anyhow::{Context, Result, ensure};
use errand_errands::ended_well;
use errand_model::issue::ArchiveUntil;
use errand_model::lifecycle::Change;
use serde_json::{Value, json};

use super::{ADA, BOB, Desk, EVENT, LICENSE, ORDER};

const TITLE: &str = "TypeError: could not read the total of the basket";

/// By what a ticket is known: the word for it, its requester, what it says, and its fields.
type Known = (&'static str, u64, String, Vec<(u64, Value)>);

#[tokio::test]
async fn a_ticket_is_linked_by_each_thing_that_it_can_be_known_by() -> Result<()> {
    let by: [Known; 7] = [
        ("license", BOB, String::new(), vec![(LICENSE, json!("ACME-1"))]),
        ("order", BOB, String::new(), vec![(ORDER, json!("1204"))]),
        (
            "event_id",
            BOB,
            String::new(),
            vec![(EVENT, json!("fc6d8c0c43fc4630ad850ee518f1b9d0"))],
        ),
        ("email", ADA, String::new(), Vec::new()),
        (
            "text",
            BOB,
            format!("Hello,\nUncaught {TITLE}.\nWhat now?"),
            Vec::new(),
        ),
        (
            "event id in the text",
            BOB,
            "reference FC6D8C0C-43FC-4630-AD85-0EE518F1B9D0".to_owned(),
            Vec::new(),
        ),
        (
            "address",
            BOB,
            "https://errors.example.com/organizations/example/issues/ID/".to_owned(),
            Vec::new(),
        ),
    ];
    for (what, requester, text, fields) in by {
        let desk = Desk::set(json!({})).await?;
        let user = json!({ "id": "somebody", "email": "ada@example.com" });
        let issue = desk.issue(TITLE, user, &[("license", "ACME-1"), ("order", "1204")]);
        let other = desk.issue(
            "ValueError: something else altogether",
            json!({}),
            &[("license", "ACME-2")],
        );
        desk.stand
            .hub()
            .alter(other, |held| held.event["event_id"] = json!("0".repeat(32)));
        let text = text.replace("ID", &issue.to_string());
        let ticket = desk
            .asked(requester, &text, &fields)
            .await
            .with_context(|| what.to_owned())?;
        ensure!(desk.linked(issue) == [ticket], "{what}: {:?}", desk.linked(issue));
        ensure!(desk.linked(other).is_empty(), "{what}: the other is linked too");
        ensure!(desk.told(ticket).len() == 1, "{what}");
    }
    Ok(())
}

#[tokio::test]
async fn the_note_says_what_it_is_how_it_stands_and_whose_it_is() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let grace = desk.stand.hub().person(9, "Grace Example", "grace@example.com");
    let issue = desk.issue(TITLE, json!({ "id": "ada" }), &[]);
    desk.stand.hub().change(
        issue,
        Change::Assigned {
            assignee: Some(grace),
        },
    );
    let ticket = desk.asked(ADA, "help", &[]).await?;
    let told = desk.told(ticket);
    let [note] = told.as_slice() else {
        panic!("{told:?}")
    };
    ensure!(!note.public, "the customer sees it");
    for part in [
        TITLE,
        &format!("SHOP-{issue}"),
        "checkout.js in pay",
        "open",
        "Grace Example",
        "user.id",
    ] {
        ensure!(note.text.contains(part), "{part}: {}", note.text);
    }
    let link = desk.links(issue).remove(&ticket).context("a link")?;
    ensure!(
        (link.name.as_str(), link.state.as_str(), link.is_open) == ("#1", "new", true),
        "{link:?}"
    );
    ensure!(link.url == "https://acme.zendesk.com/agent/tickets/1");
    ensure!(
        link.waiting().and_then(|waiting| waiting.name) == Some("Ada Example"),
        "{link:?}"
    );
    ensure!(link.extra["customer"] == "501");

    let discreet = Desk::set(json!({ "hide_requester": true })).await?;
    let issue = discreet.issue(TITLE, json!({ "id": "ada" }), &[]);
    let ticket = discreet.asked(ADA, "help", &[]).await?;
    let link = discreet.links(issue).remove(&ticket).context("a link")?;
    ensure!(
        link.waiting().is_some_and(|waiting| waiting.name.is_none())
            && !link.extra.to_string().contains("Ada")
    );
    Ok(())
}

#[tokio::test]
async fn what_is_not_sure_is_left_to_people() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let one = desk.issue(TITLE, json!({}), &[("license", "L")]);
    let two = desk.issue(TITLE, json!({}), &[("license", "M")]);
    let ticket = desk.asked(BOB, &format!("Error: {TITLE}"), &[]).await?;
    ensure!(
        desk.linked(one).is_empty() && desk.linked(two).is_empty(),
        "words alone, and two that say them"
    );
    ensure!(desk.told(ticket).is_empty());
    // With the licence there is no doubt.
    let sure = desk.asked(BOB, TITLE, &[(LICENSE, json!("M"))]).await?;
    ensure!(desk.linked(one).is_empty() && desk.linked(two) == [sure]);
    // A star stands for itself, and so for nothing.
    let star = desk.asked(BOB, "", &[(LICENSE, json!("*"))]).await?;
    ensure!(!desk.linked(one).contains(&star) && !desk.linked(two).contains(&star));
    // What was put aside, or is long over, is none of it.
    desk.stand.hub().change(
        one,
        Change::Archived {
            until: ArchiveUntil::default(),
        },
    );
    desk.stand.hub().alter(two, |held| {
        held.summary.last_seen = errand_model::Timestamp::from_seconds(1_780_000_000);
    });
    let late = desk.asked(BOB, "", &[(LICENSE, json!("L"))]).await?;
    let later = desk.asked(BOB, "", &[(LICENSE, json!("M"))]).await?;
    ensure!(!desk.linked(one).contains(&late) && !desk.linked(two).contains(&later));
    Ok(())
}

#[tokio::test]
async fn a_ticket_gets_no_more_links_than_the_admin_wants() -> Result<()> {
    let desk = Desk::set(json!({ "max_links": 2 })).await?;
    let issues: Vec<_> = (0..5)
        .map(|n| desk.issue(&format!("Error: {n}"), json!({ "id": "ada" }), &[]))
        .collect();
    let ticket = desk.asked(ADA, "", &[]).await?;
    desk.hint(ticket).await?;
    let linked = issues
        .iter()
        .filter(|issue| !desk.linked(**issue).is_empty())
        .count();
    ensure!(linked == 2, "{linked}");
    ensure!(desk.told(ticket).len() == 2);
    Ok(())
}

#[tokio::test]
async fn what_is_said_later_counts_too_and_what_the_hub_says_does_not() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let issue = desk.issue(TITLE, json!({}), &[]);
    let ticket = desk.asked(BOB, "It does not work.", &[]).await?;
    ensure!(desk.linked(issue).is_empty());
    desk.mock
        .with(|account| account.write(ticket, &format!("It says:\n{TITLE}"), true));
    desk.hint(ticket).await?;
    ensure!(desk.linked(issue) == [ticket]);
    // The note names the issue; a ticket that was unlinked is not linked again for it.
    let press = desk
        .stand
        .press("unlink", issue, json!({ "ticket": format!("#{ticket}") }))
        .await?;
    ended_well(&press.attempt)?;
    desk.hint(ticket).await?;
    ensure!(desk.linked(issue).is_empty(), "somebody took the link away");
    ensure!(desk.told(ticket).len() == 1);
    Ok(())
}

#[tokio::test]
async fn hints_may_come_twice_late_and_in_any_order() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let issue = desk.issue(TITLE, json!({ "id": "ada" }), &[]);
    let ticket = desk.asked(ADA, "", &[]).await?;
    desk.mock
        .with(|account| account.alter(ticket, |ticket| ticket.status = "solved".to_owned()));
    for _ in 0..3 {
        desk.hint(ticket).await?;
    }
    ensure!(desk.told(ticket).len() == 1, "one note for a link");
    let link = desk.links(issue).remove(&ticket).context("a link")?;
    ensure!((link.state.as_str(), link.is_open) == ("solved", false));
    ensure!(desk.mock.writes() == 1, "nothing answers a hint but the note");
    Ok(())
}
