//! Discord, Microsoft Teams and Mattermost: each against the description of its webhooks.

use anyhow::{Result, ensure};
use errand_model::grant::Grant;
use errand_model::lifecycle::Change;
use errand_tests::contract::{Contract, Fault, Mock, Plan};
use errand_tests::simulators::chats::Channel;
use serde_json::{Value, json};

use errand_errands::{Fate, Stand, kind};

/// Each plugin with the address of its webhook.
const CHATS: [(&str, &str); 3] = [
    (
        "discord",
        "https://discord.com/api/v10/webhooks/1100000000000002/hook-secret",
    ),
    (
        "teams",
        "https://prod-1.westeurope.logic.azure.com:443/workflows/ab12/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=hook-secret",
    ),
    ("mattermost", "https://chat.example.com/hooks/hook-secret"),
];

async fn set(plugin: &str, settings: Value) -> Result<(Stand, Mock<Channel>)> {
    let contract = match plugin {
        "discord" => Contract::load(&["discord.json"])?.below("/api/v10"),
        "teams" => Contract::load(&["teams-webhook.json"])?.checking(
            "post_card",
            "/attachments/*/content",
            "schemas/adaptive-card-1.5.schema.json",
        )?,
        _ => Contract::load(&["mattermost.json"])?,
    };
    let chat = Mock::new(contract.into(), Channel::default());
    let address = CHATS
        .iter()
        .find(|(name, _)| *name == plugin)
        .map(|(_, address)| *address);
    let mut all = json!({ "webhook_url": address });
    for (key, value) in settings.as_object().into_iter().flatten() {
        all[key] = value.clone();
    }
    Ok((Stand::set(plugin, all, &chat).await?, chat))
}

fn bodies(chat: &Mock<Channel>) -> Vec<Value> {
    chat.with(|channel| channel.bodies())
}

#[tokio::test]
async fn discord_has_one_message_for_an_issue_and_keeps_it_up_to_date() -> Result<()> {
    let (stand, chat) = set("discord", json!({})).await?;
    let issue = stand.hub().new_issue("TypeError: x is undefined");
    stand.settle_at_once().await?;
    let new = bodies(&chat);
    ensure!(
        new.len() == 1 && new[0]["allowed_mentions"] == json!({"parse": []}),
        "{new:?}"
    );
    let embed = &new[0]["embeds"][0];
    ensure!(
        embed["color"] == 0x00d9_2d20 && embed.to_string().contains("checkout.js"),
        "{embed}"
    );
    stand.hub().change(
        issue,
        Change::Prioritized {
            priority: errand_model::issue::Priority::Low,
        },
    );
    stand.settle_at_once().await?;
    ensure!(
        (bodies(&chat).len(), chat.with(|channel| channel.edits)) == (1, 1),
        "edited, and no more"
    );
    stand.hub().resolve(issue);
    stand.settle_at_once().await?;
    let resolved = bodies(&chat);
    ensure!(
        resolved.len() == 2 && resolved[0]["embeds"][0]["color"] == 0x0007_9455,
        "{resolved:?}"
    );
    ensure!(
        resolved[1]["content"] == "Resolved by Ada",
        "what everybody should see: {resolved:?}"
    );
    // Somebody took the message away.
    chat.with(|channel| channel.messages.clear());
    stand.hub().regress(issue);
    stand.settle_at_once().await?;
    ensure!(bodies(&chat).len() == 1, "it comes again");
    stand.hub().alter(issue, |held| held.summary.times_seen = 12_345);
    errand_errands::ended_well(&stand.job("refresh").await)?;
    ensure!(bodies(&chat)[0].to_string().contains("12,345"));
    Ok(())
}

#[tokio::test]
async fn those_that_forget_hear_of_each_change_once() -> Result<()> {
    for plugin in ["teams", "mattermost"] {
        let (stand, chat) = set(plugin, json!({})).await?;
        let issue = stand.hub().new_issue("TypeError: x is undefined");
        stand.settle_at_once().await?;
        stand.hub().change(
            issue,
            Change::Prioritized {
                priority: errand_model::issue::Priority::Low,
            },
        );
        stand.hub().resolve(issue);
        stand.settle_at_once().await?;
        stand.hub().replay(0);
        stand.settle_at_once().await?;
        let bodies = bodies(&chat);
        ensure!(bodies.len() == 2, "{plugin}: {bodies:?}");
        let (new, resolved) = (bodies[0].to_string(), bodies[1].to_string());
        for said in ["New in Shop", "x is undefined", "checkout.js", "Users"] {
            ensure!(new.contains(said), "{plugin}: '{said}' is missing in {new}");
        }
        ensure!(resolved.contains("Resolved by Ada"), "{plugin}: {resolved}");
    }
    Ok(())
}

