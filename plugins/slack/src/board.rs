//! Cards in channels and direct messages, by a bot token.

use errand_plugin_sdk::chat::{Board, Card, Edited, Mrkdwn, Note, Posted, Rooms, Template};
use errand_plugin_sdk::{Event, Failure, log};
use serde_json::{Value, json};

use crate::api::{Slack, Trouble};
use crate::blocks::{self, Buttons};
use crate::people;

/// Characters of a reply.
const REPLY: usize = 3_000;
/// How long before a change a message about it may have been posted, in seconds: clocks differ.
const SLACK_SECONDS: u64 = 300;
/// Messages that are looked through for one that a cut call may have posted.
const LOOKED_THROUGH: &str = "100";
/// What Slack calls our mark in a message.
const MARK: &str = "errand_issue";

/// The workspace.
pub(crate) struct Workspace<'a> {
    pub(crate) slack: Slack<'a>,
    pub(crate) rooms: Rooms,
    pub(crate) template: Option<Template>,
    pub(crate) buttons: Buttons,
    /// When what is told happened, in milliseconds since 1970.
    pub(crate) since: u64,
}

impl Board for Workspace<'_> {
    fn rooms(&self, card: &Card, event: &Event) -> Result<Vec<String>, Failure> {
        // A rule that names people means them, and nobody else.
        let named = errand_plugin_sdk::chat::named(event);
        match named.is_empty() {
            true => self.rooms.of(&card.facts()),
            false => Ok(named),
        }
    }

    fn opens(&self, event: &Event) -> bool {
        self.slack.settings.opens(event)
    }

    fn post(&self, room: &str, card: &Card, _: Option<&Note>, key: &str) -> Result<Option<Posted>, Failure> {
        let Some(channel) = self.addressed(room)? else {
            return Ok(None);
        };
        let body = json!({
            "channel": channel,
            "text": blocks::summary(card),
            "blocks": blocks::of(card, self.template.as_ref(), &self.buttons),
            "metadata": mark(card, key),
            "unfurl_links": false,
            "unfurl_media": false,
        });
        let said = self.slack.call("chat.postMessage", &body)?;
        Ok(Some(posted(&said, &channel)))
    }

    fn edit(&self, posted: &Posted, card: &Card) -> Result<Edited, Failure> {
        let body = json!({
            "channel": posted.room,
            "ts": posted.id,
            "text": blocks::summary(card),
            "blocks": blocks::of(card, self.template.as_ref(), &self.buttons),
        });
        match self.slack.call("chat.update", &body) {
            Ok(_) => Ok(Edited::Done),
            Err(trouble) if trouble.is(&["message_not_found", "channel_not_found", "is_inactive"]) => {
                Ok(Edited::Gone)
            }
            // Somebody set how long messages can be changed: what happens is still told in the thread.
            Err(trouble) if trouble.is(&["cant_update_message", "edit_window_closed"]) => Ok(Edited::Done),
            Err(trouble) => Err(trouble.into()),
        }
    }

    fn reply(&self, posted: &Posted, note: &Note, is_aloud: bool, key: &str) -> Result<(), Failure> {
        let mut text = note.fit(&Mrkdwn, REPLY);
        for address in &note.concerns {
            if let Some(member) = people::member(&self.slack, address)? {
                text.push_str(&format!(" <@{member}>"));
            }
        }
        let body = json!({
            "channel": posted.room,
            "thread_ts": posted.id,
            "reply_broadcast": is_aloud,
            "text": text,
            "blocks": [blocks::section(text.clone())],
            "metadata": {"event_type": MARK, "event_payload": {"key": key}},
            "unfurl_links": false,
            "unfurl_media": false,
        });
        match self.slack.call("chat.postMessage", &body) {
            Ok(_) => Ok(()),
            // The next change finds the card gone.
            Err(trouble) if trouble.is(&["thread_not_found", "message_not_found"]) => Ok(()),
            Err(trouble) => Err(trouble.into()),
        }
    }

    fn find(&self, room: &str, card: Option<&Posted>, key: &str) -> Result<Option<Posted>, Failure> {
        let oldest = (self.since / 1_000).saturating_sub(SLACK_SECONDS).to_string();
        let channel = match card {
            Some(card) => card.room.clone(),
            None => match self.conversation(room)? {
                Some(channel) => channel,
                None => return Ok(None),
            },
        };
        let mut query = vec![
            ("channel", channel.as_str()),
            ("oldest", oldest.as_str()),
            ("limit", LOOKED_THROUGH),
            ("include_all_metadata", "true"),
        ];
        let method = match card {
            Some(card) => {
                query.push(("ts", card.id.as_str()));
                "conversations.replies"
            }
            None => "conversations.history",
        };
        let said = match self.slack.ask(method, &query) {
            Ok(said) => said,
            // Better twice than not at all.
            Err(trouble) if may_not_look(&trouble) => {
                log::warn(
                    "the app may not read the channel: a message that an earlier attempt posted may come twice",
                );
                return Ok(None);
            }
            Err(trouble) => return Err(trouble.into()),
        };
        let is_ours = |message: &&Value| message["metadata"]["event_payload"]["key"] == key;
        let found = said["messages"].as_array().into_iter().flatten().find(is_ours);
        Ok(found.and_then(|message| {
            Some(Posted {
                room: channel.clone(),
                id: message["ts"].as_str()?.to_owned(),
            })
        }))
    }
}

