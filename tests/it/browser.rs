//! Pages in a real browser: Chromium without a window, driven over its debugging pipe.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, Receiver, event, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::pipe::{OpenOptions, Receiver as PipeEnd, Sender};
use tokio::process::{Child, Command};

use crate::versions;

/// A browser with one page.
pub(crate) struct Browser {
    commands: Sender,
    answers: BufReader<PipeEnd>,
    last: u64,
    session: Option<String>,
    _process: Child,
    _folder: TempDir,
}

/// Where Chromium is not installed, what needs it is left out; `cargo xtask test` installs it.
pub(crate) fn is_there() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|folder| folder.join("chromium").is_file());
    if !is_there {
        println!("left out: there is no chromium; `cargo xtask test` installs it");
    }
    is_there
}

impl Browser {
    pub(crate) async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for name in ["commands", "answers"] {
            let made = Command::new("mkfifo")
                .arg(folder.path().join(name))
                .status()
                .await?;
            ensure!(made.success(), "mkfifo ended with {made}");
        }
        let mut both = OpenOptions::new();
        both.read_write(true);
        let commands = both.open_sender(folder.path().join("commands"))?;
        let answers = both.open_receiver(folder.path().join("answers"))?;
        let process = Command::new("sh")
            .arg("-c")
            .arg(
                "exec chromium --headless --no-sandbox --disable-gpu --remote-debugging-pipe \
                 --user-data-dir=\"$0/profile\" about:blank 3<\"$0/commands\" 4>\"$0/answers\" 2>/dev/null",
            )
            .arg(folder.path())
            .kill_on_drop(true)
            .spawn()
            .context("starting chromium")?;
        let mut browser = Browser {
            commands,
            answers: BufReader::new(answers),
            last: 0,
            session: None,
            _process: process,
            _folder: folder,
        };
        let target = browser
            .ask("Target.createTarget", json!({"url": "about:blank"}))
            .await?;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.ask("Target.attachToTarget", attach).await?;
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        Ok(browser)
    }

    /// Sends a command and gives its answer; events are passed over.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Result<Value> {
        self.last += 1;
        let mut command = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&command)?;
        bytes.push(0);
        self.commands.write_all(&bytes).await?;
        loop {
            let mut message = Vec::new();
            let read = self.answers.read_until(0, &mut message).await?;
            ensure!(read > 0, "the browser is gone");
            message.pop();
            let mut message: Value = serde_json::from_slice(&message)?;
            if message["id"] == self.last {
                ensure!(message["error"].is_null(), "{method}: {}", message["error"]);
                return Ok(message["result"].take());
            }
        }
    }

    pub(crate) async fn open(&mut self, url: &str) -> Result<()> {
        self.ask("Page.navigate", json!({ "url": url })).await.map(drop)
    }

    /// The value of an expression on the page.
    pub(crate) async fn value(&mut self, expression: &str) -> Result<Value> {
        let ask = json!({"expression": expression, "returnByValue": true});
        let mut answer = self.ask("Runtime.evaluate", ask).await?;
        ensure!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        Ok(answer["result"]["value"].take())
    }

    /// What a promise comes to.
    pub(crate) async fn promised(&mut self, expression: &str) -> Result<Value> {
        let ask = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.ask("Runtime.evaluate", ask).await?;
        ensure!(answer["exceptionDetails"].is_null(), "{answer}");
        Ok(answer["result"]["value"].take())
    }

    /// Waits until an expression is true. Between pages there is nothing to ask.
    pub(crate) async fn until(&mut self, expression: &str) -> Result<()> {
        let browser = tokio::sync::Mutex::new(self);
        let waited = eventually(expression, || async {
            let is_true = browser.lock().await.value(expression).await? == json!(true);
            Ok(is_true.then_some(()))
        })
        .await;
        if waited.is_err() {
            let text = browser.lock().await.value("document.body.innerText").await;
            return waited.with_context(|| format!("the page says: {text:?}"));
        }
        waited
    }

    /// Waits until the page says something.
    pub(crate) async fn says(&mut self, text: &str) -> Result<()> {
        self.until(&format!("document.body?.innerText.includes({})", json!(text)))
            .await
    }

    /// Clicks on the first element of a selector that has this text.
    pub(crate) async fn click(&mut self, selector: &str, text: &str) -> Result<()> {
        let find = format!(
            "[...document.querySelectorAll({})].find((one) => one.innerText.trim() === {})",
            json!(selector),
            json!(text)
        );
        self.until(&format!("document.readyState === 'complete' && !!{find}"))
            .await?;
        self.value(&format!("{find}.click()")).await.map(drop)
    }

    pub(crate) async fn fill_in(&mut self, selector: &str, text: &str) -> Result<()> {
        let at = format!("document.querySelector({})", json!(selector));
        self.until(&format!("!!{at}")).await?;
        self.value(&format!("{at}.value = {}", json!(text)))
            .await
            .map(drop)
    }

    /// Chooses a file, as a person would.
    pub(crate) async fn choose_file(&mut self, selector: &str, file: &Path) -> Result<()> {
        self.until(&format!("!!document.querySelector({})", json!(selector)))
            .await?;
        let document = self.ask("DOM.getDocument", json!({})).await?;
        let find = json!({"nodeId": document["root"]["nodeId"], "selector": selector});
        let field = self.ask("DOM.querySelector", find).await?;
        let files = json!({"files": [file], "nodeId": field["nodeId"]});
        self.ask("DOM.setFileInputFiles", files).await.map(drop)
    }

    pub(crate) async fn sign_in(&mut self, hub: &Hub) -> Result<()> {
        let link = hub.cli_json(&["sign-in-link"]).await?;
        self.open(link["url"].as_str().context("a link")?).await?;
        self.click("button", "Sign in").await?;
        self.until("!location.pathname.startsWith('/sign-in')").await
    }
}

