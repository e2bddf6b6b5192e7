//! Who is who: people of the workspace and of the hub know each other by their e-mail address.

use errand_plugin_sdk::people::{self, Party};
use errand_plugin_sdk::{Failure, kv, now};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{Slack, Trouble};

/// How long an answer is believed.
const DAY_MS: u64 = 86_400_000;
/// How long it is believed that there is nobody.
const HOUR_MS: u64 = 3_600_000;

#[derive(Serialize, Deserialize)]
struct Known {
    /// Empty for nobody.
    who: String,
    at: u64,
}

/// The workspace's member with an address, as Slack knows them; none where there is nobody.
pub(crate) fn member(slack: &Slack<'_>, address: &str) -> Result<Option<String>, Failure> {
    known(&key_of(address), || {
        match slack.ask("users.lookupByEmail", &[("email", address)]) {
            Ok(Value::Null) => Ok(None),
            Ok(found) if found["user"]["deleted"] == true => Ok(None),
            Ok(found) => Ok(found["user"]["id"].as_str().map(str::to_owned)),
            Err(trouble) if trouble.is(&["users_not_found", "user_not_found"]) => Ok(None),
            Err(trouble) => Err(trouble.lacking("users:read.email").into()),
        }
    })
}

/// Who has an address is to be asked again: who had it is not there any more.
pub(crate) fn forget(address: &str) -> Result<(), Failure> {
    Ok(kv::delete(&key_of(address))?)
}

fn key_of(address: &str) -> String {
    format!("member/{}", address.to_lowercase())
}

/// The person of the hub that a member of the workspace is; none where the hub knows nobody with a confirmed address of
/// theirs. A guest of another workspace is nobody: who says that the address is theirs?
pub(crate) fn person(slack: &Slack<'_>, member: &str) -> Result<Option<Party>, Failure> {
    let address = known(&format!("address/{member}"), || {
        let user = match slack.ask("users.info", &[("user", member)]) {
            Ok(found) => found["user"].clone(),
            Err(trouble @ Trouble::Said(..)) if trouble.is(&["user_not_found", "user_not_visible"]) => {
                return Ok(None);
            }
            Err(trouble) => return Err(trouble.into()),
        };
        let is = |flag: &str| user[flag] == true;
        let is_own =
            !is("is_stranger") && !is("deleted") && !is("is_bot") && user["is_email_confirmed"] != false;
        let address = user["profile"]["email"].as_str().filter(|_| is_own);
        Ok(address.map(str::to_owned))
    })?;
    match address {
        Some(address) => people::find(&address),
        None => Ok(None),
    }
}

/// What was found out before, or is now.
fn known(
    key: &str,
    find: impl FnOnce() -> Result<Option<String>, Failure>,
) -> Result<Option<String>, Failure> {
    let now = now();
    if let Some((known, _)) = kv::get_json::<Known>(key)? {
        let holds = if known.who.is_empty() { HOUR_MS } else { DAY_MS };
        if now.saturating_sub(known.at) < holds {
            return Ok(Some(known.who).filter(|who| !who.is_empty()));
        }
    }
    let who = find()?;
    let found = Known {
        who: who.clone().unwrap_or_default(),
        at: now,
    };
    // Another call may have found the same meanwhile; without room it is found out again.
    match kv::put_json(key, &found, None) {
        Ok(_) | Err(kv::Error::Quota(_) | kv::Error::Invalid(_)) => Ok(who),
        Err(error) => Err(error.into()),
    }
}
