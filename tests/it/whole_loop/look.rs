//! What there is to see everywhere, a line for each thing.

use anyhow::{Context, Result};
use errand_tests::simulators::slack::Message;
use serde_json::Value;

use super::stage::Stage;

impl Stage {
    /// All that people see of the issue, in the order of who sees it. A line that was there before says nothing new.
    pub(super) async fn look(&self) -> Result<Vec<String>> {
        let mut seen = self.hub_shows().await?;
        seen.extend(self.jira_shows());
        seen.extend(self.slack_shows());
        seen.extend(self.mail_says());
        seen.extend(self.zendesk_shows());
        let hidden = self.names_to_hide().await?;
        let plain = |line: String| {
            let line = hidden
                .iter()
                .fold(line, |line, (name, shown)| line.replace(name, shown));
            without_chance(&line)
        };
        let tells_no_time = |line: &String| {
            !["First seen", "Last seen", "Seen:"]
                .iter()
                .any(|fact| line.contains(fact))
        };
        Ok(seen.into_iter().filter(tells_no_time).map(plain).collect())
    }

    /// What differs from one run to the next, and what stands in its place.
    async fn names_to_hide(&self) -> Result<Vec<(String, &'static str)>> {
        let issue = self.issue().await?;
        let id = issue["id"].as_str().context("an id")?;
        let [jira, slack, zendesk] = &self.services;
        Ok(vec![
            (self.hub.url.clone(), "https://errors.example.com"),
            (jira.url.clone(), "https://acme.atlassian.net"),
            (slack.url.clone(), "https://slack.com"),
            (zendesk.url.clone(), "https://acme.zendesk.com"),
            (id.to_owned(), "7"),
        ])
    }

    async fn hub_shows(&self) -> Result<Vec<String>> {
        let issue = self.issue().await?;
        let text = |key: &str| issue[key].as_str().unwrap_or_default().to_owned();
        let id = text("id");
        let state = match issue["substatus"].as_str() {
            Some(substatus) if issue["status"] == "unresolved" => format!("open ({substatus})"),
            _ => text("status"),
        };
        let mut seen = vec![
            format!("Errand    {}: {}", text("shortId"), text("title")),
            format!("Errand    it is {state}"),
            format!(
                "Errand    events: {}, users: {}",
                text("count"),
                issue["userCount"]
            ),
        ];
        let details = self.api.get(&format!("/api/0/issues/{id}/")).await?;
        if let Some(waiting) = details["customersWaiting"]["count"]
            .as_u64()
            .filter(|count| *count > 0)
        {
            seen.push(format!("Errand    {waiting} customer waits for it"));
        }
        Ok(seen)
    }

    fn jira_shows(&self) -> Vec<String> {
        self.jira.with(|jira| {
            let mut seen = Vec::new();
            for ticket in jira.tickets.values() {
                let key = &ticket.key;
                let text = |field: &str| ticket.fields[field].as_str().unwrap_or_default();
                seen.push(format!("Jira      {key}: {}", text("summary")));
                seen.extend(
                    adf_lines(&ticket.fields["description"]).map(|line| format!("Jira      | {line}")),
                );
                for link in ticket.links.values() {
                    let text = |field: &str| link[field].as_str().unwrap_or_default();
                    seen.push(format!(
                        "Jira      linked with {} <{}>",
                        text("title"),
                        text("url")
                    ));
                }
                let priority = ticket.fields["priority"]["name"].as_str().unwrap_or_default();
                seen.push(format!("Jira      {key} has the priority {priority}"));
                seen.push(format!("Jira      {key} is {}", jira.state_of(ticket.id)));
                for comment in &ticket.comments {
                    seen.extend(
                        adf_lines(&comment.body).map(|line| format!("Jira      in a comment: {line}")),
                    );
                }
            }
            seen
        })
    }

    fn slack_shows(&self) -> Vec<String> {
        self.slack.with(|slack| {
            let mut seen = Vec::new();
            for card in slack.cards(&self.channel) {
                let lines = card.blocks.as_array().into_iter().flatten().flat_map(block_lines);
                seen.extend(lines.map(|line| format!("Slack     | {line}")));
                let mut replies: Vec<_> = slack.thread(&card.ts).iter().map(reply).collect();
                // Plugins that act at the same time are told of in any order.
                replies.sort();
                seen.extend(replies);
            }
            seen
        })
    }

