//! One ticket for each issue.

use anyhow::{Context, Result, ensure};
use errand_model::grant::Grant;
use errand_tests::contract::{Fault, Plan};
use errand_tests::simulators::jira::Edition;
use serde_json::json;

use super::{EDITIONS, Site};
use errand_errands::{Fate, kind};

#[tokio::test]
async fn a_new_issue_gets_a_ticket_that_says_what_broke() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(
            edition,
            json!({ "labels": "hub, errors", "components": "Checkout" }),
        )
        .await?;
        let (issue, id) = site.with_ticket("it broke").await?;
        let ticket = site.jira.with(|jira| jira.tickets[&id].clone());
        ensure!(ticket.fields["summary"] == "it broke");
        ensure!(ticket.fields["components"] == json!([{ "name": "Checkout" }]));
        let labels = json!(["hub", "errors", format!("errand-1-{issue}")]);
        ensure!(ticket.fields["labels"] == labels, "{:?}", ticket.fields["labels"]);
        let description = ticket.fields["description"].to_string();
        for said in [
            "PayError: it broke",
            "checkout.js",
            "pay",
            "production",
            "shop@1.0.0",
            "Users affected",
        ] {
            let said = if edition == Edition::DataCenter {
                said.replace('@', "\\\\@")
            } else {
                said.to_owned()
            };
            ensure!(
                description.contains(&said),
                "{edition:?}: {said} in {description}"
            );
        }
        ensure!(
            description.contains(&format!("issues/{issue}/")),
            "the way back: {description}"
        );
        let linked = &site.linked(issue)[0];
        ensure!(
            linked.name == "SHOP-1" && linked.url.ends_with("/browse/SHOP-1") && linked.is_open,
            "{linked:?}"
        );
        ensure!(ticket.links.len() == 1 && ticket.links.contains_key(&format!("errand-issue={issue}")));
        ensure!(
            ticket.properties["errand"]["events"] == 1,
            "{:?}",
            ticket.properties
        );
    }
    Ok(())
}

#[tokio::test]
async fn cut_repeated_and_replayed_calls_make_one_ticket() -> Result<()> {
    for fault in [
        Fault::CutAfter,
        Fault::TimeoutAfter,
        Fault::Nonsense,
        Fault::CutBefore,
        Fault::Status(503),
    ] {
        let site = Site::set(Edition::Cloud, json!({})).await?;
        site.jira.plan(Plan::once(fault).on("createIssue"));
        let issue = site.stand.hub().new_issue("it broke");
        let attempts = site.stand.settle().await?;
        ensure!(attempts.len() > 1, "{fault:?} goes unnoticed");
        ensure!(
            site.linked(issue).len() == 1,
            "{fault:?}: {:?}",
            site.linked(issue)
        );
        site.stand.hub().replay(0);
        site.stand.settle_at_once().await?;
        ensure!(
            site.jira.with(|jira| jira.tickets.len()) == 1,
            "{fault:?} made two"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_hub_that_dies_before_it_took_note_makes_no_second_ticket() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({})).await?;
        let issue = site.stand.hub().new_issue("it broke");
        for _ in 0..3 {
            site.stand.deliver(Fate::Unacknowledged).await;
        }
        ensure!(site.linked(issue).is_empty());
        site.stand.settle_at_once().await?;
        ensure!(site.jira.with(|jira| jira.tickets.len()) == 1);
        ensure!(site.linked(issue).len() == 1);
    }
    Ok(())
}

#[tokio::test]
async fn an_alert_rule_makes_the_ticket_where_new_issues_do_not() -> Result<()> {
    let site = Site::set(Edition::Cloud, json!({ "create_on": [] })).await?;
    let issue = site.stand.hub().new_issue("it broke");
    site.stand.hub().alert(issue, "notify");
    site.stand.settle_at_once().await?;
    ensure!(site.linked(issue).is_empty(), "nobody asked for a ticket");
    site.stand.hub().alert(issue, "ticket");
    site.stand.hub().alert(issue, "ticket");
    site.stand.settle_at_once().await?;
    ensure!(site.linked(issue).len() == 1 && site.jira.with(|jira| jira.tickets.len()) == 1);
    Ok(())
}

