//! One message for each issue, kept up to date; the rest in its thread; in the rooms that it concerns.

use anyhow::{Result, ensure};
use errand_model::grant::Grant;
use errand_model::issue::{Assignee, Resolution};
use errand_model::lifecycle::Change;
use errand_model::ticket::Ticket;
use errand_tests::contract::{Contract, Mock};
use errand_tests::simulators::slack::Slack;
use serde_json::json;

use super::{Workspace, shown};
use errand_errands::Stand;

fn ticket() -> Ticket {
    Ticket {
        system: "jira".to_owned(),
        id: "10012".to_owned(),
        name: "SHOP-12".to_owned(),
        url: "https://jira.example/browse/SHOP-12".to_owned(),
        title: "Checkout fails".to_owned(),
        state: "To do".to_owned(),
        is_open: true,
        extra: json!({}),
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn an_issue_is_one_message_whatever_becomes_of_it() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let issue = workspace.told("TypeError: x is undefined").await?;
    let new = shown(&workspace.card()?.blocks);
    for said in [
        "🔴 TypeError: x is undefined",
        "*New in Shop*",
        "production",
        "shop@1.0.0",
        "pay · checkout.js:12",
        "Users",
        "Last 24 hours",
        "Resolve",
        "Archive…",
        "Create ticket",
    ] {
        ensure!(new.contains(said), "'{said}' is missing in: {new}");
    }
    ensure!(workspace.card()?.text == "New in Shop: TypeError: x is undefined");

    workspace.stand.hub().resolve(issue);
    workspace.stand.settle_at_once().await?;
    let resolved = shown(&workspace.card()?.blocks);
    ensure!(
        resolved.contains("🟢") && resolved.contains("Take up again"),
        "{resolved}"
    );
    ensure!(!resolved.contains("Archive…"), "{resolved}");
    ensure!(workspace.thread()? == ["Resolved by Ada"]);

    workspace.stand.hub().regress(issue);
    let ada = workspace.stand.hub().person(1, "Ada", "ada@example.com");
    let member = workspace.slack.with(|slack| slack.member("ada@example.com"));
    workspace
        .stand
        .hub()
        .change(issue, Change::Assigned { assignee: Some(ada) });
    workspace
        .stand
        .hub()
        .alter(issue, |held| held.tickets.push(ticket()));
    workspace
        .stand
        .hub()
        .change(issue, Change::Linked { ticket: ticket() });
    let text = "Looks like <!here> the *cache*".to_owned();
    workspace
        .stand
        .hub()
        .change(issue, Change::Commented { activity: 1, text });
    workspace.stand.settle_at_once().await?;
    let card = shown(&workspace.card()?.blocks);
    ensure!(
        card.contains("SHOP-12") && card.contains("To do") && card.contains("Ada"),
        "{card}"
    );
    ensure!(!card.contains("Create ticket"), "there is one: {card}");
    let thread = workspace.thread()?;
    ensure!(thread[1] == "Came back after it was resolved", "{thread:?}");
    ensure!(
        thread[2] == format!("Assigned to Ada by Ada <@{member}>"),
        "{thread:?}"
    );
    ensure!(
        thread[3].contains("<https://jira.example/browse/SHOP-12|SHOP-12 (To do)>"),
        "{thread:?}"
    );
    ensure!(thread[4].contains("&lt;!here&gt;"), "{thread:?}");
    let ts = workspace.card()?.ts;
    let aloud = workspace
        .slack
        .with(|slack| slack.thread(&ts))
        .iter()
        .filter(|reply| reply.is_aloud)
        .count();
    ensure!(aloud == 1, "only what is worth everybody's attention");

    workspace
        .stand
        .hub()
        .change(issue, Change::Deleted { discard: false });
    workspace.stand.settle_at_once().await?;
    let gone = shown(&workspace.card()?.blocks);
    ensure!(gone.contains("Deleted") && !gone.contains("Open"), "{gone}");
    Ok(())
}

#[tokio::test]
async fn an_issue_that_nobody_was_told_of_stays_so_until_there_is_a_reason() -> Result<()> {
    let workspace = Workspace::set(json!({"changes": ["issue.regressed"]})).await?;
    let issue = workspace.told("quiet").await?;
    workspace.stand.hub().resolve(issue);
    workspace.stand.settle_at_once().await?;
    ensure!(workspace.slack.writes() == 0, "nothing is said");
    workspace.stand.hub().regress(issue);
    workspace.stand.settle_at_once().await?;
    ensure!(shown(&workspace.card()?.blocks).contains("Came back in Shop"));
    ensure!(workspace.thread()?.is_empty(), "the message says it");
    Ok(())
}

#[tokio::test]
async fn rooms_hear_of_what_concerns_them() -> Result<()> {
    let rooms = json!({
        "#payments": "environment:production team:checkout license:L-*",
        "#staging": "environment:staging",
        "owner": "assigned:*",
    });
    let workspace = Workspace::set(
        json!({"rooms": rooms, "changes": ["issue.created", "issue.assigned", "alert.raised"]}),
    )
    .await?;
    let payments = workspace.slack.with(|slack| slack.channel("payments"));
    let staging = workspace.slack.with(|slack| slack.channel("staging"));
    let member = workspace.slack.with(|slack| slack.member("ada@example.com"));
    let direct = member.replacen('U', "D", 1);
    let count = |channel: &str| workspace.slack.with(|slack| slack.cards(channel).len());

    let issue = workspace.told("it broke").await?;
    ensure!(
        count(&workspace.channel) == 1,
        "what no rule takes goes to the channel"
    );
    let ada = workspace.stand.hub().person(1, "Ada", "ada@example.com");
    workspace.stand.hub().team(3, "checkout", &["ada@example.com"]);
    workspace
        .stand
        .hub()
        .change(issue, Change::Assigned { assignee: Some(ada) });
    workspace.stand.settle_at_once().await?;
    ensure!((count(&payments), count(&staging), count(&direct)) == (1, 0, 1));

    let before = (count(&payments), count(&workspace.channel));
    let other = workspace.stand.hub().new_issue("another");
    workspace
        .stand
        .hub()
        .alert_to(other, "notify", &[Assignee::User(errand_model::UserId(1))]);
    workspace.stand.settle_at_once().await?;
    ensure!(count(&direct) == 2, "a rule tells whom it names");
    ensure!(
        (count(&payments), count(&workspace.channel)) == (before.0, before.1 + 1),
        "and nobody else"
    );
    Ok(())
}

#[tokio::test]
async fn what_was_merged_says_so() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let (winner, loser) = (
        workspace.stand.hub().new_issue("one"),
        workspace.stand.hub().new_issue("two"),
    );
    workspace.stand.settle_at_once().await?;
    workspace.stand.hub().merge(winner, &[loser]);
    workspace.stand.settle_at_once().await?;
    let cards = workspace.slack.with(|slack| slack.cards(&workspace.channel));
    ensure!(cards.len() == 2);
    ensure!(
        shown(&cards[1].blocks).contains(&format!("Merged into SHOP-{winner}")),
        "{:?}",
        cards[1].blocks
    );
    Ok(())
}