#[tokio::test]
async fn only_what_is_wanted_is_told_and_in_the_admins_words() -> Result<()> {
    for (plugin, _) in CHATS {
        let settings = match plugin {
            "mattermost" => json!({"rooms": {"staging": "environment:staging"}}),
            _ => json!({"only": "environment:staging"}),
        };
        let (stand, chat) = set(plugin, settings).await?;
        stand.hub().new_issue("it broke");
        stand.settle_at_once().await?;
        ensure!(bodies(&chat).is_empty(), "{plugin}");
        let issue = stand.hub().new_issue("in staging");
        stand
            .hub()
            .alter(issue, |held| held.event["environment"] = json!("staging"));
        stand.settle_at_once().await?;
        let told = bodies(&chat);
        ensure!(told.len() == 1, "{plugin}");
        ensure!(
            plugin != "mattermost" || told[0]["channel"] == "staging",
            "{told:?}"
        );

        let (stand, chat) = set(plugin, json!({"template": "**{state}** {title} @{tag:license}"})).await?;
        stand.hub().new_issue("it *broke* @everyone");
        stand.settle_at_once().await?;
        let told = bodies(&chat)[0].to_string();
        let marked = marked_up(&bodies(&chat)[0]);
        ensure!(
            marked
                .iter()
                .any(|text| text.contains(r"**New in Shop** it \*broke\*"))
                && marked.iter().all(|text| !text.contains("@everyone")),
            "{plugin}: {told}"
        );
        for wrong in [
            json!({"template": "{no}"}),
            json!({"rooms": {"a": "b"}}),
            json!({"only": "b"}),
        ] {
            let mut config = wrong.clone();
            config["webhook_url"] = json!("https://chat.example.com/hooks/x");
            let problems = stand
                .host()
                .validate_config(plugin, &config, &Grant::default())
                .await?;
            ensure!(problems.len() == 1, "{plugin} {wrong}: {problems:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn failures_are_told_for_what_they_are() -> Result<()> {
    for (plugin, _) in CHATS {
        for (fault, expected) in [
            (Fault::Status(400), "permanent"),
            (Fault::Status(401), "config"),
            (Fault::Status(403), "config"),
            (Fault::Status(404), "config"),
            (Fault::Status(409), "permanent"),
            (Fault::Status(422), "permanent"),
            (Fault::TooMany(30), "rate_limited"),
            (Fault::Status(429), "rate_limited"),
            (Fault::Status(500), "retry"),
            (Fault::Status(503), "retry"),
            (Fault::TimeoutAfter, "retry"),
            (Fault::CutBefore, "retry"),
            // It is taken; where the answer names no message, it is only not brought up to date.
            (Fault::Nonsense, "done"),
        ] {
            let (stand, chat) = set(plugin, json!({})).await?;
            chat.plan(Plan::once(fault));
            stand.hub().new_issue("it broke");
            let attempt = stand.deliver(Fate::Acknowledged).await;
            let attempt = attempt.ok_or_else(|| anyhow::anyhow!("nothing was owed"))?;
            ensure!(
                kind(&attempt) == expected,
                "{plugin} {fault:?}: {:?}",
                attempt.outcome
            );
            ensure!(
                !serde_json::to_string(&attempt)?.contains("hook-secret"),
                "{plugin}: the address shows"
            );
            // What certainly was not posted is, the next time; of the rest nobody can know.
            stand.settle().await?;
            let told = bodies(&chat).len();
            let expected = match (expected, fault) {
                ("permanent", _) => 0,
                (_, Fault::TimeoutAfter) => 2,
                _ => 1,
            };
            ensure!(told == expected, "{plugin} {fault:?}: told {told} times");
        }
    }
    Ok(())
}

/// The texts in which a chat reads marks. Mattermost's `fallback` is none of them: notifications show it as it is. Neither are
/// the runs of Teams' cards, and what stands on their buttons.
fn marked_up(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => {
            let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
            if matches!(kind, "TextRun" | "Action.OpenUrl") {
                return Vec::new();
            }
            let read = ["text", "content", "description", "value", "title", "name"];
            let own = object.iter().filter(|(key, _)| read.contains(&key.as_str()));
            let own = own.filter_map(|(_, value)| value.as_str().map(str::to_owned));
            own.chain(object.values().flat_map(marked_up)).collect()
        }
        Value::Array(list) => list.iter().flat_map(marked_up).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn whatever_programs_say_stays_text_and_fits() -> Result<()> {
    let hostile = [
        "@everyone @here <@1100000000000002> <#110> @channel @all".to_owned(),
        "[x](https://evil.example) ![y](https://evil.example/p.png) https://evil.example <https://evil.example>".to_owned(),
        "**b** __u__ ~~s~~ ||spoiler|| `c` ```block``` # heading\n> quote\n- list\n| a | b |".to_owned(),
        "a\r\nb\u{0}\u{1b}[31m \u{202e}txet nrut 🦀 :tada:".to_owned(),
        "* ` @ ".repeat(20_000),
    ];
    for (plugin, _) in CHATS {
        for text in &hostile {
            let (stand, chat) = set(plugin, json!({})).await?;
            let issue = stand.hub().new_issue(text);
            stand.hub().alter(issue, |held| {
                held.summary.culprit.clone_from(text);
                held.event["environment"] = json!(text);
                let frame = &mut held.event["exception"]["values"][0]["stacktrace"]["frames"][1];
                frame["function"] = json!(text);
                frame["context_line"] = json!(text);
            });
            stand.settle_at_once().await?;
            let body = bodies(&chat).remove(0);
            let said = body.to_string();
            ensure!(said.len() < 28_000, "{plugin}: {} bytes", said.len());
            ensure!(!said.contains('\u{202e}'), "{plugin}: {said}");
            // In Teams foreign text stands in runs, which know no markup.
            let is_plain = plugin == "teams";
            for mark in ["@everyone", "@here", "@channel", "@all"] {
                ensure!(is_plain || !said.contains(mark), "{plugin}: {mark} in {said}");
            }
            // Nothing closes the block of code before its end: within it a link is text.
            for marked in marked_up(&body) {
                ensure!(marked.matches("```").count() % 2 == 0, "{plugin}: {marked}");
                let outside: String = marked.split("```").step_by(2).collect();
                for mark in ["[x](", "![y](", "https://evil", "<@1", "||spoiler"] {
                    ensure!(!outside.contains(mark), "{plugin}: {mark} in {marked}");
                }
            }
            ensure!(is_plain == marked_up(&body).is_empty(), "{plugin}: {said}");
            ensure!(
                plugin != "discord" || body["allowed_mentions"]["parse"] == json!([]),
                "{said}"
            );
        }
    }
    Ok(())
}
