//! Slack, as far as plugins see it: channels, members, messages and their threads.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::contract::{Answer, Call, Simulator};

/// A workspace.
#[derive(Debug, Default)]
pub struct Slack {
    /// Names of channels, by id. One that the app is in is `true`.
    channels: BTreeMap<String, (String, bool)>,
    /// Members: id and address.
    members: BTreeMap<String, String>,
    /// Members whose address nobody confirmed.
    unconfirmed: Vec<String>,
    messages: Vec<Message>,
    /// What was shown of links, by their address.
    pub unfurled: BTreeMap<String, Value>,
    /// What was said to single people.
    pub whispered: Vec<String>,
    /// What to refuse next, by operation, and what to say.
    refusals: Vec<(String, Value)>,
    numbers: u64,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where.
    pub channel: String,
    /// What Slack knows it by.
    pub ts: String,
    /// In whose thread.
    pub thread: Option<String>,
    /// Whether a reply shows in the channel too.
    pub is_aloud: bool,
    /// What shows in notifications.
    pub text: String,
    /// What shows.
    pub blocks: Value,
    /// What the app wrote into it for itself.
    pub metadata: Value,
    /// How often it was changed.
    pub edits: usize,
}

impl Slack {
    /// A channel that the app is in; gives its id.
    pub fn channel(&mut self, name: &str) -> String {
        let id = format!("C{:0>9}", self.number());
        self.channels.insert(id.clone(), (name.to_owned(), true));
        id
    }

    /// The app is not in it any more.
    pub fn leave(&mut self, channel: &str) {
        if let Some((_, is_in)) = self.channels.get_mut(channel) {
            *is_in = false;
        }
    }

    /// A member; gives their id.
    pub fn member(&mut self, address: &str) -> String {
        let id = format!("U{:0>9}", self.number());
        self.members.insert(id.clone(), address.to_owned());
        id
    }

    /// A member who says that an address is theirs.
    pub fn pretender(&mut self, address: &str) -> String {
        let id = self.member(address);
        self.unconfirmed.push(id.clone());
        id
    }

    /// Refuses the next request of an operation, in Slack's word.
    pub fn refuse(&mut self, operation: &str, code: &str) {
        let said = json!({"ok": false, "error": code});
        self.refusals.push((operation.to_owned(), said));
    }

    /// Refuses the next request of an operation because the app has not this scope.
    pub fn lack(&mut self, operation: &str, scope: &str) {
        let said = json!({"ok": false, "error": "missing_scope", "needed": scope, "provided": "chat:write"});
        self.refusals.push((operation.to_owned(), said));
    }

    /// Somebody leaves the workspace.
    pub fn part(&mut self, member: &str) {
        self.members.remove(member);
    }

    /// Somebody takes a message away.
    pub fn delete(&mut self, ts: &str) {
        self.messages.retain(|message| message.ts != ts);
    }

    /// The messages of a channel that stand by themselves.
    pub fn cards(&self, channel: &str) -> Vec<Message> {
        let in_channel = self.messages.iter().filter(|message| message.channel == channel);
        in_channel
            .filter(|message| message.thread.is_none())
            .cloned()
            .collect()
    }

    /// What the app wrote to a member.
    pub fn written_to(&self, member: &str) -> Vec<Message> {
        self.cards(&direct(member))
    }

    /// The replies in the thread of a message.
    pub fn thread(&self, ts: &str) -> Vec<Message> {
        let in_thread = self
            .messages
            .iter()
            .filter(|message| message.thread.as_deref() == Some(ts));
        in_thread.cloned().collect()
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// The id of a channel or direct message that is called so.
    fn room(&self, name: &str) -> Result<String, &'static str> {
        if self.members.contains_key(name) {
            return Ok(direct(name));
        }
        let bare = name.trim_start_matches('#');
        let found = self
            .channels
            .iter()
            .find(|(id, (called, _))| *id == name || called == bare);
        match found {
            Some((id, (_, true))) => Ok(id.clone()),
            Some(_) => Err("not_in_channel"),
            None if name.starts_with('D') => Ok(name.to_owned()),
            None => Err("channel_not_found"),
        }
    }