#[tokio::test]
async fn a_required_custom_field_is_filled_or_asked_for() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({})).await?;
        site.jira.with(|jira| jira.required_field = Some("Team"));
        site.stand.hub().new_issue("it broke");
        let attempt = site
            .stand
            .deliver(Fate::Acknowledged)
            .await
            .context("an attempt")?;
        ensure!(kind(&attempt) == "config", "{:?}", attempt.outcome);
        ensure!(
            format!("{:?}", attempt.outcome).contains("Team (Payments, Search)"),
            "{:?}",
            attempt.outcome
        );

        let site = Site::set(edition, json!({ "fields": { "team": "Payments" } })).await?;
        site.jira.with(|jira| jira.required_field = Some("Team"));
        let (_, id) = site.with_ticket("it broke").await?;
        let value = site
            .jira
            .with(|jira| jira.tickets[&id].fields["customfield_10050"].clone());
        ensure!(value == json!({ "value": "Payments" }), "{value}");
    }
    Ok(())
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_ticket_is_made_linked_and_let_go_by_hand() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({ "create_on": [] })).await?;
        site.jira.with(|jira| jira.required_field = Some("Team"));
        let issue = site.stand.hub().new_issue("it broke");
        let bare = site.stand.press("create", issue, json!({})).await?;
        ensure!(
            format!("{:?}", bare.attempt.outcome).contains("Team (Payments, Search)"),
            "{:?}",
            bare.attempt.outcome
        );
        let form = json!({ "summary": "Checkout fails", "priority": "High", "assignee": "mia@example.com",
                           "fields": { "Team": "Search" } });
        let pressed = site.stand.press("create", issue, form.clone()).await?;
        let reply = pressed
            .reply
            .with_context(|| format!("{:?}", pressed.attempt.outcome))?;
        ensure!(reply.open_url.is_some_and(|url| url.ends_with("/browse/SHOP-1")));
        let made = site
            .jira
            .with(|jira| jira.ticket("SHOP-1").cloned())
            .context("the ticket")?;
        ensure!(made.fields["summary"] == "Checkout fails" && made.assignee.as_deref() == Some("5b10-mia"));
        let again = site.stand.press("create", issue, form).await?;
        ensure!(
            format!("{:?}", again.attempt.outcome).contains("SHOP-1 already"),
            "{:?}",
            again.attempt.outcome
        );

        ensure!(
            site.stand
                .press("unlink", issue, json!({}))
                .await?
                .reply
                .is_some()
        );
        ensure!(site.linked(issue).is_empty());
        let by_hand = site.jira.with(|jira| jira.make("Checkout is slow"));
        let key = site.jira.with(|jira| jira.tickets[&by_hand].key.clone());
        for wanted in [
            key.clone(),
            format!("https://acme.atlassian.net/browse/{key}?x=1"),
            "slow checkout".to_owned(),
        ] {
            let wanted = if wanted.contains(' ') {
                "checkout is slow".to_owned()
            } else {
                wanted
            };
            let pressed = site
                .stand
                .press("link", issue, json!({ "ticket": wanted }))
                .await?;
            ensure!(pressed.reply.is_some(), "{wanted}: {:?}", pressed.attempt.outcome);
            ensure!(site.ticket(issue)? == by_hand, "{wanted}");
            ensure!(
                site.stand
                    .press("unlink", issue, json!({ "ticket": key }))
                    .await?
                    .reply
                    .is_some()
            );
        }
        let pressed = site
            .stand
            .press("link", issue, json!({ "ticket": "check" }))
            .await?;
        ensure!(
            format!("{:?}", pressed.attempt.outcome).contains("which one?"),
            "{:?}",
            pressed.attempt.outcome
        );
        let pressed = site
            .stand
            .press("link", issue, json!({ "ticket": "SHOP-99" }))
            .await?;
        ensure!(format!("{:?}", pressed.attempt.outcome).contains("no ticket SHOP-99"));
    }
    Ok(())
}

#[tokio::test]
async fn projects_and_types_can_be_chosen() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({})).await?;
        let projects = site.stand.choices("project", "sh").await?;
        ensure!(
            projects.choices.iter().any(|choice| choice.value == "SHOP"),
            "{projects:?}"
        );
        let types = site.stand.choices("issue_type", "").await?;
        ensure!(types.choices.len() == 2, "{types:?}");
    }
    Ok(())
}

#[tokio::test]
async fn settings_that_jira_refuses_are_said_when_they_are_saved() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({})).await?;
        let refused = async |change: &str, value: &str, fault: Option<Fault>| {
            if let Some(fault) = fault {
                site.jira.plan(Plan::once(fault));
            }
            let mut settings = site.stand.settings().clone();
            settings[change] = json!(value);
            let host = site.stand.host();
            let problems = host.validate_config("jira", &settings, &Grant::default()).await;
            problems.map(|problems| {
                problems
                    .into_iter()
                    .filter_map(|one| one.field)
                    .collect::<Vec<_>>()
            })
        };
        ensure!(refused("token", "wrong", Some(Fault::Status(401))).await? == ["token"]);
        ensure!(refused("project", "NONE", Some(Fault::Status(404))).await? == ["project"]);
        ensure!(refused("issue_type", "Wish", None).await? == ["issue_type"]);
        ensure!(
            refused("issue_type", "10001", Some(Fault::Status(503)))
                .await?
                .is_empty()
        );
    }
    Ok(())
}
