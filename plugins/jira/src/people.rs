//! Who is who: people of the hub by their address, people of Jira by their account.

use errand_plugin_sdk::{Failure, kv, now};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::{Client, part};
use crate::hub;
use crate::settings::Edition;

/// How long an account is remembered, in milliseconds: a day.
const REMEMBERED_MS: u64 = 86_400_000;

#[derive(Serialize, Deserialize)]
struct Known {
    account: Option<String>,
    at: u64,
}

/// The account of whose an issue is; `Some(None)` for nobody's; none where Jira has no word for it: a team, or somebody
/// without an account.
pub fn account_of(client: &Client<'_>, assignee: Option<&str>) -> Result<Option<Option<String>>, Failure> {
    let Some(assignee) = assignee else {
        return Ok(Some(None));
    };
    if !assignee.starts_with("user:") {
        return Ok(None);
    }
    let Some(email) = hub::email_of(assignee)? else {
        return Ok(None);
    };
    Ok(account(client, &email)?.map(Some))
}

/// The account of an address.
fn account(client: &Client<'_>, email: &str) -> Result<Option<String>, Failure> {
    let mut said = client.settings.people.iter();
    if let Some((_, account)) = said.find(|(known, _)| known.eq_ignore_ascii_case(email)) {
        return Ok(Some(account.clone()));
    }
    let key: String = format!("account/{}", part(email)).chars().take(200).collect();
    let known = kv::get_json::<Known>(&key).ok().flatten();
    if let Some((known, _)) = known.filter(|(known, _)| now().saturating_sub(known.at) < REMEMBERED_MS) {
        return Ok(known.account);
    }
    let found = assignable(client, email, 2)?;
    let is_his = |person: &&Value| {
        person["emailAddress"]
            .as_str()
            .is_some_and(|known| known.eq_ignore_ascii_case(email))
    };
    // Cloud may hide addresses, and still finds people by them.
    let his = found.iter().find(is_his).or(match found.as_slice() {
        [only] if only["emailAddress"].as_str().unwrap_or_default().is_empty() => Some(only),
        _ => None,
    });
    let account = his.and_then(|person| client.account(person));
    kv::put_json(
        &key,
        &Known {
            account: account.clone(),
            at: now(),
        },
        None,
    )?;
    Ok(account)
}

/// People who can be assigned in the project, of those that fit a query.
pub fn assignable(client: &Client<'_>, query: &str, most: u32) -> Result<Vec<Value>, Failure> {
    let by = match client.settings.edition {
        Edition::Cloud => "query",
        Edition::DataCenter => "username",
    };
    let project = part(&client.project);
    let path = format!(
        "user/assignable/search?project={project}&{by}={}&maxResults={most}",
        part(query)
    );
    let found = client.get(&path)?.unwrap_or_default();
    Ok(found.as_array().cloned().unwrap_or_default())
}

/// The account of whom somebody names: by account, address or name; or who there is to choose from.
pub fn meant(client: &Client<'_>, who: &str) -> Result<String, Failure> {
    let found = assignable(client, who, 10)?;
    let is = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case(who.trim()))
    };
    let is_account = |person: &Value| client.account(person).as_deref() == Some(who.trim());
    let exact =
        |person: &&Value| is_account(person) || is(&person["emailAddress"]) || is(&person["displayName"]);
    let chosen = found.iter().find(exact).or(match found.as_slice() {
        [only] => Some(only),
        _ => None,
    });
    match (chosen.and_then(|person| client.account(person)), found.is_empty()) {
        (Some(account), _) => Ok(account),
        // An account is not always found by itself.
        (None, true) => Ok(who.trim().to_owned()),
        (None, false) => {
            let names: Vec<_> = found
                .iter()
                .filter_map(|person| person["displayName"].as_str())
                .collect();
            Err(Failure::permanent(format!("who is it? {}", names.join(", "))))
        }
    }
}

/// Whom of the hub Jira means; `Some(None)` for nobody; none where the hub knows nobody like that.
pub fn person_of(client: &Client<'_>, person: &Value) -> Result<Option<Option<String>>, Failure> {
    let Some(account) = client.account(person) else {
        return Ok(Some(None));
    };
    let said = client
        .settings
        .people
        .iter()
        .find(|(_, known)| **known == account);
    let email = said
        .map(|(email, _)| email.as_str())
        .or(person["emailAddress"].as_str());
    match email {
        Some(email) => Ok(hub::id_of(email)?.map(Some)),
        None => Ok(None),
    }
}
