//! What people do in Slack: it proves itself, is done in their name, and answered at once.

use anyhow::{Context as _, Result, ensure};
use errand_model::UserId;
use errand_model::issue::{Assignee, Status};
use errand_model::staged::Edit;
use errand_plugin_host::{Called, InboundReply, Refused};
use serde_json::{Value, json};

use super::{SIGNING, Workspace, shown};
use errand_errands::{Fate, START, ended_well};

fn sign(secret: &str, at: i64, body: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let signature = ring::hmac::sign(&key, format!("v0:{at}:{body}").as_bytes());
    let hex: String = signature
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("v0={hex}")
}

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

impl Workspace {
    async fn sent(&self, kind: &str, body: &str) -> Result<Called<InboundReply>, Refused> {
        let at = START.seconds();
        self.signed(kind, body, at, &sign(SIGNING, at, body)).await
    }

    async fn signed(
        &self,
        kind: &str,
        body: &str,
        at: i64,
        signature: &str,
    ) -> Result<Called<InboundReply>, Refused> {
        let at = at.to_string();
        let headers = [
            ("content-type", kind),
            ("x-slack-request-timestamp", at.as_str()),
            ("x-slack-signature", signature),
        ];
        self.stand
            .call("slack", &headers, body.as_bytes(), Fate::Acknowledged)
            .await
    }

    /// What an honest request is known by.
    fn receipt(&self, at: i64, body: &str) -> Result<Option<Vec<u8>>> {
        let (at, signature) = (at.to_string(), sign(SIGNING, at, body));
        let headers = [
            ("x-slack-request-timestamp", at.as_str()),
            ("x-slack-signature", &signature),
        ];
        Ok(self.stand.admit("slack", &headers, body.as_bytes())?.receipt)
    }

    /// Somebody uses the only card.
    async fn uses(&self, member: &str, action: Value) -> Result<()> {
        let card = self.card()?;
        let actions = card
            .blocks
            .as_array()
            .and_then(|blocks| blocks.last())
            .context("buttons")?;
        let mut action = action;
        action["block_id"] = actions["block_id"].clone();
        let payload = json!({
            "type": "block_actions",
            "user": {"id": member, "username": "ada"},
            "container": {"message_ts": card.ts, "channel_id": card.channel},
            "response_url": "https://hooks.slack.com/actions/T0/1/abc",
            "actions": [action],
        });
        let body = form(&[("payload", &payload.to_string())]);
        let called = self.sent("application/x-www-form-urlencoded", &body).await?;
        ended_well(&called.attempt)?;
        ensure!(
            called
                .reply
                .is_some_and(|reply| reply.status == 200 && reply.body.is_empty())
        );
        self.stand.settle_at_once().await
    }

    async fn asks(&self, member: &str, text: &str) -> Result<String> {
        let body = form(&[("command", "/errand"), ("text", text), ("user_id", member)]);
        let called = self.sent("application/x-www-form-urlencoded", &body).await?;
        ended_well(&called.attempt)?;
        let reply = called.reply.context("an answer")?;
        let said: Value = serde_json::from_slice(&reply.body)?;
        ensure!(said["response_type"] == "ephemeral", "nobody else sees it");
        Ok(shown(&said["blocks"]))
    }

    /// A person of the hub and of the workspace.
    fn person(&self, id: i64, name: &str, address: &str) -> String {
        self.stand.hub().person(id, name, address);
        self.slack.with(|slack| slack.member(address))
    }

    fn status(&self, issue: errand_model::IssueId) -> Option<Status> {
        self.stand.hub().issue(issue).map(|issue| issue.status)
    }
}

