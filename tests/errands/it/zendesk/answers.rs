//! What linked tickets are told when the fix is deployed, and when the error comes back.

use anyhow::{Result, ensure};
use errand_model::IssueId;
use errand_model::issue::Resolution;
use errand_model::lifecycle::Change;
use errand_tests::simulators::zendesk::Macro;
use serde_json::{Value, json};

use super::{ADA, BOB, Desk};

impl Desk {
    /// An issue with so many tickets of a customer, none of them told but of the link.
    async fn with_tickets(more: Value, count: usize) -> Result<(Self, IssueId, Vec<u64>)> {
        let desk = Desk::set(more).await?;
        let issue = desk.issue("TypeError: no total", json!({ "id": "ada" }), &[]);
        let mut tickets = Vec::new();
        for _ in 0..count {
            tickets.push(desk.asked(ADA, "", &[]).await?);
        }
        Ok((desk, issue, tickets))
    }

    /// The release with the fix goes to where customers are.
    pub(super) fn deploy(&self, issue: IssueId, release: &str) {
        let resolution = Resolution::InRelease {
            version: release.to_owned(),
        };
        self.stand.hub().change(
            issue,
            Change::Resolved {
                resolution: resolution.clone(),
            },
        );
        let change = Change::FixDeployed {
            release: release.to_owned(),
            environment: "production".to_owned(),
            url: None,
            resolution,
        };
        self.stand.hub().change(issue, change);
    }

    /// What was said in a ticket after the note about its link.
    fn answers(&self, ticket: u64) -> Vec<(bool, String)> {
        let told = self.told(ticket).into_iter().skip(1);
        told.map(|comment| (comment.public, comment.text)).collect()
    }
}

#[tokio::test]
async fn a_customer_is_answered_when_the_fix_is_deployed_and_not_before() -> Result<()> {
    let more = json!({
        "reply": "public",
        "reply_text": "Dear customer,\n\n{issue} is mended in {release} <b>",
        "fix_tags": "fixed, happy",
    });
    let (desk, issue, tickets) = Desk::with_tickets(more, 1).await?;
    let resolution = Resolution::InNextRelease { after: None };
    desk.stand.hub().change(issue, Change::Resolved { resolution });
    desk.stand.settle_at_once().await?;
    ensure!(
        desk.answers(tickets[0]).is_empty(),
        "customers do not have it yet"
    );
    desk.deploy(issue, "shop@2.0");
    desk.stand.settle_at_once().await?;
    let answers = desk.answers(tickets[0]);
    let [(true, text)] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    ensure!(
        text.contains(&format!("SHOP-{issue} is mended in shop@2.0 <b>")),
        "{text}"
    );
    ensure!(desk.status(tickets[0]) == "solved");
    let tag = format!("errand_fixed_shop-{issue}");
    ensure!(
        desk.tags(tickets[0]) == [tag.as_str(), "fixed", "happy"],
        "{:?}",
        desk.tags(tickets[0])
    );
    let link = &desk.links(issue)[&tickets[0]];
    ensure!(!link.is_open && link.waiting().is_none(), "nobody waits any more");
    // The same told again is told to nobody.
    desk.stand.hub().replay(0);
    desk.stand.settle_at_once().await?;
    ensure!(desk.answers(tickets[0]).len() == 1);
    Ok(())
}

#[tokio::test]
async fn what_is_resolved_at_once_needs_no_deploy() -> Result<()> {
    let (desk, issue, tickets) = Desk::with_tickets(json!({}), 1).await?;
    desk.stand.hub().resolve(issue);
    desk.stand.settle_at_once().await?;
    let answers = desk.answers(tickets[0]);
    ensure!(
        answers.len() == 1 && !answers[0].0 && answers[0].1.contains("is fixed"),
        "{answers:?}"
    );
    Ok(())
}

