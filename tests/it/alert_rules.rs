//! Alert rules, from outside: events in, other plugins' errands out.

use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use errand_tests::{Api, Hub, Project, Receiver, Sdk, event, eventually};
use serde_json::{Value, json};

/// A hub with alert rules and two webhooks that do what rules say; all of one organization.
struct Stage {
    hub: Hub,
    project: Project,
    api: Api,
    sdk: Sdk,
    chat: Receiver,
    pager: Receiver,
    /// The path of the installation of alert rules.
    rules: String,
}

impl Stage {
    async fn set(rules: &str) -> Result<Self> {
        let hub = Hub::start().await?;
        let project = hub.project("Shop").await?;
        let (api, sdk) = (hub.api().await?, hub.sdk(&project)?);
        let (chat, pager) = (Receiver::start(&[]).await?, Receiver::start(&[]).await?);
        let path = format!("/api/0/organizations/{}/plugins/", project.organization);
        for (name, receiver) in [("Team chat", &chat), ("Pager", &pager)] {
            let config = json!({ "url": receiver.url, "changes": ["alert.raised"] });
            api.post(
                &path,
                &json!({ "plugin": "webhook", "name": name, "config": config }),
            )
            .await?;
        }
        let config = json!({ "rules": rules });
        let made = api
            .post(&path, &json!({ "plugin": "alert-rules", "config": config }))
            .await?;
        let rules = format!("{path}{}/", made["id"].as_str().context("an id")?);
        Ok(Stage {
            hub,
            project,
            api,
            sdk,
            chat,
            pager,
            rules,
        })
    }

    /// Has issues looked at now, rather than at the next minute.
    async fn watch(&self) -> Result<()> {
        let path = format!("{}jobs/watch/run/", self.rules);
        eventually("the watch to be kept", || async {
            let answer = self.api.send(reqwest::Method::POST, &path, None).await?;
            Ok(answer.status().is_success().then_some(()))
        })
        .await
    }

    /// Tells the hub of sessions, as servers' SDKs do: counted already.
    #[expect(clippy::disallowed_methods, reason = "a server has a clock of its own")]
    async fn sessions(&self, release: &str, exited: u64, crashed: u64) -> Result<()> {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)?
            .as_secs();
        let item = json!({
            "aggregates": [{ "started": now, "exited": exited, "crashed": crashed }],
            "attrs": { "release": release, "environment": "production" },
        });
        let body = format!("{{}}\n{{\"type\":\"sessions\"}}\n{item}\n");
        let status = self.sdk.post(body.into_bytes(), &[]).await?.status;
        ensure!(status == 200, "{status}");
        Ok(())
    }

    async fn happens(&self, group: &str, level: &str, environment: &str) -> Result<()> {
        let mut event = event(group, "ada");
        event["level"] = json!(level);
        event["environment"] = json!(environment);
        ensure!(self.sdk.send(&event).await?.status == 200, "an event is refused");
        Ok(())
    }

    /// The issue of a group, once there is one.
    async fn issue(&self, group: &str) -> Result<Value> {
        let Project {
            organization, slug, ..
        } = &self.project;
        let path = format!("/api/0/projects/{organization}/{slug}/issues/?query=");
        eventually("the issue", || async {
            let all = self.api.all(&path).await?;
            let is_meant = |issue: &Value| issue["title"].as_str().is_some_and(|it| it.starts_with(group));
            Ok(all.into_iter().find(is_meant))
        })
        .await
    }

    /// What alert rules said of what happened first to an issue, once they have.
    async fn verdict(&self, issue: &Value) -> Result<(String, String)> {
        let id = issue["id"].as_str().context("an id")?;
        let path = format!("/api/0/issues/{id}/plugin-decisions/");
        eventually("a verdict", || async {
            let happened = self.api.get(&path).await?;
            let first = happened
                .as_array()
                .and_then(|list| list.last())
                .cloned()
                .unwrap_or_default();
            let rules = first["plugins"]
                .as_array()
                .and_then(|plugins| plugins.iter().find(|one| one["plugin"] == "alert-rules"))
                .cloned()
                .unwrap_or_default();
            let text = |key: &str| rules[key].as_str().unwrap_or_default().to_owned();
            let is_over = matches!(text("verdict").as_str(), "done" | "ignored" | "dead");
            Ok(is_over.then(|| (text("verdict"), text("reason"))))
        })
        .await
    }
}

const FATAL: &str = r#"
rule Fatal in production
  when first seen
  if level == "fatal" && environment == "production"
  then notify by Team chat
  then priority low
  then assign nobody
"#;

