//! Nobody gets more mail than they asked for: one click stops it, what bounces ends, an hour takes so many, and a digest
//! tells of many things at once.

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, Mailbox, Options, Project, event, eventually};
use serde_json::{Value, json};

use crate::mail::{add_email, settings};
use crate::sdks::sdks;
use crate::wakes::seconds_since_1970;

const FORM: &str = "application/x-www-form-urlencoded";
const PUBLIC: &str = "https://errors.example.com";

/// A hub with a mail server, and a project of which these are told.
async fn scene(
    mailbox: &Mailbox,
    to: &str,
    change: impl FnOnce(Options) -> Options,
) -> Result<(Hub, Project)> {
    let options = settings(mailbox, "").with("ERRAND_SERVER_PUBLIC_URL", PUBLIC);
    let hub = Hub::start_with(change(options)).await?;
    let project = hub.project("Shop").await?;
    add_email(&hub, to).await?;
    Ok((hub, project))
}

async fn fail(hub: &Hub, project: &Project, group: &str) -> Result<()> {
    let status = hub.sdk(project)?.send(&event(group, "ada")).await?.status;
    ensure!(status == 200, "{status}");
    Ok(())
}

/// What is written down of the delivery about an issue with this in its title, once it is over.
async fn record(hub: &Hub, title: &str) -> Result<String> {
    let api = hub.api().await?;
    eventually(&format!("a delivery about {title}"), || async {
        let issues = api.get("/api/0/organizations/default/issues/").await?;
        let issues = issues.as_array().cloned().unwrap_or_default();
        let is_it = |issue: &&Value| issue["title"].as_str().is_some_and(|text| text.contains(title));
        let Some(id) = issues
            .iter()
            .find(is_it)
            .and_then(|issue| issue["id"].as_str().map(str::to_owned))
        else {
            return Ok(None);
        };
        let deliveries = api.get(&format!("/api/0/issues/{id}/deliveries/")).await?;
        let state = deliveries[0]["state"].as_str().unwrap_or_default();
        let is_over = matches!(state, "done" | "ignored" | "dead" | "parked");
        let Some(delivery) = deliveries[0]["id"].as_str().filter(|_| is_over) else {
            return Ok(None);
        };
        let attempts = api
            .get(&format!("/api/0/organizations/default/deliveries/{delivery}/"))
            .await?;
        Ok(Some(format!("{state} {attempts}")))
    })
    .await
}

fn header<'m>(mail: &'m Value, name: &str) -> Result<&'m str> {
    mail["headers"][name]
        .as_str()
        .with_context(|| format!("{name} in {mail}"))
}

/// The link below a mail, at the hub itself.
fn stop_link(hub: &Hub, mail: &Value) -> Result<String> {
    let link = header(mail, "list-unsubscribe")?.trim_matches(['<', '>']);
    let path = link.strip_prefix(PUBLIC).context("it leads to the hub")?;
    Ok(format!("{}{path}", hub.url))
}

