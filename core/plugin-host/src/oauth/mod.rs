//! OAuth 2.0: accounts of other systems, whose tokens the hub holds and renews (RFC 6749, 7636). A plugin names the
//! setting; the access token goes where it says, and never into it.
//!
//! Many servers give a refresh token only once, and take all access away where one comes twice. So a grant is renewed by
//! one call at a time, here and in all hubs on the database; what has begun goes on to its end although the call that
//! wanted it is over; and what came of it is kept before anybody uses it.

pub(crate) mod account;
mod endpoint;
mod grant;
mod person;
pub(crate) mod turns;

use std::sync::Arc;
use std::time::Duration;

use errand_model::{InstallationId, Secret};
use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep, timeout_at};

use crate::attempt::RequestRecord;
use crate::reach::Reach;
use crate::record::shown_url;
use crate::services::Grants;
use crate::shared::Shared;

pub(crate) use account::Account;
pub(crate) use endpoint::TokenError;
pub use person::{AccountInfo, AskForAccess};

use endpoint::{Asked, Tokens, ask};
use grant::Grant;

/// What a request for tokens may take.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(15);
/// For how long a hub alone may renew a grant, in seconds: longer than it takes.
const CLAIM_SECONDS: i64 = 60;
/// How often it is looked whether another hub has renewed it.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often it is tried to keep what came. What is not kept may be lost for good.
const KEEP_TRIES: u32 = 5;

/// For whom a token is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) installation: InstallationId,
    pub(crate) account: Account,
    pub(crate) reach: Reach,
    /// A token that the other side did not take.
    pub(crate) stale: Option<String>,
    pub(crate) until: Instant,
}

/// An access token, and what must not be seen besides.
pub(crate) struct Given {
    pub(crate) access: Secret<String>,
    pub(crate) refresh: Option<Secret<String>>,
    /// Whether a newer one can be had, should this one not be taken.
    pub(crate) is_renewable: bool,
}

/// An access token of an account, renewed if need be. What was asked of the authorization server goes to `asked`.
pub(crate) async fn token(
    shared: &Arc<Shared>,
    wanted: Wanted,
    asked: &mut Vec<RequestRecord>,
) -> Result<Given, TokenError> {
    if wanted.installation == InstallationId(0) {
        return before_it_is_added(shared, &wanted, asked).await;
    }
    if let Some(given) = fresh(shared, &wanted).await?.1 {
        return Ok(given);
    }
    let turn = shared.turns.take(wanted.installation, &wanted.account.setting);
    let turn = timeout_at(wanted.until, turn).await.map_err(|_| too_slow())?;
    let by = loop {
        let (kept, given) = fresh(shared, &wanted).await?;
        if let Some(given) = given {
            return Ok(given);
        }
        let by = kept.renewed_by(&wanted.account)?;
        let until = shared.clock.now().plus_seconds(CLAIM_SECONDS);
        let claim = shared
            .grants
            .claim(wanted.installation, &wanted.account.setting, kept.revision, until);
        if claim.await.map_err(|error| no_storage(&error))? {
            break by;
        }
        if Instant::now() + LOOK_EVERY >= wanted.until {
            return Err(too_slow());
        }
        sleep(LOOK_EVERY).await;
    };
    let renewing = tokio::spawn(renew(Arc::clone(shared), wanted, by, turn));
    let (result, record) = renewing.await.map_err(|_| too_slow())?;
    asked.push(record);
    result
}

/// What is kept for an account.
struct Kept {
    grant: Option<Grant>,
    revision: u64,
}

impl Kept {
    fn renewed_by(&self, account: &Account) -> Result<Asked, TokenError> {
        if account.acts_by_itself() {
            return Ok(Asked::Client);
        }
        let kept = self.grant.as_ref().and_then(|grant| grant.refresh.as_ref());
        let why = match self.grant {
            Some(_) => "has ended, and cannot be renewed: grant it again on the page of the plugin",
            None => "was not granted yet: grant it on the page of the plugin",
        };
        let refresh = kept.or(account.brought.as_ref().filter(|_| self.grant.is_none()));
        refresh
            .map(|token| Asked::Refresh(token.clone()))
            .ok_or_else(|| TokenError::Refused(format!("the access of '{}' {why}", account.setting)))
    }
}