#[tokio::test]
async fn a_component_is_uploaded_and_the_page_tells_how_that_goes() -> Result<()> {
    if !is_there() {
        return Ok(());
    }
    let hub = Hub::start().await?;
    let mut browser = Browser::start().await?;
    browser.sign_in(&hub).await?;
    let files = tempfile::tempdir()?;
    let (good, bad) = (files.path().join("good.wasm"), files.path().join("bad.wasm"));
    std::fs::write(&good, versions::component("0.1.0", &[])?)?;
    std::fs::write(&bad, b"\0asm and then nonsense")?;

    let plugins = format!("{}/plugins", hub.url);
    browser.open(&plugins).await?;
    browser.choose_file("#component", &bad).await?;
    browser.click("button", "Upload").await?;
    // The page looks again by itself.
    browser.says("bad.wasm was refused:").await?;

    browser.choose_file("#component", &good).await?;
    browser.click("button", "Upload").await?;
    browser.says("good.wasm is compiled and started on trial").await?;
    browser.says("and nobody has agreed").await?;
    browser.click("button", "Agree").await?;
    browser.says("hookweb 0.1.0 may run.").await
}

#[tokio::test]
async fn a_plugin_is_added_by_its_form_and_tried_before_it_is_needed() -> Result<()> {
    if !is_there() {
        return Ok(());
    }
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let receiver = Receiver::start(&[]).await?;
    ensure!(
        hub.sdk(&project)?.send(&event("first", "ada")).await?.status == 200,
        "refused"
    );
    hub.drained().await?;
    let mut browser = Browser::start().await?;
    browser.sign_in(&hub).await?;
    browser.open(&format!("{}/plugins/new/webhook", hub.url)).await?;
    browser.fill_in("#field-url", &receiver.url).await?;
    browser
        .fill_in("#field-body", "{\"text\": \"{{ issue.title }}\"}")
        .await?;
    browser.click("button.primary", "Add").await?;
    browser.says("makes no JSON").await?;
    browser
        .fill_in("#field-body", "{\"text\": {{ issue.title }}}")
        .await?;
    browser.click("button.primary", "Add").await?;
    browser.says("Webhook is added").await?;
    browser.click("button", "Dry run").await?;
    browser.says("What it would do").await?;
    let shown = browser
        .value("document.querySelector('#trial').innerText")
        .await?;
    let shown = shown.as_str().context("a text")?;
    ensure!(
        shown.contains("dry run: not sent") && shown.contains("\"text\":"),
        "{shown}"
    );
    assert_eq!(receiver.received().len(), 0, "nothing was sent");
    // It asks whether it is meant.
    browser.value("window.confirm = () => true").await?;
    browser.click("button", "Send a test").await?;
    browser.says("What it did").await?;
    let told = receiver.wait_for(1).await?;
    assert_eq!(told[0].headers["errand-event"], "issue.created");
    ensure!(told[0].body["text"].is_string(), "{}", told[0].body);
    Ok(())
}
