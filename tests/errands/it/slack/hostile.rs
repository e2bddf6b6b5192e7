//! Titles and tags come from programs that anybody may have made fail: they arrive as harmless text.

use anyhow::{Result, ensure};
use errand_errands::ended_well;
use errand_model::lifecycle::Change;
use serde_json::{Value, json};

use super::{Workspace, shown, texts};

fn hostile() -> [String; 8] {
    [
        "<!channel> <!here> <!everyone> <@U012AB3CD> <#C012AB3CD> <!subteam^S1>".to_owned(),
        "<https://evil.example|Click here> & &lt;!channel&gt;".to_owned(),
        "*bold* _italic_ ~gone~ `code` ```block``` > quote\n• list :tada:".to_owned(),
        "<script>alert(1)</script><img src=x onerror=alert(1)>".to_owned(),
        "a\r\nX-Injected: yes\r\n\r\nb\u{0}\u{7}\u{1b}[31m".to_owned(),
        "\u{202e}txet nrut\u{2066}\u{200f} 🦀👩‍👩‍👧‍👦 ｆｕｌｌ".to_owned(),
        "& < > ".repeat(20_000),
        "`".repeat(100_000),
    ]
}

/// Text that Slack reads as markup, but for what the plugin itself writes.
fn calls_somebody(text: &str) -> bool {
    [
        "<!channel",
        "<!here",
        "<!everyone",
        "<@U012",
        "<#C012",
        "<!subteam",
        "<https://evil",
    ]
    .iter()
    .any(|mark| text.contains(mark))
}

/// Texts that Slack reads markup in.
fn marked_up(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) if object.get("type") == Some(&json!("mrkdwn")) => texts(&object["text"]),
        Value::Object(object) => object.values().flat_map(marked_up).collect(),
        Value::Array(list) => list.iter().flat_map(marked_up).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn whatever_programs_say_calls_nobody_and_fits() -> Result<()> {
    for text in hostile() {
        let workspace = Workspace::set(json!({})).await?;
        let issue = workspace.stand.hub().new_issue(&text);
        workspace.stand.hub().alter(issue, |held| {
            held.summary.culprit.clone_from(&text);
            held.event["environment"] = json!(text);
            held.event["release"] = json!(text);
            let frame = &mut held.event["exception"]["values"][0]["stacktrace"]["frames"][1];
            frame["function"] = json!(text);
            frame["filename"] = json!(text);
            frame["context_line"] = json!(text);
        });
        workspace.stand.settle_at_once().await?;
        let change = Change::Commented {
            activity: 1,
            text: format!("x{text}"),
        };
        workspace.stand.hub().change(issue, change);
        workspace.stand.settle_at_once().await?;
        let card = workspace.card()?;
        for marked in marked_up(&card.blocks)
            .iter()
            .chain([&card.text])
            .chain(&workspace.thread()?)
        {
            ensure!(!calls_somebody(marked), "{marked}");
            ensure!(
                marked.matches("```").count() % 2 == 0,
                "a block is not closed: {marked}"
            );
        }
        let all = shown(&card.blocks);
        ensure!(
            !all.contains(['\r', '\u{0}', '\u{7}', '\u{1b}', '\u{202e}', '\u{2066}']),
            "{all:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn nor_do_direct_messages_call_anybody() -> Result<()> {
    for text in hostile() {
        let workspace = Workspace::set(json!({"to_people": true})).await?;
        workspace.stand.hub().person(1, "Ada", "ada@example.com");
        let member = workspace.slack.with(|slack| slack.member("ada@example.com"));
        let comment = Change::Commented {
            activity: 1,
            text: format!("x{text}"),
        };
        let mut happened = Vec::new();
        for _ in 0..30 {
            happened.push((workspace.stand.hub().new_issue(&text), comment.clone()));
        }
        for (key, happened) in [("one", &happened[..1]), ("many", &happened)] {
            ended_well(&workspace.stand.digest("user:1", key, happened).await?)?;
        }
        let written = workspace.slack.with(|slack| slack.written_to(&member));
        ensure!(written.len() == 2);
        for message in written {
            for marked in marked_up(&message.blocks).iter().chain([&message.text]) {
                ensure!(!calls_somebody(marked), "{marked}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn wording_of_an_admin_keeps_foreign_text_harmless() -> Result<()> {
    for text in hostile() {
        let template = "{title} {culprit} {environment} {release} {tag:license}";
        let workspace = Workspace::set(json!({"template": template})).await?;
        let issue = workspace.stand.hub().new_issue(&text);
        workspace.stand.hub().alter(issue, |held| {
            held.event["environment"] = json!(text);
            held.event["tags"] = json!([["license", text]]);
        });
        workspace.stand.settle_at_once().await?;
        let card = workspace.card()?;
        ensure!(
            marked_up(&card.blocks)
                .iter()
                .all(|marked| !calls_somebody(marked)),
            "{:?}",
            card.blocks
        );
    }
    Ok(())
}
