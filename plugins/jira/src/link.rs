//! Buttons: a ticket linked, or let go.

use errand_plugin_sdk::tickets::making::tickets_of;
use errand_plugin_sdk::tickets::standing::Standing;
use errand_plugin_sdk::tickets::sync::Agreed;
use errand_plugin_sdk::tickets::text::line;
use errand_plugin_sdk::{Action, Failure, Issue, Reply, Ticket, changes};

use crate::client::{Client, part, quoted};
use crate::make;
use crate::remote::Remote;
use crate::watch;

/// Tickets that are named where a search finds several.
const NAMED: u32 = 5;

/// Does what a button asks for.
pub fn press(client: &Client<'_>, action: &Action) -> Result<Reply, Failure> {
    match action.id.as_str() {
        "link" => link(client, &action.issue, action.text("ticket")),
        _ => unlink(client, &action.issue, action.text("ticket")),
    }
}

/// The tickets that the issue goes on with.
pub fn current(client: &Client<'_>, issue: &Issue) -> Result<Vec<Ticket>, Failure> {
    let all = tickets_of(&issue.id, &client.settings.system())?.into_iter();
    Ok(all
        .filter(|ticket| !Agreed::read(&ticket.extra).is_retired)
        .collect())
}

fn link(client: &Client<'_>, issue: &Issue, wanted: &str) -> Result<Reply, Failure> {
    let remote = match key_in(wanted) {
        Some(key) => {
            let missing = || Failure::permanent(format!("Jira shows no ticket {key}"));
            Remote::get(client, &key)?.ok_or_else(missing)?
        }
        None => only_one(search(client, wanted)?)?,
    };
    let states = client.settings.states()?;
    let ours = Standing::from(issue.status);
    let theirs = states.meaning(&remote.state, remote.usual);
    // They may differ until one of them moves: who links does not mean to close or open anything.
    let agreed = Agreed {
        standing: Some((ours, theirs.unwrap_or(ours))),
        ..Agreed::default()
    };
    let is_open = theirs == Some(Standing::Open);
    changes::of(&issue.id).link(&remote.ticket(client.settings, is_open, &agreed))?;
    make::point_back(client, issue, &remote.id)?;
    watch::begin(&issue.id, &remote.id, issue)?;
    Ok(Reply {
        message: Some(format!(
            "linked with {}: {}",
            remote.key,
            line(&remote.summary, 200)
        )),
        open_url: Some(client.settings.page(&remote.key)),
    })
}

/// The key in what somebody typed: a key, or the address of a ticket.
fn key_in(text: &str) -> Option<String> {
    let is_key = |word: &&str| {
        let Some((project, number)) = word.rsplit_once('-') else {
            return false;
        };
        let mut letters = project.chars();
        letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
    };
    let words = text.split(['/', '?', '&', '=', '#']).map(str::trim);
    words.filter(is_key).last().map(str::to_ascii_uppercase)
}

fn search(client: &Client<'_>, words: &str) -> Result<Vec<Remote>, Failure> {
    if words.is_empty() {
        return Err(Failure::permanent(
            "say which ticket: its key, its address, or words of its summary",
        ));
    }
    // What a search reads as an operator is no word.
    let words: String = words
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let project = quoted(&client.project);
    let jql = format!(
        "project = {project} AND summary ~ {} ORDER BY updated DESC",
        quoted(&words)
    );
    let found = client.search(&jql, &["summary", "status", "assignee", "priority"], NAMED)?;
    Ok(found.iter().filter_map(Remote::read).collect())
}

fn only_one(found: Vec<Remote>) -> Result<Remote, Failure> {
    let names: Vec<_> = found
        .iter()
        .map(|one| format!("{} ({})", one.key, line(&one.summary, 80)))
        .collect();
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Failure::permanent("Jira finds no ticket with these words")),
        _ => Err(Failure::permanent(format!("which one? {}", names.join(", ")))),
    }
}

fn unlink(client: &Client<'_>, issue: &Issue, wanted: &str) -> Result<Reply, Failure> {
    let key = key_in(wanted);
    let tickets = current(client, issue)?.into_iter();
    let mut meant = tickets.filter(|ticket| key.as_ref().is_none_or(|key| *key == ticket.name));
    let none = || Failure::permanent("the issue has no such ticket");
    let ticket = meant.next().ok_or_else(none)?;
    if meant.next().is_some() {
        return Err(Failure::permanent("the issue has several tickets: say which"));
    }
    watch::retire(&issue.id, &ticket.id)?;
    changes::of(&issue.id).unlink(&ticket.system, &ticket.id)?;
    client.delete(&format!(
        "issue/{}/remotelink?globalId={}",
        part(&ticket.id),
        part(&make::global_id(&issue.id))
    ))?;
    Ok(Reply::message(format!("{} is not linked any more", ticket.name)))
}
