//! The mail about one change, as text and as HTML.

use errand_plugin_sdk::Event;
use errand_plugin_sdk::latest::Latest;
use errand_plugin_sdk::mail::Image;

use crate::look::Tone;
use crate::trend::Trend;
use crate::{alert, look};

/// What somebody is sent.
#[derive(Clone)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// What it stands together with in a mailbox.
    pub(crate) thread: Option<String>,
    pub(crate) trend: Option<Image>,
}

impl Letter {
    pub(crate) fn of(event: &Event, latest: &Latest) -> Self {
        let (issue, headline) = (&event.issue, headline(event));
        let facts = facts(event, latest);
        let trend = Trend::of(issue);
        Letter {
            // The same words for all of an issue: some mailboxes thread by them.
            subject: format!("[{}] {}", issue.short_id, issue.title),
            text: text(event, latest, &headline, &facts),
            html: html(event, latest, &headline, &facts, trend.as_ref()),
            thread: Some(issue.id.clone()),
            trend: trend.map(|trend| trend.image),
        }
    }
}

pub(crate) fn headline(event: &Event) -> String {
    let project = &event.issue.project.name;
    let by = &event.actor.name;
    match event.change.as_str() {
        "issue.created" => format!("New in {project}"),
        "issue.regressed" => format!("Back in {project}, after it was resolved"),
        "issue.escalating" => format!("Growing in {project}, after it was archived"),
        "issue.resolved" => format!("Resolved by {by}"),
        "issue.unresolved" => format!("Taken up again by {by}"),
        "issue.archived" => format!("Archived by {by}"),
        "issue.assigned" => format!("Assigned by {by}"),
        "fix.deployed" => deployed(event),
        "alert.raised" => alert::headline(event),
        "issue.commented" => format!("{by} commented"),
        other => format!("{} in {project}", other.trim_start_matches("issue.")),
    }
}

/// `Fixed in production, with shop@1.3.0`.
fn deployed(event: &Event) -> String {
    let text = |key| {
        event
            .details
            .get(key)
            .and_then(|text| text.as_str())
            .unwrap_or_default()
    };
    format!("Fixed in {}, with {}", text("environment"), text("release"))
}

fn facts(event: &Event, latest: &Latest) -> Vec<(&'static str, String)> {
    let issue = &event.issue;
    let mut facts = vec![
        ("Where", issue.culprit.clone()),
        ("Level", issue.level.as_str().to_owned()),
        ("Environment", latest.environment.clone()),
        ("Release", latest.release.clone()),
        ("Events", issue.times_seen.to_string()),
        ("Users", issue.users_seen.to_string()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// What was said, for a comment.
fn comment(event: &Event) -> Option<&str> {
    event.details.get("text").and_then(|text| text.as_str())
}

fn text(event: &Event, latest: &Latest, headline: &str, facts: &[(&str, String)]) -> String {
    let mut text = format!("{headline}\n\n{}\n", event.issue.title);
    if let Some(comment) = comment(event) {
        text.push_str(&format!("\n{comment}\n"));
    }
    text.push('\n');
    for (name, value) in facts {
        text.push_str(&format!("{:<13}{value}\n", format!("{name}:")));
    }
    let frames = latest.frames(look::FRAMES);
    if !frames.is_empty() {
        text.push('\n');
    }
    for frame in frames {
        text.push_str(&format!("  {}\n", frame.in_line()));
    }
    text.push_str(&format!("\n{}\n", event.issue.url));
    text
}

fn html(
    event: &Event,
    latest: &Latest,
    headline: &str,
    facts: &[(&str, String)],
    trend: Option<&Trend>,
) -> String {
    let issue = &event.issue;
    let mut inner = look::headline(headline, Tone::of(&event.change));
    inner.push_str(&look::title(&issue.title, 19));
    inner.push_str(&comment(event).map_or_else(String::new, look::quote));
    inner.push_str(&look::facts(facts));
    inner.push_str(&trend.map_or_else(String::new, Trend::html));
    inner.push_str(&look::frames(latest.frames(look::FRAMES)));
    inner.push_str(&look::button(&issue.url, &format!("Open {}", issue.short_id)));
    look::page(&format!("{headline}: {}", issue.short_id), &issue.culprit, &inner)
}
