//! How a plugin is told: one by one and in order, the latest alone, or together.

use errand_model::notice::TO_PEOPLE;
use errand_model::telling::{Digest, GatherBy, Telling};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Manifest;
use super::kind::SettingKind;
use super::settings::ConfigProblem;

/// The longest window of a digest, in minutes: a week.
const MAX_MINUTES: u32 = 7 * 24 * 60;
/// The largest digest.
const MAX_MOST: usize = 500;

/// Whether a plugin hears of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Of everything, in order for each issue.
    #[default]
    Strict,
    /// Of the latest of each issue: what waits when something newer happens is not told any more. For plugins that
    /// bring another system in line with how an issue stands.
    Coalesce,
}

impl Order {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
    pub(super) fn is_strict(&self) -> bool {
        *self == Order::Strict
    }
}

/// What makes a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestRule {
    /// How long what comes is gathered, from the first on. 0 gathers nothing, unless an admin chose another time; to
    /// people it may write all the same.
    pub minutes: u32,
    /// The number setting by which an admin chooses the minutes; while it is not set, `minutes` holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes_setting: Option<String>,
    /// What is gathered with each other.
    #[serde(default)]
    pub by: GatherBy,
    /// How many at most make one digest; as soon as there are that many, it is told.
    #[serde(default = "most")]
    pub most: usize,
}

fn most() -> usize {
    100
}

impl DigestRule {
    /// Whether changes may be told one by one all the same, so that the plugin has to hear of both.
    pub fn may_tell_each(&self) -> bool {
        self.minutes == 0 || self.minutes_setting.is_some()
    }

    /// What an admin chose.
    fn chosen<'c>(&self, config: &'c Value) -> Option<&'c Value> {
        let setting = self.minutes_setting.as_ref()?;
        config.get(setting).filter(|chosen| !chosen.is_null())
    }

    /// The minutes with these settings.
    fn minutes(&self, config: &Value) -> u32 {
        let chosen = self.chosen(config).and_then(whole);
        chosen
            .filter(|minutes| *minutes <= MAX_MINUTES)
            .unwrap_or(self.minutes)
    }
}

/// Whether an admin may have it write to people: what is for one of them is told together, whatever the window.
fn writes_to_people(manifest: &Manifest) -> bool {
    manifest.field(TO_PEOPLE).map(|field| field.kind) == Some(SettingKind::Boolean)
}

/// The form's numbers may come as `10.0`.
fn whole(number: &Value) -> Option<u32> {
    let number = number.as_f64()?;
    (number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number)).then_some(number as u32)
}

pub(super) fn of(manifest: &Manifest, config: &Value) -> Telling {
    let Some(rule) = &manifest.digest else {
        return match manifest.order {
            Order::Coalesce => Telling::Latest,
            Order::Strict => Telling::Each,
        };
    };
    match rule.minutes(config) {
        0 => Telling::Each,
        minutes => Telling::Together(Digest {
            window_seconds: i64::from(minutes) * 60,
            by: rule.by,
            most: rule.most,
        }),
    }
}

/// What is wrong with the minutes that an admin chose.
pub(super) fn check_config(manifest: &Manifest, config: &Value) -> Option<ConfigProblem> {
    let rule = manifest.digest.as_ref()?;
    let is_good = whole(rule.chosen(config)?).is_some_and(|minutes| minutes <= MAX_MINUTES);
    (!is_good).then(|| ConfigProblem {
        field: rule.minutes_setting.clone(),
        message: format!("has to be from 0 to {MAX_MINUTES} minutes"),
    })
}

pub(super) fn check(manifest: &Manifest) -> Result<(), String> {
    let Some(rule) = &manifest.digest else {
        return Ok(());
    };
    if manifest.order == Order::Coalesce {
        return Err("digest: goes with order 'strict' alone: a digest tells of everything".to_owned());
    }
    let least = u32::from(rule.minutes_setting.is_none() && !writes_to_people(manifest));
    if !(least..=MAX_MINUTES).contains(&rule.minutes) {
        return Err(format!(
            "digest: 'minutes' has to be from {least} to {MAX_MINUTES}"
        ));
    }
    if let Some(setting) = &rule.minutes_setting
        && manifest.field(setting).map(|field| field.kind) != Some(SettingKind::Number)
    {
        return Err(format!(
            "digest: 'minutes_setting' is '{setting}', which is no setting of type 'number'"
        ));
    }
    if !(1..=MAX_MOST).contains(&rule.most) {
        return Err(format!("digest: 'most' has to be from 1 to {MAX_MOST}"));
    }
    Ok(())
}
