//! What is in a Sentry comes over, whatever the connection does meanwhile, and once.

use anyhow::{Context as _, Result, ensure};
use errand_tests::simulators::{Sentry, sentry};
use errand_tests::{Api, Hub, Sdk, Visitor};
use reqwest::Method;
use serde_json::{Value, json};

/// Issues of each of the two projects.
const ISSUES: usize = 60;

async fn import(hub: &Hub, sentry: &Sentry) -> Result<(bool, Value, String)> {
    let args = ["import", "sentry", &sentry.url, "--json"];
    let output = hub
        .cli_with(&args, &[("SENTRY_AUTH_TOKEN", sentry::TOKEN)])
        .await?;
    let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((output.status.success(), said, error))
}

async fn issues(api: &Api, slug: &str) -> Result<Vec<Value>> {
    api.all(&format!("/api/0/projects/default/{slug}/issues/?query="))
        .await
}

#[tokio::test]
async fn an_import_that_is_cut_goes_on_where_it_was_and_ends_complete() -> Result<()> {
    let hub = Hub::start().await?;
    let sentry = Sentry::start(ISSUES).await?;
    let api = hub.api().await?;
    // The first page of the first project is here by then, and the second under way.
    sentry.die_after(60);
    let (is_well, _, error) = import(&hub, &sentry).await?;
    ensure!(!is_well && error.contains("Give the command again"), "{error}");
    ensure!(!error.contains(sentry::TOKEN), "the token is told");
    let before = issues(&api, "shop").await?.len();
    ensure!(
        (1..ISSUES).contains(&before),
        "{before} of {ISSUES} came before it was cut"
    );
    let first = "/api/0/projects/acme/shop/issues/?query=&limit=100";
    ensure!(
        sentry.read().iter().any(|path| path == first),
        "{:?}",
        sentry.read()
    );

    sentry.die_after(0);
    let read = sentry.read().len();
    let (is_well, said, error) = import(&hub, &sentry).await?;
    ensure!(is_well, "{error}");
    ensure!(
        error.contains("issues of web: [") && error.contains("100 %"),
        "no bar: {error}"
    );
    ensure!(said["issues"] == 2 * ISSUES - before, "{said}");
    ensure!(
        !sentry.read()[read..].iter().any(|path| path == first),
        "the first page was read again"
    );
    let (limited, cut) = sentry.troubles();
    ensure!(limited > 0 && cut > 0, "{limited} were limited, {cut} were cut");

    for slug in ["shop", "web"] {
        let found = issues(&api, slug).await?;
        ensure!(found.len() == ISSUES, "{slug}: {} issues", found.len());
    }
    is_as_it_was(&hub, &api).await?;
    is_brought_once(&hub, &sentry, &api).await
}

async fn is_as_it_was(hub: &Hub, api: &Api) -> Result<()> {
    let found = issues(api, "shop").await?;
    let one = |short: &str| {
        found
            .iter()
            .find(|issue| issue["shortId"] == short)
            .context("it is there")
    };
    let path = format!(
        "/api/0/issues/{}/comments/",
        one("SHOP-2")?["id"].as_str().context("an id")?
    );
    let comments = api.all(&path).await?;
    ensure!(
        comments.len() == 1 && comments[0]["data"]["text"] == "**found** it: 1",
        "{comments:?}"
    );
    let resolved = one("SHOP-2")?;
    ensure!(
        resolved["status"] == "resolved" && resolved["count"] == "2",
        "{resolved}"
    );
    let archived = one("SHOP-3")?;
    ensure!(
        archived["status"] == "ignored" && archived["userCount"] == 2,
        "{archived}"
    );
    let ours = one("SHOP-1")?;
    ensure!(
        ours["assignedTo"]["type"] == "team" && ours["title"] == "shopError: issue 0",
        "{ours}"
    );
    ensure!(
        ours["lastSeen"]
            .as_str()
            .is_some_and(|at| at.starts_with("2026-10-01T10:00:00")),
        "{ours}"
    );
    let project = api.get("/api/0/projects/default/shop/").await?;
    ensure!(project["id"] == "4505012", "{project}");
    let organization = api.get("/api/0/organizations/default/").await?;
    ensure!(organization["name"] == "Acme", "{organization}");

    // The DSN of before, at another host.
    let host = hub.url.trim_start_matches("http://");
    let sdk = Sdk::of(&format!("http://{}@{host}/4505012", "a".repeat(32)))?;
    let event = errand_tests::event("later", "ada");
    ensure!(
        sdk.send(&event).await?.status == 200,
        "the key does not let anybody in"
    );
    Ok(())
}

