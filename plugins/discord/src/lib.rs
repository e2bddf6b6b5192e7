//! Tells Discord what happens to issues: one message for each, by a webhook, kept up to date.

mod embed;

use errand_plugin_sdk::chat::{self, Board, Card, Edited, HookSettings, Markdown, Note, Posted, Template};
use errand_plugin_sdk::{
    Call, Event, Events, Failure, Outcome, Plugin, Problem, Schedule, export, http, manifest,
};
use serde_json::{Value, json};

manifest!("../plugin.json");

/// Characters of a message's text.
const CONTENT: usize = 2_000;

struct Discord;

/// The channel behind a webhook.
struct Channel<'a> {
    settings: &'a HookSettings,
    template: Option<Template>,
}

impl<'a> Channel<'a> {
    fn of(settings: &'a HookSettings) -> Result<Self, Failure> {
        let template = settings.template()?;
        Ok(Channel { settings, template })
    }

    /// Whatever a message holds, it calls nobody.
    fn body(&self, card: &Card) -> Value {
        let mut body = json!({"allowed_mentions": {"parse": []}, "embeds": []});
        match &self.template {
            Some(template) => {
                let said = template.of(card, &Markdown);
                body["content"] = json!(chat::fit(&said, CONTENT, str::to_owned));
            }
            None => body["embeds"] = json!([embed::of(card)]),
        }
        body
    }

    fn post(&self, body: &Value) -> Result<Option<Posted>, Failure> {
        let answer = self.settings.request("POST", "?wait=true").json(body).send()?;
        let answer = self.settings.answered(answer)?;
        // A dry run has no answer.
        let said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        Ok(Some(Posted {
            room: "webhook".to_owned(),
            id: said["id"].as_str().unwrap_or_default().to_owned(),
        }))
    }
}

impl Board for Channel<'_> {
    fn rooms(&self, card: &Card, _: &Event) -> Result<Vec<String>, Failure> {
        self.settings.room(card)
    }

    fn opens(&self, event: &Event) -> bool {
        self.settings.tells(event)
    }

    fn post(&self, _: &str, card: &Card, _: Option<&Note>, _: &str) -> Result<Option<Posted>, Failure> {
        Channel::post(self, &self.body(card))
    }

    fn edit(&self, posted: &Posted, card: &Card) -> Result<Edited, Failure> {
        // An answer that was not understood named no message.
        if posted.id.is_empty() {
            return Ok(Edited::Gone);
        }
        let behind = format!("/messages/{}", posted.id);
        let answer = self
            .settings
            .request("PATCH", &behind)
            .json(&self.body(card))
            .send()?;
        match is_unknown_message(&answer) {
            true => Ok(Edited::Gone),
            false => self.settings.answered(answer).map(|_| Edited::Done),
        }
    }

    /// A webhook cannot answer a message: what everybody should see is a message of its own.
    fn reply(&self, _: &Posted, note: &Note, is_aloud: bool, _: &str) -> Result<(), Failure> {
        if !is_aloud {
            return Ok(());
        }
        let content = note.fit(&Markdown, CONTENT);
        let body = json!({"allowed_mentions": {"parse": []}, "content": content});
        Channel::post(self, &body).map(|_| ())
    }
}

/// The message, and not the webhook, is not there any more.
fn is_unknown_message(answer: &http::Response) -> bool {
    const UNKNOWN_MESSAGE: u64 = 10_008;
    let said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    answer.status() == 404 && said["code"] == UNKNOWN_MESSAGE
}

impl Events for Discord {
    fn on_event(_: &Call, event: &Event, settings: &HookSettings) -> Result<Outcome, Failure> {
        chat::tell(&Channel::of(settings)?, event)
    }
}

impl Schedule for Discord {
    fn on_schedule(_: &Call, _: &str, _: u64, settings: &HookSettings) -> Result<Outcome, Failure> {
        chat::refresh(&Channel::of(settings)?)
    }
}

impl Plugin for Discord {
    type Settings = HookSettings;

    fn check(settings: &HookSettings) -> Result<Vec<Problem>, Failure> {
        Ok(settings.check())
    }
}

export!(Discord: Events + Schedule);
