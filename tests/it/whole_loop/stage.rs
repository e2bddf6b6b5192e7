//! Who takes part: a hub with its plugins, the browser of a customer, Jira, Slack, Zendesk and a mail server.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_tests::contract::{Contract, Mock, Server};
use errand_tests::simulators::jira::{self, Edition, Jira};
use errand_tests::simulators::slack::Slack;
use errand_tests::simulators::zendesk::{self, Zendesk};
use errand_tests::{Api, Hub, Mailbox, Project, eventually};
use serde_json::{Value, json};

use crate::wakes::seconds_since_1970;
use crate::{mail, sdks};

/// The ticket field in which customers of the shop say their licence.
pub(super) const LICENSE_FIELD: u64 = 71;
/// The customer.
pub(super) const ADA: u64 = 501;
/// What Zendesk signs with.
const ZENDESK_SECRET: &str = "dGhlIHdlYmhvb2sncyBzZWNyZXQ=";

/// When a plugin acts.
pub(super) const RULES: &str = "\
rule The shop breaks for a customer
  when first seen, regressed
  if   environment == \"production\"
  then ticket by Jira
  then notify by Slack
  then notify by E-mail
";

pub(super) struct Stage {
    pub(super) hub: Hub,
    pub(super) project: Project,
    pub(super) api: Api,
    pub(super) jira: Mock<Jira>,
    pub(super) slack: Mock<Slack>,
    pub(super) zendesk: Mock<Zendesk>,
    pub(super) mailbox: Mailbox,
    pub(super) sdks: PathBuf,
    /// Slack's channel.
    pub(super) channel: String,
    /// Where the services are, in the order Jira, Slack, Zendesk.
    pub(super) services: [Server; 3],
    /// Where Zendesk tells of tickets.
    zendesk_hook: String,
}

pub(crate) fn slack() -> Result<Mock<Slack>> {
    let contract = Contract::load(&["slack.json", "slack-more.json"])?;
    let contract = contract.checking("chat_postMessage", "", "schemas/slack-blocks.schema.json")?;
    Ok(Mock::new(contract.into(), Slack::default()))
}

fn zendesk() -> Result<Mock<Zendesk>> {
    let mut account = Zendesk::default();
    account.began = Some(seconds_since_1970()?);
    account.user(ADA, "Ada Example", "ada@customer.example", None);
    let contract = Arc::new(Contract::load(&["zendesk.json"])?);
    Ok(Mock::new(contract, account))
}

impl Stage {
    pub(super) async fn set(sdks: PathBuf) -> Result<Self> {
        let mailbox = Mailbox::start(&sdks, "right").await?;
        let site = Jira::new(Edition::Cloud, seconds_since_1970()? * 1_000);
        let jira = Mock::new(jira::contract(Edition::Cloud)?, site);
        let (slack, zendesk) = (slack()?, zendesk()?);
        let services = [jira.serve().await?, slack.serve().await?, zendesk.serve().await?];
        let hub = Hub::start_with(mail::settings(&mailbox, "right")).await?;
        let project = hub.project("Shop").await?;
        let api = hub.api().await?;
        let channel = slack.with(|slack| slack.channel("shop"));
        let mut stage = Stage {
            hub,
            project,
            api,
            jira,
            slack,
            zendesk,
            mailbox,
            sdks,
            channel,
            services,
            zendesk_hook: String::new(),
        };
        stage.install().await?;
        Ok(stage)
    }

    /// What an admin sets up once.
    async fn install(&mut self) -> Result<()> {
        let [jira, slack, zendesk] = &self.services;
        let jira = json!({
            "url": jira.url, "edition": "cloud", "user": "errand@example.com", "token": "jira-token",
            "project": "SHOP", "issue_type": "Bug", "sync": ["status", "assignee", "priority", "comments"],
        });
        let slack = json!({
            "api_url": slack.url, "bot_token": "xoxb-0123456789-token", "signing_secret": "slack-signing-secret",
            "channel": "#shop", "changes": ["alert.raised"],
        });
        let zendesk = json!({
            "url": zendesk.url, "email": "errand@acme.example", "token": "zendesk-token",
            "webhook_secret": ZENDESK_SECRET, "fields": { LICENSE_FIELD.to_string(): "license" }, "reply": "public",
        });
        let email = json!({ "to": "oncall@example.com", "changes": ["alert.raised"] });
        for (plugin, name, config) in [
            ("jira", "Jira", jira),
            ("slack", "Slack", slack),
            ("email", "E-mail", email),
            ("alert-rules", "Alert rules", json!({ "rules": RULES })),
        ] {
            self.add(plugin, name, config).await?;
        }
        let made = self.add("zendesk", "Zendesk", zendesk).await?;
        let path = format!("{}{}/", self.plugins(), made["id"].as_str().context("an id")?);
        self.zendesk_hook = self.hook(&path).await?;
        Ok(())
    }