    fn mail_says(&self) -> Vec<String> {
        let mut seen = Vec::new();
        for (at, mail) in self.mailbox.taken().iter().enumerate() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            // Two mails of one thread are alike: their number tells them apart.
            let number = at + 1;
            seen.push(format!(
                "Mail {number}    to {}: {}",
                text(&mail["to"][0]),
                text(&mail["headers"]["subject"])
            ));
            let body = text(&mail["text"]);
            let lines = body.lines().map(str::trim_end).filter(|line| !line.is_empty());
            seen.extend(lines.map(|line| format!("Mail {number}    | {line}")));
        }
        seen
    }

    fn zendesk_shows(&self) -> Vec<String> {
        self.zendesk.with(|account| {
            let mut seen = Vec::new();
            for ticket in account.tickets.values() {
                let id = ticket.id;
                seen.push(format!("Zendesk   #{id}: {}", ticket.subject));
                for comment in &ticket.comments {
                    let to = match (comment.by_api, comment.public) {
                        (false, _) => "the customer asks",
                        (true, true) => "the customer is answered",
                        (true, false) => "internal note",
                    };
                    let said = match comment.by_api {
                        true => html_lines(&comment.html),
                        false => vec![comment.text.clone()],
                    };
                    seen.extend(said.iter().map(|line| format!("Zendesk   #{id}, {to}: {line}")));
                }
                seen.push(format!("Zendesk   #{id} is {}", ticket.status));
                let tags: Vec<_> = ticket.tags.iter().map(String::as_str).collect();
                if !tags.is_empty() {
                    seen.push(format!("Zendesk   #{id} has the tags {}", tags.join(", ")));
                }
            }
            seen
        })
    }
}

/// A line without what differs from one run to the next: the port of the shop, what a link to stop mails is made of, the
/// number of what happened.
fn without_chance(line: &str) -> String {
    let rests = [
        ("http://127.0.0.1:", "https://shop.example.com/", "/"),
        ("/mail/stop/", "/mail/stop/…", " "),
        ("Ref. SHOP-1/3", "Ref. SHOP-1/…", " "),
    ];
    rests
        .iter()
        .fold(line.to_owned(), |mut line, (begin, shown, end)| {
            let mut from = 0;
            while let Some(at) = line.get(from..).and_then(|rest| rest.find(begin)) {
                let at = from + at;
                let behind = at + begin.len();
                let rest = line
                    .get(behind..)
                    .and_then(|rest| rest.find(end))
                    .map_or(line.len(), |to| behind + to);
                let until = if *end == "/" {
                    (rest + 1).min(line.len())
                } else {
                    rest
                };
                line.replace_range(at..until, shown);
                from = at + shown.len();
            }
            line
        })
}

/// What a note in Zendesk says, a line for each of its blocks.
fn html_lines(html: &str) -> Vec<String> {
    let ends = ["</p>", "<br>", "</li>", "</dd>", "</tr>"];
    let broken = ends
        .iter()
        .fold(html.to_owned(), |html, end| html.replace(end, "\n"));
    let mut text = String::new();
    let mut is_tag = false;
    for c in broken.chars() {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    let text = named.iter().fold(text, |text, (name, c)| text.replace(name, c));
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

fn reply(reply: &Message) -> String {
    let at = match reply.is_aloud {
        true => "thread and channel",
        false => "thread",
    };
    format!("Slack     in the {at}: {}", reply.text.replace('\n', " "))
}

/// The lines of a document of Atlassian's format: one for each of its blocks.
fn adf_lines(document: &Value) -> impl Iterator<Item = String> {
    fn text(node: &Value) -> String {
        match (node["type"].as_str(), node["text"].as_str()) {
            (Some("hardBreak"), _) => " ".to_owned(),
            (_, Some(text)) => text.to_owned(),
            _ => node["content"]
                .as_array()
                .into_iter()
                .flatten()
                .map(text)
                .collect(),
        }
    }
    fn blocks(node: &Value, found: &mut Vec<String>) {
        match node["type"].as_str() {
            Some("paragraph" | "heading" | "codeBlock") => {
                found.extend(text(node).lines().map(str::to_owned));
            }
            Some("tableRow") => {
                let cells = node["content"].as_array().into_iter().flatten().map(text);
                found.push(cells.collect::<Vec<_>>().join(": "));
            }
            _ => node["content"]
                .as_array()
                .into_iter()
                .flatten()
                .for_each(|node| blocks(node, found)),
        }
    }
    let mut found = Vec::new();
    blocks(document, &mut found);
    found.into_iter()
}

/// What a block of Slack's shows, without what tells the time.
fn block_lines(block: &Value) -> Vec<String> {
    fn texts(value: &Value) -> Vec<String> {
        let text = value["text"].as_str().or(value["text"]["text"].as_str());
        text.or(value["placeholder"]["text"].as_str())
            .map(str::to_owned)
            .into_iter()
            .collect()
    }
    let parts = ["elements", "fields"]
        .iter()
        .filter_map(|key| block[*key].as_array())
        .flatten();
    let mut lines: Vec<String> = texts(block)
        .iter()
        .flat_map(|text| text.lines())
        .map(str::to_owned)
        .collect();
    if block["type"] == "actions" {
        let buttons: Vec<_> = parts.flat_map(texts).map(|text| format!("[{text}]")).collect();
        lines.push(buttons.join(" "));
    } else {
        let told = parts.flat_map(texts).map(|text| text.replace('\n', " "));
        lines.extend(told.filter(|text| !text.contains("<!date^") && !text.contains("Last 24 hours")));
    }
    lines
}
