//! Requests and storage.

use std::collections::BTreeMap;

use errand_plugin_sdk::{Call, Failure, Outcome, http, kv, log};

use crate::Settings;

/// Logs what came back, or the hub's error.
fn report(answer: Result<http::Response, http::Error>) -> Result<Outcome, Failure> {
    match answer {
        Ok(answer) => {
            let text = String::from_utf8_lossy(answer.body()).into_owned();
            log::info(&format!(
                "{} {}",
                answer.status(),
                text.chars().take(200).collect::<String>()
            ));
            Ok(Outcome::Done)
        }
        Err(error) => Err(Failure::permanent(format!("{error:?}"))),
    }
}

pub fn fetch(settings: &Settings) -> Result<Outcome, Failure> {
    report(http::get(settings.target()?).try_send())
}

/// Also tries to get at the secret: in the log, by an echo, in the failure.
pub fn fetch_with_secret(settings: &Settings) -> Result<Outcome, Failure> {
    let token = settings
        .token
        .as_ref()
        .ok_or_else(|| Failure::config("token", "is not set"))?;
    log::info(&format!("the token is {token:?}"));
    let url = format!("{}/path-{{t}}/x", settings.target()?);
    let answer = http::get(&url)
        .bearer(token)
        .secret_header("X-Token", token)
        .secret_query("token", token)
        .secret_path("{t}", token)
        .try_send();
    let answer = match answer {
        Ok(answer) => answer,
        error => return report(error),
    };
    let body = String::from_utf8_lossy(answer.body()).into_owned();
    log::info(&format!("{body} {:?}", answer.header("x-echo")));
    Err(Failure::permanent(body))
}

/// The remote is slow: the plugin still says so in time.
pub fn fetch_slowly(call: &Call, settings: &Settings) -> Result<Outcome, Failure> {
    let answer = http::get(settings.target()?).send();
    if errand_plugin_sdk::now() >= call.deadline {
        return Err(Failure::permanent("woken after the deadline"));
    }
    answer?.ok()?;
    Ok(Outcome::Done)
}

pub fn fetch_often(settings: &Settings) -> Result<Outcome, Failure> {
    for _ in 0..100 {
        if let Err(error) = http::get(settings.target()?).try_send() {
            return Err(Failure::permanent(format!("{error:?}")));
        }
    }
    Ok(Outcome::Done)
}

pub fn post(settings: &Settings) -> Result<Outcome, Failure> {
    http::post(settings.target()?).body("hello").send()?.ok()?;
    kv::put("posted", b"yes", None)?;
    Ok(Outcome::Done)
}

/// A question, although it is a POST.
pub fn ask(settings: &Settings) -> Result<Outcome, Failure> {
    report(
        http::post(settings.target()?)
            .body("who is it?")
            .asking()
            .try_send(),
    )
}

/// Counts its calls in the key-value store.
pub fn remember() -> Result<Outcome, Failure> {
    let (count, revision) = kv::get_json::<u64>("count")?.unwrap_or((0, 0));
    kv::put_json("count", &(count + 1), Some(revision))?;
    if kv::put_json("count", &0, Some(revision)) != Err(kv::Error::Conflict(revision + 1)) {
        return Err(Failure::permanent("a stale revision was accepted"));
    }
    log::info(&format!(
        "count {}, keys {:?}",
        count + 1,
        kv::keys("c", None, 10)?
    ));
    Ok(Outcome::Done)
}

pub fn remember_too_much() -> Result<Outcome, Failure> {
    for (key, size) in [("", 1), ("bad\nkey", 1), ("large", 65 << 10)] {
        if let Ok(revision) = kv::put(key, &vec![0; size], None) {
            return Err(Failure::permanent(format!("'{key}' was accepted at {revision}")));
        }
    }
    for turn in 0.. {
        if let Err(error) = kv::get("key") {
            log::info(&format!("after {turn}: {error}"));
            break;
        }
    }
    Ok(Outcome::Done)
}

/// Signs in two ways, and puts the token into a header of its own.
pub fn sign(settings: &Settings) -> Result<Outcome, Failure> {
    let token = settings
        .token
        .as_ref()
        .ok_or_else(|| Failure::config("token", "is not set"))?;
    let claims = BTreeMap::from([("exp", errand_plugin_sdk::now() / 1000 + 60)]);
    report(
        http::post(settings.target()?)
            .body("hello")
            .sign("X-Signature", "sha256=", token)
            .sign_standard_webhook("msg_1", token)
            .secret_in_header("X-Token", "Token token={secret}", token)
            .bearer_jwt(http::Algorithm::Hs256, None, &claims, token)
            .try_send(),
    )
}

/// Fills the store until it is told to stop.
pub fn write_for_ever() -> Result<Outcome, Failure> {
    for turn in 0_u64.. {
        if let Err(error) = kv::put(&format!("key {turn}"), &[0; 1024], None) {
            return Err(Failure::permanent(format!("after {turn}: {error}")));
        }
    }
    Ok(Outcome::Done)
}

/// Sends a secret where it may not go.
pub fn fetch_bound(settings: &Settings) -> Result<Outcome, Failure> {
    let signing = settings
        .signing
        .as_ref()
        .ok_or_else(|| Failure::config("signing", "is not set"))?;
    report(http::get(settings.target()?).bearer(signing).try_send())
}

/// Sends to an address that it never sees, and to what may not stand behind it.
pub fn post_to_secret(settings: &Settings) -> Result<Outcome, Failure> {
    let hook = settings
        .hook
        .as_ref()
        .ok_or_else(|| Failure::config("hook", "is not set"))?;
    for behind in ["@elsewhere.test", "/../up", "#part"] {
        let refused = http::request_to("POST", hook, behind).try_send();
        if !matches!(refused, Err(http::Error::Invalid(_))) {
            return Err(Failure::permanent(format!("{behind}: {refused:?}")));
        }
    }
    report(
        http::request_to("POST", hook, "/messages/12?wait=true")
            .body("hello")
            .try_send(),
    )
}

/// Does something with an account, whose token it never sees, and says how the other side answered.
pub fn use_account(settings: &Settings) -> Result<Outcome, Failure> {
    let account = if settings.target.is_some() {
        &settings.robot
    } else {
        &settings.account
    };
    let account = account
        .as_ref()
        .ok_or_else(|| Failure::config("account", "is not set"))?;
    log::info(&format!("the account is {account:?}"));
    let answer = http::get(&format!("{}/me", settings.target()?))
        .bearer(account)
        .send()?;
    log::info(&String::from_utf8_lossy(answer.body()));
    answer.ok()?;
    Ok(Outcome::Done)
}
