//! Its JSON.

use serde_json::{Value, json};

use super::{Comment, Ticket};

pub(super) fn ticket(ticket: &Ticket) -> Value {
    let fields: Vec<_> = ticket
        .fields
        .iter()
        .map(|(id, value)| json!({ "id": id, "value": value }))
        .collect();
    json!({
        "id": ticket.id,
        "subject": ticket.subject,
        "description": ticket.comments.first().map_or("", |comment| comment.text.as_str()),
        "status": ticket.status,
        "tags": ticket.tags,
        "requester_id": ticket.requester,
        "custom_fields": fields,
        "external_id": ticket.external_id,
        "created_at": time(ticket.created),
        "updated_at": time(ticket.updated),
    })
}

pub(super) fn comment((index, comment): (usize, &Comment)) -> Value {
    json!({
        "id": index + 1,
        "type": "Comment",
        "body": comment.text,
        "plain_body": comment.text,
        "html_body": comment.html,
        "public": comment.public,
        "via": { "channel": if comment.by_api { "api" } else { "web" } },
    })
}

/// Text without its markup.
pub(super) fn strip(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' => {
                is_tag = false;
                text.push(' ');
            }
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#123;", "{"),
        ("&#125;", "}"),
        ("&amp;", "&"),
    ];
    named
        .into_iter()
        .fold(text, |text, (name, c)| text.replace(name, c))
}

/// Seconds since 1970 as Zendesk writes them: `2026-09-21T14:13:20Z`.
pub fn time(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    let mut left = days;
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < days {
            break;
        }
        left -= days;
        month += 1;
    }
    let (hours, minutes, seconds) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!(
        "{year:04}-{month:02}-{:02}T{hours:02}:{minutes:02}:{seconds:02}Z",
        left + 1
    )
}
