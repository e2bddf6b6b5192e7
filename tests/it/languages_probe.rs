//! A plugin in another language, in a hub: it uses every import, and every export of it is called.

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Api, Hub, Project, Receiver, event, eventually};
use serde_json::{Value, json};

use crate::languages::said;

/// What an import answers, whichever language asks.
fn expected() -> Value {
    json!({
        "what": "digest", "events": 2, "level": "error", "chance": 8, "value": {"n": 1}, "entry": true,
        "keys": ["a/x"], "missing": true, "conflict": "retry", "once": "T-1", "title": true, "nowhere": true,
        "latest": "error", "then": "error", "found": 2, "badSearch": "permanent", "linked": 0, "counted": 1,
        "between": 1, "frequent": 2, "fresh": [["production", "string"]], "targets": ["webhook"],
        "mailed": "config", "hourly": 1, "nobody": true, "escaped": "&lt;b&gt;&#39;",
    })
}

/// A hub with the probe and a webhook in it, that hears of alerts.
struct Stage {
    hub: Hub,
    project: Project,
    api: Api,
    probed: Receiver,
    alerted: Receiver,
    /// The probe's path.
    plugin: String,
}

impl Stage {
    async fn set(plugin: &str, path: &str) -> Result<Self> {
        let mut hub = Hub::start().await?;
        let project = hub.project("Shop").await?;
        said(
            &hub.cli_with(&["plugin", "install", plugin], &[("PATH", path)])
                .await?,
        )?;
        // What is installed beside a hub that runs is taken up too, after it was compiled once more.
        hub.terminate().await?;
        hub.restart().await?;
        let (probed, alerted) = (Receiver::start(&[]).await?, Receiver::start(&[]).await?);
        let (url, alerts) = (format!("url={}", probed.url), format!("url={}", alerted.url));
        let made = hub
            .cli_json(&["plugin", "add", "team-chat", "--set", &url])
            .await?;
        let changes = "changes=[\"alert.raised\"]";
        hub.cli_json(&["plugin", "add", "webhook", "--set", &alerts, "--set", changes])
            .await?;
        let plugins = format!("/api/0/organizations/{}/plugins", project.organization);
        Ok(Stage {
            api: hub.api().await?,
            plugin: format!("{plugins}/{}/", made["id"].as_str().context("an id")?),
            hub,
            project,
            probed,
            alerted,
        })
    }

    /// What was tried, for whoever waits in vain.
    async fn tried(&self) -> Result<String> {
        let deliveries = self.api.get(&format!("{}deliveries/", self.plugin)).await?;
        let mut tried = String::new();
        for delivery in deliveries.as_array().into_iter().flatten() {
            let id = delivery["id"].as_str().unwrap_or_default();
            let organization = &self.project.organization;
            let path = format!("/api/0/organizations/{organization}/deliveries/{id}/");
            tried += &self.api.get(&path).await?.to_string();
        }
        Ok(tried)
    }

    /// What the probe told the last time.
    async fn told(&self, times: usize) -> Result<Value> {
        let heard = match self.probed.wait_for(times).await {
            Ok(heard) => heard,
            Err(error) => return Err(error.context(self.tried().await?)),
        };
        Ok(heard.last().context("a request")?.body.clone())
    }
}

pub(crate) async fn uses_everything(plugin: &str, path: &str) -> Result<()> {
    let stage = Stage::set(plugin, path).await?;
    for group in ["first", "second"] {
        ensure!(
            stage
                .hub
                .sdk(&stage.project)?
                .send(&event(group, "ada"))
                .await?
                .status
                == 200,
            "refused"
        );
    }
    let first = stage.told(1).await?;
    for (key, value) in expected().as_object().context("an object")? {
        assert_eq!(&first[key], value, "{key}: {first}");
    }
    let apart = (first["nowMs"].as_f64().context("nowMs")? - first["at"].as_f64().context("at")?).abs();
    assert!(apart < 600_000.0, "its clock is not the hub's: {first}");
    for group in ["third", "fourth"] {
        ensure!(
            stage
                .hub
                .sdk(&stage.project)?
                .send(&event(group, "bob"))
                .await?
                .status
                == 200,
            "refused"
        );
    }
    let second = stage.told(2).await?;
    assert_ne!(
        first["random"], second["random"],
        "chance was frozen when it was built"
    );
    assert_eq!(second["linked"], 1, "the first ticket is known by now");
    let alert = stage.alerted.wait_for(1).await?.remove(0);
    assert_eq!(alert.headers["errand-event"], "alert.raised");
    assert_eq!(alert.body["change"]["rule"], "Probe");
    changed_and_written_down(&stage, &alert.body).await?;
    answers(&stage).await
}

