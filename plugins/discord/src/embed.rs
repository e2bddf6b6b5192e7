//! How a card looks in Discord: an embed, within its limits (6,000 characters in all).

use errand_plugin_sdk::chat::{Card, Markdown, Markup as _, fit};
use serde_json::{Value, json};

const TITLE: usize = 256;
const DESCRIPTION: usize = 3_000;
const FIELD: usize = 500;

/// A card.
pub(crate) fn of(card: &Card) -> Value {
    let mut embed = json!({
        "title": fit(&card.title(), TITLE, |title| Markdown.text(title)),
        "url": card.issue.url,
        "color": card.tone().color(),
        "description": description(card),
    });
    if card.gone.is_none() {
        embed["fields"] = json!(fields(card));
    }
    embed
}

fn description(card: &Card) -> String {
    let mut line = vec![Markdown.bold(&card.state()), Markdown.text(&card.issue.short_id)];
    line.extend(card.whereabouts().iter().map(|place| Markdown.text(place)));
    let mut said = fit(&line.join(" · "), DESCRIPTION / 2, str::to_owned);
    let frames = card.frames(DESCRIPTION / 2);
    if !frames.is_empty() {
        said.push('\n');
        said.push_str(&fit(&frames, DESCRIPTION / 2, |lines| Markdown.block(lines)));
    }
    said
}

fn fields(card: &Card) -> Vec<Value> {
    let mut fields = card.fields(&Markdown);
    let seen = format!("<t:{}:R>", card.issue.last_seen / 1_000);
    fields.insert(2, ("Last seen", seen));
    let field = |(name, value): (&str, String)| json!({"name": name, "value": fit(&value, FIELD, str::to_owned), "inline": name != "Why"});
    fields.into_iter().map(field).collect()
}
