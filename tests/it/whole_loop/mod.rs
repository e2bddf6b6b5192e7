//! What the hub is there for, from the error in a customer's browser to the answer in their inbox, and back: with the stock
//! browser SDK, the stock command line, a real mail server, and Jira, Slack and Zendesk that take what their own descriptions
//! allow and nothing else. `docs/loop.md` is what it prints.

mod look;
mod stage;
mod transcript;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::releases::SentryCli;
use crate::sdks::sdks;
pub(crate) use stage::slack;
use stage::{RULES, Stage};
use transcript::Transcript;

const BEGIN: &str = "\
# The whole loop

What the hub is there for, told by the test that does it: a customer's browser throws, a rule makes a ticket and tells people,
support's ticket is linked, the fix is deployed, the customer is answered; and all of it is taken up again when the error comes
back. The browser runs Sentry's stock SDK, the release is made by the stock `sentry-cli`, mail goes through a real mail server, and
Jira, Slack and Zendesk are servers that check each request against the official description of their interface.

After each step stands what there is to see that was not there before. `tests/it/whole_loop` fails if this page does not tell
what happens; `ERRAND_RENEW_LOOP=1` writes it anew.

An admin has set up the plugins, and one alert rule:
";

/// Whether a line says something, of who sees it.
fn says(seen: &[String], who: &str, what: &str) -> bool {
    seen.iter()
        .any(|line| line.starts_with(who) && line.contains(what))
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn from_a_customers_error_to_the_customers_answer_and_back() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let stage = Stage::set(sdks).await?;
    let mut transcript = Transcript::begin(&format!("{BEGIN}\n```text\n{RULES}```\n"));

    stage.shop_breaks("shop-web@7.0.4").await?;
    let seen = stage
        .until("a ticket, a message and a mail", |seen| {
            says(seen, "Jira", "is To Do")
                && says(seen, "Slack     in the thread", "SHOP-1")
                && says(seen, "Mail 1", "")
        })
        .await?;
    transcript.tell(
        "## 1. A customer's browser throws\n\nAda, who has the licence L-4711, uses a voucher in the shop, release `shop-web@7.0.4`. \
         Nobody has reported anything yet.",
        seen,
    );

    stage
        .customer_asks("Hi, I cannot check out: the page does nothing when I use my voucher.")
        .await?;
    let seen = stage
        .until("the ticket to be linked", |seen| {
            says(seen, "Zendesk   #1, internal note", "Ref. SHOP-1")
                && says(seen, "Slack     in the thread", "#1")
        })
        .await?;
    transcript.tell(
        "## 2. The customer asks support\n\nHer request has a field for the licence. Zendesk's webhook tells the hub of the ticket; the \
         licence is a tag of the events.",
        seen,
    );

    let issue = format!(
        "/api/0/issues/{}/",
        stage.issue().await?["id"].as_str().unwrap_or_default()
    );
    stage
        .api
        .put(&issue, &json!({ "status": "resolvedInNextRelease" }))
        .await?;
    let seen = stage
        .until("the issue to be resolved everywhere", |seen| {
            says(seen, "Jira", "is Done")
                && says(seen, "Slack     in the thread", "in the next release")
                && says(seen, "Slack     in the thread", "SHOP-1 (Done)")
        })
        .await?;
    ensure!(!says(&seen, "Zendesk", "the customer is answered"), "too early");
    transcript.tell(
        "## 3. A developer resolves it in the next release\n\nThe customer hears nothing yet: she does not have the fix.",
        seen,
    );

    let folder = tempfile::tempdir()?;
    let cli = SentryCli::new(&stage.hub, &stage.project, &stage.sdks, folder.path()).await?;
    cli.run(&["releases", "new", "shop-web@7.0.5"]).await?;
    cli.run(&["releases", "finalize", "shop-web@7.0.5"]).await?;
    cli.run(&["deploys", "new", "--release", "shop-web@7.0.5", "-e", "staging"])
        .await?;
    let seen = stage.until("nothing", |_| true).await?;
    ensure!(
        !says(&seen, "Zendesk", "the customer is answered"),
        "staging is not where customers are"
    );
    cli.run(&[
        "deploys",
        "new",
        "--release",
        "shop-web@7.0.5",
        "-e",
        "production",
    ])
    .await?;
    let seen = stage
        .until("the customer to be answered", |seen| {
            says(seen, "Zendesk   #1, the customer is answered", "shop-web@7.0.5")
                && says(seen, "Slack     in the thread", "Fix deployed")
                && says(seen, "Zendesk", "is solved")
                && says(seen, "Slack     |", "#1> solved")
        })
        .await?;
    transcript.tell(
        "## 4. The release is deployed\n\n```sh\nsentry-cli releases new shop-web@7.0.5\nsentry-cli releases finalize shop-web@7.0.5\n\
         sentry-cli deploys new --release shop-web@7.0.5 -e staging\nsentry-cli deploys new --release shop-web@7.0.5 -e production\n```\n\n\
         The deploy to `staging` tells nobody anything. The one to `production` does:",
        seen,
    );

    stage.shop_breaks("shop-web@7.0.4").await?;
    let seen = stage
        .until("the event to be counted", |seen| {
            says(seen, "Errand", "events: 2")
        })
        .await?;
    ensure!(says(&seen, "Errand", "it is resolved"), "{seen:?}");
    transcript.tell(
        "## 5. An old tab breaks once more\n\nSomebody has the shop open since before the deploy: `shop-web@7.0.4` is known to be \
         broken. It is counted, and no reason to call anybody.",
        seen,
    );

    stage.shop_breaks("shop-web@7.0.5").await?;
    let seen = stage
        .until("all to be taken up again", |seen| {
            says(seen, "Jira", "is To Do")
                && says(seen, "Slack     in the thread", "Came back")
                && says(seen, "Mail 2", "")
                && says(seen, "Zendesk", "is open")
                && says(seen, "Slack     |", "SHOP-1> To Do")
                && says(seen, "Slack     |", "#1> open")
        })
        .await?;
    transcript.tell(
        "## 6. It comes back\n\nThe fix did not hold: it breaks in `shop-web@7.0.5` too.",
        seen,
    );

    let violations = [
        stage.jira.take_violations(),
        stage.slack.take_violations(),
        stage.zendesk.take_violations(),
    ]
    .concat();
    ensure!(violations.is_empty(), "{violations:?}");
    transcript.end(
        "Every request that the plugins made on the way was checked against the vendor's own description of its interface: \
         none was against it. There is one ticket in Jira, one message in Slack, and nothing was said twice.",
    )
}