    /// The address of Zendesk's webhook. A hub that was just started compiles its plugins first, which takes a machine that is
    /// busy longer than anything else here.
    async fn hook(&self, installation: &str) -> Result<String> {
        let look = || async {
            let shown = self.api.get(installation).await?;
            let mut hooks = shown["hooks"].as_array().into_iter().flatten();
            let tickets = hooks.find(|hook| hook["route"] == "tickets");
            Ok(tickets.and_then(|hook| hook["url"].as_str().map(str::to_owned)))
        };
        for _ in 0..3 {
            if let Ok(url) = eventually("an address for Zendesk", look).await {
                return Ok(url);
            }
        }
        eventually("an address for Zendesk", look).await
    }

    fn plugins(&self) -> String {
        format!("/api/0/organizations/{}/plugins/", self.project.organization)
    }

    async fn add(&self, plugin: &str, name: &str, config: Value) -> Result<Value> {
        let wanted = json!({ "plugin": plugin, "name": name, "config": config });
        self.api.post(&self.plugins(), &wanted).await
    }

    /// A customer opens the shop in a browser, and it breaks.
    pub(super) async fn shop_breaks(&self, release: &str) -> Result<()> {
        let words = [
            ("DSN", self.project.dsn.as_str()),
            ("RELEASE", release),
            ("LICENSE", "L-4711"),
        ];
        sdks::browser::visit(&self.sdks, "checkout.html", &words).await?;
        self.hub.drained().await
    }

    /// A customer asks support for help; Zendesk tells the hub of the ticket.
    pub(super) async fn customer_asks(&self, text: &str) -> Result<u64> {
        let fields = [(LICENSE_FIELD, json!("L-4711"))];
        let ticket = self
            .zendesk
            .with(|account| account.ask(ADA, "My voucher does not work", text, &fields));
        let body = json!({ "ticket_id": ticket.to_string() }).to_string();
        let at = zendesk::time(seconds_since_1970()?);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, ZENDESK_SECRET.as_bytes());
        let signature = STANDARD.encode(ring::hmac::sign(&key, format!("{at}{body}").as_bytes()));
        let request = reqwest::Client::new()
            .post(&self.zendesk_hook)
            .header("X-Zendesk-Webhook-Signature", signature)
            .header("X-Zendesk-Webhook-Signature-Timestamp", at)
            .body(body);
        let answer = request.send().await?;
        ensure!(answer.status() == 200, "Zendesk is answered {answer:?}");
        Ok(ticket)
    }

    /// The only issue, once there is one.
    pub(super) async fn issue(&self) -> Result<Value> {
        let Project {
            organization, slug, ..
        } = &self.project;
        let path = format!("/api/0/projects/{organization}/{slug}/issues/?query=");
        eventually("the issue", || async {
            let issues = self.api.all(&path).await?;
            ensure!(issues.len() <= 1, "one cause made several issues: {issues:?}");
            Ok(issues.into_iter().next())
        })
        .await
    }

    /// Waits until this holds of all that there is to see, and everybody was told of everything.
    pub(super) async fn until(&self, what: &str, holds: impl Fn(&[String]) -> bool) -> Result<Vec<String>> {
        let issue = self.issue().await?;
        let id = issue["id"].as_str().context("an id")?;
        let path = format!("/api/0/issues/{id}/deliveries/");
        let looked = eventually(what, || async {
            let deliveries = self.api.all(&path).await?;
            let is_over = |delivery: &Value| {
                matches!(
                    delivery["state"].as_str(),
                    Some("done" | "ignored" | "superseded" | "passed_over")
                )
            };
            let seen = self.look().await?;
            Ok((deliveries.iter().all(is_over) && holds(&seen)).then_some(seen))
        })
        .await;
        if looked.is_err() {
            let (seen, deliveries) = (self.look().await?, self.api.all(&path).await?);
            return looked.with_context(|| format!("there is: {seen:#?}\n{deliveries:#?}"));
        }
        looked
    }
}
