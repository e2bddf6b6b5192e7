//! Jira: tickets made once and kept in line, on Cloud and Data Center.

mod disorder;
mod faults;
mod form;
mod hooks;
mod hostile;
mod making;
mod oauth;
mod sync;

use anyhow::{Context, Result};
use errand_model::IssueId;
use errand_model::ticket::Ticket;
use errand_tests::contract::Mock;
use errand_tests::simulators::jira::{self, Edition, Jira};
use serde_json::{Value, json};

use errand_errands::{START, Stand};

/// Both, for what has to hold on both.
const EDITIONS: [Edition; 2] = [Edition::Cloud, Edition::DataCenter];
/// What webhooks are signed with.
const SECRET: &str = "sesame-open-the-hook";

/// A Jira and a hub with the plugin between them.
struct Site {
    jira: Mock<Jira>,
    stand: Stand,
}

impl Site {
    /// With these settings besides those that are needed.
    async fn set(edition: Edition, more: Value) -> Result<Self> {
        let now = u64::try_from(START.millis())?;
        let jira = Mock::new(jira::contract(edition)?, Jira::new(edition, now));
        let mut settings = match edition {
            Edition::Cloud => {
                json!({ "url": "https://acme.atlassian.net", "edition": "cloud", "user": "errand@example.com" })
            }
            Edition::DataCenter => json!({ "url": "https://jira.example.com", "edition": "data-center" }),
        };
        let usual = json!({
            "token": "sesame-token", "project": "SHOP", "issue_type": "Bug", "create_on": ["issue.created"],
            "webhook_secret": SECRET,
        });
        for more in [usual, more] {
            let more = more.as_object().cloned().context("an object")?;
            settings.as_object_mut().context("an object")?.extend(more);
        }
        let stand = Stand::set("jira", settings, &jira).await?;
        Ok(Site { jira, stand })
    }

    /// A new issue and its ticket.
    async fn with_ticket(&self, title: &str) -> Result<(IssueId, u64)> {
        let issue = self.stand.hub().new_issue(title);
        self.stand.settle_at_once().await?;
        Ok((issue, self.ticket(issue)?))
    }

    /// The id of the ticket that an issue goes on with.
    fn ticket(&self, issue: IssueId) -> Result<u64> {
        let tickets = self.linked(issue);
        let ticket = tickets.last().context("the issue has a ticket")?;
        Ok(ticket.id.parse()?)
    }

    fn linked(&self, issue: IssueId) -> Vec<Ticket> {
        self.stand.hub().tickets(issue)
    }

    /// What a ticket's state is called.
    fn state(&self, ticket: u64) -> &'static str {
        self.jira.with(|jira| jira.state_of(ticket))
    }

    /// Time goes by on both sides.
    fn pass(&self, seconds: u64) {
        self.stand.pass(std::time::Duration::from_secs(seconds));
        self.jira.with(|jira| jira.now += seconds * 1_000);
    }

    /// Delivers the webhooks that Jira sent, in order.
    async fn deliver_webhooks(&self) -> Result<()> {
        while let Some(event) = self.jira.with(|jira| jira.webhooks.pop_front()) {
            hooks::deliver(&self.stand, &event).await?;
        }
        Ok(())
    }
}
