//! People hear of what they chose in direct messages: one for all that is due, and rooms do not notice.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use errand_errands::{Stand, kind};
use errand_model::IssueId;
use errand_model::lifecycle::Change;
use errand_plugin_host::Attempt;
use errand_tests::contract::{Contract, Fault, Mock, Plan};
use errand_tests::simulators::slack::{Message, Slack};
use serde_json::{Value, json};

use super::{Workspace, shown};

const ADA: &str = "user:1";
const ADDRESS: &str = "ada@example.com";
/// When no attempt is under way any more.
const LATER: Duration = Duration::from_secs(3_600);

/// A workspace whose app writes to people, Ada among them.
struct Direct {
    workspace: Workspace,
    member: String,
}

impl Direct {
    async fn set(settings: Value) -> Result<Self> {
        let mut all = json!({"to_people": true, "channel": null});
        for (key, value) in settings.as_object().into_iter().flatten() {
            all[key] = value.clone();
        }
        let workspace = Workspace::set(all).await?;
        workspace.stand.hub().person(1, "Ada", ADDRESS);
        let member = workspace.slack.with(|slack| slack.member(ADDRESS));
        Ok(Direct { workspace, member })
    }

    fn stand(&self) -> &Stand {
        &self.workspace.stand
    }

    /// New issues with these titles.
    fn issues(&self, titles: &[&str]) -> Vec<(IssueId, Change)> {
        let issue = |title: &&str| (self.stand().hub().new_issue(title), Change::Created);
        titles.iter().map(issue).collect()
    }

    async fn tell(&self, key: &str, happened: &[(IssueId, Change)]) -> Result<Attempt> {
        self.stand().digest(ADA, key, happened).await
    }

    fn written(&self) -> Vec<Message> {
        self.workspace.slack.with(|slack| slack.written_to(&self.member))
    }

    /// The only message to Ada.
    fn only(&self) -> Result<Message> {
        let written = self.written();
        ensure!(written.len() == 1, "one message, not {written:?}");
        written.into_iter().next().context("a message")
    }
}

/// What an attempt came to, what it said and why, in one text.
fn said(attempt: &Attempt) -> String {
    json!({"outcome": attempt.outcome, "log": attempt.log, "why": attempt.explanation}).to_string()
}

#[tokio::test]
async fn one_issue_is_its_card_with_what_happened_above() -> Result<()> {
    let direct = Direct::set(json!({})).await?;
    let told = direct.issues(&["TypeError: x is undefined"]);
    let issue = told[0].0;
    let text = "Ada, is <!here> yours?".to_owned();
    let commented = (issue, Change::Commented { activity: 1, text });
    let attempt = direct.tell("a", &[told[0].clone(), commented]).await?;
    ensure!(kind(&attempt) == "done", "{}", said(&attempt));
    let message = direct.only()?;
    ensure!(
        message.text == "Comment by Ada: TypeError: x is undefined",
        "{}",
        message.text
    );
    let blocks = shown(&message.blocks);
    for said in [
        "Comment by Ada",
        "Ada, is &lt;!here&gt; yours?",
        "🔴 TypeError: x is undefined",
        "*New in Shop*",
        &format!("/organizations/example/issues/{issue}/"),
        "pay · checkout.js:12",
        "Last 24 hours",
    ] {
        ensure!(blocks.contains(said), "'{said}' is missing in: {blocks}");
    }
    ensure!(
        !blocks.contains("Resolve"),
        "nobody brings it up to date, so that it has no buttons: {blocks}"
    );
    Ok(())
}

