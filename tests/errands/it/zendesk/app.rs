//! The sidebar app: it names a ticket and gets what belongs to it, if it knows the secret.

use anyhow::{Context, Result, ensure};
use errand_plugin_host::Refused;
use serde_json::{Value, json};

use super::{ADA, APP_SECRET, BOB, Desk, LICENSE};
use errand_errands::{Fate, ended_well};

async fn ask(desk: &Desk, body: &Value) -> Result<Value> {
    let headers = [("errand-app-secret", APP_SECRET)];
    let body = body.to_string();
    let called = desk
        .stand
        .call("app", &headers, body.as_bytes(), Fate::Acknowledged)
        .await?;
    ended_well(&called.attempt)?;
    Ok(serde_json::from_slice(&called.reply.context("a reply")?.body)?)
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|issue| issue["id"].as_str())
        .collect()
}

#[tokio::test]
async fn an_agent_sees_the_customers_errors_links_and_unlinks() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    let mine = desk
        .issue("TypeError: no total", json!({ "id": "ada" }), &[])
        .to_string();
    let licensed = desk
        .issue("<b>odd</b>\u{202e}", json!({}), &[("license", "L")])
        .to_string();
    let foreign = desk
        .issue("Error: of somebody else", json!({ "id": "bob" }), &[])
        .to_string();
    let ticket = desk.ask(ADA, "", &[(LICENSE, json!("L"))]);
    let shown = ask(&desk, &json!({ "ticket": ticket, "what": "show" })).await?;
    let mut recent = ids(&shown["recent"]);
    recent.sort_unstable();
    ensure!(
        recent == [mine.as_str(), licensed.as_str()] && ids(&shown["linked"]).is_empty(),
        "{shown}"
    );
    ensure!(
        shown["days"] == 14 && !shown.to_string().contains('\u{202e}'),
        "{shown}"
    );
    ensure!(desk.mock.writes() == 0, "looking writes nothing");

    let agent = json!({ "id": 77, "name": "Kim" });
    let shown = ask(
        &desk,
        &json!({ "ticket": ticket, "what": "link", "issue": mine, "agent": agent }),
    )
    .await?;
    ensure!(
        ids(&shown["linked"]) == [mine.as_str()] && ids(&shown["recent"]) == [licensed.as_str()],
        "{shown}"
    );
    ensure!(desk.linked(mine.parse()?) == [ticket]);
    ensure!(desk.told(ticket)[0].text.contains("Kim, by hand"));
    // Any issue can be linked by its short id.
    let short = format!("SHOP-{foreign}");
    let shown = ask(
        &desk,
        &json!({ "ticket": ticket, "what": "link", "issue": short }),
    )
    .await?;
    ensure!(ids(&shown["linked"]).contains(&foreign.as_str()), "{shown}");
    let shown = ask(
        &desk,
        &json!({ "ticket": ticket, "what": "unlink", "issue": mine, "agent": agent }),
    )
    .await?;
    ensure!(!ids(&shown["linked"]).contains(&mine.as_str()), "{shown}");
    ensure!(desk.linked(mine.parse()?).is_empty());
    // The next hint does not bring it back; the agent can.
    desk.hint(ticket).await?;
    ensure!(desk.linked(mine.parse()?).is_empty());
    ask(&desk, &json!({ "ticket": ticket, "what": "link", "issue": mine })).await?;
    ensure!(desk.linked(mine.parse()?) == [ticket] && desk.told(ticket).len() <= 3);
    Ok(())
}

#[tokio::test]
async fn without_the_secret_or_a_ticket_there_is_nothing() -> Result<()> {
    let desk = Desk::set(json!({})).await?;
    desk.issue("TypeError: no total", json!({ "id": "ada" }), &[]);
    let ticket = desk.ask(BOB, "", &[]);
    let body = json!({ "ticket": ticket }).to_string();
    for headers in [
        &[][..],
        &[("errand-app-secret", "another")],
        &[("errand-app-secret", "")],
    ] {
        let refused = desk
            .stand
            .call("app", headers, body.as_bytes(), Fate::Acknowledged)
            .await;
        ensure!(matches!(refused, Err(Refused::Unproved(_))), "{headers:?}");
    }
    // An app is told what belongs to a ticket, never what it asks for itself.
    let shown = ask(
        &desk,
        &json!({ "ticket": ticket, "email": "ada@example.com", "query": "is:unresolved" }),
    )
    .await?;
    ensure!(ids(&shown["recent"]).is_empty(), "{shown}");
    for wrong in [
        json!({ "ticket": 404 }),
        json!({}),
        json!({ "ticket": ticket, "what": "link", "issue": "SHOP-1 is:unresolved" }),
        json!({ "ticket": ticket, "what": "link", "issue": "SHOP-99999" }),
        json!({ "ticket": ticket, "what": "unlink", "issue": "1" }),
    ] {
        ensure!(ask(&desk, &wrong).await.is_err(), "{wrong}");
    }
    Ok(())
}
