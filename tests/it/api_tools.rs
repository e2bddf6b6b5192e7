//! What reads the OpenAPI document: schemathesis, which sends what it allows and what it does not, and a client that is
//! generated from it.

use std::path::Path;
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, event, eventually};
use serde_json::Value;
use tokio::process::Command;

use crate::sdks::sdks;

/// How long schemathesis may take for what lasts and for what ends, in seconds: it goes on making up requests until then.
const SECONDS: [u32; 2] = [30, 5];

/// Requests to each operation that are made up, besides those that try its edges.
const MADE_UP: &str = "3";

/// What would leave nothing to ask for after it: it is asked last, apart.
const ENDS: [&str; 6] = [
    "delete_projects_organization_project",
    "delete_issues_issue",
    "delete_organizations_organization_issues_issue",
    "delete_organizations_organization_issues",
    "delete_projects_organization_project_issues",
    "delete_teams_organization_team",
];

/// What takes mail and components, of which schemathesis can make none.
const NO_JSON: [&str; 2] = [
    "post_organizations_organization_mail_bounces",
    "post_organizations_organization_plugin_versions",
];

/// A hub with an issue, and who may do everything with it.
struct Stage {
    hub: Hub,
    token: String,
    issue: Value,
}

impl Stage {
    async fn set() -> Result<Self> {
        let hub = Hub::start().await?;
        let project = hub.project("Shop").await?;
        let said = hub.cli_json(&["token", "create"]).await?;
        let token = said["token"].as_str().context("a token")?.to_owned();
        ensure!(hub.sdk(&project)?.send(&event("Cart", "ada")).await?.status == 200);
        let api = hub.api().await?;
        let issue = eventually("the issue", || async {
            let issues = api.get("/api/0/organizations/default/issues/").await?;
            Ok(issues.get(0).cloned())
        })
        .await?;
        Ok(Stage { hub, token, issue })
    }

    /// Has schemathesis ask about what is there: these arguments say which operations.
    async fn schemathesis(&self, sdks: &Path, which: &[String], seconds: u32) -> Result<Output> {
        let folder = tempfile::tempdir()?;
        let issue = self.issue["id"].as_str().context("an id")?;
        let settings = format!(
            "[parameters]\n\"path.organization\" = \"default\"\n\"path.project\" = \"shop\"\n\"path.issue\" = \"{issue}\"\n\
             \"path.event\" = \"latest\"\n\"path.key\" = \"license\"\n"
        );
        let file = folder.path().join("schemathesis.toml");
        std::fs::write(&file, settings)?;
        let mut command = Command::new(sdks.join("python/bin/python"));
        command
            .args(["-m", "schemathesis.cli", "--config-file"])
            .arg(&file)
            .args(["run", &format!("{}/api/0/openapi.json", self.hub.url)])
            .args(["--header", &format!("Authorization: Bearer {}", self.token)])
            .args([
                "--checks",
                "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            ])
            .args([
                "--phases",
                "examples,coverage,fuzzing",
                "--max-examples",
                MADE_UP,
                "--max-time",
                &seconds.to_string(),
            ])
            // The same each time; and told all that is wrong at once.
            .args([
                "--seed",
                "1",
                "--continue-on-failure",
                "--no-shrink",
                "--suppress-health-check",
                "all",
            ])
            .args(which)
            .current_dir(folder.path())
            .kill_on_drop(true);
        command.output().await.context("running schemathesis")
    }
}

fn told(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    text.concat()
}

#[tokio::test]
async fn whatever_is_sent_is_answered_as_the_document_says() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let stage = Stage::set().await?;
    let name = |flag: &str, of: &[&str]| -> Vec<String> {
        let named = of
            .iter()
            .map(|operation| format!("--{flag}-operation-id={operation}"));
        named.collect()
    };
    let lasting = [&ENDS[..], &NO_JSON[..]].concat();
    let runs = [name("exclude", &lasting), name("include", &ENDS)];
    for (which, seconds) in runs.iter().zip(SECONDS) {
        let output = stage.schemathesis(&sdks, which, seconds).await?;
        ensure!(output.status.success(), "{}", told(&output));
        ensure!(told(&output).contains(" generated, "), "{}", told(&output));
    }
    Ok(())
}

#[tokio::test]
async fn a_client_made_of_the_document_works_on_issues() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let stage = Stage::set().await?;
    let folder = tempfile::tempdir()?;
    let settings = folder.path().join("settings.yml");
    // Its formatter is not needed to run what it makes.
    std::fs::write(&settings, "post_hooks: []\n")?;
    let made = Command::new(sdks.join("python/bin/openapi-python-client"))
        .args([
            "generate",
            "--url",
            &format!("{}/api/0/openapi.json", stage.hub.url),
            "--meta",
            "none",
        ])
        .arg("--output-path")
        .arg(folder.path().join("errand_api"))
        .arg("--config")
        .arg(&settings)
        .output()
        .await?;
    ensure!(made.status.success(), "{}", told(&made));
    let person = stage
        .hub
        .api()
        .await?
        .get("/api/0/organizations/default/members/")
        .await?;
    let email = person[0]["email"].as_str().context("the owner")?.to_owned();
    let output = Command::new(sdks.join("python/bin/python"))
        .arg(errand_tests::root().join("tests/sdks/client.py"))
        .arg(folder.path())
        .args([&stage.hub.url, &stage.token, &email])
        .output()
        .await?;
    ensure!(output.status.success(), "{}", told(&output));
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let title = stage.issue["title"].clone();
    assert_eq!(said["before"], Value::from(vec![title]));
    assert_eq!(said["after"], Value::from(Vec::<Value>::new()));
    assert_eq!(said["assigned"]["email"], email.as_str(), "{said}");
    assert_eq!(said["status"], "resolved");
    ensure!(said["gone"].is_string(), "{said}");
    Ok(())
}
