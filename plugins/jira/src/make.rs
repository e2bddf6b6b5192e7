//! Making a ticket of an issue: one, whatever happens on the way.

use errand_plugin_sdk::latest::Latest;
use errand_plugin_sdk::tickets::describe;
use errand_plugin_sdk::tickets::making::{Made, Making, Unmade, tickets_of};
use errand_plugin_sdk::tickets::standing::Standing;
use errand_plugin_sdk::tickets::sync::Agreed;
use errand_plugin_sdk::tickets::text::{Block, Span, Text, line};
use errand_plugin_sdk::{Call, Failure, Issue, changes, log};
use serde_json::{Map, Value, json};

use crate::client::{Client, Wrote, config, part, quoted};
use crate::fields::{self, Field};
use crate::remote::Remote;
use crate::{comments, people, watch};

/// Choices of a field that are told.
const MAX_CHOICES: usize = 20;
/// Characters of a summary.
pub const MAX_SUMMARY: usize = 255;
/// Attempts before what cannot be found counts as not made: Jira's index may lag behind.
const SURE_AFTER: u32 = 3;
/// How long to wait before looking again.
const LOOK_AGAIN_MS: u64 = 60_000;

/// What somebody, or the settings, want of the ticket beyond what the issue says.
#[derive(Default)]
pub struct Wishes {
    /// The type; that of the settings if none.
    pub kind: Option<String>,
    pub summary: Option<String>,
    /// Whose it is to be: an account, an address or a name.
    pub assignee: Option<String>,
    /// By name or id of the field.
    pub fields: Vec<(String, String)>,
    /// Whether somebody saw the form: nothing of the settings is added then.
    pub is_by_hand: bool,
}

/// The ticket of an issue without one: made, found again, or taken from the journal, and linked. `None` in a dry run.
pub fn ticket(
    client: &Client<'_>,
    call: &Call,
    issue: &Issue,
    wishes: &Wishes,
) -> Result<Option<Made>, Failure> {
    let system = client.settings.system();
    let before = watch::last(&issue.id)?;
    let making = Making::new(&system, &issue.id, &call.installation, &before);
    let find = |mark: &str| find(client, call, mark);
    let make = |mark: &str| make(client, issue, mark, &before, wishes);
    let made = match making.get(find, make) {
        Ok(made) => made,
        Err(Failure::Permanent(why)) if call.is_dry_run && why == DRY => return Ok(None),
        Err(failure) => return Err(failure),
    };
    link(client, issue, &made)?;
    point_back(client, issue, &made.id)?;
    log::info(&format!("{} has the ticket {}", issue.short_id, made.name));
    Ok(Some(made))
}

/// What a dry run ends with in place of a ticket.
const DRY: &str = "a dry run makes no ticket";

fn find(client: &Client<'_>, call: &Call, mark: &str) -> Result<Option<Made>, Failure> {
    // In whichever project: an earlier attempt may have been made by hand.
    let jql = format!("labels = {}", quoted(mark));
    let found = client.search(&jql, &["summary"], 2)?;
    match found.last().and_then(Remote::read) {
        Some(remote) => Ok(Some(Made {
            id: remote.id,
            name: remote.key,
        })),
        None if call.attempt < SURE_AFTER => Err(Failure::Retry {
            message: "an earlier attempt may have made the ticket, and Jira does not find it yet".to_owned(),
            after_ms: Some(LOOK_AGAIN_MS),
        }),
        None => Ok(None),
    }
}

fn make(
    client: &Client<'_>,
    issue: &Issue,
    mark: &str,
    before: &str,
    wishes: &Wishes,
) -> Result<Made, Unmade> {
    let settings = client.settings;
    let certain = Unmade::Certainly;
    let kind = wishes.kind.as_deref().unwrap_or(&settings.issue_type);
    let kind = fields::type_id(client, kind).map_err(certain)?;
    let known = fields::of_type(client, &kind).map_err(certain)?;
    let latest = Latest::of(&issue.id).map_err(certain)?;
    let has = |id: &str| known.iter().any(|field| field.id == id);
    if !has("labels") {
        let why = "tickets are found again by a label: put the field Labels on the project's create screen";
        return Err(certain(Failure::config("project", why)));
    }
    let mut body = body_fields(client, issue, wishes, &known).map_err(certain)?;
    if let Some(who) = wishes.assignee.as_deref() {
        let account = people::meant(client, who).map_err(certain)?;
        body.insert("assignee".to_owned(), client.person(Some(&account)));
    }
    body.insert("project".to_owned(), json!({ "key": client.project }));
    body.insert("issuetype".to_owned(), json!({ "id": kind }));
    let usual = if wishes.is_by_hand { "" } else { &settings.labels };
    body.insert("labels".to_owned(), labels(&body, usual, mark));
    if has("description") {
        let text =
            describe::description(issue, &latest).then(history(client, issue, before).map_err(certain)?);
        body.insert("description".to_owned(), client.text(&text));
    }
    missing(&known, &body).map_err(certain)?;
    let property = json!({ "key": watch::PROPERTY, "value": watch::property(issue, &latest) });
    let mut request = json!({ "fields": body, "properties": [property] });
    if !before.is_empty() && has("issuelinks") {
        let related = json!({ "type": { "name": "Relates" }, "outwardIssue": { "id": before } });
        request["update"] = json!({ "issuelinks": [{ "add": related }] });
    }
    match client.write("POST", "issue", &request)? {
        Wrote::Done(Value::Null) => Err(certain(Failure::permanent(DRY))),
        Wrote::Done(made) => {
            let text = |key: &str| made[key].as_str().map(str::to_owned);
            let unreadable = || Failure::retry("Jira does not say which ticket it made");
            Ok(Made {
                id: text("id").ok_or_else(unreadable)?,
                name: text("key").ok_or_else(unreadable)?,
            })
        }
        Wrote::Refused(refusal) => Err(certain(config("fields", &refusal))),
        Wrote::Gone => Err(certain(Failure::config(
            "url",
            "there is no Jira at this address",
        ))),
    }
}

