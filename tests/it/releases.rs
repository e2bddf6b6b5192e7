//! Releases and deploys by Sentry's own command line.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use errand_tests::{Api, Hub, Project, Receiver, event, eventually};
use serde_json::json;
use tokio::process::Command;

use crate::sdks::sdks;

/// Sentry's command line, as a build machine has it.
pub(crate) struct SentryCli<'a> {
    hub: &'a Hub,
    project: &'a Project,
    token: String,
    program: std::path::PathBuf,
    /// Where it runs: a repository.
    folder: &'a Path,
}

impl<'a> SentryCli<'a> {
    pub(crate) async fn new(
        hub: &'a Hub,
        project: &'a Project,
        sdks: &Path,
        folder: &'a Path,
    ) -> Result<Self> {
        let said = hub
            .cli_json(&["token", "create", "--scopes", "project:releases"])
            .await?;
        Ok(SentryCli {
            hub,
            project,
            token: said["token"].as_str().context("a token")?.to_owned(),
            program: sdks.join("python/bin/sentry-cli"),
            folder,
        })
    }

    pub(crate) async fn run(&self, args: &[&str]) -> Result<String> {
        let output = Command::new(&self.program)
            .args(args)
            .env("SENTRY_URL", &self.hub.url)
            .env("SENTRY_AUTH_TOKEN", &self.token)
            .env("SENTRY_ORG", &self.project.organization)
            .env("SENTRY_PROJECT", &self.project.slug)
            .env("SENTRY_DISABLE_UPDATE_CHECK", "1")
            .current_dir(self.folder)
            .output()
            .await
            .context("starting sentry-cli")?;
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        let text = text.concat();
        ensure!(
            output.status.success(),
            "sentry-cli {args:?} ended with {}: {text}",
            output.status
        );
        Ok(text)
    }
}

/// A repository with one commit.
async fn repository(folder: &Path) -> Result<()> {
    for args in [
        &["init", "--quiet"][..],
        &[
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.com",
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "Mend it",
        ],
    ] {
        let status = Command::new("git")
            .args(args)
            .current_dir(folder)
            .status()
            .await?;
        ensure!(status.success(), "git {args:?} ended with {status}");
    }
    Ok(())
}

async fn issue_of(api: &Api, project: &Project) -> Result<String> {
    let path = format!(
        "/api/0/projects/{}/{}/issues/?query=",
        project.organization, project.slug
    );
    eventually("the issue", || async {
        let issues = api.get(&path).await?;
        Ok(issues[0]["id"].as_str().map(|id| format!("/api/0/issues/{id}/")))
    })
    .await
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn sentrys_command_line_deploys_the_fix() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let (api, sdk) = (hub.api().await?, hub.sdk(&project)?);
    let receiver = Receiver::start(&[]).await?;
    let plugins = format!("/api/0/organizations/{}/plugins/", project.organization);
    let config = json!({ "url": receiver.url, "changes": ["fix.deployed"] });
    api.post(&plugins, &json!({ "plugin": "webhook", "config": config }))
        .await?;
    sdk.send(&event("pay", "ada")).await?;
    let issue = issue_of(&api, &project).await?;
    api.put(&issue, &json!({ "status": "resolvedInNextRelease" }))
        .await?;

    let folder = tempfile::tempdir()?;
    repository(folder.path()).await?;
    let cli = SentryCli::new(&hub, &project, &sdks, folder.path()).await?;
    cli.run(&["releases", "new", "shop@1.1.0"]).await?;
    for commits in ["--auto", "--local"] {
        cli.run(&[
            "releases",
            "set-commits",
            "shop@1.1.0",
            commits,
            "--ignore-missing",
        ])
        .await?;
    }
    cli.run(&["releases", "finalize", "shop@1.1.0"]).await?;
    cli.run(&["deploys", "new", "--release", "shop@1.1.0", "-e", "staging"])
        .await?;
    let listed = cli.run(&["releases", "list"]).await?;
    ensure!(
        listed.contains("shop@1.1.0") && listed.contains("shop@1.0.0"),
        "{listed}"
    );
    cli.run(&["releases", "info", "shop@1.1.0"]).await?;
    for deploys in 0..2 {
        let told = receiver.received();
        ensure!(told.len() == deploys, "told {told:?}");
        let new = [
            "deploys",
            "new",
            "--release",
            "shop@1.1.0",
            "-e",
            "production",
            "-u",
            "https://ci.example.com/7",
        ];
        cli.run(&new).await?;
        receiver.wait_for(1).await?;
    }
    let listed = cli.run(&["deploys", "list", "--release", "shop@1.1.0"]).await?;
    ensure!(
        listed.contains("staging") && listed.contains("production"),
        "{listed}"
    );

    hub.drained().await?;
    let told = receiver.received();
    ensure!(told.len() == 1, "once, and not {} times", told.len());
    let body = &told[0].body;
    ensure!(
        body["action"] == "fix.deployed" && body["change"]["environment"] == "production",
        "{body}"
    );
    let release = api
        .get(&format!(
            "/api/0/organizations/{}/releases/shop%401.1.0/",
            project.organization
        ))
        .await?;
    ensure!(
        release["dateReleased"].is_string() && release["commitCount"] == 1,
        "{release}"
    );
    ensure!(release["deployCount"] == 3, "{release}");

    // What was made by mistake goes; what events came from is put aside.
    cli.run(&["releases", "new", "shop@0.9.9"]).await?;
    cli.run(&["releases", "delete", "shop@0.9.9"]).await?;
    cli.run(&["releases", "archive", "shop@1.0.0"]).await?;
    let release = api
        .get(&format!(
            "/api/0/organizations/{}/releases/shop%401.0.0/",
            project.organization
        ))
        .await?;
    ensure!(release["status"] == "archived", "{release}");
    cli.run(&["releases", "restore", "shop@1.0.0"]).await?;
    Ok(())
}
