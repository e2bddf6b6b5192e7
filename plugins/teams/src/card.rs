//! How a card looks in Teams: an Adaptive Card 1.5. Foreign text stands in `TextRun`s, which know no markup.

use errand_plugin_sdk::chat::{Card, Markdown, Note, Template, Tone, count, fit, plain};
use serde_json::{Value, json};

/// Characters of a text: a message has at most 28 KB in all.
const TEXT: usize = 3_000;

/// The message that the workflow posts.
pub(crate) fn message(card: &Card, note: Option<&Note>, template: Option<&Template>) -> Value {
    let body = match template {
        Some(template) => {
            let text = fit(&template.of(card, &Markdown), TEXT, str::to_owned);
            vec![json!({"type": "TextBlock", "text": text, "wrap": true})]
        }
        None => told(card, note),
    };
    let mut actions = vec![open("Open", &card.issue.url)];
    let tickets = card
        .tickets
        .iter()
        .take(3)
        .filter(|ticket| ticket.url.starts_with("http"));
    actions.extend(tickets.map(|ticket| open(&plain(&ticket.name, 60), &ticket.url)));
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.5",
                "fallbackText": plain(&card.title(), 300),
                "body": body,
                "actions": actions,
            },
        }],
    })
}

fn told(card: &Card, note: Option<&Note>) -> Vec<Value> {
    let mut line = vec![card.issue.short_id.clone()];
    line.extend(card.whereabouts());
    let state = match note {
        Some(note) => plain(&note.in_words(), 300),
        None => card.state(),
    };
    let color = match card.tone() {
        Tone::Alarm => "Attention",
        Tone::Calm => "Warning",
        Tone::Done => "Good",
        Tone::Quiet => "Default",
    };
    let mut body = vec![
        rich(vec![run(&state, json!({"weight": "Bolder", "color": color}))]),
        rich(vec![run(
            &card.title(),
            json!({"weight": "Bolder", "size": "Medium"}),
        )]),
        rich(vec![run(&line.join(" · "), json!({"isSubtle": true}))]),
    ];
    if let Some(quote) = note.and_then(|note| note.quote.as_deref()) {
        body.push(rich(vec![run(
            &fit(quote, TEXT, str::to_owned),
            json!({"italic": true}),
        )]));
    }
    let frames = card.frames(TEXT);
    for frame in frames.lines() {
        body.push(rich(vec![run(
            frame,
            json!({"fontType": "Monospace", "size": "Small"}),
        )]));
    }
    if card.gone.is_none() {
        body.push(facts(card));
    }
    if let Some(alert) = &card.alert {
        body.push(rich(vec![run(&plain(alert, 400), json!({"isSubtle": true}))]));
    }
    body
}

fn facts(card: &Card) -> Value {
    let issue = &card.issue;
    let assignee = card
        .assignee
        .as_ref()
        .map_or("nobody", |party| party.name.as_str());
    let mut facts = vec![
        ("Events", count(issue.times_seen)),
        ("Users", count(issue.users_seen)),
        ("Assignee", plain(assignee, 100)),
        ("Priority", issue.priority.as_str().to_owned()),
    ];
    if !card.hours.is_empty() {
        facts.push(("Last 24 hours", card.trend()));
    }
    let mut runs = Vec::new();
    for (name, value) in facts {
        runs.push(run(&format!("{name} "), json!({"isSubtle": true})));
        runs.push(run(&format!("{value}   "), json!({"weight": "Bolder"})));
    }
    rich(runs)
}

fn rich(inlines: Vec<Value>) -> Value {
    json!({"type": "RichTextBlock", "inlines": inlines})
}

/// Foreign text as it is.
fn run(text: &str, style: Value) -> Value {
    let mut run = style;
    run["type"] = json!("TextRun");
    run["text"] = json!(text);
    run
}

fn open(title: &str, url: &str) -> Value {
    json!({"type": "Action.OpenUrl", "title": title, "url": url})
}
