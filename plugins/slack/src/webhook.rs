//! Cards by an incoming webhook: each stays as it was posted.

use errand_plugin_sdk::chat::{Board, Card, Edited, Markup as _, Mrkdwn, Note, Posted, Template};
use errand_plugin_sdk::{Event, Failure, Secret, http};
use serde_json::json;

use crate::Settings;
use crate::blocks::{self, Buttons};

/// Where the only room leads is the webhook's business.
const ROOM: &str = "webhook";

/// An incoming webhook.
pub(crate) struct Webhook<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) url: &'a Secret,
    pub(crate) template: Option<Template>,
}

impl Board for Webhook<'_> {
    fn rooms(&self, card: &Card, _: &Event) -> Result<Vec<String>, Failure> {
        // Its rooms are one: what any of them wants goes there.
        let rooms = self.settings.rooms_or_default(ROOM)?;
        let wanted = rooms.of(&card.facts())?;
        Ok(wanted.first().map(|_| ROOM.to_owned()).into_iter().collect())
    }

    fn opens(&self, event: &Event) -> bool {
        self.settings.opens(event)
    }

    fn post(&self, _: &str, card: &Card, note: Option<&Note>, _: &str) -> Result<Option<Posted>, Failure> {
        let mut blocks = blocks::of(card, self.template.as_ref(), &Buttons::default());
        let mut text = blocks::summary(card);
        if let Some(note) = note {
            let note = note.in_markup(&Mrkdwn);
            text = format!("{note}: {}", Mrkdwn.link(&card.issue.url, &card.title()));
            blocks = vec![blocks::section(text.clone())];
        }
        let body = json!({"text": text, "blocks": blocks, "unfurl_links": false, "unfurl_media": false});
        let answer = http::request_to("POST", self.url, "")
            .json(&body)
            .timeout_ms(10_000)
            .send()?;
        let said = String::from_utf8_lossy(answer.body()).trim().to_owned();
        match answer.status() {
            403 | 404 | 410 => Err(Failure::config("webhook_url", format!("Slack says {said}"))),
            _ => {
                answer.ok()?;
                Ok(Some(Posted {
                    room: ROOM.to_owned(),
                    id: String::new(),
                }))
            }
        }
    }

    fn edit(&self, _: &Posted, _: &Card) -> Result<Edited, Failure> {
        Ok(Edited::Never)
    }
}
