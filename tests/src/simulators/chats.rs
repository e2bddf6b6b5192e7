//! Chats that are reached by a webhook: Discord, which knows its messages again, and those that take and forget.

use serde_json::{Value, json};

use crate::contract::{Answer, Call, Simulator};

/// A channel behind a webhook.
#[derive(Debug, Default)]
pub struct Channel {
    /// What was posted and is still there, by its id, as it stands.
    pub messages: Vec<(String, Value)>,
    /// How often one was changed.
    pub edits: usize,
    /// Whether the webhook is gone.
    pub is_closed: bool,
    numbers: usize,
}

impl Channel {
    /// The bodies of its messages.
    pub fn bodies(&self) -> Vec<Value> {
        self.messages.iter().map(|(_, body)| body.clone()).collect()
    }

    fn post(&mut self, body: &Value) -> String {
        self.numbers += 1;
        let id = format!("11000000000000{:0>4}", self.numbers);
        self.messages.push((id.clone(), body.clone()));
        id
    }

    fn edit(&mut self, id: &str, body: &Value) -> Answer {
        let Some((_, message)) = self.messages.iter_mut().find(|(known, _)| known == id) else {
            return Answer::json(404, json!({"message": "Unknown Message", "code": 10_008}));
        };
        message.clone_from(body);
        self.edits += 1;
        Answer::ok(discord_message(id))
    }
}

fn discord_message(id: &str) -> Value {
    json!({
        "id": id,
        "type": 0,
        "content": "",
        "channel_id": "1100000000000001",
        "author": {
            "id": "1100000000000002",
            "username": "Errand",
            "avatar": null,
            "discriminator": "0000",
            "public_flags": 0,
            "flags": 0,
            "bot": true,
            "global_name": null,
            "primary_guild": null,
        },
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "timestamp": "2026-09-21T14:13:20+00:00",
        "edited_timestamp": null,
        "flags": 0,
        "components": [],
        "pinned": false,
        "mention_everyone": false,
        "tts": false,
        "webhook_id": "1100000000000002",
    })
}

impl Simulator for Channel {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        if self.is_closed {
            return self.refusal(404);
        }
        match call.operation {
            "execute_webhook" => {
                let id = self.post(&call.body);
                Answer::ok(discord_message(&id))
            }
            "update_webhook_message" => self.edit(call.part("message_id"), &call.body),
            "post_card" => {
                self.post(&call.body);
                Answer::empty(202)
            }
            "incoming_webhook" => {
                self.post(&call.body);
                Answer::text(200, "ok")
            }
            _ => Answer::refused(400, "no such operation"),
        }
    }

    fn refusal(&self, status: u16) -> Answer {
        let said = json!({
            "message": "Unknown Webhook",
            "code": 10_015,
            "id": "web.incoming_webhook.invalid.app_error",
            "status_code": status,
        });
        Answer::json(status, said)
    }
}
