//! The form by which a ticket is made by hand: what Jira asks for at that moment.

use anyhow::{Context, Result, ensure};
use errand_model::IssueId;
use errand_plugin_host::DrawnForm;
use errand_tests::contract::{Fault, Plan};
use errand_tests::simulators::jira::Edition;
use serde_json::{Value, json};

use super::{EDITIONS, Site};
use errand_errands::ended_well;

/// The keys of a form's fields.
fn keys(form: &DrawnForm) -> Vec<&str> {
    form.fields.iter().map(|field| field.key.as_str()).collect()
}

/// A field of a form as it would stand in a manifest.
fn field(form: &DrawnForm, key: &str) -> Result<Value> {
    let found = form.fields.iter().find(|field| field.key == key);
    Ok(json!(
        found.with_context(|| format!("{key} in {:?}", keys(form)))?
    ))
}

#[tokio::test]
async fn the_form_asks_for_what_the_project_and_type_have() -> Result<()> {
    for edition in EDITIONS {
        let more = json!({ "create_on": [], "labels": "hub", "components": "Checkout", "fields": { "Team": "Search" },
                           "sync": ["priority"] });
        let site = Site::set(edition, more).await?;
        site.jira.with(|jira| jira.required_field = Some("Team"));
        let issue = site.stand.hub().new_issue("it broke");
        let form = site.stand.draw("create", issue, json!({})).await?;
        let expected = [
            "project",
            "type",
            "summary",
            "priority",
            "assignee",
            "labels",
            "components",
            "customfield_10050",
            "fields",
        ];
        ensure!(keys(&form) == expected, "{edition:?}: {:?}", keys(&form));
        let project = field(&form, "project")?;
        ensure!(
            project["redraws"] == true
                && project["choices"][1] == json!({ "value": "OPS", "label": "OPS: Operations" })
        );
        let types = field(&form, "type")?;
        ensure!(
            types["choices"]
                == json!([{ "value": "10001", "label": "Bug" }, { "value": "10002", "label": "Task" }])
        );
        let team = field(&form, "customfield_10050")?;
        ensure!(
            team["required"] == true && team["choices"][0]["label"] == "Payments",
            "{team}"
        );
        ensure!(field(&form, "assignee")?["lookup"] == true);
        ensure!(field(&form, "components")?["type"] == "choices");
        let filled_in = json!({
            "project": "SHOP", "type": "10001", "summary": "it broke", "priority": "2", "labels": "hub",
            "components": ["1"], "customfield_10050": "2",
        });
        ensure!(json!(form.values) == filled_in, "{:?}", form.values);
        ensure!(form.check(&filled_in).is_empty(), "{:?}", form.check(&filled_in));

        made_by(&site, issue, filled_in).await?;
    }
    Ok(())
}

/// The ticket that the form describes; there is no second.
async fn made_by(site: &Site, issue: IssueId, filled_in: Value) -> Result<()> {
    let pressed = site.stand.press("create", issue, filled_in).await?;
    ended_well(&pressed.attempt)?;
    let made = site
        .jira
        .with(|jira| jira.ticket("SHOP-1").cloned())
        .context("the ticket")?;
    ensure!(
        made.fields["priority"] == json!({ "id": "2" }),
        "{:?}",
        made.fields
    );
    ensure!(made.fields["components"] == json!([{ "id": "1" }]));
    ensure!(
        made.fields["labels"] == json!(["hub", format!("errand-1-{issue}")]),
        "{:?}",
        made.fields
    );
    let again = site.stand.draw("create", issue, json!({})).await;
    ensure!(again.is_err_and(|error| error.to_string().contains("SHOP-1 already")));
    Ok(())
}

#[tokio::test]
async fn another_project_asks_for_other_fields_and_is_kept_in_line_too() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({ "create_on": [] })).await?;
        let issue = site.stand.hub().new_issue("it broke");
        // What the form before it had is sent along.
        let before =
            json!({ "project": "OPS", "type": "10001", "summary": "Checkout fails", "components": ["1"] });
        let form = site.stand.draw("create", issue, before).await?;
        ensure!(
            form.values["project"] == "OPS" && form.values["type"] == "10003",
            "{:?}",
            form.values
        );
        ensure!(
            !form.values.contains_key("summary"),
            "what was filled in stays: {:?}",
            form.values
        );
        ensure!(field(&form, "customfield_10060")?["type"] == "number");
        ensure!(field(&form, "customfield_10062")?["multiline"] == true);

        let mut filled_in =
            json!({ "project": "OPS", "type": "10003", "summary": "Checkout fails", "bogus": "x" });
        let problems = form.check(&filled_in);
        let at = |key: Option<&str>| problems.iter().any(|problem| problem.field.as_deref() == key);
        ensure!(
            at(Some("customfield_10060")) && at(Some("customfield_10061")) && at(None),
            "{problems:?}"
        );

        let found = site
            .stand
            .find(("create", "customfield_10061"), issue, filled_in.clone(), "mi")
            .await?;
        ensure!(
            found.choices.len() == 1 && found.choices[0].label == "Mia",
            "{found:?}"
        );
        filled_in = json!({
            "project": "OPS", "type": "10003", "summary": "Checkout fails", "customfield_10060": 2.5,
            "customfield_10061": found.choices[0].value, "customfield_10062": "Nobody can pay.\n\nSince noon.",
            "assignee": found.choices[0].value,
        });
        ensure!(form.check(&filled_in).is_empty(), "{:?}", form.check(&filled_in));
        let pressed = site.stand.press("create", issue, filled_in).await?;
        ended_well(&pressed.attempt)?;
        let made = site
            .jira
            .with(|jira| jira.ticket("OPS-1").cloned())
            .context("the ticket")?;
        ensure!(made.fields["customfield_10060"] == 2.5 && made.assignee.as_deref() == Some("5b10-mia"));

        site.pass(60);
        site.jira.with(|jira| jira.move_to(made.id, "Done"));
        ended_well(&site.stand.job("poll").await)?;
        let stands = site.stand.hub().issue(issue).context("the issue")?;
        ensure!(
            stands.status == errand_model::issue::Status::Resolved,
            "{:?}",
            stands.status
        );
    }
    Ok(())
}

#[tokio::test]
async fn why_there_is_no_form_is_said() -> Result<()> {
    let site = Site::set(Edition::Cloud, json!({ "create_on": [] })).await?;
    let issue = site.stand.hub().new_issue("it broke");
    for (status, said) in [
        (404, "no project 'SHOP'"),
        (401, "credentials are refused"),
        (503, "503"),
    ] {
        site.jira
            .plan(Plan::once(Fault::Status(status)).on("getCreateIssueMetaIssueTypes"));
        let Err(error) = site.stand.draw("create", issue, json!({})).await else {
            anyhow::bail!("{status} goes unnoticed");
        };
        ensure!(error.to_string().contains(said), "{status}: {error}");
    }
    Ok(())
}
