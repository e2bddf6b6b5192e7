//! Zendesk: tickets are linked with the issues that their customers ran into, told once of each thing, and answered when the
//! fix is there.

mod answers;
mod app;
mod disorder;
mod faults;
mod hands;
mod links;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_model::IssueId;
use errand_model::ticket::Ticket;
use errand_plugin_host::{Called, InboundReply, Refused};
use errand_tests::contract::{Contract, Mock};
use errand_tests::simulators::zendesk::{Comment, Zendesk};
use serde_json::{Value, json};

use errand_errands::{Fate, Stand, ended_well};

const SECRET: &str = "dGhlIHdlYmhvb2sncyBzZWNyZXQ=";
const APP_SECRET: &str = "the app's secret";
/// Ticket fields of the account.
const LICENSE: u64 = 71;
const ORDER: u64 = 72;
const EVENT: u64 = 73;
/// Customers.
const ADA: u64 = 501;
const BOB: u64 = 502;

/// A hub and an account.
struct Desk {
    stand: Stand,
    mock: Mock<Zendesk>,
}

impl Desk {
    async fn set(more: Value) -> Result<Self> {
        let contract = Arc::new(Contract::load(&["zendesk.json"])?);
        let mut account = Zendesk::default();
        account.user(ADA, "Ada Example", "ada@example.com", Some("ada"));
        account.user(BOB, "Bob Example", "bob@example.com", None);
        let mock = Mock::new(contract, account);
        let mut settings = json!({
            "url": "https://acme.zendesk.com",
            "email": "errand@acme.example",
            "token": "t0ken",
            "webhook_secret": SECRET,
            "app_secret": APP_SECRET,
            "fields": { LICENSE.to_string(): "license", ORDER.to_string(): "order", EVENT.to_string(): "event_id" },
        });
        if let Value::Object(more) = more {
            for (key, value) in more {
                settings[key.as_str()] = value;
            }
        }
        let stand = Stand::set("zendesk", settings, &mock).await?;
        Ok(Desk { stand, mock })
    }

    /// An issue that happened to somebody with these tags.
    fn issue(&self, title: &str, user: Value, tags: &[(&str, &str)]) -> IssueId {
        let issue = self.stand.hub().new_issue(title);
        self.stand.hub().alter(issue, |held| {
            held.event["user"] = user;
            held.event["tags"] = json!(tags);
        });
        issue
    }

    /// A customer asks.
    fn ask(&self, requester: u64, text: &str, fields: &[(u64, Value)]) -> u64 {
        self.mock
            .with(|account| account.ask(requester, "It does not work", text, fields))
    }

    /// Zendesk tells of a ticket.
    async fn hint(&self, ticket: u64) -> Result<()> {
        let called = self.try_hint(ticket, Fate::Acknowledged).await?;
        ended_well(&called.attempt)?;
        let status = called.reply.context("a reply")?.status;
        ensure!(status == 200, "answered {status}: {:?}", called.attempt.log);
        Ok(())
    }

    async fn try_hint(&self, ticket: u64, fate: Fate) -> Result<Called<InboundReply>, Refused> {
        let body = json!({ "ticket_id": ticket.to_string() }).to_string();
        let at = self.stand.now().to_string();
        let signature = sign(&at, &body);
        let headers = [
            ("X-Zendesk-Webhook-Signature", signature.as_str()),
            ("X-Zendesk-Webhook-Signature-Timestamp", at.as_str()),
        ];
        self.stand.call("tickets", &headers, body.as_bytes(), fate).await
    }

    /// A customer asks, and Zendesk tells of it.
    async fn asked(&self, requester: u64, text: &str, fields: &[(u64, Value)]) -> Result<u64> {
        let ticket = self.ask(requester, text, fields);
        self.hint(ticket).await?;
        Ok(ticket)
    }

    /// The numbers of the tickets that an issue is linked with.
    fn linked(&self, issue: IssueId) -> Vec<u64> {
        self.links(issue).keys().copied().collect()
    }

    fn links(&self, issue: IssueId) -> BTreeMap<u64, Ticket> {
        let tickets = self.stand.hub().tickets(issue).into_iter();
        tickets
            .filter_map(|ticket| Some((ticket.id.parse().ok()?, ticket)))
            .collect()
    }

    /// What the hub said in a ticket.
    fn told(&self, ticket: u64) -> Vec<Comment> {
        self.mock
            .with(|account| account.ticket(ticket).told().into_iter().cloned().collect())
    }

    fn status(&self, ticket: u64) -> String {
        self.mock.with(|account| account.ticket(ticket).status)
    }

    fn tags(&self, ticket: u64) -> Vec<String> {
        self.mock
            .with(|account| account.ticket(ticket).tags.into_iter().collect())
    }
}

fn sign(at: &str, body: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    STANDARD.encode(ring::hmac::sign(&key, format!("{at}{body}").as_bytes()))
}