#[tokio::test]
async fn many_are_told_in_one_request() -> Result<()> {
    let (desk, issue, tickets) = Desk::with_tickets(json!({ "reply": "public" }), 9).await?;
    let closed = tickets[8];
    let before = desk.mock.writes();
    desk.mock.with(|account| {
        account.job_takes = 2;
        account.alter(closed, |ticket| ticket.status = "closed".to_owned());
    });
    desk.deploy(issue, "shop@2.0");
    desk.stand.settle().await?;
    for ticket in &tickets[..8] {
        ensure!(
            desk.answers(*ticket).len() == 1 && desk.status(*ticket) == "solved",
            "#{ticket}"
        );
    }
    ensure!(desk.mock.count("TicketsUpdateMany") == 1);
    ensure!(
        desk.mock.writes() == before + 2,
        "one for all that live, one for the closed one"
    );
    // The closed one's customer is answered in a ticket that follows it, and that is the link from now on.
    let follow_up = desk.mock.with(|account| {
        account
            .tickets
            .values()
            .find(|ticket| ticket.follows == Some(closed))
            .cloned()
    });
    let Some(follow_up) = follow_up else {
        panic!("no follow-up")
    };
    ensure!(follow_up.requester == ADA && follow_up.status == "solved");
    ensure!(follow_up.comments.len() == 1 && follow_up.comments[0].public);
    let linked = desk.linked(issue);
    ensure!(
        linked.contains(&follow_up.id) && !linked.contains(&closed),
        "{linked:?}"
    );
    desk.stand.hub().replay(0);
    desk.stand.settle().await?;
    ensure!(desk.mock.writes() == before + 2);
    Ok(())
}