async fn fresh(shared: &Shared, wanted: &Wanted) -> Result<(Kept, Option<Given>), TokenError> {
    let (installation, account) = (wanted.installation, &wanted.account);
    let kept = shared.grants.read(installation, &account.setting).await;
    let kept = kept.map_err(|error| no_storage(&error))?.unwrap_or_default();
    let grant = kept.text.as_ref().and_then(|text| Grant::parse(text.reveal()));
    let grant = grant.filter(|grant| grant.origin == account.origin());
    let usable = grant
        .as_ref()
        .filter(|grant| grant.is_fresh(shared.clock.now(), wanted.stale.as_deref()));
    let given = usable.map(|grant| given(grant, account));
    let revision = kept.revision;
    Ok((Kept { grant, revision }, given))
}

fn given(grant: &Grant, account: &Account) -> Given {
    Given {
        access: grant.access.clone(),
        refresh: grant.refresh.clone(),
        is_renewable: account.acts_by_itself() || grant.refresh.is_some(),
    }
}

/// Asks for tokens and keeps them. Runs to its end, whoever waits.
async fn renew(
    shared: Arc<Shared>,
    wanted: Wanted,
    by: Asked,
    turn: OwnedMutexGuard<()>,
) -> (Result<Given, TokenError>, RequestRecord) {
    let (result, record) = exchange(&shared, &wanted, &by).await;
    let (installation, account) = (wanted.installation, &wanted.account);
    let before = match by {
        Asked::Refresh(token) => Some(token),
        Asked::Client | Asked::Code { .. } => None,
    };
    let result = match result {
        Ok(tokens) => {
            let grant = Grant::new(tokens, before, account.origin());
            // This call can go on with what it got, kept or not.
            let _ = keep(shared.grants.as_ref(), installation, &account.setting, &grant).await;
            Ok(given(&grant, account))
        }
        Err(error) => {
            if let Err(error) = shared.grants.give_back(installation, &account.setting).await {
                tracing::warn!(%installation, error, "a grant stays locked for a minute");
            }
            Err(error)
        }
    };
    drop(turn);
    (result, record)
}

async fn exchange(
    shared: &Shared,
    wanted: &Wanted,
    by: &Asked,
) -> (Result<Tokens, TokenError>, RequestRecord) {
    let started = Instant::now();
    let (account, until) = (&wanted.account, started + TOKEN_TIMEOUT);
    let now = shared.clock.now();
    let (result, status) = ask(&shared.egress, account, by, &wanted.reach, until, now).await;
    let record = RequestRecord {
        method: "POST".to_owned(),
        url: shown_url(account.token_url.as_str()),
        status,
        error: result.as_ref().err().map(ToString::to_string),
        ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        // What was sent and received are tokens: nobody's to know, not even how long.
        sent_bytes: 0,
        received_bytes: 0,
        body: None,
    };
    (result, record)
}

async fn keep(
    grants: &dyn Grants,
    installation: InstallationId,
    setting: &str,
    grant: &Grant,
) -> Result<(), TokenError> {
    let text = grant.to_text();
    let mut tried = 1;
    loop {
        let Err(error) = grants.keep(installation, setting, &text).await else {
            return Ok(());
        };
        tracing::error!(%installation, setting, error, tried, "the tokens of an account could not be kept");
        if tried == KEEP_TRIES {
            return Err(no_storage(&error));
        }
        sleep(Duration::from_millis(100) * 2_u32.pow(tried)).await;
        tried += 1;
    }
}

/// Settings are looked at before there is an installation that could keep tokens.
async fn before_it_is_added(
    shared: &Shared,
    wanted: &Wanted,
    asked: &mut Vec<RequestRecord>,
) -> Result<Given, TokenError> {
    let account = &wanted.account;
    if !account.acts_by_itself() {
        return Err(TokenError::Refused(format!(
            "the account of '{}' is at hand once the plugin is added",
            account.setting
        )));
    }
    let (result, record) = exchange(shared, wanted, &Asked::Client).await;
    asked.push(record);
    let grant = Grant::new(result?, None, account.origin());
    Ok(given(&grant, account))
}

fn too_slow() -> TokenError {
    TokenError::Later {
        message: "the tokens of the account are being renewed".to_owned(),
        after_ms: None,
    }
}

fn no_storage(error: &str) -> TokenError {
    tracing::warn!(error, "the tokens of an account cannot be read");
    TokenError::Later {
        message: "the hub's storage fails".to_owned(),
        after_ms: None,
    }
}