#[tokio::test]
async fn a_message_that_was_taken_away_comes_again_for_a_reason_only() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let issue = workspace.told("it broke").await?;
    let ts = workspace.card()?.ts;
    workspace.slack.with(|slack| slack.delete(&ts));
    workspace.stand.hub().resolve(issue);
    workspace.stand.settle_at_once().await?;
    ensure!(
        workspace
            .slack
            .with(|slack| slack.cards(&workspace.channel))
            .is_empty()
    );
    workspace.stand.hub().regress(issue);
    workspace.stand.settle_at_once().await?;
    ensure!(workspace.card()?.ts != ts);
    Ok(())
}

#[tokio::test]
async fn counts_are_brought_up_to_date_by_the_clock() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let issue = workspace.told("it broke").await?;
    errand_errands::ended_well(&workspace.stand.job("refresh").await)?;
    ensure!(workspace.card()?.edits == 0, "nothing happened since");
    workspace
        .stand
        .hub()
        .alter(issue, |held| held.summary.times_seen = 12_345);
    errand_errands::ended_well(&workspace.stand.job("refresh").await)?;
    ensure!(shown(&workspace.card()?.blocks).contains("12,345"));
    errand_errands::ended_well(&workspace.stand.job("refresh").await)?;
    ensure!(workspace.card()?.edits == 1);
    Ok(())
}

