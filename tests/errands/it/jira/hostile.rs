//! What a program that fails may say arrives as harmless text. The contract's own schema of rich text is the judge on Cloud.

use anyhow::{Context, Result, ensure};
use errand_model::lifecycle::Change;
use errand_tests::simulators::jira::Edition;
use serde_json::json;

use super::{EDITIONS, Site};

fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "{code}x{code} {noformat} h1. big [~admin] !http://x/y.png! {html}<b>{html}",
        "<!channel> <script>alert(1)</script> & \" ' </p>",
        "[x](javascript:alert(1)) @everyone #12 *b* _i_ | a |",
        "a\r\nBcc: b@example.com\u{0}\u{1b}[31m\u{202e}\u{2066}\u{200b}z",
        "😀👨‍👩‍👧 ü \u{ffff}",
        "\\ \\\\ {{x}} ${x} ~strike~ +ins+ ^sup^ ??cite??",
        "\n\n\n",
        "",
    ]
    .map(str::to_owned)
    .into();
    texts.push("😀<{".repeat(25_000));
    texts.push("a b ".repeat(25_000));
    texts
}

/// Whether Jira reads a mark somewhere: one that stands behind a single backslash is text.
fn is_read(text: &str, mark: &str) -> bool {
    text.match_indices(mark).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let slashes = before.len() - before.trim_end_matches('\\').len();
        slashes % 2 == 0
    })
}

#[test]
fn a_mark_behind_two_backslashes_is_none() {
    assert!(!is_read("a \\[~admin]", "[~") && is_read("a \\\\[~admin]", "[~") && is_read("[~admin]", "[~"));
}

#[tokio::test]
async fn titles_messages_and_comments_are_text() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({})).await?;
        for text in texts() {
            let shown: String = text.escape_debug().take(40).collect();
            let issue = site.stand.hub().new_issue(&text);
            site.stand.hub().alter(issue, |held| {
                held.summary.culprit.clone_from(&text);
                held.event["environment"] = json!(text);
                held.event["release"] = json!(text);
                held.event["exception"]["values"][0]["type"] = json!(text);
                held.event["exception"]["values"][0]["stacktrace"]["frames"][1]["function"] = json!(text);
            });
            site.stand.hub().change(
                issue,
                Change::Commented {
                    activity: issue.0,
                    text: text.clone(),
                },
            );
            site.stand.settle_at_once().await.with_context(|| shown.clone())?;
            let id = site.ticket(issue)?;
            let ticket = site.jira.with(|jira| jira.tickets[&id].clone());
            let summary = ticket.fields["summary"].as_str().context("a summary")?;
            ensure!(
                !summary.is_empty()
                    && summary.chars().count() <= 255
                    && !summary.contains(['\n', '\r', '\u{0}', '\u{202e}'])
            );
            let description = match edition {
                Edition::Cloud => ticket.fields["description"].to_string(),
                Edition::DataCenter => ticket.fields["description"].as_str().context("text")?.to_owned(),
            };
            ensure!(
                description.chars().count() <= 32_767,
                "{shown}: {} characters",
                description.chars().count()
            );
            ensure!(!description.contains(['\u{202e}', '\u{1b}', '\u{0}']), "{shown}");
            if edition == Edition::DataCenter {
                ensure!(
                    description.matches("{noformat}").count() == 2,
                    "{shown}: {description}"
                );
                let outside: String = description.split("{noformat}").step_by(2).collect();
                for mark in ["{code", "{html", "{noformat", "[~", "[x", "!http", "??", "\\\\"] {
                    ensure!(!is_read(&outside, mark), "{shown}: {mark} in {outside}");
                }
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_jira_says_is_text_here() -> Result<()> {
    let site = Site::set(Edition::DataCenter, json!({})).await?;
    let (issue, id) = site.with_ticket("it broke").await?;
    for text in texts() {
        site.jira.with(|jira| jira.say(id, &text));
        site.jira.with(|jira| {
            let ticket = jira.tickets.get_mut(&id).expect("the ticket");
            ticket.fields.insert("summary".to_owned(), json!(text));
        });
        site.jira.with(|jira| jira.move_to(id, "In Progress"));
        site.jira.with(|jira| jira.move_to(id, "To Do"));
        site.deliver_webhooks().await?;
        let linked = &site.linked(issue)[0];
        ensure!(linked.check().is_ok(), "{linked:?}");
    }
    for said in site.stand.hub().held(issue).context("an issue")?.said.values() {
        ensure!(
            !said.contains("<script>") && !said.contains("](javascript"),
            "{said}"
        );
    }
    Ok(())
}