#[tokio::test]
async fn a_rule_fires_once_for_what_it_is_about_and_says_why_not_for_the_rest() -> Result<()> {
    let stage = Stage::set(FATAL).await?;
    for (group, level, environment) in [
        ("quiet", "error", "production"),
        ("staged", "fatal", "staging"),
        ("loud", "fatal", "production"),
        ("loud", "fatal", "production"),
    ] {
        stage.happens(group, level, environment).await?;
    }
    let loud = stage.issue("loud").await?;
    let alert = stage.chat.wait_for(1).await?.remove(0);
    ensure!(alert.headers["errand-event"] == "alert.raised");
    ensure!(alert.body["issue"]["id"] == loud["id"], "{}", alert.body);
    let change = &alert.body["change"];
    ensure!(
        change["rule"] == "Fatal in production" && change["action"] == "notify",
        "{change}"
    );
    ensure!(
        change["reason"]
            .as_str()
            .is_some_and(|why| why.starts_with("first seen, and level ==")),
        "{change}"
    );
    for (group, verdict, reason) in [
        ("loud", "done", "'Fatal in production' fired"),
        (
            "quiet",
            "ignored",
            "did not: level == \"fatal\" && environment == \"production\" does not hold",
        ),
        ("staged", "ignored", "does not hold"),
    ] {
        let (said, why) = stage.verdict(&stage.issue(group).await?).await?;
        ensure!(said == verdict && why.contains(reason), "{group}: {said}: {why}");
    }
    ensure!(stage.issue("loud").await?["priority"] == "low");
    ensure!(stage.issue("quiet").await?["priority"] == "high");
    // The other webhook is not named; it is said so.
    ensure!(stage.chat.received().len() == 1 && stage.pager.received().is_empty());
    let path = format!(
        "/api/0/issues/{}/plugin-decisions/",
        loud["id"].as_str().context("an id")?
    );
    let happened = stage.api.get(&path).await?;
    let raised = happened
        .as_array()
        .and_then(|list| list.iter().find(|one| one["event"] == "alert.raised"))
        .context("it was raised")?;
    let pager = raised["plugins"]
        .as_array()
        .and_then(|plugins| plugins.iter().find(|one| one["name"] == "Pager"))
        .context("the pager")?;
    ensure!(pager["verdict"] == "not_named", "{pager}");
    Ok(())
}

#[tokio::test]
async fn a_limit_holds_and_a_rule_that_names_nobody_keeps_no_other_from_acting() -> Result<()> {
    let stage = Stage::set(
        "rule Nobody\n when first seen\n then notify by Nowhere\n\
         rule Twice\n when first seen\n then notify by Pager\n limit 2 times in 1h",
    )
    .await?;
    for group in ["alpha", "beta", "gamma"] {
        stage.happens(group, "error", "production").await?;
        // One after the other: which two are the first is part of the promise.
        stage.verdict(&stage.issue(group).await?).await?;
    }
    ensure!(stage.pager.wait_for(2).await?.len() == 2);
    let (_, first) = stage.verdict(&stage.issue("alpha").await?).await?;
    ensure!(
        first.contains("no plugin here is called 'Nowhere'; there is: Team chat, Pager")
            && first.contains("'Twice' fired"),
        "{first}"
    );
    let (_, third) = stage.verdict(&stage.issue("gamma").await?).await?;
    ensure!(third.contains("'Twice' did not: limit 2 times in 1h"), "{third}");
    ensure!(stage.pager.received().len() == 2);
    stage.hub.drained().await
}