#[tokio::test]
async fn an_admins_own_wording_is_used() -> Result<()> {
    let template = "*{state}* {link}\\n{title} {users} users {tag:license} {{x}}";
    let workspace = Workspace::set(json!({"template": template})).await?;
    workspace.told("<!channel> broke").await?;
    let card = workspace.card()?;
    let said = card.blocks[0]["text"]["text"].as_str().unwrap_or_default();
    ensure!(
        said.starts_with("*New in Shop* <https://errors.example.com/"),
        "{said}"
    );
    ensure!(
        said.ends_with("\n&lt;!channel&gt; broke 1 users L-1 {x}"),
        "{said}"
    );
    Ok(())
}

#[tokio::test]
async fn a_webhook_says_each_thing_by_itself() -> Result<()> {
    let contract = Contract::load(&["slack.json", "slack-more.json"])?;
    let slack = Mock::new(contract.into(), Slack::default());
    let channel = slack.with(|slack| slack.channel("alerts"));
    let settings = json!({
        "webhook_url": "https://hooks.slack.com/services/T0/B0/XXXXsecret",
        "changes": ["issue.created", "issue.resolved"],
    });
    let stand = Stand::set("slack", settings, &slack).await?;
    let issue = stand.hub().new_issue("it broke");
    stand.settle_at_once().await?;
    stand.hub().change(
        issue,
        Change::Resolved {
            resolution: Resolution::InRelease {
                version: "shop@2".to_owned(),
            },
        },
    );
    stand.settle_at_once().await?;
    let cards = slack.with(|slack| slack.cards(&channel));
    ensure!(cards.len() == 2, "{cards:?}");
    ensure!(
        !shown(&cards[0].blocks).contains("Archive…"),
        "nobody could press it"
    );
    ensure!(
        cards[1]
            .text
            .starts_with("Resolved by Ada in shop@2: <https://errors.example.com/"),
        "{}",
        cards[1].text
    );
    Ok(())
}

#[tokio::test]
async fn settings_that_cannot_work_are_said_to_be() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let host = workspace.stand.host();
    let grant = Grant::default();
    for (config, field) in [
        (json!({}), "bot_token"),
        (json!({"bot_token": "xoxb-1"}), "channel"),
        (
            json!({"bot_token": "xoxb-1", "rooms": {"#a": "production"}}),
            "rooms",
        ),
        (
            json!({"bot_token": "xoxb-1", "channel": "#a", "template": "{nothing}"}),
            "template",
        ),
    ] {
        let found = host.validate_config("slack", &config, &grant).await?;
        ensure!(
            found.len() == 1 && found[0].field.as_deref() == Some(field),
            "{config}: {found:?}"
        );
    }
    workspace
        .slack
        .with(|slack| slack.refuse("auth_test", "invalid_auth"));
    let config = json!({"bot_token": "xoxb-1", "channel": "#a"});
    let found = host.validate_config("slack", &config, &grant).await?;
    ensure!(
        found.len() == 1 && found[0].message.contains("invalid_auth"),
        "{found:?}"
    );
    let choices = workspace.stand.choices("channel", "ale").await?.choices;
    ensure!(choices.len() == 1 && choices[0].value == "#alerts", "{choices:?}");
    let choices = workspace.stand.choices("ticket_with", "").await?.choices;
    ensure!(choices.len() == 1 && choices[0].value == "Jira", "{choices:?}");
    Ok(())
}
