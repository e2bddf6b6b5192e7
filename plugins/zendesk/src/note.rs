//! What is said in tickets.

use errand_plugin_sdk::tickets::describe::time;
use errand_plugin_sdk::tickets::text::{Block, Span, Text, line};
use errand_plugin_sdk::{Failure, Issue, Status, people};

use crate::api::Comment;
use crate::settings::Settings;

/// Before the name that everything said carries, so that it can be found again.
const REFERENCE: &str = "Ref. ";
/// Characters of a title.
const MAX_TITLE: usize = 300;

/// Something to be said, and the name by which it is found again.
pub(crate) struct Said {
    pub(crate) html: String,
    pub(crate) mark: String,
}

/// The name of something said about an issue.
pub(crate) fn mark(issue: &Issue, what: &str) -> String {
    format!("{REFERENCE}{}/{what}", issue.short_id)
}

/// The name of what is said about a link.
pub(crate) fn mark_of_link(issue: &Issue) -> String {
    mark(issue, "link")
}

/// Whether the hub said it.
pub(crate) fn is_ours(comment: &Comment) -> bool {
    !comment.public && comment.text().contains(REFERENCE)
}

fn said(text: Text, mark: String) -> Said {
    let text = text.push(Block::Paragraph(vec![Span::plain(mark.as_str())]));
    Said {
        html: text.html(),
        mark,
    }
}

fn named(issue: &Issue) -> Vec<Span> {
    vec![
        Span::link(&issue.short_id, &issue.url),
        Span::plain(" "),
        Span::strong(line(&issue.title, MAX_TITLE)),
    ]
}

/// For a ticket that was linked: what the customer ran into, how it stands, whose it is.
pub(crate) fn linked(issue: &Issue, by: &str) -> Result<Said, Failure> {
    let owner = match &issue.assignee {
        Some(assignee) => people::find(assignee)?.map_or_else(|| assignee.clone(), |party| party.name),
        None => "nobody's yet".to_owned(),
    };
    let facts = [
        ("Where", line(&issue.culprit, MAX_TITLE)),
        ("Status", state(issue).to_owned()),
        ("Whose", line(&owner, MAX_TITLE)),
        (
            "Seen",
            match issue.times_seen {
                1 => format!("once, on {}", time(issue.last_seen)),
                times => format!("{times} times, last on {}", time(issue.last_seen)),
            },
        ),
        ("Users affected", issue.users_seen.to_string()),
        ("Found by", line(by, MAX_TITLE)),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    let text = Text::default()
        .push(Block::Paragraph(vec![Span::plain(
            "The customer ran into an error that Errand knows:",
        )]))
        .push(Block::Paragraph(named(issue)))
        .push(Block::Facts(
            facts
                .map(|(name, value)| (name.to_owned(), vec![Span::plain(value)]))
                .collect(),
        ));
    Ok(said(text, mark_of_link(issue)))
}

fn state(issue: &Issue) -> &'static str {
    match (issue.status, issue.substatus.as_str()) {
        (Status::Unresolved, "regressed") => "open: it came back after it was fixed",
        (Status::Unresolved, _) => "open",
        (Status::Resolved, _) => "fixed by the developers; customers are told once they have it",
        (Status::Ignored, _) => "put aside by the developers",
    }
}

/// What a reply can say of a fix; empty where nothing is known.
pub(crate) struct Words<'f> {
    pub(crate) release: &'f str,
    pub(crate) environment: &'f str,
}

/// For each linked ticket once the fix is deployed, in the admin's words.
pub(crate) fn fixed(issue: &Issue, event: &str, fix: &Words<'_>, settings: &Settings) -> Said {
    let written = settings.reply_text.replace("\\n", "\n");
    let words = match (written.trim(), fix.release) {
        ("", "") => "The error that you reported is fixed. If it happens to you again, please tell us.",
        ("", _) => {
            "The error that you reported is fixed since {release}. If it happens to you again, please tell us."
        }
        (written, _) => written,
    };
    let words = words
        .replace("{issue}", &issue.short_id)
        .replace("{release}", &line(fix.release, 100))
        .replace("{environment}", &line(fix.environment, 100));
    said(Text::plain_paragraphs(&words), mark(issue, event))
}

/// For a ticket of which one issue is fixed, and another is not.
pub(crate) fn partly_fixed(issue: &Issue, event: &str) -> Said {
    let text = Text::default()
        .push(Block::Paragraph(vec![Span::plain("Fixed and deployed:")]))
        .push(Block::Paragraph(named(issue)))
        .push(Block::Paragraph(vec![Span::plain(
            "Another error that this ticket is linked with is still open, so the customer was told nothing.",
        )]));
    said(text, mark(issue, event))
}

/// For each linked ticket when the error comes back.
pub(crate) fn came_back(issue: &Issue, event: &str, release: Option<&str>) -> Said {
    let again = match release {
        Some(release) => format!("The error came back, in {}:", line(release, 100)),
        None => "The error came back:".to_owned(),
    };
    let text = Text::default()
        .push(Block::Paragraph(vec![Span::plain(again)]))
        .push(Block::Paragraph(named(issue)));
    said(text, mark(issue, event))
}
