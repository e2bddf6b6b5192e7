//! The Slack plugin against Slack's own description of itself.

mod failing;
mod hostile;
mod inbound;
mod messages;
mod people;

use anyhow::{Context as _, Result};
use errand_model::IssueId;
use errand_tests::contract::{Contract, Mock};
use errand_tests::simulators::slack::{Message, Slack};
use serde_json::{Value, json};

use errand_errands::Stand;

/// What Slack signs with.
const SIGNING: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// A workspace with the channel `#alerts`, and the plugin in it.
struct Workspace {
    slack: Mock<Slack>,
    stand: Stand,
    channel: String,
}

impl Workspace {
    async fn set(settings: Value) -> Result<Self> {
        let contract = Contract::load(&["slack.json", "slack-more.json"])?;
        let contract = contract.checking("chat_postMessage", "", "schemas/slack-blocks.schema.json")?;
        let slack = Mock::new(contract.into(), Slack::default());
        let channel = slack.with(|slack| slack.channel("alerts"));
        let mut all = json!({
            "bot_token": "xoxb-0123456789-secret",
            "signing_secret": SIGNING,
            "channel": "#alerts",
        });
        for (key, value) in settings.as_object().into_iter().flatten() {
            all[key] = value.clone();
        }
        if let Value::Object(all) = &mut all {
            all.retain(|_, value| !value.is_null());
        }
        let stand = Stand::set("slack", all, &slack).await?;
        Ok(Workspace {
            slack,
            stand,
            channel,
        })
    }

    /// The only card of the channel.
    fn card(&self) -> Result<Message> {
        let cards = self.slack.with(|slack| slack.cards(&self.channel));
        anyhow::ensure!(cards.len() == 1, "one card, not {}: {cards:?}", cards.len());
        cards.into_iter().next().context("a card")
    }

    /// What was said in the card's thread.
    fn thread(&self) -> Result<Vec<String>> {
        let card = self.card()?;
        let thread = self.slack.with(|slack| slack.thread(&card.ts));
        Ok(thread.into_iter().map(|reply| reply.text).collect())
    }

    /// A new issue, told.
    async fn told(&self, title: &str) -> Result<IssueId> {
        let issue = self.stand.hub().new_issue(title);
        self.stand.settle_at_once().await?;
        Ok(issue)
    }
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(object) => object.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// All that a message shows, in one text.
fn shown(blocks: &Value) -> String {
    texts(blocks).join("\n")
}
