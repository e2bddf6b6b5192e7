//! Links that people make and take away, tickets that go elsewhere, and who is let in.

use anyhow::{Context, Result, ensure};
use errand_errands::{Fate, ended_well};
use errand_model::issue::Assignee;
use errand_model::lifecycle::Change;
use errand_plugin_host::{InboundCall, Refused};
use serde_json::json;

use super::{ADA, BOB, Desk, LICENSE, sign};

const TITLE: &str = "TypeError: could not read the total of the basket";

#[tokio::test]
async fn people_link_and_unlink_by_hand() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let issue = desk.issue(TITLE, json!({}), &[]);
    let ticket = desk.ask(BOB, "", &[]);
    for written in [
        format!("#{ticket}"),
        format!("https://acme.zendesk.com/agent/tickets/{ticket}"),
    ] {
        let press = desk
            .stand
            .press("link", issue, json!({ "ticket": written }))
            .await?;
        ended_well(&press.attempt)?;
    }
    ensure!(desk.linked(issue) == [ticket]);
    let told = desk.told(ticket);
    ensure!(
        told.len() == 1 && told[0].text.contains("Ada, by hand"),
        "{told:?}"
    );
    for wrong in ["99", "SHOP-1", "https://other.zendesk.com/agent/tickets/1"] {
        let press = desk
            .stand
            .press("link", issue, json!({ "ticket": wrong }))
            .await?;
        ensure!(ended_well(&press.attempt).is_err(), "{wrong}");
    }
    let press = desk
        .stand
        .press("unlink", issue, json!({ "ticket": "1" }))
        .await?;
    ended_well(&press.attempt)?;
    ensure!(desk.linked(issue).is_empty());
    Ok(())
}

#[tokio::test]
async fn links_that_others_make_are_told_and_those_that_they_take_away_stay_away() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let issue = desk.issue(TITLE, json!({ "id": "ada" }), &[]);
    let ticket = desk.ask(ADA, "", &[]);
    let linked = |id: u64| errand_model::ticket::Ticket {
        system: "zendesk/acme.zendesk.com".to_owned(),
        id: id.to_string(),
        name: format!("#{id}"),
        url: String::new(),
        title: String::new(),
        state: String::new(),
        is_open: true,
        extra: json!({}),
    };
    desk.stand
        .hub()
        .alter(issue, |held| held.tickets.push(linked(ticket)));
    desk.stand.hub().change(
        issue,
        Change::Linked {
            ticket: linked(ticket),
        },
    );
    desk.stand.settle_at_once().await?;
    ensure!(desk.told(ticket).len() == 1);
    let link = desk.links(issue).remove(&ticket).context("a link")?;
    ensure!(
        (link.state.as_str(), link.title.as_str()) == ("new", "It does not work"),
        "it is filled in"
    );
    desk.stand.hub().alter(issue, |held| held.tickets.clear());
    desk.stand.hub().change(
        issue,
        Change::Unlinked {
            ticket: linked(ticket),
        },
    );
    desk.stand.settle_at_once().await?;
    desk.hint(ticket).await?;
    ensure!(desk.linked(issue).is_empty());
    // A ticket that is none goes.
    desk.stand
        .hub()
        .alter(issue, |held| held.tickets.push(linked(404)));
    desk.stand
        .hub()
        .change(issue, Change::Linked { ticket: linked(404) });
    desk.stand.settle_at_once().await?;
    ensure!(desk.linked(issue).is_empty());
    Ok(())
}

#[tokio::test]
async fn deleted_tickets_are_unlinked_and_merged_ones_lead_to_the_other() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let issue = desk.issue(TITLE, json!({ "id": "ada" }), &[]);
    let (first, second) = (desk.asked(ADA, "", &[]).await?, desk.asked(ADA, "", &[]).await?);
    let target = desk.ask(BOB, "the same", &[]);
    desk.mock.with(|account| account.merge(first, target));
    desk.hint(first).await?;
    ensure!(desk.linked(issue) == [second, target], "{:?}", desk.linked(issue));
    ensure!(desk.told(target).len() == 1);
    desk.mock.with(|account| account.tickets.remove(&second));
    desk.hint(second).await?;
    ensure!(desk.linked(issue) == [target]);
    // Nobody told of this one: the sweep finds it.
    desk.mock.with(|account| account.tickets.remove(&target));
    ended_well(&desk.stand.job("sweep").await)?;
    ensure!(desk.linked(issue).is_empty());
    Ok(())
}

#[tokio::test]
async fn the_clock_makes_up_for_what_nobody_told() -> Result<()> {
    let desk = Desk::set(json!({ "poll": true })).await?;
    let issue = desk.issue(TITLE, json!({ "id": "ada" }), &[]);
    let tickets: Vec<_> = (0..4).map(|_| desk.ask(ADA, "", &[])).collect();
    for _ in 0..2 {
        ended_well(&desk.stand.job("catch-up").await)?;
    }
    ensure!(desk.linked(issue) == tickets, "{:?}", desk.linked(issue));
    desk.mock
        .with(|account| account.alter(tickets[0], |ticket| ticket.status = "pending".to_owned()));
    ended_well(&desk.stand.job("sweep").await)?;
    ensure!(desk.links(issue)[&tickets[0]].state == "pending");
    Ok(())
}

