//! People choose by what they are told: who ticks Slack alone hears of a bad hour in a direct message, and by no mail.

use anyhow::{Context as _, Result, ensure};
use errand_tests::contract::{Mock, Server};
use errand_tests::simulators::slack::{Message, Slack};
use errand_tests::{Hub, Mailbox, Project, Visitor, event, eventually};
use serde_json::{Value, json};

use crate::mail::settings;
use crate::mail_storm::{EVERYTHING, sleep_until_morning, told};
use crate::sdks::sdks;
use crate::whole_loop::slack;

/// Issues of the burst. Letters, so that no rule takes them for numbers.
const BURST: [&str; 8] = ["Ant", "Bee", "Cat", "Dog", "Eel", "Fox", "Gnu", "Hen"];
const CHATS: &str = "chats@example.com";
const READS: &str = "reads@example.com";
const PAGE: &str = "/account/notifications";

async fn fail(hub: &Hub, project: &Project, group: &str) -> Result<()> {
    let status = hub.sdk(project)?.send(&event(group, "ada")).await?.status;
    ensure!(status == 200, "{status}");
    Ok(())
}

/// Installs a plugin; gives the installation's id.
async fn install(hub: &Hub, plugin: &str, name: &str, config: Value) -> Result<String> {
    let wanted = json!({ "plugin": plugin, "name": name, "config": config });
    let path = "/api/0/organizations/default/plugins/";
    let made = hub.api().await?.post(path, &wanted).await?;
    made["id"].as_str().map(str::to_owned).context("an id")
}

/// Slack and mail, each of which writes to people; gives their ids.
async fn channels(hub: &Hub, server: &Server) -> Result<[String; 2]> {
    let workspace = json!({
        "api_url": server.url, "bot_token": "xoxb-0123456789-token", "channel": "#shop", "to_people": true,
    });
    Ok([
        install(hub, "slack", "Slack", workspace).await?,
        install(hub, "email", "E-mail", json!({ "to_people": true })).await?,
    ])
}

async fn invite(hub: &Hub, owner: &Visitor, who: &str, channel: &str) -> Result<()> {
    let person = owner.invite(hub, who, "member").await?;
    let wishes = format!("{EVERYTHING}&pace=soon&channel={channel}");
    person.submit(PAGE, PAGE, &wishes).await?;
    Ok(())
}

async fn written(slack: &Mock<Slack>, member: &str, count: usize) -> Result<Vec<Message>> {
    eventually(&format!("{count} direct messages"), || async {
        let written = slack.with(|slack| slack.written_to(member));
        Ok((written.len() >= count).then_some(written))
    })
    .await
}

#[tokio::test]
async fn who_ticks_slack_alone_gets_one_direct_message_for_a_burst_and_no_mail() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "").await?;
    let slack = slack()?;
    let server = slack.serve().await?;
    let (channel, member) = slack.with(|slack| (slack.channel("shop"), slack.member(CHATS)));
    let mut hub = Hub::start_with(settings(&mailbox, "")).await?;
    let project = hub.project("Shop").await?;
    let owner = Visitor::administrator(&hub).await?;
    let [by_slack, by_mail] = channels(&hub, &server).await?;
    let page = owner.get(PAGE).await?;
    for said in ["By what", "<span>Slack</span>", "<span>E-mail</span>"] {
        ensure!(page.contains(said), "'{said}' is missing in: {page}");
    }
    invite(&hub, &owner, CHATS, &by_slack).await?;
    invite(&hub, &owner, READS, &by_mail).await?;

    fail(&hub, &project, "First").await?;
    let first = written(&slack, &member, 1).await?.remove(0);
    ensure!(
        first.text == "New in Shop: FirstError: it broke",
        "{}",
        first.text
    );
    mailbox.wait_for(1).await?;
    for group in BURST {
        fail(&hub, &project, group).await?;
    }
    hub.drained().await?;
    sleep_until_morning(&mut hub, &sdks).await?;
    let messages = written(&slack, &member, 2).await?;
    let mails = mailbox.wait_for(2).await?;
    ensure!(messages.len() == 2, "{messages:?}");
    let burst = &messages[1];
    ensure!(burst.text.starts_with("8 issues in Shop: "), "{}", burst.text);
    let blocks = burst.blocks.to_string();
    for group in BURST {
        ensure!(blocks.contains(&format!("{group}Error: it broke")), "{blocks}");
    }
    ensure!(mails.iter().all(|mail| mail["to"] == json!([READS])), "{mails:?}");
    ensure!(mails.iter().map(told).sum::<usize>() == BURST.len() + 1);
    // The room hears of each by itself, as if nobody had wished anything.
    eventually("a card for each issue", || async {
        let cards = slack.with(|slack| slack.cards(&channel));
        Ok((cards.len() == BURST.len() + 1).then_some(()))
    })
    .await?;
    let violations = slack.take_violations();
    ensure!(violations.is_empty(), "{violations:?}");
    Ok(())
}