fn to<'m>(mails: &'m [Value], address: &str) -> Option<&'m Value> {
    mails.iter().find(|mail| mail["to"][0] == address)
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn one_click_stops_it_for_one_and_another_begins_it_again() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "").await?;
    let (hub, project) = scene(&mailbox, "ada@example.com, bob@example.com", |options| options).await?;
    fail(&hub, &project, "First").await?;
    let mails = mailbox.wait_for(2).await?;
    let ada = to(&mails, "ada@example.com").context("a mail")?;
    ensure!(header(ada, "list-unsubscribe-post")? == "List-Unsubscribe=One-Click");
    ensure!(header(ada, "list-id")?.ends_with(".errand.hub.example.com>"));
    let link = stop_link(&hub, ada)?;
    ensure!(
        ada["text"]
            .as_str()
            .is_some_and(|text| text.contains("/mail/stop/")),
        "and people see it"
    );
    // The first client of a test brings what TLS needs.
    hub.api().await?;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    // Looking does nothing.
    let page = client.get(&link).send().await?;
    ensure!(page.status() == 200 && page.text().await?.contains("Stop these mails</button>"));
    ensure!(hub.cli(&["mail", "refusals", "--json"]).await?.stdout.is_empty());
    // As readers do it: a form, no cookie, no origin.
    let click = client
        .post(&link)
        .header("Content-Type", FORM)
        .body("List-Unsubscribe=One-Click")
        .send()
        .await?;
    ensure!(click.status() == 200, "{}", click.status());
    let refusals = hub.cli_json(&["mail", "refusals"]).await?;
    ensure!(
        refusals["address"] == "ada@example.com" && refusals["reason"] == "unsubscribed",
        "{refusals}"
    );
    fail(&hub, &project, "Second").await?;
    let mails = mailbox.wait_for(3).await?;
    ensure!(mails[2]["to"][0] == "bob@example.com");
    let said = record(&hub, "Second").await?;
    ensure!(
        said.starts_with("done") && said.contains("asked for no more"),
        "{said}"
    );
    // Who changed a letter of it asks for nothing.
    let forged = format!("{}x", link);
    ensure!(
        client
            .post(&forged)
            .header("Content-Type", FORM)
            .body("a=b")
            .send()
            .await?
            .status()
            == 404
    );
    let again = client
        .post(&link)
        .header("Content-Type", FORM)
        .body("action=again")
        .send()
        .await?;
    ensure!(again.status() == 200);
    fail(&hub, &project, "Third").await?;
    mailbox.wait_for(5).await?;
    Ok(())
}

/// As a mail server writes it.
fn bounce(mail: &Value, status: &str) -> Result<Vec<u8>> {
    let (from, id) = (
        mail["from"].as_str().context("an envelope")?,
        header(mail, "message-id")?,
    );
    let text = format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.com\r\nTo: {from}\r\nSubject: Undelivered\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n\
         Final-Recipient: rfc822; somebody@example.com\r\nAction: failed\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 {status} no\r\n\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {id}\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    );
    Ok(text.into_bytes())
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn where_nothing_arrives_nothing_is_sent() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "").await?;
    let (hub, project) = scene(
        &mailbox,
        "ada@example.com, bob@example.com, unknown@example.com",
        |options| options.with("ERRAND_MAIL_BOUNCES", "bounces@hub.example.com"),
    )
    .await?;
    fail(&hub, &project, "First").await?;
    let mails = mailbox.wait_for(2).await?;
    let (ada, bob) = (to(&mails, "ada@example.com"), to(&mails, "bob@example.com"));
    let (ada, bob) = (ada.context("a mail")?, bob.context("a mail")?);
    let from = ada["from"].as_str().context("an envelope")?;
    ensure!(
        from.starts_with("bounces+") && ada["from"] != bob["from"],
        "{from}"
    );
    ensure!(header(ada, "from")? == "Errand <errand@hub.example.com>");
    // By the mail server's pipe. A full mailbox is no reason yet, and what is no bounce does nothing.
    let fed = hub
        .cli_fed(&["mail", "bounce", "--json"], &bounce(ada, "5.2.2")?)
        .await?;
    ensure!(
        String::from_utf8_lossy(&fed.stdout).contains("remembered"),
        "{fed:?}"
    );
    let fed = hub
        .cli_fed(&["mail", "bounce"], b"Subject: buy\r\n\r\ncheap\r\n")
        .await?;
    ensure!(fed.status.success(), "the mail server need not hear of it");
    let fed = hub
        .cli_fed(&["mail", "bounce", "--json"], &bounce(ada, "5.1.1")?)
        .await?;
    ensure!(
        String::from_utf8_lossy(&fed.stdout).contains("refused"),
        "{fed:?}"
    );
    // Over the API.
    let path = "/api/0/organizations/default/mail-bounces/";
    let api = hub.api_with_scopes(&["org:write"]).await?;
    let (status, said) = api
        .post_bytes(path, "message/rfc822", bounce(bob, "5.1.10")?)
        .await?;
    ensure!(
        status == 200 && said["outcome"] == "refused" && said["address"] == "bob@example.com",
        "{said}"
    );
    let forged = String::from_utf8(bounce(ada, "5.1.1")?)?.replace("bounces+", "bounces+0");
    let (status, said) = api
        .post_bytes(path, "message/rfc822", forged.into_bytes())
        .await?;
    ensure!(status == 200 && said["outcome"] == "foreign", "{said}");
    let stranger = hub.api_with_scopes(&["event:read"]).await?;
    ensure!(stranger.post_bytes(path, "message/rfc822", Vec::new()).await?.0 == 403);
    fail(&hub, &project, "Second").await?;
    let said = record(&hub, "Second").await?;
    ensure!(
        said.starts_with("ignored") && said.contains("mail does not arrive there"),
        "{said}"
    );
    ensure!(
        said.contains("unknown@example.com is not written to"),
        "the server itself said so: {said}"
    );
    ensure!(mailbox.taken().len() == 2, "nobody is left to be told");
    let listed = hub
        .api()
        .await?
        .get("/api/0/organizations/default/mail-refusals/")
        .await?;
    ensure!(listed.as_array().is_some_and(|all| all.len() == 3), "{listed}");
    ensure!(
        hub.cli(&["mail", "allow", "ada@example.com"])
            .await?
            .status
            .success()
    );
    fail(&hub, &project, "Third").await?;
    ensure!(mailbox.wait_for(3).await?[2]["to"][0] == "ada@example.com");
    Ok(())
}