async fn is_brought_once(hub: &Hub, sentry: &Sentry, api: &Api) -> Result<()> {
    let done = what_was_done(api).await?;
    brings_nothing(hub, sentry).await?;
    ensure!(
        what_was_done(api).await? == done,
        "it is told again that it was brought"
    );
    sentry.add("web");
    let (_, said, _) = import(hub, sentry).await?;
    ensure!(said["issues"] == 1 && said["hashes"] == 1, "{said}");
    ensure!(issues(api, "web").await?.len() == ISSUES + 1);
    Ok(())
}

/// All of the audit log.
async fn what_was_done(api: &Api) -> Result<Vec<Value>> {
    api.all("/api/0/organizations/default/audit-logs/").await
}

async fn brings_nothing(hub: &Hub, sentry: &Sentry) -> Result<()> {
    let (is_well, said, error) = import(hub, sentry).await?;
    ensure!(is_well, "{error}");
    let nothing =
        json!({"people": 0, "teams": 0, "projects": 0, "keys": 0, "issues": 0, "hashes": 0, "activities": 0});
    ensure!(said == nothing, "{said}");
    Ok(())
}

#[tokio::test]
async fn what_was_deleted_here_stays_away() -> Result<()> {
    let hub = Hub::start().await?;
    let sentry = Sentry::start(4).await?;
    let api = hub.api().await?;
    let (is_well, _, error) = import(&hub, &sentry).await?;
    ensure!(is_well, "{error}");
    let members = "/api/0/teams/default/payments/members/";
    let ada = &api.all(members).await?[0];
    let id = ada["id"].as_str().context("an id")?;
    for deleted in [
        format!("/api/0/organizations/default/members/{id}/teams/payments/"),
        "/api/0/teams/default/web/".to_owned(),
        format!("/api/0/projects/default/web/keys/{}/", "b".repeat(32)),
    ] {
        let answer = api.send(Method::DELETE, &deleted, None).await?;
        ensure!(answer.status().is_success(), "{deleted}: {}", answer.status());
    }
    let done = what_was_done(&api).await?;
    brings_nothing(&hub, &sentry).await?;
    ensure!(what_was_done(&api).await? == done, "something was brought again");
    ensure!(api.all(members).await?.is_empty(), "who was taken out is in");
    let teams = api.all("/api/0/organizations/default/teams/").await?;
    ensure!(teams.len() == 1, "{teams:?}");
    let keys = api.all("/api/0/projects/default/web/keys/").await?;
    ensure!(keys.len() == 1 && keys[0]["public"] == "c".repeat(32), "{keys:?}");
    Ok(())
}

