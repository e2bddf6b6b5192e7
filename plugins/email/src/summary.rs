//! A digest: what happened, issue by issue, what is worst first.

use std::collections::BTreeMap;

use errand_plugin_sdk::latest::Latest;
use errand_plugin_sdk::mail::escape;
use errand_plugin_sdk::{Event, issues as hub};

use crate::letter::{Letter, headline};
use crate::look::{self, Tone};

/// Issues that a mail shows.
const SHOWN: usize = 40;
const MILLIS_A_DAY: u64 = 86_400_000;

/// What happened to an issue, and how it stands as of the last of it.
struct Told<'a> {
    last: &'a Event,
    environment: &'a str,
    /// In order, each once.
    headlines: Vec<String>,
    is_bad: bool,
}

/// The mail about several changes.
pub(crate) fn letter(events: &[(&Event, Latest)]) -> Letter {
    let issues = by_issue(events);
    let subject = subject(events, issues.len());
    let mut text = format!("{subject}\n");
    let mut inner = look::title(&subject, 19);
    for told in issues.iter().take(SHOWN) {
        text.push_str(&as_text(told));
        inner.push_str(&as_html(told));
    }
    if let Some((left_out, url)) = issues
        .len()
        .checked_sub(SHOWN)
        .filter(|left_out| *left_out > 0)
        .zip(issues.first().and_then(|told| hub::page_of_all(&told.last.issue)))
    {
        text.push_str(&format!("\n… and {left_out} more issues: {url}\n"));
        inner.push_str(&look::button(&url, &format!("And {left_out} more issues")));
    }
    let thread = thread(events, &issues);
    Letter {
        html: look::page(&subject, &preview(&issues), &inner),
        subject,
        text,
        thread,
        trend: None,
    }
}

