//! Slack's Web API: which answers 200 also to what fails, and says how in a word.

use errand_plugin_sdk::{Failure, http};
use serde_json::Value;

use crate::Settings;

/// Where it is, unless the settings say otherwise.
const PUBLIC: &str = "https://slack.com";
/// How long a delivery waits for an answer.
const PATIENT_MS: u32 = 10_000;
/// How long a person's click does: Slack wants its own answer within three seconds.
const HASTY_MS: u32 = 900;

/// The API, with the installation's token.
#[derive(Clone, Copy)]
pub(crate) struct Slack<'a> {
    pub(crate) settings: &'a Settings,
    timeout_ms: u32,
    is_dry_run: bool,
}

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// Slack's word: `channel_not_found`; and which scope it wants, if it says so.
    Said(String, Option<String>),
    /// It did not come to that.
    Failed(Failure),
}

impl<'a> Slack<'a> {
    /// For a delivery.
    pub(crate) fn patient(settings: &'a Settings, is_dry_run: bool) -> Self {
        Slack {
            settings,
            timeout_ms: PATIENT_MS,
            is_dry_run,
        }
    }

    /// For somebody who waits.
    pub(crate) fn hasty(settings: &'a Settings) -> Self {
        Slack {
            settings,
            timeout_ms: HASTY_MS,
            is_dry_run: false,
        }
    }

    /// Has a method do something.
    pub(crate) fn call(&self, method: &str, body: &Value) -> Result<Value, Trouble> {
        let request = http::post(&self.url(method))
            // Slack warns where the charset is missing.
            .header("Content-Type", "application/json; charset=utf-8")
            .body(body.to_string());
        self.send(request)
    }

    /// Asks a method something.
    pub(crate) fn ask(&self, method: &str, query: &[(&str, &str)]) -> Result<Value, Trouble> {
        let request = http::get(&self.url(method));
        let request = query
            .iter()
            .fold(request, |request, (name, value)| request.query(name, value));
        self.send(request)
    }

    fn url(&self, method: &str) -> String {
        let base = self.settings.api_url.as_deref().unwrap_or(PUBLIC);
        format!("{}/api/{method}", base.trim_end_matches('/'))
    }

    fn send(&self, request: http::Request) -> Result<Value, Trouble> {
        let Some(token) = &self.settings.bot_token else {
            return Err(Failure::config("bot_token", "must be set").into());
        };
        let answer = request.bearer(token).timeout_ms(self.timeout_ms).send()?.ok()?;
        if self.is_dry_run && answer.body().is_empty() {
            return Ok(Value::Null);
        }
        // What is cut short or comes from a proxy may be whole the next time.
        let said: Value =
            serde_json::from_slice(answer.body()).map_err(|_| Failure::retry("Slack's answer is no JSON"))?;
        let text = |key: &str| said[key].as_str().map(str::to_owned);
        match said["ok"].as_bool() {
            Some(true) => Ok(said),
            Some(false) => Err(Trouble::Said(text("error").unwrap_or_default(), text("needed"))),
            None => Err(Failure::retry("Slack's answer does not say how it went").into()),
        }
    }
}

impl Trouble {
    /// Whether Slack said this.
    pub(crate) fn is(&self, codes: &[&str]) -> bool {
        matches!(self, Trouble::Said(code, _) if codes.contains(&code.as_str()))
    }

    /// Names the scope that is missing, where Slack does not.
    pub(crate) fn lacking(self, scope: &str) -> Self {
        match self {
            Trouble::Said(code, None) if code == "missing_scope" => {
                Trouble::Said(code, Some(scope.to_owned()))
            }
            other => other,
        }
    }

    /// Whether the token is not allowed to do this, so that it has to be done without.
    pub(crate) fn is_missing_scope(&self) -> bool {
        self.is(&["missing_scope", "not_allowed_token_type", "no_permission"])
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Trouble::Failed(failure)
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let (code, needed) = match trouble {
            Trouble::Failed(failure) => return failure,
            Trouble::Said(code, needed) => (code, needed),
        };
        match code.as_str() {
            "ratelimited" | "rate_limited" | "message_limit_exceeded" => {
                Failure::RateLimited { after_ms: 60_000 }
            }
            "invalid_auth"
            | "not_authed"
            | "account_inactive"
            | "token_revoked"
            | "token_expired"
            | "no_permission"
            | "missing_scope"
            | "not_allowed_token_type"
            | "org_login_required"
            | "ekm_access_denied"
            | "team_access_not_granted"
            | "access_denied"
            | "enterprise_is_restricted"
            | "two_factor_setup_required"
            | "invalid_token" => Failure::Auth(match needed {
                Some(scope) => {
                    format!("Slack says {code}: the app needs the scope {scope}, and to be installed again")
                }
                None => format!("Slack says {code}"),
            }),
            "channel_not_found" => {
                Failure::config("channel", "Slack knows no such channel, or the app is not in it")
            }
            "not_in_channel" => Failure::config("channel", "the app is not in the channel: /invite it there"),
            "is_archived" => Failure::config("channel", "the channel is archived"),
            "restricted_action"
            | "restricted_action_read_only_channel"
            | "restricted_action_thread_only_channel"
            | "restricted_action_non_threadable_channel"
            | "restricted_action_thread_locked" => {
                Failure::config("channel", format!("the app may not post there: {code}"))
            }
            "internal_error"
            | "fatal_error"
            | "service_unavailable"
            | "request_timeout"
            | "team_added_to_org"
            | "accesslimited" => Failure::retry(format!("Slack says {code}")),
            _ => Failure::permanent(format!("Slack says {code}")),
        }
    }
}