impl Workspace<'_> {
    /// What a room is called when something is posted: a channel as it is, a member for an address; none where that is
    /// nobody's.
    fn addressed(&self, room: &str) -> Result<Option<String>, Failure> {
        if !room.contains('@') {
            return Ok(Some(room.to_owned()));
        }
        let member = people::member(&self.slack, room)?;
        if member.is_none() {
            log::warn(&format!("nobody in the workspace has the address {room}"));
        }
        Ok(member)
    }

    /// A room's id, which is what its history goes by; none where it cannot be found out, as for direct messages.
    fn conversation(&self, room: &str) -> Result<Option<String>, Failure> {
        let is_id = room.len() >= 9 && room.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        if is_id {
            return Ok(Some(room.to_owned()));
        }
        let Some(name) = room.strip_prefix('#') else {
            return Ok(None);
        };
        channel_named(&self.slack, name)
    }
}

/// The id of a channel.
fn channel_named(slack: &Slack<'_>, name: &str) -> Result<Option<String>, Failure> {
    let mut cursor = String::new();
    // Ten thousand channels.
    for _ in 0..10 {
        let query = [
            ("types", "public_channel,private_channel"),
            ("exclude_archived", "true"),
            ("limit", "1000"),
            ("cursor", cursor.as_str()),
        ];
        let said = match slack.ask("conversations.list", &query) {
            Ok(said) => said,
            Err(trouble) if may_not_look(&trouble) => return Ok(None),
            Err(trouble) => return Err(trouble.into()),
        };
        let mut channels = said["channels"].as_array().into_iter().flatten();
        if let Some(found) = channels.find(|channel| channel["name"] == name) {
            return Ok(found["id"].as_str().map(str::to_owned));
        }
        match said["response_metadata"]["next_cursor"].as_str() {
            Some(next) if !next.is_empty() => next.clone_into(&mut cursor),
            _ => break,
        }
    }
    Ok(None)
}

fn may_not_look(trouble: &Trouble) -> bool {
    trouble.is_missing_scope() || trouble.is(&["not_in_channel", "channel_not_found"])
}

/// What a later attempt knows the message by.
fn mark(card: &Card, key: &str) -> Value {
    json!({"event_type": MARK, "event_payload": {"issue": card.issue.id, "key": key}})
}

fn posted(said: &Value, channel: &str) -> Posted {
    let text = |key: &str| said[key].as_str().map(str::to_owned);
    Posted {
        room: text("channel").unwrap_or_else(|| channel.to_owned()),
        id: text("ts").unwrap_or_default(),
    }
}
