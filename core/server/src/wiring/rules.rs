//! Alert rules, as the HTTP surfaces ask for them: the plugin reads them and looks back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use errand_http::rules::{self as http, BackTest, Firing, PLUGIN, RulesError};
use errand_model::grant::Grant;
use errand_model::issue::Issue;
use errand_model::lifecycle::LifecycleEvent;
use errand_model::{Clock as _, InstallationId, IssueId, ProjectId, SystemClock, Timestamp};
use errand_plugin_host::{CheckError, IssueSummary, LookBackCall, PastDeed, PluginHost, RetraceCall};
use errand_store::{Db, issues, lifecycle, organizations, projects};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

/// Changes that are looked at.
const CHANGES: i64 = 5_000;
/// Changes in one call: a plugin asks about each, and may ask so often.
const STRETCH: usize = 40;
/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Seconds of history that the clock is asked about in one call, at most.
const AT_ONCE: i64 = 12 * 3_600;
/// Calls about what the clock would have seen.
const CALLS: usize = 300;

/// A trial under way.
struct Trial {
    installation: InstallationId,
    config: Value,
    memory: Value,
    /// How far the clock came.
    reached: Timestamp,
    /// Calls that are left.
    calls: usize,
    is_capped: bool,
    firings: Vec<Firing>,
    deeds: Vec<PastDeed>,
}

/// The plugin that follows rules.
pub(crate) struct PluginRules {
    plugins: Arc<PluginHost>,
    db: Db,
    url: String,
}

impl PluginRules {
    /// With what links to issues begin with.
    pub(crate) fn new(plugins: Arc<PluginHost>, db: Db, url: &str) -> Self {
        PluginRules {
            plugins,
            db,
            url: url.to_owned(),
        }
    }

    async fn try_on(
        &self,
        project: ProjectId,
        installation: InstallationId,
        text: &str,
        since: Timestamp,
    ) -> Result<BackTest, RulesError> {
        let (events, is_capped) = self.history(project, installation, since).await.map_err(failed)?;
        let mut trial = Trial {
            installation,
            config: config(text),
            memory: json!({}),
            reached: whole_minute(since),
            calls: CALLS,
            is_capped,
            firings: Vec::new(),
            deeds: Vec::new(),
        };
        // Changes and the clock take turns: limits hold for both together.
        for stretch in events.chunks(STRETCH) {
            self.by_changes(&mut trial, stretch).await?;
            if let Some((last, _)) = stretch.last() {
                self.by_the_clock(&mut trial, whole_minute(last.at)).await?;
            }
        }
        // Plugins know no time below a millisecond.
        let now = Timestamp::from_micros(SystemClock.now().millis() * 1_000);
        self.by_the_clock(&mut trial, now).await?;
        let mut firings = trial.firings;
        let deeds = self.with_issues(project, trial.deeds).await.map_err(failed)?;
        firings.extend(deeds);
        firings.sort_by_key(|firing| firing.at);
        Ok(BackTest {
            changes: events.len(),
            is_capped: trial.is_capped,
            firings,
        })
    }

    async fn by_changes(
        &self,
        trial: &mut Trial,
        stretch: &[(LifecycleEvent, IssueSummary)],
    ) -> Result<(), RulesError> {
        let call = LookBackCall {
            installation: trial.installation,
            config: trial.config.clone(),
            grant: Grant::default(),
            timeout: TIMEOUT,
            events: stretch.to_vec(),
            memory: trial.memory.take(),
        };
        let answer = self.plugins.look_back(PLUGIN, call).await.map_err(refused)?;
        for ((event, issue), verdict) in stretch.iter().zip(answer.verdicts) {
            let fired = verdict.did.into_iter().map(|rule| firing(rule, event, issue));
            trial.firings.extend(fired);
        }
        trial.memory = answer.memory;
        Ok(())
    }

    /// What watches is asked as far as then.
    async fn by_the_clock(&self, trial: &mut Trial, until: Timestamp) -> Result<(), RulesError> {
        let plugin = self.plugins.look_at(PLUGIN);
        let mut exports = plugin.iter().flat_map(|plugin| &plugin.exports);
        if !exports.any(|export| export.contains("/retrace@")) {
            return Ok(());
        }
        while trial.reached < until {
            if trial.calls == 0 {
                trial.is_capped = true;
                return Ok(());
            }
            trial.calls -= 1;
            let call = RetraceCall {
                installation: trial.installation,
                config: trial.config.clone(),
                grant: Grant::default(),
                timeout: TIMEOUT,
                since: trial.reached,
                until: until.min(trial.reached.plus_seconds(AT_ONCE)),
                memory: trial.memory.take(),
            };
            let answer = self.plugins.retrace(PLUGIN, call).await.map_err(refused)?;
            trial.deeds.extend(answer.deeds);
            trial.is_capped |= answer.is_capped;
            trial.reached = answer.reached;
            trial.memory = answer.memory;
        }
        Ok(())
    }