#[tokio::test]
async fn an_hour_takes_so_many_and_somebody_unknown_stops_nobody() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "").await?;
    let (hub, project) = scene(&mailbox, "user:424242, ada@example.com", |options| {
        options.with("ERRAND_MAIL_MOST_AN_HOUR", "2")
    })
    .await?;
    for group in ["First", "Second"] {
        fail(&hub, &project, group).await?;
    }
    mailbox.wait_for(2).await?;
    let said = record(&hub, "First").await?;
    ensure!(
        said.starts_with("done") && said.contains("user:424242 is not told"),
        "{said}"
    );
    fail(&hub, &project, "Third").await?;
    let said = record(&hub, "Third").await?;
    ensure!(
        said.starts_with("ignored") && said.contains("had 2 mails within the hour"),
        "{said}"
    );
    ensure!(mailbox.taken().len() == 2);
    Ok(())
}

#[tokio::test]
async fn a_digest_tells_of_many_in_one_mail() -> Result<()> {
    const MOST: usize = 30;
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "").await?;
    let hub = Hub::start_with(settings(&mailbox, "")).await?;
    let project = hub.project("Shop").await?;
    let args = [
        "plugin",
        "add",
        "email",
        "--set",
        "to=ada@example.com",
        "--set",
        "digest_minutes=60",
    ];
    hub.cli_json(&args).await?;
    for n in 0..MOST {
        fail(&hub, &project, &format!("N{n}")).await?;
    }
    // As soon as there are so many, the window closes.
    let mails = mailbox.wait_for(1).await?;
    ensure!(mails.len() == 1, "{}", mails.len());
    ensure!(
        header(&mails[0], "subject")? == "30 new in Shop (30 issues)",
        "{}",
        mails[0]["headers"]
    );
    let (text, html) = (mails[0]["text"].as_str(), mails[0]["html"].as_str());
    for n in [0, 17, 29] {
        let title = format!("N{n}Error: it broke");
        ensure!(
            text.is_some_and(|text| text.contains(&title)) && html.is_some_and(|html| html.contains(&title))
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_trend_travels_within_the_mail() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "").await?;
    let (hub, project) = scene(&mailbox, "ada@example.com", |options| options).await?;
    let mut old = event("Old", "ada");
    let hours_ago = seconds_since_1970()? - 5 * 3_600;
    old["timestamp"] = json!(hours_ago);
    ensure!(hub.sdk(&project)?.send(&old).await?.status == 200);
    let mail = mailbox.wait_for(1).await?.remove(0);
    let images = mail["images"].as_array().context("a list")?;
    ensure!(
        images.len() == 1 && images[0]["id"] == "<trend>" && images[0]["type"] == "image/png",
        "{images:?}"
    );
    let html = mail["html"].as_str().context("HTML")?;
    ensure!(html.contains("src=\"cid:trend\""), "{html}");
    ensure!(
        !html.contains("src=\"http"),
        "nothing is fetched from elsewhere: {html}"
    );
    Ok(())
}