#[tokio::test]
async fn several_issues_are_one_short_list_the_worst_first() -> Result<()> {
    let direct = Direct::set(json!({})).await?;
    let titles: Vec<String> = (0..60).map(|n| format!("Error {n}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let told = direct.issues(&titles);
    direct.stand().hub().resolve(told[0].0);
    let attempt = direct.tell("a", &told).await?;
    ensure!(kind(&attempt) == "done", "{}", said(&attempt));
    let message = direct.only()?;
    let blocks = message.blocks.as_array().context("a list")?;
    ensure!(blocks.len() == 22, "{}", blocks.len());
    let lines: Vec<String> = blocks.iter().map(shown).collect();
    ensure!(lines[0].contains("*60 issues in Shop*"), "{}", lines[0]);
    ensure!(
        lines[1].contains("🔴") && lines[1].contains("|Error 1>") && lines[1].contains("New in Shop"),
        "{}",
        lines[1]
    );
    ensure!(
        lines[21].contains("<https://errors.example.com/issues|… and 40 more issues>"),
        "{}",
        lines[21]
    );
    ensure!(
        message.text.starts_with("60 issues in Shop: Error 1 · "),
        "{}",
        message.text
    );
    Ok(())
}

#[tokio::test]
async fn an_attempt_that_comes_again_says_nothing_twice() -> Result<()> {
    let direct = Direct::set(json!({})).await?;
    let told = direct.issues(&["a", "b"]);
    for _ in 0..3 {
        let attempt = direct.tell("same", &told).await?;
        ensure!(kind(&attempt) == "done", "{}", said(&attempt));
    }
    direct.only()?;
    direct.tell("next", &told).await?;
    ensure!(direct.written().len() == 2);
    Ok(())
}

#[tokio::test]
async fn what_slack_refuses_comes_once_when_it_is_tried_again() -> Result<()> {
    for (fault, expected) in [
        (Fault::TooMany(30), "rate_limited"),
        (Fault::Status(503), "retry"),
        (Fault::CutBefore, "retry"),
        (Fault::Status(401), "auth"),
    ] {
        for operation in ["users_lookupByEmail", "chat_postMessage"] {
            let direct = Direct::set(json!({})).await?;
            let told = direct.issues(&["a"]);
            direct.workspace.slack.plan(Plan::once(fault).on(operation));
            let attempt = direct.tell("same", &told).await?;
            ensure!(
                kind(&attempt) == expected,
                "{operation} {fault:?}: {}",
                said(&attempt)
            );
            ensure!(direct.written().is_empty());
            direct.stand().pass(LATER);
            let attempt = direct.tell("same", &told).await?;
            ensure!(kind(&attempt) == "done", "{}", said(&attempt));
            direct.only()?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_nobody_knows_the_fate_of_is_rather_said_twice_than_not_at_all() -> Result<()> {
    let direct = Direct::set(json!({})).await?;
    let told = direct.issues(&["a"]);
    direct
        .workspace
        .slack
        .plan(Plan::once(Fault::CutAfter).on("chat_postMessage"));
    let attempt = direct.tell("same", &told).await?;
    ensure!(kind(&attempt) == "retry", "{}", said(&attempt));
    direct.stand().pass(LATER);
    for _ in 0..2 {
        let attempt = direct.tell("same", &told).await?;
        ensure!(kind(&attempt) == "done", "{}", said(&attempt));
    }
    ensure!(direct.written().len() == 2, "{:?}", direct.written());
    Ok(())
}

#[tokio::test]
async fn whom_slack_does_not_know_is_left_out_and_that_is_said() -> Result<()> {
    let direct = Direct::set(json!({})).await?;
    let told = direct.issues(&["a"]);
    direct.stand().hub().person(2, "Bob", "bob@example.com");
    for (who, why) in [
        (
            "user:2",
            "nobody in the workspace has the address bob@example.com",
        ),
        ("user:3", "the hub does not know them any more"),
    ] {
        let attempt = direct.stand().digest(who, who, &told).await?;
        ensure!(
            kind(&attempt) == "ignored" && attempt.explanation == Some(format!("{who} is not told: {why}")),
            "{}",
            said(&attempt)
        );
        ensure!(json!(attempt.log).to_string().contains(why), "{}", said(&attempt));
    }
    // Who leaves was known until now; who comes back has another account.
    direct.tell("a", &told).await?;
    direct.workspace.slack.with(|slack| slack.part(&direct.member));
    let attempt = direct.tell("b", &told).await?;
    ensure!(
        kind(&attempt) == "ignored" && said(&attempt).contains("cannot be written to"),
        "{}",
        said(&attempt)
    );
    let again = direct.workspace.slack.with(|slack| slack.member(ADDRESS));
    direct.tell("c", &told).await?;
    let written = direct.workspace.slack.with(|slack| slack.written_to(&again));
    ensure!(written.len() == 1, "{written:?}");
    Ok(())
}

#[tokio::test]
async fn a_scope_that_is_missing_is_named() -> Result<()> {
    for (operation, scope) in [
        ("users_lookupByEmail", "users:read.email"),
        ("chat_postMessage", "im:write"),
    ] {
        let direct = Direct::set(json!({})).await?;
        let told = direct.issues(&["a"]);
        direct.workspace.slack.with(|slack| slack.lack(operation, scope));
        // Slack does not always say which.
        direct
            .workspace
            .slack
            .with(|slack| slack.refuse(operation, "missing_scope"));
        for _ in 0..2 {
            let attempt = direct.tell("a", &told).await?;
            let outcome = json!(attempt.outcome).to_string();
            ensure!(kind(&attempt) == "auth" && outcome.contains(scope), "{outcome}");
        }
        direct.tell("a", &told).await?;
        direct.only()?;
    }
    let direct = Direct::set(json!({})).await?;
    let told = direct.issues(&["a"]);
    direct
        .workspace
        .slack
        .with(|slack| slack.refuse("chat_postMessage", "messages_tab_disabled"));
    let attempt = direct.tell("a", &told).await?;
    let outcome = json!(attempt.outcome).to_string();
    ensure!(
        kind(&attempt) == "auth" && outcome.contains("im:write") && outcome.contains("Messages tab"),
        "{outcome}"
    );
    Ok(())
}

#[tokio::test]
async fn rooms_are_told_as_before_and_without_one_nothing_is_posted_there() -> Result<()> {
    for channel in [json!("#alerts"), Value::Null] {
        let direct = Direct::set(json!({"channel": channel})).await?;
        let issue = direct.stand().hub().new_issue("it broke");
        direct.stand().settle_at_once().await?;
        direct.stand().hub().resolve(issue);
        direct.stand().settle_at_once().await?;
        if channel.is_string() {
            ensure!(direct.workspace.thread()? == ["Resolved by Ada"]);
        } else {
            ensure!(direct.workspace.slack.writes() == 0);
            // A rule that names people means them all the same.
            let cy = direct.stand().hub().person(4, "Cy", "cy@example.com");
            let member = direct
                .workspace
                .slack
                .with(|slack| slack.member("cy@example.com"));
            direct.stand().hub().alert_to(issue, "notify", &[cy]);
            direct.stand().settle_at_once().await?;
            let written = direct.workspace.slack.with(|slack| slack.written_to(&member));
            ensure!(written.len() == 1, "{written:?}");
        }
        ensure!(direct.written().is_empty());
        // What came together for a room is no direct message.
        let group = format!("issue/{issue}");
        let attempt = direct
            .stand()
            .digest(&group, "a", &[(issue, Change::Created)])
            .await?;
        ensure!(kind(&attempt) == "ignored", "{}", said(&attempt));
    }
    Ok(())
}

#[tokio::test]
async fn an_incoming_webhook_writes_to_nobody() -> Result<()> {
    let webhook = "https://hooks.slack.com/services/T0/B0/secret";
    let refused = Workspace::set(json!({"bot_token": null, "webhook_url": webhook, "to_people": true})).await;
    let why = match refused {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    ensure!(
        why.contains("to_people") && why.contains("need a bot token"),
        "{why}"
    );
    // Saved before the token was taken away.
    let contract = Contract::load(&["slack.json", "slack-more.json"])?;
    let slack = Mock::new(contract.into(), Slack::default());
    let stand = Stand::set("slack", json!({"webhook_url": webhook}), &slack).await?;
    stand.hub().person(1, "Ada", ADDRESS);
    let issue = stand.hub().new_issue("it broke");
    let attempt = stand.digest(ADA, "a", &[(issue, Change::Created)]).await?;
    ensure!(kind(&attempt) == "config", "{}", said(&attempt));
    ensure!(slack.writes() == 0);
    Ok(())
}
