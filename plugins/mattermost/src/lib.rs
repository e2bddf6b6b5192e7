//! Tells Mattermost what happens to issues: a message for each change, by an incoming webhook.

use std::collections::BTreeMap;

use errand_plugin_sdk::chat::{
    self, Board, Card, Edited, HookSettings, Markdown, Markup as _, Note, Posted, Rooms, Template, fit, plain,
};
use errand_plugin_sdk::{Call, Event, Events, Failure, Outcome, Plugin, Problem, export, manifest};
use serde::Deserialize;
use serde_json::{Value, json};

manifest!("../plugin.json");

/// Characters of a text, of 16,383 in all.
const TEXT: usize = 4_000;
/// The webhook's own channel.
const ITS_OWN: &str = "-";

#[derive(Deserialize)]
struct Settings {
    #[serde(flatten)]
    hook: HookSettings,
    channel: Option<String>,
    #[serde(default)]
    rooms: BTreeMap<String, String>,
}

impl Settings {
    fn rooms(&self) -> Result<Rooms, Vec<Problem>> {
        // Without lines everything goes somewhere.
        let default = self
            .channel
            .as_deref()
            .or(self.rooms.is_empty().then_some(ITS_OWN));
        Rooms::parse("rooms", &self.rooms, default)
    }
}

struct Mattermost;

/// The channels that a webhook reaches.
struct Channels<'a> {
    settings: &'a Settings,
    template: Option<Template>,
}

impl Board for Channels<'_> {
    fn rooms(&self, card: &Card, _: &Event) -> Result<Vec<String>, Failure> {
        let rooms = self
            .settings
            .rooms()
            .map_err(|mut problems| match problems.pop() {
                Some(problem) => Failure::Config(problem),
                None => Failure::config("rooms", "cannot be read"),
            })?;
        rooms.of(&card.facts())
    }

    fn opens(&self, event: &Event) -> bool {
        self.settings.hook.tells(event)
    }

    fn post(&self, room: &str, card: &Card, note: Option<&Note>, _: &str) -> Result<Option<Posted>, Failure> {
        let mut body = message(card, note, self.template.as_ref());
        if room != ITS_OWN {
            body["channel"] = json!(room.trim_start_matches(['#', '~']));
        }
        let answer = self.settings.hook.request("POST", "").json(&body).send()?;
        self.settings.hook.answered(answer)?;
        Ok(Some(Posted {
            room: room.to_owned(),
            id: String::new(),
        }))
    }

    /// A webhook does not say which message came of it.
    fn edit(&self, _: &Posted, _: &Card) -> Result<Edited, Failure> {
        Ok(Edited::Never)
    }
}

fn message(card: &Card, note: Option<&Note>, template: Option<&Template>) -> Value {
    if let Some(template) = template {
        return json!({"text": fit(&template.of(card, &Markdown), TEXT, str::to_owned)});
    }
    let state = match note {
        Some(note) => note.in_markup(&Markdown),
        None => Markdown.bold(&card.state()),
    };
    let mut line = vec![state, Markdown.text(&card.issue.short_id)];
    line.extend(card.whereabouts().iter().map(|place| Markdown.text(place)));
    let mut text = format!(
        "**{}**\n{}",
        Markdown.link(&card.issue.url, &card.title()),
        line.join(" · ")
    );
    let frames = card.frames(TEXT / 2);
    if !frames.is_empty() {
        text.push('\n');
        text.push_str(&fit(&frames, TEXT, |lines| Markdown.block(lines)));
    }
    let field = |(title, value): (&str, String)| json!({"title": title, "value": value, "short": true});
    json!({"attachments": [{
        // Shown in notifications, without markup; nobody is called by it.
        "fallback": plain(&format!("{}: {}", card.state(), card.title()), 300).replace('@', "@\u{2060}"),
        "color": format!("#{:06x}", card.tone().color()),
        "text": text,
        "fields": card.fields(&Markdown).into_iter().map(field).collect::<Vec<_>>(),
    }]})
}

impl Events for Mattermost {
    fn on_event(_: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        if !settings.hook.tells(event) {
            return Ok(Outcome::Ignored);
        }
        let template = settings.hook.template()?;
        chat::tell(&Channels { settings, template }, event)
    }
}

impl Plugin for Mattermost {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        let mut problems = settings.hook.check();
        problems.extend(settings.rooms().err().unwrap_or_default());
        Ok(problems)
    }
}

export!(Mattermost: Events);