/// What the probe changed of the issue, and what the hub wrote down about that.
async fn changed_and_written_down(stage: &Stage, alert: &Value) -> Result<()> {
    let id = alert["issue"]["id"].as_str().context("an id")?;
    let issue = format!("/api/0/issues/{id}/");
    assert_eq!(stage.api.get(&issue).await?["priority"], "low");
    let comments = stage.api.get(&format!("{issue}comments/")).await?;
    assert!(comments.to_string().contains("from elsewhere"), "{comments}");
    let deliveries = format!("{issue}deliveries/");
    let written = eventually("the attempt to be written down", || async {
        let deliveries = stage.api.all(&deliveries).await?;
        let mut written = String::new();
        for delivery in deliveries.iter().filter(|delivery| delivery["state"] == "done") {
            let id = delivery["id"].as_str().unwrap_or_default();
            let path = format!(
                "/api/0/organizations/{}/deliveries/{id}/",
                stage.project.organization
            );
            written += &stage.api.get(&path).await?.to_string();
        }
        Ok(written.contains("posted").then_some(written))
    })
    .await?;
    assert!(written.contains("printed for SHOP-"), "{written}");
    let why = stage.api.get(&format!("{issue}plugin-decisions/")).await?;
    assert!(why.to_string().contains("it was asked to"), "{why}");
    Ok(())
}

/// What the probe answers whoever asks it.
async fn answers(stage: &Stage) -> Result<()> {
    let found = stage
        .api
        .get(&format!("{}choices/room/?query=a", stage.plugin))
        .await?;
    let choices = json!([{"value": "room-a", "label": "One"}, {"value": "two", "label": "two"}]);
    assert_eq!(found, json!({"choices": choices, "next": "2"}));
    let question = stage.told(3).await?;
    assert_eq!(
        question,
        json!({"what": "question"}),
        "a question is asked although nothing is to change"
    );
    let wrong = json!({"config": {"url": stage.probed.url, "room": "attic"}});
    let refused = stage.api.put(&stage.plugin, &wrong).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("room: there is no such room")));

    let shown = stage.api.get(&stage.plugin).await?;
    let hook = shown["hooks"][0]["url"].as_str().context("an address")?;
    let answer = reqwest::Client::new().post(hook).body("{}").send().await?;
    assert_eq!(answer.status().as_u16(), 202);
    let answer: Value = serde_json::from_str(&answer.text().await?)?;
    assert_eq!(answer, json!({"route": "updates"}));

    stage
        .api
        .post(&format!("{}jobs/tidy/run/", stage.plugin), &json!({}))
        .await?;
    let job = stage.told(4).await?;
    assert_eq!(job, json!({"what": "job", "job": "tidy", "isNumber": true}));

    let issues = format!(
        "/api/0/projects/{}/{}/issues/",
        stage.project.organization, stage.project.slug
    );
    let issue = stage.api.all(&issues).await?[0]["id"]
        .as_str()
        .context("an id")?
        .to_owned();
    let actions = format!("/api/0/issues/{issue}/plugin-actions/");
    let offered = stage.api.get(&actions).await?;
    let id = offered[0]["installationId"].as_str().context("an id")?;
    let button = format!("{actions}{id}/ask/");
    let reply = stage.api.post(&button, &json!({"queue": "shop"})).await?;
    assert!(
        reply["message"]
            .as_str()
            .is_some_and(|text| text.ends_with("asked shop")),
        "{reply}"
    );
    draws(stage, &format!("{actions}{id}/drawn/")).await
}

/// The form that the probe draws.
async fn draws(stage: &Stage, drawn: &str) -> Result<()> {
    let form = stage
        .api
        .post(&format!("{drawn}form/"), &json!({"who": "ada"}))
        .await?;
    assert_eq!(
        (&form["values"]["who"], &form["form"][0]["lookup"]),
        (&json!("ada"), &json!(true)),
        "{form}"
    );
    let found = stage
        .api
        .post(&format!("{drawn}form/who/?query=a"), &json!({}))
        .await?;
    assert_eq!(
        found["choices"],
        json!([{"value": "drawn-who-a", "label": "drawn-who-a"}])
    );
    assert!(
        stage.api.post(drawn, &json!({})).await.is_err(),
        "who is asked for has to be said"
    );
    let reply = stage.api.post(drawn, &json!({"who": "ada"})).await?;
    assert!(reply.to_string().contains("asked ada"), "{reply}");
    Ok(())
}
