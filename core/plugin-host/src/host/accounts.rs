//! Access tokens for requests that name an account: had before the request goes, and renewed once if they are not taken.

use errand_model::delivery::AttemptOutcome;
use url::Url;

use crate::bindings::v1::errand::plugin::http::{Error, Request};
use crate::instance::State;
use crate::oauth::{self, Account, TokenError, Wanted};
use crate::record::sanitize;

impl State {
    /// Sees to it that the tokens are at hand which a request names; with `stale`, another one than that which this
    /// account's setting has now.
    pub(super) async fn bring_tokens(&mut self, request: &Request, stale: Option<&str>) -> Result<(), Error> {
        let names: Vec<_> = request.credentials.iter().map(|one| one.secret.clone()).collect();
        for name in names {
            let wanted = stale.is_none_or(|stale| stale == name);
            if !wanted || (stale.is_none() && self.tokens.contains_key(&name)) {
                continue;
            }
            let account = match self.secrets.account(&name) {
                None => continue,
                Some(Ok(account)) => account.clone(),
                Some(Err(missing)) => return Err(self.unsettled(&name, &missing.clone())),
            };
            // A request that is refused for where it goes is no reason to ask for tokens.
            let is_bound_elsewhere =
                Url::parse(&request.url).is_ok_and(|url| !self.secrets.may_go(&name, &url));
            if !is_bound_elsewhere {
                self.bring_token(account).await?;
            }
        }
        Ok(())
    }

    async fn bring_token(&mut self, account: Account) -> Result<(), Error> {
        self.check_budget()?;
        let name = account.setting.clone();
        let stale = self.tokens.remove(&name);
        let wanted = Wanted {
            installation: self.installation,
            account,
            reach: self.reach.clone(),
            stale: stale.map(|given| given.access.reveal().clone()),
            until: self.requests_until,
        };
        let mut asked = Vec::new();
        let given = oauth::token(&self.shared.clone(), wanted, &mut asked).await;
        for mut record in asked {
            record.error = record.error.map(|error| self.secrets.scrub(&error));
            self.record.requests.push(record);
        }
        match given {
            Ok(given) => {
                self.secrets.add(&given.access);
                given.refresh.iter().for_each(|token| self.secrets.add(token));
                self.tokens.insert(name, given);
                self.record.verdict = None;
                Ok(())
            }
            Err(error) => Err(self.without_token(error)),
        }
    }

    /// Whether a request carries a token in whose place another can be had.
    pub(super) fn can_renew(&self, request: &Request) -> bool {
        let mut names = request.credentials.iter().map(|one| &one.secret);
        names.any(|name| self.tokens.get(name).is_some_and(|given| given.is_renewable))
    }

    /// Has the tokens of a request renewed that were not taken, once in a call; whether any was.
    pub(super) async fn renew_tokens(&mut self, request: &Request) -> Result<bool, Error> {
        let mut is_renewed = false;
        for credential in &request.credentials {
            let name = &credential.secret;
            let can = self.tokens.get(name).is_some_and(|given| given.is_renewable);
            if can && self.renewed.insert(name.clone()) {
                self.bring_tokens(request, Some(name)).await?;
                is_renewed = true;
            }
        }
        Ok(is_renewed)
    }

    fn unsettled(&mut self, name: &str, missing: &str) -> Error {
        let message = format!("{name}: {missing}");
        self.record.verdict = Some(AttemptOutcome::Config {
            message: message.clone(),
        });
        Error::Denied(message)
    }

    /// Why there is no token, for the plugin; and for the hub, which does not leave to the plugin what follows.
    fn without_token(&mut self, error: TokenError) -> Error {
        let message = sanitize(&self.secrets.scrub(&error.to_string()));
        let (verdict, told) = match error {
            TokenError::Refused(_) => (
                AttemptOutcome::Auth {
                    message: message.clone(),
                },
                Error::Denied(message),
            ),
            TokenError::Later { after_ms, .. } => (
                AttemptOutcome::Retry {
                    message: message.clone(),
                    after_ms,
                },
                Error::Other(message),
            ),
            TokenError::Unreachable(error) => (
                AttemptOutcome::Retry {
                    message,
                    after_ms: None,
                },
                error.into(),
            ),
        };
        self.record.verdict = Some(verdict);
        told
    }
}