#[tokio::test]
async fn merged_issues_say_nothing_twice() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let (one, two) = (
        desk.issue(TITLE, json!({ "id": "ada" }), &[]),
        desk.issue("other", json!({ "id": "bob" }), &[]),
    );
    let ticket = desk.asked(ADA, "", &[]).await?;
    desk.stand.hub().merge(two, &[one]);
    desk.stand.settle_at_once().await?;
    desk.hint(ticket).await?;
    ensure!(
        desk.linked(two) == [ticket] && desk.told(ticket).len() == 1,
        "{:?}",
        desk.told(ticket)
    );
    Ok(())
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn only_zendesk_wakes_it() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let body = "{\"ticket_id\":\"1\"}";
    let (now, old) = ("2026-09-21T14:13:20Z", "2026-09-21T14:08:00Z");
    let call = |signature: &str, at: &str, body: &str| {
        let headers = [
            ("x-zendesk-webhook-signature".to_owned(), signature.to_owned()),
            ("x-zendesk-webhook-signature-timestamp".to_owned(), at.to_owned()),
        ];
        InboundCall {
            headers: headers.to_vec(),
            body: body.as_bytes().to_vec(),
            ..desk.stand.inbound("tickets")
        }
    };
    let admit = |call: InboundCall| desk.stand.host().admit("zendesk", &call);
    let valid = admit(call(&sign(now, body), now, body)).context("valid")?;
    let again = admit(call(&sign(now, body), now, body)).context("again")?;
    ensure!(
        valid.receipt.is_some() && valid.receipt == again.receipt,
        "the same again is known to be the same"
    );
    let wrong = [
        ("wrong", call(&sign(now, "{}"), now, body)),
        ("stale", call(&sign(old, body), old, body)),
        ("of another time", call(&sign(old, body), now, body)),
        ("no base64", call("!", now, body)),
        ("no time", call(&sign("soon", body), "soon", body)),
        (
            "unsigned",
            InboundCall {
                headers: Vec::new(),
                ..call("", now, body)
            },
        ),
    ];
    for (what, call) in wrong {
        ensure!(
            matches!(admit(call), Err(Refused::Unproved(_))),
            "{what} is let in"
        );
    }
    // A body that names no ticket is told so, and nothing is asked.
    let at = desk.stand.now().to_string();
    for body in [
        "{}",
        "[]",
        "{\"ticket_id\":\"{{ticket.id}}\"}",
        "{\"ticket_id\":-1}",
    ] {
        let signature = sign(&at, body);
        let headers = [
            ("x-zendesk-webhook-signature", signature.as_str()),
            ("x-zendesk-webhook-signature-timestamp", at.as_str()),
        ];
        let called = desk
            .stand
            .call("tickets", &headers, body.as_bytes(), Fate::Acknowledged)
            .await?;
        ensure!(ended_well(&called.attempt).is_err(), "{body}");
    }
    ensure!(desk.mock.exchanges().is_empty());
    Ok(())
}

#[tokio::test]
async fn foreign_text_is_harmless_wherever_it_goes() -> Result<()> {
    let hostile = [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "{{ticket.requester.email}} {% raw %}",
        "a\r\nBcc: x \u{0}\u{1b}[31m\u{202e}gnp.exe",
        "<!channel> [x](javascript:alert(1)) @everyone",
    ];
    for text in hostile
        .map(str::to_owned)
        .into_iter()
        .chain(["\u{1f600}".repeat(25_000)])
    {
        let desk = Desk::set(json!({})).await?;
        let issue = desk.issue(&text, json!({ "id": "ada" }), &[]);
        desk.stand
            .hub()
            .alter(issue, |held| held.summary.culprit.clone_from(&text));
        desk.mock
            .with(|account| account.user(ADA, &text, "ada@example.com", Some("ada")));
        let ticket = desk
            .mock
            .with(|account| account.ask(ADA, &text, &text, &[(LICENSE, json!(text))]));
        desk.hint(ticket).await?;
        let told = desk.told(ticket);
        let [note] = told.as_slice() else {
            panic!("{told:?}")
        };
        let is_bad = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        ensure!(
            !note.html.contains("<script") && !note.html.contains("<img") && !note.html.contains("FILLED IN")
        );
        ensure!(
            !note.html.contains("href=\"javascript") && !note.html.chars().any(is_bad),
            "{}",
            note.html
        );
        ensure!(note.html.len() < 20_000, "{}", note.html.len());
        let link = desk.links(issue).remove(&ticket).context("a link")?;
        ensure!(link.check().is_ok(), "{:?}", link.check());
    }
    Ok(())
}

/// Whom an issue belongs to is told by name also where it is a team.
#[tokio::test]
async fn an_owner_who_is_gone_is_no_reason_to_say_nothing() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let issue = desk.issue(TITLE, json!({ "id": "ada" }), &[]);
    let gone = Assignee::User(errand_model::UserId(77));
    desk.stand
        .hub()
        .change(issue, Change::Assigned { assignee: Some(gone) });
    let ticket = desk.asked(ADA, "", &[]).await?;
    ensure!(desk.told(ticket).len() == 1);
    Ok(())
}