#[tokio::test]
async fn a_token_that_may_not_read_is_said_at_once() -> Result<()> {
    let hub = Hub::start().await?;
    let sentry = Sentry::start(1).await?;
    let args = ["import", "sentry", &sentry.url];
    let output = hub.cli_with(&args, &[("SENTRY_AUTH_TOKEN", "wrong")]).await?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success() && error.contains("401"), "{error}");
    let output = hub
        .cli_with(
            &["import", "sentry", "http://sentry.example.com"],
            &[("SENTRY_AUTH_TOKEN", "t")],
        )
        .await?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(
        !output.status.success() && error.contains("only https"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn all_organizations_come_with_their_people_and_what_was_done() -> Result<()> {
    let hub = Hub::start().await?;
    let sentry = Sentry::with_other(8).await?;
    let api = hub.api().await?;
    let (is_well, said, error) = import(&hub, &sentry).await?;
    ensure!(is_well, "{error}");
    let expected = json!({"people": 3, "teams": 3, "projects": 3, "keys": 4, "issues": 24, "hashes": 24, "activities": 16});
    ensure!(said == expected, "{said}");
    // Two of one name stay two.
    let mut projects = api.all("/api/0/organizations/default/projects/").await?;
    projects.retain(|one| one["slug"] != "demo");
    let mut ids: Vec<&str> = projects.iter().filter_map(|one| one["id"].as_str()).collect();
    ids.sort_unstable();
    ensure!(ids == ["4505012", "4505013", "4505020"], "{projects:?}");
    for project in &projects {
        let slug = project["slug"].as_str().context("a slug")?;
        ensure!(issues(&api, slug).await?.len() == 8, "{slug}");
    }
    let organization = api.get("/api/0/organizations/default/").await?;
    ensure!(
        organization["name"] == "Default",
        "of two names none is the hub's"
    );

    people_came(&api).await?;
    let found = issues(&api, "shop").await?;
    let resolved = found
        .iter()
        .find(|one| one["shortId"] == "SHOP-2")
        .context("an issue")?;
    let path = format!(
        "/api/0/issues/{}/activities/",
        resolved["id"].as_str().context("an id")?
    );
    let done = api.all(&path).await?;
    let kinds: Vec<&str> = done.iter().filter_map(|one| one["type"].as_str()).collect();
    ensure!(
        kinds.starts_with(&["set_resolved_in_release", "note", "assigned"]),
        "{done:?}"
    );
    is_told_of(&hub, &sentry).await
}

async fn people_came(api: &Api) -> Result<()> {
    let people = api.all("/api/0/organizations/default/members/").await?;
    let role = |email: &str| {
        let found = people.iter().find(|one| one["email"] == email);
        found.and_then(|one| one["role"].as_str())
    };
    ensure!(
        (
            role("ada@example.com"),
            role("bob@example.com"),
            role("cyd@example.com")
        ) == (Some("owner"), Some("admin"), Some("member")),
        "{people:?}"
    );
    let team = api.all("/api/0/teams/default/payments/members/").await?;
    ensure!(
        team.len() == 1 && team[0]["email"] == "ada@example.com",
        "{team:?}"
    );
    Ok(())
}

/// The page of jobs says that it was done, and by whom it was asked for; an organization that is none is refused.
async fn is_told_of(hub: &Hub, sentry: &Sentry) -> Result<()> {
    let jobs = Visitor::administrator(hub).await?.get("/jobs").await?;
    let title = format!("Import from {}", sentry.url);
    ensure!(
        jobs.contains(&title) && jobs.contains("the command line"),
        "{jobs}"
    );
    ensure!(jobs.contains("brought 3 people, 3 teams, 3 projects"), "{jobs}");
    let one = hub
        .cli_with(
            &["import", "sentry", &sentry.url, "--organization", "nowhere"],
            &[("SENTRY_AUTH_TOKEN", sentry::TOKEN)],
        )
        .await?;
    let error = String::from_utf8_lossy(&one.stderr);
    ensure!(
        !one.status.success() && error.contains("reaches no organization 'nowhere'"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn a_glitchtip_gives_what_it_has() -> Result<()> {
    let hub = Hub::start().await?;
    let glitchtip = Sentry::glitchtip(30).await?;
    let (is_well, said, error) = import(&hub, &glitchtip).await?;
    ensure!(is_well, "{error}");
    // Eight of thirty are resolved with a word; nothing is told of who did what else.
    let expected = json!({"people": 2, "teams": 2, "projects": 2, "keys": 3, "issues": 60, "hashes": 0, "activities": 16});
    ensure!(said == expected, "{said}");
    let api = hub.api().await?;
    ensure!(issues(&api, "web").await?.len() == 30);
    Ok(())
}