    /// What the clock would have done, with the issues that it is about: those of the project that there are.
    async fn with_issues(
        &self,
        project: ProjectId,
        deeds: Vec<PastDeed>,
    ) -> errand_store::Result<Vec<Firing>> {
        let mut ids: Vec<IssueId> = deeds.iter().filter_map(|deed| deed.issue.parse().ok()).collect();
        ids.sort_unstable();
        ids.dedup();
        let place = projects::by_id(&self.db, project).await?;
        let found = issues::by_ids(&self.db, &ids).await?;
        let found: HashMap<IssueId, Issue> = found
            .into_iter()
            .filter(|issue| issue.project == project)
            .map(|issue| (issue.id, issue))
            .collect();
        let mut firings = Vec::new();
        for deed in deeds {
            let issue = deed.issue.parse().ok().and_then(|id: IssueId| found.get(&id));
            let (Some(issue), Some(place)) = (issue, &place) else {
                continue;
            };
            let summary = IssueSummary::new(issue, place, "", &self.url);
            firings.extend(deed.did.into_iter().map(|rule| Firing {
                rule,
                issue: issue.id,
                short_id: summary.short_id.clone(),
                title: summary.title.clone(),
                change: deed.change.clone(),
                at: deed.at,
            }));
        }
        Ok(firings)
    }

    /// What the installation would have heard of, with each issue as it stands; and whether there was more before.
    async fn history(
        &self,
        project: ProjectId,
        installation: InstallationId,
        since: Timestamp,
    ) -> errand_store::Result<(Vec<(LifecycleEvent, IssueSummary)>, bool)> {
        let events = lifecycle::of_project(&self.db, project, since, CHANGES).await?;
        let is_capped = events.len() as i64 == CHANGES;
        let Some(place) = projects::by_id(&self.db, project).await? else {
            return Ok((Vec::new(), false));
        };
        let organization = organizations::by_id(&self.db, place.organization).await?;
        let organization = organization.map_or_else(String::new, |found| found.slug);
        let mut ids: Vec<IssueId> = events.iter().map(|event| event.issue).collect();
        ids.sort_unstable();
        ids.dedup();
        let found = issues::by_ids(&self.db, &ids).await?;
        let found: HashMap<IssueId, Issue> = found.into_iter().map(|issue| (issue.id, issue)).collect();
        let heard = events.into_iter().filter_map(|event| {
            // What is gone cannot be shown, and nobody hears of what it did itself.
            let issue = found.get(&event.issue)?;
            let is_own = event.actor.installation() == Some(installation);
            (!is_own).then(|| {
                let summary = IssueSummary::new(issue, &place, &organization, &self.url);
                (event, summary)
            })
        });
        Ok((heard.collect(), is_capped))
    }
}

impl http::Rules for PluginRules {
    fn check<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Vec<String>, RulesError>> {
        async move {
            let problems = self
                .plugins
                .validate_config(PLUGIN, &config(text), &Grant::default())
                .await;
            let problems = problems.map_err(refused)?;
            Ok(problems.into_iter().map(|problem| problem.message).collect())
        }
        .boxed()
    }

    fn look_back<'a>(
        &'a self,
        project: ProjectId,
        installation: InstallationId,
        text: &'a str,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<BackTest, RulesError>> {
        self.try_on(project, installation, text, since).boxed()
    }
}

fn whole_minute(at: Timestamp) -> Timestamp {
    Timestamp::from_seconds(at.seconds() / 60 * 60)
}

fn config(text: &str) -> Value {
    json!({ "rules": text })
}

fn firing(rule: String, event: &LifecycleEvent, issue: &IssueSummary) -> Firing {
    Firing {
        rule,
        issue: issue.id,
        short_id: issue.short_id.clone(),
        title: issue.title.clone(),
        change: event.change.name().to_owned(),
        at: event.at,
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in for a closure of map_err"
)]
fn refused(error: CheckError) -> RulesError {
    match error {
        CheckError::UnknownPlugin(_) => RulesError::Failed(error.to_string()),
        CheckError::Refused(_) | CheckError::Call(_) => RulesError::Refused(error.to_string()),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in for a closure of map_err"
)]
fn failed(error: errand_store::Error) -> RulesError {
    RulesError::Failed(error.to_string())
}
