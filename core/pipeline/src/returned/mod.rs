//! What comes back of mail: the reports of mail servers (RFC 3464) and of recipients' providers (RFC 5965), read.
//!
//! Anybody can send anything to the address that bounces go to. What counts is the token, which only a mail to that
//! recipient has: in the address that the report went to, or, where the hub has no address for bounces, in the
//! Message-ID of the mail that came back.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _, PartType};

/// The largest report that is read, in bytes; what is longer is cut, which leaves the report itself.
pub const MAX_BYTES: usize = 1 << 20;

/// Characters of what a server said that are kept.
const SAID: usize = 300;
/// Tokens that a report may name.
const MAX_TOKENS: usize = 8;

/// Headers that mail servers write the recipient of the report into.
const RECIPIENTS: [&str; 7] = [
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Delivered-To",
    "To",
    "Resent-To",
];

/// A report about a mail of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// What may be the token of the mail's recipient.
    pub tokens: Vec<String>,
    /// What it says.
    pub what: What,
    /// The server's words, on one line.
    pub said: String,
}

/// What a report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The mail did not arrive: because there is no such mailbox, or for a reason that may pass.
    Failed {
        /// There is no such mailbox.
        is_for_good: bool,
    },
    /// The recipient does not want it.
    Complaint,
    /// It is late, or it arrived.
    Nothing,
}

/// What a mail that came back says. `to` is whom the report was sent to, where that is known besides; `bounces` is the
/// address for bounces, empty where there is none. None: it is no report, or about no mail of ours.
pub fn read(message: &[u8], to: Option<&str>, bounces: &str) -> Option<Returned> {
    let message = MessageParser::default().parse(message.get(..MAX_BYTES).unwrap_or(message))?;
    let (what, said) = said(&message)?;
    let tokens = match bounces.is_empty() {
        false => by_address(&message, to, bounces),
        true => by_message_id(&message),
    };
    (!tokens.is_empty()).then_some(Returned { tokens, what, said })
}

/// The address that a mail comes back to whose recipient has this token: `bounces+token@example.com`.
pub fn address(bounces: &str, token: &str) -> Option<String> {
    let (name, domain) = bounces.rsplit_once('@')?;
    Some(format!("{name}+{token}@{domain}"))
}

fn by_address(message: &Message<'_>, to: Option<&str>, bounces: &str) -> Vec<String> {
    let headers = message.headers_raw();
    let headers = headers.filter(|(name, _)| RECIPIENTS.iter().any(|known| known.eq_ignore_ascii_case(name)));
    let texts = to.into_iter().chain(headers.map(|(_, value)| value));
    let mut tokens: Vec<String> = Vec::new();
    for token in texts.flat_map(words).filter_map(|word| token_of(word, bounces)) {
        if tokens.len() < MAX_TOKENS && !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    tokens
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"'))
}

fn token_of(address: &str, bounces: &str) -> Option<String> {
    let (name, domain) = bounces.rsplit_once('@')?;
    let (local, at) = address.rsplit_once('@')?;
    let (before, token) = local.rsplit_once('+')?;
    let is_ours = at.eq_ignore_ascii_case(domain) && before.eq_ignore_ascii_case(name) && is_token(token);
    is_ours.then(|| token.to_ascii_lowercase())
}

fn is_token(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Of the mail that came back with the report, whole or its headers alone: `<mail.….token@example.com>`.
fn by_message_id(message: &Message<'_>) -> Vec<String> {
    let id = message.parts.iter().find_map(|part| match &part.body {
        PartType::Message(original) => original.message_id().map(str::to_owned),
        _ if is(part, "text", "rfc822-headers") => {
            let original = MessageParser::default().parse(part.contents())?;
            original.message_id().map(str::to_owned)
        }
        _ => None,
    });
    let token = id.as_deref().and_then(|id| {
        let (local, _) = id.trim_matches(['<', '>']).split_once('@')?;
        let (_, token) = local.strip_prefix("mail.")?.split_once('.')?;
        is_token(token).then(|| token.to_ascii_lowercase())
    });
    token.into_iter().collect()
}

fn is(part: &MessagePart<'_>, kind: &str, subtype: &str) -> bool {
    part.content_type().is_some_and(|found| {
        let found_subtype = found.subtype().unwrap_or_default();
        found.ctype().eq_ignore_ascii_case(kind) && found_subtype.eq_ignore_ascii_case(subtype)
    })
}

/// What it says, and in which words; none if it is no report.
fn said(message: &Message<'_>) -> Option<(What, String)> {
    for part in &message.parts {
        let text = || String::from_utf8_lossy(part.contents()).into_owned();
        if is(part, "message", "delivery-status") || is(part, "message", "global-delivery-status") {
            return status(&text());
        }
        if is(part, "message", "feedback-report") {
            let fields = fields(&text());
            let kind = field(&fields, "Feedback-Type").unwrap_or_default();
            let what = match kind.eq_ignore_ascii_case("not-spam") {
                true => What::Nothing,
                false => What::Complaint,
            };
            return Some((what, line(&format!("reported as {kind}"))));
        }
    }
    // Exim's reports are in its own words.
    let failed = message
        .headers_raw()
        .find(|(name, _)| name.eq_ignore_ascii_case("X-Failed-Recipients"))?;
    Some((
        What::Failed { is_for_good: false },
        line(&format!("not delivered to {}", failed.1)),
    ))
}

/// The first recipient's part of a delivery status: a mail of ours has one recipient.
fn status(text: &str) -> Option<(What, String)> {
    let text = text.replace("\r\n", "\n");
    let fields = text
        .split("\n\n")
        .map(fields)
        .find(|fields| field(fields, "Action").is_some())?;
    let code = field(&fields, "Status").unwrap_or_default();
    let diagnosis = field(&fields, "Diagnostic-Code").unwrap_or_default();
    let words = line(&format!("{code} {diagnosis}"));
    let what = match field(&fields, "Action").unwrap_or_default().to_ascii_lowercase() {
        action if action != "failed" => What::Nothing,
        _ => What::Failed {
            is_for_good: is_no_mailbox(code.split_whitespace().next().unwrap_or_default()),
        },
    };
    Some((what, words))
}

/// Whether a status (RFC 3463) says that there is no such mailbox: nothing will ever arrive.
pub fn is_no_mailbox(status: &str) -> bool {
    matches!(status, "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.2.1")
}

/// Names and values of a header-like text, with folded lines joined.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (
            line.starts_with([' ', '\t']),
            fields.last_mut(),
            line.split_once(':'),
        ) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (false, _, Some((name, value))) => {
                fields.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            _ => {}
        }
    }
    fields
}

fn field<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    let found = fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_shown =
        |c: &char| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    words.join(" ").chars().filter(is_shown).take(SAID).collect()
}

#[cfg(test)]
mod tests;