#[tokio::test]
async fn buttons_do_what_they_say_in_the_name_of_who_presses_them() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let ada = workspace.person(12, "Ada", "ada@example.com");
    let bob = workspace.person(13, "Bob", "bob@example.com");
    let issue = workspace.told("it broke").await?;
    workspace
        .uses(&ada, json!({"action_id": "resolve", "value": "resolve"}))
        .await?;
    ensure!(workspace.status(issue) == Some(Status::Resolved));
    let card = shown(&workspace.card()?.blocks);
    ensure!(card.contains("*Resolved in Shop*"), "the message follows: {card}");
    workspace.uses(&ada, json!({"action_id": "reopen"})).await?;
    ensure!(workspace.status(issue) == Some(Status::Unresolved));
    workspace
        .uses(&ada, json!({"action_id": "assign", "selected_user": bob}))
        .await?;
    let assignee = |issue| {
        workspace
            .stand
            .hub()
            .issue(issue)
            .and_then(|issue| issue.assignee)
    };
    ensure!(assignee(issue) == Some(Assignee::User(UserId(13))));
    let chosen =
        |action: &str, value: &str| json!({"action_id": action, "selected_option": {"value": value}});
    workspace.uses(&ada, chosen("more", "assign-me")).await?;
    ensure!(assignee(issue) == Some(Assignee::User(UserId(12))));
    workspace.uses(&ada, chosen("more", "assign-nobody")).await?;
    ensure!(assignee(issue).is_none());
    workspace
        .uses(&bob, chosen("archive", "archive-escalating"))
        .await?;
    ensure!(workspace.status(issue) == Some(Status::Ignored));
    let thread = workspace.thread()?;
    ensure!(
        thread
            == [
                "Resolved by Ada".to_owned(),
                "Taken up again by Ada".to_owned(),
                format!("Assigned to Bob by Ada <@{bob}>"),
                format!("Assigned to Ada by Ada <@{ada}>"),
                "Assigned to nobody by Ada".to_owned(),
                "Archived by Bob".to_owned(),
            ],
        "{thread:?}"
    );
    ensure!(
        workspace.slack.count("users_info") == 2,
        "who is who is remembered"
    );
    Ok(())
}

#[tokio::test]
async fn a_ticket_is_asked_for_as_a_rule_would() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let ada = workspace.person(12, "Ada", "ada@example.com");
    workspace.told("it broke").await?;
    workspace
        .uses(&ada, json!({"action_id": "ticket", "value": "ticket"}))
        .await?;
    let raised = workspace.stand.hub().raised();
    ensure!(raised.len() == 1, "{raised:?}");
    let Edit::Raise { alert } = &raised[0].edit else {
        anyhow::bail!("no alert: {raised:?}")
    };
    ensure!(
        alert.action == "ticket" && alert.reason == "Ada asked for a ticket",
        "{alert:?}"
    );
    ensure!(
        raised[0]
            .acting_as
            .as_ref()
            .is_some_and(|person| person.id == UserId(12))
    );
    Ok(())
}

#[tokio::test]
async fn nobody_acts_who_is_nobody_in_the_hub() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    workspace.stand.hub().person(12, "Ada", "ada@example.com");
    let stranger = workspace.slack.with(|slack| slack.member("mallory@example.com"));
    let pretender = workspace.slack.with(|slack| slack.pretender("ada@example.com"));
    let issue = workspace.told("it broke").await?;
    for member in [stranger.as_str(), pretender.as_str(), "U999999999", ""] {
        workspace.uses(member, json!({"action_id": "resolve"})).await?;
        let said = workspace.asks(member, "is:unresolved").await?;
        ensure!(
            said.contains("Nobody in the hub has your e-mail address"),
            "{said}"
        );
    }
    ensure!(workspace.status(issue) == Some(Status::Unresolved));
    let whispered = workspace.slack.with(|slack| slack.whispered.clone());
    ensure!(
        whispered.len() == 4 && whispered[0].contains("your e-mail address"),
        "{whispered:?}"
    );
    Ok(())
}

#[tokio::test]
async fn slack_is_told_from_others_before_the_plugin_wakes() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let body = json!({"type": "url_verification", "challenge": "3eZbrw1a"}).to_string();
    let called = workspace.sent("application/json", &body).await?;
    let reply = called.reply.context("an answer")?;
    ensure!(serde_json::from_slice::<Value>(&reply.body)? == json!({"challenge": "3eZbrw1a"}));
    let at = START.seconds();
    for (at, signature) in [
        (at, sign("another secret", at, &body)),
        (at, sign(SIGNING, at, "{}")),
        (at, sign(SIGNING, at + 1, &body)),
        (at - 400, sign(SIGNING, at - 400, &body)),
        (at + 400, sign(SIGNING, at + 400, &body)),
        (at, "v0=".to_owned()),
        (at, String::new()),
    ] {
        let refused = workspace.signed("application/json", &body, at, &signature).await;
        ensure!(
            matches!(refused, Err(Refused::Unproved(_))),
            "{signature}: {refused:?}"
        );
    }
    // The same again is known by the same receipt, by which the hub wakes nobody twice.
    let (one, again) = (workspace.receipt(at, &body)?, workspace.receipt(at, &body)?);
    ensure!(one.is_some() && one == again);
    ensure!(workspace.receipt(at + 1, &body)? != one);
    Ok(())
}