/// Summary, urgency, and what the settings and the wishes fill in: the wishes count.
fn body_fields(
    client: &Client<'_>,
    issue: &Issue,
    wishes: &Wishes,
    known: &[Field],
) -> Result<Map<String, Value>, Failure> {
    let settings = client.settings;
    let has = |id: &str| known.iter().any(|field| field.id == id);
    let mut texts: Vec<(String, String)> = Vec::new();
    if !wishes.is_by_hand {
        texts.extend(settings.fields.clone());
        if has("components") {
            texts.push(("components".to_owned(), settings.components.clone()));
        }
    }
    let mut filled = fields::fill(client, known, texts)?;
    if has("priority") && settings.syncs("priority") && !wishes.is_by_hand {
        filled.insert(
            "priority".to_owned(),
            json!({ "name": settings.priority_name(issue.priority) }),
        );
    }
    filled.extend(fields::fill(client, known, wishes.fields.iter().cloned())?);
    let title = describe::title(issue, MAX_SUMMARY);
    let wished = wishes.summary.as_deref().map(|text| line(text, MAX_SUMMARY));
    let summary = wished.filter(|text| !text.is_empty()).unwrap_or(title);
    filled.insert("summary".to_owned(), json!(summary));
    Ok(filled)
}

/// Says which fields Jira asks for beyond those that are filled in, and what may be chosen.
fn missing(known: &[Field], filled: &Map<String, Value>) -> Result<(), Failure> {
    // Jira fills it in by itself.
    let is_missing =
        |field: &&Field| field.is_required && field.id != "reporter" && !filled.contains_key(&field.id);
    let told = |field: &Field| {
        let choices: Vec<_> = field.choices().into_iter().take(MAX_CHOICES).collect();
        match choices.is_empty() {
            true => field.name.clone(),
            false => format!("{} ({})", field.name, choices.join(", ")),
        }
    };
    let missing: Vec<_> = known.iter().filter(is_missing).map(told).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Failure::config(
            "fields",
            format!("Jira asks for more fields: {}", missing.join("; ")),
        )),
    }
}

/// The ticket before this one, if there was one that is linked still.
fn history(client: &Client<'_>, issue: &Issue, before: &str) -> Result<Text, Failure> {
    let tickets = tickets_of(&issue.id, &client.settings.system())?;
    let Some(old) = tickets.iter().find(|ticket| ticket.id == before) else {
        return Ok(Text::default());
    };
    let link = Span::link(&old.name, client.settings.page(&old.name));
    Ok(Text::default().push(Block::Paragraph(vec![
        Span::plain("It came back: before, it was "),
        link,
    ])))
}

fn labels(filled: &Map<String, Value>, more: &str, mark: &str) -> Value {
    let given = filled
        .get("labels")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let more = more.split(',').map(str::trim).filter(|label| !label.is_empty());
    let mut labels: Vec<&str> = given.chain(more).collect();
    labels.push(mark);
    json!(labels)
}

/// Links the issue with a ticket that it just got: it stands as the issue does.
fn link(client: &Client<'_>, issue: &Issue, made: &Made) -> Result<(), Failure> {
    let mut agreed = Agreed {
        standing: Some((Standing::Open, Standing::Open)),
        ..Agreed::default()
    };
    agreed.set(comments::HEARD, &0);
    let remote = Remote {
        id: made.id.clone(),
        key: made.name.clone(),
        summary: describe::title(issue, MAX_SUMMARY),
        state: String::new(),
        usual: Standing::Open,
        assignee: Value::Null,
        priority: String::new(),
    };
    changes::of(&issue.id).link(&remote.ticket(client.settings, true, &agreed))?;
    watch::begin(&issue.id, &made.id, issue)
}

/// The way back: a link on the ticket, one for each issue however often it is written.
pub fn point_back(client: &Client<'_>, issue: &Issue, ticket: &str) -> Result<(), Failure> {
    let title = format!("{}: {}", issue.short_id, describe::title(issue, MAX_SUMMARY - 60));
    let link = json!({
        "globalId": global_id(&issue.id),
        "application": { "type": "errand", "name": "Errand" },
        "relationship": "reported by",
        "object": { "url": issue.url, "title": title, "summary": line(&issue.culprit, 200) },
    });
    // A ticket is good without: what Jira has against the link is worth a line, not a failure.
    if let Wrote::Refused(refusal) =
        client.write("POST", &format!("issue/{}/remotelink", part(ticket)), &link)?
    {
        log::warn(&refusal.words());
    }
    Ok(())
}

/// By which a link on a ticket is known again.
pub fn global_id(issue: &str) -> String {
    format!("errand-issue={issue}")
}