/// What happened to one issue stands with its other mails; digests of a day stand together.
fn thread(events: &[(&Event, Latest)], issues: &[Told<'_>]) -> Option<String> {
    if let [only] = issues {
        return Some(only.last.issue.id.clone());
    }
    let last = events.iter().map(|(event, _)| event.at).max()?;
    Some(format!("digests of day {}", last / MILLIS_A_DAY))
}

fn by_issue<'a>(events: &'a [(&'a Event, Latest)]) -> Vec<Told<'a>> {
    let mut issues: BTreeMap<&str, (usize, Told<'a>)> = BTreeMap::new();
    for (at, (event, latest)) in events.iter().enumerate() {
        let (_, told) = issues.entry(&event.issue.id).or_insert_with(|| {
            let told = Told {
                last: event,
                environment: &latest.environment,
                headlines: Vec::new(),
                is_bad: false,
            };
            (at, told)
        });
        told.last = event;
        told.is_bad |= matches!(Tone::of(&event.change), Tone::Bad);
        let headline = headline(event);
        if !told.headlines.contains(&headline) {
            told.headlines.push(headline);
        }
    }
    let mut issues: Vec<_> = issues.into_values().collect();
    issues.sort_by_key(|(at, told)| (!told.is_bad, *at));
    issues.into_iter().map(|(_, told)| told).collect()
}

/// `3 new and 1 that came back, in Shop`
fn subject(events: &[(&Event, Latest)], issues: usize) -> String {
    let count = |change: &str| events.iter().filter(|(event, _)| event.change == change).count();
    let mut parts = Vec::new();
    for (change, words) in [
        ("issue.created", "new"),
        ("issue.regressed", "back"),
        ("issue.escalating", "growing"),
        ("alert.raised", "alerts"),
        ("issue.resolved", "resolved"),
        ("issue.assigned", "assigned"),
        ("issue.commented", "comments"),
        ("fix.deployed", "fixed"),
    ] {
        match count(change) {
            0 => {}
            1 if change == "alert.raised" => parts.push("1 alert".to_owned()),
            count => parts.push(format!("{count} {words}")),
        }
    }
    if parts.is_empty() {
        parts.push(format!("{} changes", events.len()));
    }
    let mut projects: Vec<&str> = events
        .iter()
        .map(|(event, _)| event.issue.project.name.as_str())
        .collect();
    projects.sort_unstable();
    projects.dedup();
    let place = match projects.as_slice() {
        [one] => (*one).to_owned(),
        several => format!("{} projects", several.len()),
    };
    let issues = if issues == 1 {
        "1 issue".to_owned()
    } else {
        format!("{issues} issues")
    };
    format!("{} in {place} ({issues})", parts.join(", "))
}

fn preview(issues: &[Told<'_>]) -> String {
    let titles: Vec<&str> = issues
        .iter()
        .take(3)
        .map(|told| told.last.issue.title.as_str())
        .collect();
    titles.join(" · ")
}

fn counts(told: &Told<'_>) -> String {
    let issue = &told.last.issue;
    let mut parts = vec![
        format!("{} events", issue.times_seen),
        format!("{} users", issue.users_seen),
        issue.level.as_str().to_owned(),
    ];
    if !told.environment.is_empty() {
        parts.push(told.environment.to_owned());
    }
    parts.join(" · ")
}

fn as_text(told: &Told<'_>) -> String {
    let issue = &told.last.issue;
    format!(
        "\n{}\n[{}] {}\n{}\n{}\n",
        told.headlines.join(", then: "),
        issue.short_id,
        issue.title,
        counts(told),
        issue.url
    )
}

fn as_html(told: &Told<'_>) -> String {
    let issue = &told.last.issue;
    format!(
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"><tr>\
         <td class=\"line\" style=\"border-top:1px solid #e4e7ec;padding:14px 0;font-size:14px\">{headline}\
         <a class=\"ink\" href=\"{url}\" style=\"color:#1d2939;font-weight:600;text-decoration:none;word-break:break-word;\
         overflow-wrap:anywhere\">{title}</a>\
         <br><span class=\"soft\" style=\"color:#667085;font-size:13px\">{short_id} · {counts}</span></td></tr></table>",
        headline = look::headline(&told.headlines.join(", then: "), Tone::of(&told.last.change)),
        url = escape(&issue.url),
        title = escape(&issue.title),
        short_id = escape(&issue.short_id),
        counts = escape(&counts(told)),
    )
}

#[cfg(test)]
mod tests {
    use errand_plugin_sdk::{Actor, ActorKind, Issue, Level, Priority, Project, Status};

    use super::*;

    fn event(number: usize) -> Event {
        let issue = Issue {
            id: number.to_string(),
            short_id: format!("SHOP-{number}"),
            url: format!("https://errors.example.com/organizations/example/issues/{number}/"),
            title: "it broke".to_owned(),
            culprit: String::new(),
            level: Level::Error,
            status: Status::Unresolved,
            substatus: "new".to_owned(),
            priority: Priority::High,
            assignee: None,
            platform: "python".to_owned(),
            first_seen: 0,
            last_seen: 0,
            times_seen: 1,
            users_seen: 1,
            project: Project {
                id: "2".to_owned(),
                slug: "shop".to_owned(),
                name: "Shop".to_owned(),
                platform: None,
                organization: "example".to_owned(),
            },
            revision: 1,
            extra: "{}".to_owned(),
        };
        Event {
            id: number.to_string(),
            change: "issue.created".to_owned(),
            details: serde_json::Map::new(),
            at: 0,
            actor: Actor {
                kind: ActorKind::System,
                id: None,
                name: String::new(),
            },
            issue,
            extra: serde_json::Map::new(),
        }
    }

    #[test]
    fn what_a_mail_has_no_room_for_is_a_link_to_all_issues() {
        let events: Vec<Event> = (0..=SHOWN).map(event).collect();
        let told: Vec<_> = events.iter().map(|event| (event, Latest::default())).collect();
        let letter = letter(&told);
        let all = "https://errors.example.com/issues";
        assert!(
            letter.text.ends_with(&format!("\n… and 1 more issues: {all}\n")),
            "{}",
            letter.text
        );
        assert!(letter.html.contains(&format!("href=\"{all}\"")));
    }
}
