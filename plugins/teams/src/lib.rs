//! Tells Microsoft Teams what happens to issues: a card for each change, by a workflow's webhook.

mod card;

use errand_plugin_sdk::chat::{self, Board, Card, Edited, HookSettings, Note, Posted, Template};
use errand_plugin_sdk::{Call, Event, Events, Failure, Outcome, Plugin, Problem, export, manifest};

manifest!("../plugin.json");

struct Teams;

/// What a workflow posts to.
struct Channel<'a> {
    settings: &'a HookSettings,
    template: Option<Template>,
}

impl Board for Channel<'_> {
    fn rooms(&self, card: &Card, _: &Event) -> Result<Vec<String>, Failure> {
        self.settings.room(card)
    }

    fn opens(&self, event: &Event) -> bool {
        self.settings.tells(event)
    }

    fn post(&self, room: &str, card: &Card, note: Option<&Note>, _: &str) -> Result<Option<Posted>, Failure> {
        let body = card::message(card, note, self.template.as_ref());
        let answer = self.settings.request("POST", "").json(&body).send()?;
        self.settings.answered(answer)?;
        Ok(Some(Posted {
            room: room.to_owned(),
            id: String::new(),
        }))
    }

    /// A workflow does not say which message came of it.
    fn edit(&self, _: &Posted, _: &Card) -> Result<Edited, Failure> {
        Ok(Edited::Never)
    }
}

impl Events for Teams {
    fn on_event(_: &Call, event: &Event, settings: &HookSettings) -> Result<Outcome, Failure> {
        if !settings.tells(event) {
            return Ok(Outcome::Ignored);
        }
        let template = settings.template()?;
        chat::tell(&Channel { settings, template }, event)
    }
}

impl Plugin for Teams {
    type Settings = HookSettings;

    fn check(settings: &HookSettings) -> Result<Vec<Problem>, Failure> {
        Ok(settings.check())
    }
}

export!(Teams: Events);