#[tokio::test]
async fn history_says_what_has_happened_and_trying_rules_sends_nothing() -> Result<()> {
    let stage = Stage::set("rule Idle\n when linked\n then priority low").await?;
    let Project {
        organization, slug, ..
    } = &stage.project;
    let path = format!("/api/0/projects/{organization}/{slug}/rules/");
    let rules = "rule Errors\n when first seen, regressed\n if level == \"error\"\n then notify by Pager\n\
                 rule Few\n when first seen\n then notify by Team chat\n limit 3 times in 1h per issue\n\
                 rule Some\n when first seen\n if environment != \"staging\"\n then notify by Team chat\n limit 4 times in 1h";
    let saved = stage.api.put(&path, &json!({ "text": rules })).await?;
    ensure!(saved["enabled"] == true, "{saved}");
    let groups = [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta",
    ];
    for (at, group) in groups.into_iter().enumerate() {
        let level = ["error", "fatal", "warning"][at % 3];
        stage
            .happens(group, level, ["production", "staging"][at % 2])
            .await?;
    }
    let alpha = stage.issue("alpha").await?;
    let issue = format!("/api/0/issues/{}/", alpha["id"].as_str().context("an id")?);
    stage.api.put(&issue, &json!({ "status": "resolved" })).await?;
    stage.happens("alpha", "error", "production").await?;
    // Three errors and a regression; eight new issues; four that are not of staging.
    let (pager, chat) = (4, 8 + 4);
    stage.pager.wait_for(pager).await?;
    stage.chat.wait_for(chat).await?;
    stage.hub.drained().await?;
    let tried = stage
        .api
        .post(&format!("{path}back-test/"), &json!({ "text": rules, "days": 7 }))
        .await?;
    let fired = |name: &str| -> usize {
        let rule = tried["rules"]
            .as_array()
            .and_then(|rules| rules.iter().find(|rule| rule["name"] == name));
        rule.and_then(|rule| rule["fired"].as_u64()).unwrap_or_default() as usize
    };
    ensure!(fired("Errors") == stage.pager.received().len(), "{tried}");
    ensure!(
        fired("Few") + fired("Some") == stage.chat.received().len(),
        "{tried}"
    );
    ensure!(
        (stage.pager.received().len(), stage.chat.received().len()) == (pager, chat),
        "trying sends nothing"
    );
    let refused = stage
        .api
        .send(
            reqwest::Method::PUT,
            &path,
            Some(&json!({ "text": "rule X\nwhen frist seen" })),
        )
        .await?;
    ensure!(refused.status() == 400);
    let text = refused.text().await?;
    ensure!(text.contains("rule 'X', line 2: 'frist seen'"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_rule_that_watches_fires_when_an_issue_grew() -> Result<()> {
    let stage = Stage::set(
        "rule Growing\n when 3 users in 10m\n if environment == \"production\"\n then notify by Pager\n then priority low",
    )
    .await?;
    for user in ["ada", "bob", "cyd", "ada"] {
        ensure!(stage.sdk.send(&event("grows", user)).await?.status == 200);
        ensure!(stage.sdk.send(&event("stays", "ada")).await?.status == 200);
    }
    stage.hub.drained().await?;
    stage.watch().await?;
    let alert = stage.pager.wait_for(1).await?.remove(0);
    let grows = stage.issue("grows").await?;
    ensure!(alert.body["issue"]["id"] == grows["id"], "{}", alert.body);
    let reason = alert.body["change"]["reason"].as_str().unwrap_or_default();
    ensure!(reason.starts_with("3 users in 10m, and environment"), "{reason}");
    ensure!(stage.issue("grows").await?["priority"] == "low");
    ensure!(stage.issue("stays").await?["priority"] == "high");
    ensure!(stage.pager.received().len() == 1);
    // Tried on history it fires as it did, and what fires more often is counted so.
    let tried = |rules: &str| json!({ "text": rules, "days": 7 });
    let Project {
        organization, slug, ..
    } = &stage.project;
    let path = format!("/api/0/projects/{organization}/{slug}/rules/back-test/");
    let same =
        tried("rule Growing\nwhen 3 users in 10m\nif environment == \"production\"\nthen notify by Pager");
    let found = stage.api.post(&path, &same).await?;
    let rule = &found["rules"][0];
    ensure!(rule["fired"] == 1 && found["isCapped"] == false, "{found}");
    ensure!(
        rule["latest"][0]["event"] == "issue.grows" && rule["latest"][0]["issueId"] == grows["id"],
        "{found}"
    );
    let elsewhere =
        tried("rule Growing\nwhen 3 users in 10m\nif environment == \"staging\"\nthen notify by Pager");
    ensure!(stage.api.post(&path, &elsewhere).await?["rules"] == json!([]));
    ensure!(stage.pager.received().len() == 1, "trying sends nothing");
    Ok(())
}

#[tokio::test]
async fn a_rule_that_watches_sessions_fires_once_when_too_many_crash() -> Result<()> {
    let stage = Stage::set(
        "rule Crashes\n when crash-free sessions < 99% in 1h where release:shop@2\n then notify by Pager",
    )
    .await?;
    ensure!(stage.sdk.send(&event("crash", "ada")).await?.status == 200);
    let mut of_the_release = event("crash", "bob");
    of_the_release["release"] = json!("shop@2");
    ensure!(stage.sdk.send(&of_the_release).await?.status == 200);
    // Another release crashes more, and does not count.
    for (release, exited, crashed) in [("shop@1", 10, 90), ("shop@2", 99, 1)] {
        stage.sessions(release, exited, crashed).await?;
    }
    stage.hub.drained().await?;
    stage.watch().await?;
    stage.sessions("shop@2", 49, 1).await?;
    stage.hub.drained().await?;
    stage.watch().await?;
    let alert = stage.pager.wait_for(1).await?.remove(0);
    let reason = alert.body["change"]["reason"].as_str().unwrap_or_default();
    ensure!(
        reason.starts_with("2 of 150 sessions crashed (crash-free"),
        "{reason}"
    );
    stage.watch().await?;
    ensure!(stage.pager.received().len() == 1, "it is said once");
    Ok(())
}
