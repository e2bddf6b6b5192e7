//! The mail itself, as text and as HTML that every reader shows: tables, styles on the elements, nothing from elsewhere.

use errand_plugin_sdk::Event;
use errand_plugin_sdk::mail::escape;

use crate::alert;
use crate::latest::Latest;

/// What everybody is sent.
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Letter {
    pub(crate) fn of(event: &Event, latest: &Latest) -> Self {
        let (issue, headline) = (&event.issue, headline(event));
        let facts = facts(event, latest);
        Letter {
            // The same words for all of an issue: some mailboxes thread by them.
            subject: format!("[{}] {}", issue.short_id, issue.title),
            text: text(event, latest, &headline, &facts),
            html: html(event, latest, &headline, &facts),
        }
    }
}

fn headline(event: &Event) -> String {
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
    if !latest.frames.is_empty() {
        text.push('\n');
        for frame in &latest.frames {
            text.push_str(&format!("  {frame}\n"));
        }
    }
    text.push_str(&format!("\n{}\n", event.issue.url));
    text
}

fn html(event: &Event, latest: &Latest, headline: &str, facts: &[(&str, String)]) -> String {
    const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
    const MONO: &str = "font-family:Menlo,Consolas,monospace";
    let issue = &event.issue;
    let rows: String = facts
        .iter()
        .map(|(name, value)| {
            format!(
                "<tr><td style=\"padding:3px 16px 3px 0;color:#667085\">{name}</td><td style=\"padding:3px 0\">{}</td></tr>",
                escape(value)
            )
        })
        .collect();
    let frames: String = latest
        .frames
        .iter()
        .map(|frame| format!("{}<br>", escape(frame)))
        .collect();
    let frames = match frames.is_empty() {
        true => String::new(),
        false => format!(
            "<p style=\"{MONO};font-size:13px;line-height:1.6;background:#f4f5f7;border-radius:6px;padding:12px 14px;\
             margin:16px 0 0;word-break:break-word\">{frames}</p>"
        ),
    };
    let comment = comment(event).map_or_else(String::new, |comment| {
        format!(
            "<p style=\"margin:0 0 12px;white-space:pre-wrap;border-left:3px solid #d0d5dd;padding-left:12px\">{}</p>",
            escape(comment)
        )
    });
    let color = match event.change.as_str() {
        "issue.created" | "issue.regressed" | "issue.escalating" | "alert.raised" => "#b42318",
        "issue.resolved" | "fix.deployed" => "#067647",
        _ => "#475467",
    };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         </head><body style=\"margin:0;padding:24px;{FONT};font-size:15px;line-height:1.5\">\
         <table role=\"presentation\" width=\"100%\" style=\"max-width:640px;margin:0 auto\"><tr><td>\
         <p style=\"margin:0 0 4px;color:{color};font-weight:600\">{headline}</p>\
         <h1 style=\"margin:0 0 12px;font-size:19px;line-height:1.35;word-break:break-word\">{title}</h1>{comment}\
         <table role=\"presentation\" style=\"font-size:14px\">{rows}</table>{frames}\
         <p style=\"margin:20px 0 0\"><a href=\"{url}\" style=\"background:#3538cd;color:#ffffff;text-decoration:none;\
         border-radius:6px;padding:9px 16px;display:inline-block\">Open {short_id}</a></p>\
         </td></tr></table></body></html>",
        headline = escape(headline),
        title = escape(&issue.title),
        url = escape(&issue.url),
        short_id = escape(&issue.short_id),
    )
}