#[tokio::test]
async fn links_to_issues_are_shown_and_no_others() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let issue = workspace.told("it <!channel> broke").await?;
    let ours = format!("https://errors.example.com/organizations/example/issues/{issue}/?project=2");
    let links = [
        ours.as_str(),
        "https://evil.example.com/organizations/example/issues/101/",
        "https://errors.example.com/organizations/example/issues/999999/",
        "https://errors.example.com/settings/",
    ];
    let shared = |extra: Value| {
        let mut event = json!({
            "type": "link_shared",
            "channel": workspace.channel,
            "message_ts": "1790000001.000100",
            "links": links.map(|url| json!({"domain": "errors.example.com", "url": url})),
        });
        for (key, value) in extra.as_object().into_iter().flatten() {
            event[key] = value.clone();
        }
        json!({"type": "event_callback", "event_id": "Ev1", "event": event}).to_string()
    };
    for extra in [json!({}), json!({"unfurl_id": "C1.2.3", "source": "composer"})] {
        let called = workspace.sent("application/json", &shared(extra)).await?;
        ended_well(&called.attempt)?;
        let unfurled = workspace.slack.with(|slack| std::mem::take(&mut slack.unfurled));
        ensure!(unfurled.keys().collect::<Vec<_>>() == [&ours], "{unfurled:?}");
        let shown = shown(&unfurled[&ours]);
        ensure!(shown.contains("broke") && !shown.contains("Archive…"), "{shown}");
    }
    Ok(())
}

#[tokio::test]
async fn a_command_finds_issues() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let ada = workspace.person(12, "Ada", "ada@example.com");
    let issue = workspace.told("it <!here> broke").await?;
    ensure!(workspace.asks(&ada, "").await?.contains("/errand"));
    let found = workspace.asks(&ada, "search is:unresolved assigned:me").await?;
    ensure!(found.contains("Nothing was found"), "{found}");
    let found = workspace.asks(&ada, "is:unresolved").await?;
    ensure!(
        found.contains(&format!("SHOP\u{2060}-{issue}")) || found.contains(&format!("SHOP-{issue}")),
        "{found}"
    );
    ensure!(found.contains("&lt;!here&gt;"), "{found}");
    let one = workspace.asks(&ada, &format!("SHOP-{issue}")).await?;
    ensure!(one.contains("Archive…"), "{one}");
    let none = workspace.asks(&ada, "SHOP-404").await?;
    ensure!(none.contains("There is no issue SHOP-404"), "{none}");
    Ok(())
}

#[tokio::test]
async fn what_goes_wrong_is_said_to_who_pressed() -> Result<()> {
    let workspace = Workspace::set(json!({})).await?;
    let ada = workspace.person(12, "Ada", "ada@example.com");
    let outsider = workspace.slack.with(|slack| slack.member("guest@example.com"));
    let issue = workspace.told("it broke").await?;
    workspace
        .uses(&ada, json!({"action_id": "assign", "selected_user": outsider}))
        .await?;
    workspace.uses(&ada, json!({"action_id": "of-tomorrow"})).await?;
    let carol = workspace.person(14, "Carol", "carol@example.com");
    workspace
        .slack
        .with(|slack| slack.refuse("users_info", "internal_error"));
    workspace.uses(&carol, json!({"action_id": "resolve"})).await?;
    let whispered = workspace.slack.with(|slack| slack.whispered.clone());
    ensure!(whispered.len() == 3, "{whispered:?}");
    ensure!(
        whispered[0].contains("that person's e-mail address"),
        "{whispered:?}"
    );
    ensure!(whispered[2].contains("Try again"), "{whispered:?}");
    ensure!(workspace.status(issue) == Some(Status::Unresolved));
    Ok(())
}