#[tokio::test]
async fn a_macro_speaks_in_its_own_words() -> Result<()> {
    let (desk, issue, tickets) = Desk::with_tickets(json!({ "reply": "public", "macro": "12" }), 6).await?;
    desk.mock.with(|account| {
        let told = Macro {
            title: "Fixed".to_owned(),
            html: "<p>Dear {{name}}, it is <b>fixed</b>.</p>".to_owned(),
            status: Some("pending".to_owned()),
        };
        account.macros.insert(12, told);
    });
    let choices = desk.stand.choices("macro", "fix").await?;
    ensure!(choices.choices.len() == 1 && choices.choices[0].value == "12");
    desk.deploy(issue, "shop@2.0");
    desk.stand.settle().await?;
    for ticket in tickets {
        let answers = desk.answers(ticket);
        ensure!(
            answers.len() == 1 && answers[0].0 && answers[0].1.contains("Dear Ada Example"),
            "{answers:?}"
        );
        ensure!(desk.status(ticket) == "pending");
    }
    let (desk, issue, _) = Desk::with_tickets(json!({ "macro": "13" }), 1).await?;
    desk.deploy(issue, "shop@2.0");
    for expected in ["ignored", "config"] {
        let attempt = desk.stand.deliver(errand_errands::Fate::Acknowledged).await;
        let ended = attempt.as_ref().map(errand_errands::kind);
        ensure!(ended.as_deref() == Some(expected), "{ended:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_admin_decides_what_is_said_and_done() -> Result<()> {
    let (desk, issue, tickets) = Desk::with_tickets(
        json!({ "reply": "none", "fix_status": "open", "fix_tags": "fixed" }),
        1,
    )
    .await?;
    desk.deploy(issue, "shop@2.0");
    desk.stand.settle_at_once().await?;
    ensure!(desk.answers(tickets[0]).is_empty() && desk.status(tickets[0]) == "open");
    ensure!(desk.tags(tickets[0]).contains(&"fixed".to_owned()));

    let (desk, issue, tickets) =
        Desk::with_tickets(json!({ "fix_status": "keep", "closed": "leave" }), 2).await?;
    desk.mock
        .with(|account| account.alter(tickets[1], |ticket| ticket.status = "closed".to_owned()));
    desk.deploy(issue, "shop@2.0");
    desk.stand.settle_at_once().await?;
    let answers = desk.answers(tickets[0]);
    ensure!(
        answers.len() == 1 && !answers[0].0 && answers[0].1.contains("shop@2.0"),
        "{answers:?}"
    );
    ensure!(desk.status(tickets[0]) == "new" && desk.mock.count("CreateTicket") == 0);
    Ok(())
}

#[tokio::test]
async fn a_ticket_that_waits_for_another_issue_is_not_solved() -> Result<()> {
    let (desk, issue, tickets) = Desk::with_tickets(json!({ "reply": "public" }), 1).await?;
    let other = desk.issue("Error: another", json!({ "id": "bob" }), &[]);
    desk.stand
        .press("link", other, json!({ "ticket": tickets[0].to_string() }))
        .await?;
    desk.deploy(issue, "shop@2.0");
    desk.stand.settle_at_once().await?;
    let told = desk.told(tickets[0]);
    ensure!(
        told.iter().all(|comment| !comment.public) && told.len() == 3,
        "{told:?}"
    );
    ensure!(told[2].text.contains("still open") && desk.status(tickets[0]) == "new");
    desk.deploy(other, "shop@2.1");
    desk.stand.settle_at_once().await?;
    ensure!(
        desk.told(tickets[0])
            .iter()
            .filter(|comment| comment.public)
            .count()
            == 1
    );
    ensure!(desk.status(tickets[0]) == "solved");
    Ok(())
}

#[tokio::test]
async fn a_refused_status_keeps_nobody_from_being_answered() -> Result<()> {
    for count in [1, 5] {
        let (desk, issue, tickets) = Desk::with_tickets(json!({ "reply": "public" }), count).await?;
        desk.mock.with(|account| account.needs_assignee = true);
        desk.deploy(issue, "shop@2.0");
        desk.stand.settle().await?;
        for ticket in tickets {
            ensure!(
                desk.answers(ticket).len() == 1 && desk.status(ticket) == "new",
                "{count}: #{ticket}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn tickets_are_reopened_when_the_error_comes_back() -> Result<()> {
    let (desk, issue, tickets) = Desk::with_tickets(json!({ "reply": "public" }), 4).await?;
    let closed = tickets[3];
    desk.deploy(issue, "shop@2.0");
    desk.stand.settle_at_once().await?;
    desk.mock.with(|account| {
        account.alter(tickets[2], |ticket| ticket.status = "open".to_owned());
        account.alter(closed, |ticket| ticket.status = "closed".to_owned());
    });
    desk.stand.hub().regress(issue);
    desk.stand.settle().await?;
    for ticket in &tickets[..3] {
        let answers = desk.answers(*ticket);
        ensure!(desk.status(*ticket) == "open", "#{ticket}");
        ensure!(
            answers.len() == 2 && !answers[1].0 && answers[1].1.contains("came back"),
            "{answers:?}"
        );
        ensure!(
            !desk
                .tags(*ticket)
                .iter()
                .any(|tag| tag.starts_with("errand_fixed"))
        );
    }
    let follow_up = desk.mock.with(|account| {
        account
            .tickets
            .values()
            .find(|ticket| ticket.follows == Some(closed))
            .cloned()
    });
    let Some(follow_up) = follow_up else {
        panic!("no follow-up")
    };
    ensure!(
        follow_up.status == "open" && !follow_up.comments[0].public,
        "the customer hears nothing of it"
    );
    ensure!(desk.links(issue).values().all(|link| link.is_open));
    // The next fix is told again.
    desk.deploy(issue, "shop@2.1");
    desk.stand.settle().await?;
    ensure!(desk.answers(tickets[0]).len() == 3 && desk.status(tickets[0]) == "solved");
    Ok(())
}

#[tokio::test]
async fn what_is_long_over_is_left_alone() -> Result<()> {
    let (desk, issue, tickets) = Desk::with_tickets(json!({ "on_regress": "note" }), 2).await?;
    desk.deploy(issue, "shop@2.0");
    desk.stand.settle_at_once().await?;
    desk.stand.hub().regress(issue);
    desk.stand.settle_at_once().await?;
    ensure!(
        desk.status(tickets[0]) == "solved" && desk.answers(tickets[0]).len() == 2,
        "a note, and no more"
    );
    let days = std::time::Duration::from_secs(40 * 86_400);
    desk.stand.pass(days);
    let before = desk.mock.writes();
    desk.deploy(issue, "shop@2.1");
    desk.stand.hub().regress(issue);
    desk.stand.settle_at_once().await?;
    ensure!(desk.mock.writes() == before);

    let (desk, issue, tickets) = Desk::with_tickets(json!({ "on_regress": "nothing" }), 1).await?;
    desk.deploy(issue, "shop@2.0");
    desk.stand.hub().regress(issue);
    desk.stand.settle_at_once().await?;
    ensure!(desk.status(tickets[0]) == "solved" && desk.answers(tickets[0]).len() == 1);
    Ok(())
}

#[tokio::test]
async fn a_hundred_customers_are_answered_within_what_a_call_may_do() -> Result<()> {
    let desk = Desk::set(json!({ "reply": "public" })).await?;
    let issue = desk.issue("TypeError: no total", json!({ "id": "nobody" }), &[]);
    let mut tickets = Vec::new();
    for _ in 0..100 {
        let ticket = desk.ask(BOB, "", &[]);
        desk.stand
            .press("link", issue, json!({ "ticket": ticket.to_string() }))
            .await?;
        tickets.push(ticket);
    }
    desk.deploy(issue, "shop@2.0");
    desk.stand.settle().await?;
    ensure!(tickets.iter().all(|ticket| desk.answers(*ticket).len() == 1));
    for _ in 0..3 {
        errand_errands::ended_well(&desk.stand.job("sweep").await)?;
    }
    ensure!(
        desk.links(issue).values().all(|link| !link.is_open),
        "the sweep brings what is left in line"
    );
    Ok(())
}