    fn post(&mut self, body: &Value) -> Result<Value, &'static str> {
        let text = |key: &str| body[key].as_str().map(str::to_owned);
        let channel = self.room(&text("channel").unwrap_or_default())?;
        let thread = text("thread_ts");
        if let Some(thread) = &thread
            && !self.messages.iter().any(|message| message.ts == *thread)
        {
            return Err("thread_not_found");
        }
        let message = Message {
            ts: format!("17900{:0>5}.000100", self.number()),
            channel,
            thread,
            is_aloud: body["reply_broadcast"] == true,
            text: text("text").unwrap_or_default(),
            blocks: body["blocks"].clone(),
            metadata: body["metadata"].clone(),
            edits: 0,
        };
        let said = json!({
            "ok": true,
            "channel": message.channel,
            "ts": message.ts,
            "message": {"type": "message", "text": message.text, "ts": message.ts},
        });
        self.messages.push(message);
        Ok(said)
    }

    fn update(&mut self, body: &Value) -> Result<Value, &'static str> {
        let is_meant =
            |message: &&mut Message| body["ts"] == message.ts && body["channel"] == message.channel;
        let message = self
            .messages
            .iter_mut()
            .find(is_meant)
            .ok_or("message_not_found")?;
        message.text = body["text"].as_str().unwrap_or_default().to_owned();
        message.blocks = body["blocks"].clone();
        message.edits += 1;
        Ok(json!({
            "ok": true,
            "channel": message.channel,
            "ts": message.ts,
            "text": message.text,
            "message": {"text": message.text},
        }))
    }

    fn read(&self, call: &Call<'_>, thread: Option<&str>) -> Result<Value, &'static str> {
        let channel = self.room(call.query("channel").unwrap_or_default())?;
        let messages = self.messages.iter().filter(|message| {
            message.channel == channel
                && match thread {
                    None => message.thread.is_none() || message.is_aloud,
                    Some(thread) => message.ts == thread || message.thread.as_deref() == Some(thread),
                }
        });
        let shown = messages.map(|message| {
            json!({"type": "message", "ts": message.ts, "text": message.text, "metadata": message.metadata})
        });
        Ok(json!({"ok": true, "messages": shown.collect::<Vec<_>>()}))
    }

    fn user(&self, id: &str) -> Value {
        json!({
            "id": id,
            "name": "somebody",
            "deleted": false,
            "is_bot": false,
            "is_app_user": false,
            "updated": 1_790_000_000,
            "is_email_confirmed": !self.unconfirmed.iter().any(|other| other == id),
            "profile": {"email": self.members.get(id)},
        })
    }

    fn act(&mut self, call: &Call<'_>) -> Result<Value, &'static str> {
        match call.operation {
            "chat_postMessage" => self.post(&call.body),
            "chat_update" => self.update(&call.body),
            "chat_unfurl" => {
                let unfurls = call.body["unfurls"].as_object().into_iter().flatten();
                self.unfurled
                    .extend(unfurls.map(|(url, shown)| (url.clone(), shown.clone())));
                Ok(json!({"ok": true}))
            }
            "users_lookupByEmail" => {
                let address = call.query("email").unwrap_or_default();
                let found = self.members.iter().find(|(_, known)| *known == address);
                let (id, _) = found.ok_or("users_not_found")?;
                Ok(json!({"ok": true, "user": self.user(id)}))
            }
            "users_info" => {
                let id = call.query("user").unwrap_or_default();
                match self.members.contains_key(id) {
                    true => Ok(json!({"ok": true, "user": self.user(id)})),
                    false => Err("user_not_found"),
                }
            }
            "conversations_list" => {
                let channel = |(id, (name, _)): (&String, &(String, bool))| json!({"id": id, "name": name});
                let channels: Vec<_> = self.channels.iter().map(channel).collect();
                Ok(json!({"ok": true, "channels": channels, "response_metadata": {"next_cursor": ""}}))
            }
            "conversations_history" => self.read(call, None),
            "conversations_replies" => self.read(call, call.query("ts")),
            "auth_test" => Ok(json!({
                "ok": true,
                "url": "https://example.slack.com/",
                "team": "Example",
                "user": "errand",
                "team_id": "T00000001",
                "user_id": "U00000000",
            })),
            _ => Err("unknown_method"),
        }
    }
}

/// The conversation of the app with a member.
fn direct(member: &str) -> String {
    member.replacen('U', "D", 1)
}

impl Simulator for Slack {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        match call.operation {
            "response_url" => {
                let said = call.body["text"].as_str().unwrap_or_default();
                self.whispered.push(said.to_owned());
                return Answer::text(200, "ok");
            }
            "incoming_webhook" => {
                let channel = self.channels.keys().next().cloned().unwrap_or_default();
                let mut body = call.body.clone();
                body["channel"] = json!(channel);
                return match self.post(&body) {
                    Ok(_) => Answer::text(200, "ok"),
                    Err(_) => Answer::text(404, "channel_not_found"),
                };
            }
            _ => {}
        }
        let planned = self
            .refusals
            .iter()
            .position(|(operation, _)| operation == call.operation);
        if let Some(at) = planned {
            return Answer::ok(self.refusals.remove(at).1);
        }
        match self.act(call) {
            Ok(said) => Answer::ok(said),
            Err(code) => Answer::ok(json!({"ok": false, "error": code})),
        }
    }

    fn refusal(&self, status: u16) -> Answer {
        Answer::json(status, json!({"ok": false, "error": "ratelimited"}))
    }
}
