//! How a card looks in Slack: Block Kit, within its limits.

use errand_plugin_sdk::chat::{Card, Markup as _, Mrkdwn, Template, count, fit, plain};
use errand_plugin_sdk::{Failure, Status, Ticket, alerts};
use serde_json::{Value, json};

use crate::Settings;

/// Characters of a header, and of a section's text and fields.
const HEADER: usize = 150;
pub(crate) const SECTION: usize = 3_000;
const FIELD: usize = 2_000;
/// Tickets that a card names.
const TICKETS: usize = 5;
/// Plugins that make tickets when an alert asks for one.
const MAKE_TICKETS: [&str; 5] = ["jira", "github", "gitlab", "linear", "azure-devops"];

/// What a card can do besides say something.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buttons {
    are_there: bool,
    /// Who makes tickets.
    ticket_with: Option<String>,
}

impl Buttons {
    /// All of them, as they are tested.
    #[cfg(test)]
    pub(crate) fn all(ticket_with: &str) -> Self {
        Buttons {
            are_there: true,
            ticket_with: Some(ticket_with.to_owned()),
        }
    }

    /// None for an installation that nobody can answer.
    pub(crate) fn of(settings: &Settings) -> Result<Self, Failure> {
        if settings.signing_secret.is_none() || settings.bot_token.is_none() {
            return Ok(Buttons::default());
        }
        Ok(Buttons {
            are_there: true,
            ticket_with: ticket_with(settings)?,
        })
    }
}

/// The installation that makes tickets: the one that is named, or the first that can.
pub(crate) fn ticket_with(settings: &Settings) -> Result<Option<String>, Failure> {
    if let Some(name) = settings
        .ticket_with
        .as_deref()
        .filter(|name| !name.trim().is_empty())
    {
        return Ok(Some(name.trim().to_owned()));
    }
    let targets = alerts::targets()?;
    let able = targets
        .into_iter()
        .find(|target| MAKE_TICKETS.contains(&target.plugin.as_str()));
    Ok(able.map(|target| target.name))
}

/// What shows in notifications, and where blocks do not.
pub(crate) fn summary(card: &Card) -> String {
    let said = format!("{}: {}", card.state(), card.title());
    fit(&said, SECTION, |text| Mrkdwn.text(text))
}

/// A card as blocks.
pub(crate) fn of(card: &Card, template: Option<&Template>, buttons: &Buttons) -> Vec<Value> {
    let mut blocks = match template {
        Some(template) => vec![section(fit(&template.of(card, &Mrkdwn), SECTION, str::to_owned))],
        None => told(card),
    };
    if let Some(alert) = &card.alert {
        blocks.push(context(format!("🔔 {}", Mrkdwn.text(&plain(alert, 400)))));
    }
    if !card.tickets.is_empty() {
        let tickets = card.tickets.iter().take(TICKETS).map(ticket);
        blocks.push(context(format!("🎫 {}", tickets.collect::<Vec<_>>().join(" · "))));
    }
    if buttons.are_there && card.gone.is_none() {
        blocks.push(actions(card, buttons));
    }
    blocks
}

fn told(card: &Card) -> Vec<Value> {
    let title = plain(&format!("{} {}", card.tone().mark(), card.title()), HEADER);
    let mut line = vec![
        Mrkdwn.bold(&card.state()),
        Mrkdwn.link(&card.issue.url, &card.issue.short_id),
    ];
    line.extend(card.whereabouts().iter().map(|place| Mrkdwn.text(place)));
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": title, "emoji": false}}),
        context(line.join(" · ")),
    ];
    let frames = card.frames(SECTION);
    if !frames.is_empty() {
        blocks.push(section(fit(&frames, SECTION, |lines| Mrkdwn.block(lines))));
    }
    if card.gone.is_none() {
        blocks.push(facts(card));
    }
    blocks
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
        ("First seen", date(issue.first_seen)),
        ("Last seen", date(issue.last_seen)),
        ("Assignee", Mrkdwn.text(&plain(assignee, 100))),
        ("Priority", issue.priority.as_str().to_owned()),
    ];
    if !card.hours.is_empty() {
        facts.push(("Last 24 hours", card.trend()));
    }
    let field = |(name, value): (&str, String)| {
        let text = fit(&value, FIELD - 50, str::to_owned);
        json!({"type": "mrkdwn", "text": format!("*{name}*\n{text}"), "verbatim": true})
    };
    json!({"type": "section", "fields": facts.into_iter().map(field).collect::<Vec<_>>()})
}

/// In the reader's own time zone.
fn date(millis: u64) -> String {
    let seconds = millis / 1_000;
    format!("<!date^{seconds}^{{date_short_pretty}} {{time}}|{seconds} s since 1970>")
}

fn ticket(ticket: &Ticket) -> String {
    let name = Mrkdwn.link(&ticket.url, &plain(&ticket.name, 60));
    match ticket.state.as_str() {
        "" => name,
        state => format!("{name} {}", Mrkdwn.text(&plain(state, 60))),
    }
}

pub(crate) fn section(text: String) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": true}})
}

pub(crate) fn context(text: String) -> Value {
    json!({"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": true}]})
}

fn label(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": false})
}

fn button(id: &str, text: &str) -> Value {
    json!({"type": "button", "action_id": id, "text": label(text), "value": id})
}

fn option((value, text): (&str, &str)) -> Value {
    json!({"text": label(text), "value": value})
}

/// Whether somebody works on it: a customer who waits is no reason against a ticket for developers.
fn is_ours_and_open(ticket: &Ticket) -> bool {
    let extra: Value = serde_json::from_str(&ticket.extra).unwrap_or_default();
    ticket.is_open && extra["customer"].is_null()
}

fn actions(card: &Card, buttons: &Buttons) -> Value {
    let mut elements = Vec::new();
    if card.issue.status == Status::Unresolved {
        let mut resolve = button("resolve", "Resolve");
        resolve["style"] = json!("primary");
        elements.push(resolve);
        let archive = [
            ("archive-escalating", "Until it grows"),
            ("archive-week", "For a week"),
            ("archive-forever", "For good"),
        ];
        elements.push(json!({
            "type": "static_select",
            "action_id": "archive",
            "placeholder": label("Archive…"),
            "options": archive.map(option),
        }));
        elements.push(json!({
            "type": "users_select",
            "action_id": "assign",
            "placeholder": label("Assign…"),
        }));
    } else {
        elements.push(button("reopen", "Take up again"));
    }
    let is_open = card.issue.status == Status::Unresolved;
    if buttons.ticket_with.is_some() && is_open && !card.tickets.iter().any(is_ours_and_open) {
        elements.push(button("ticket", "Create ticket"));
    }
    let mut open = button("open", "Open");
    open["url"] = json!(card.issue.url);
    elements.push(open);
    if card.issue.status == Status::Unresolved {
        let more = [
            ("resolve-next", "Resolve in the next release"),
            ("assign-me", "Assign to me"),
            ("assign-nobody", "Assign to nobody"),
        ];
        elements.push(json!({"type": "overflow", "action_id": "more", "options": more.map(option)}));
    }
    json!({"type": "actions", "block_id": format!("issue/{}", card.issue.id), "elements": elements})
}
