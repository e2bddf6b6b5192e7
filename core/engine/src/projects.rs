//! The projects that envelopes are for, with their rules compiled.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use errand_model::project::{Project, ProjectSettings};
use errand_model::{OrganizationId, ProjectId, Timestamp};
use errand_pipeline::{ProjectContext, SettingsError};
use errand_store::projects;
use errand_store::support::fields;
use lru::LruCache;

use crate::hub::Hub;
use crate::options::IntakeOptions;

/// A project as the pipeline needs it.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// Whose it is.
    pub(crate) organization: OrganizationId,
    /// Its rules.
    pub(crate) context: ProjectContext,
    /// When its settings were last looked at, in microseconds since 1970.
    looked: AtomicI64,
}

/// Why a project cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    /// The database fails.
    #[error(transparent)]
    Store(#[from] errand_store::Error),
    /// Not even without its rules do its settings compile.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// Compiled projects, the most recently used of them.
#[derive(Debug)]
pub(crate) struct Projects {
    hub: Hub,
    ttl_micros: i64,
    kept: Mutex<LruCache<ProjectId, Arc<Compiled>>>,
}

impl Projects {
    pub(crate) fn new(hub: Hub, options: &IntakeOptions) -> Self {
        let capacity = NonZeroUsize::new(options.cached_projects).unwrap_or(NonZeroUsize::MIN);
        Projects {
            hub,
            ttl_micros: i64::try_from(options.settings_ttl.as_micros()).unwrap_or(i64::MAX),
            kept: Mutex::new(LruCache::new(capacity)),
        }
    }

    /// The project, or none if there is none of that id. Settings are looked at again by one caller when they may
    /// have changed, while the others go on with what is there.
    pub(crate) async fn get(&self, id: ProjectId) -> Result<Option<Arc<Compiled>>, ProjectError> {
        let now = self.hub.now();
        let kept = self.kept().get(&id).cloned();
        match kept {
            Some(kept) if !self.is_mine_to_look(&kept, now) => Ok(Some(kept)),
            Some(kept) => match self.load(id, now, Some(&kept)).await {
                // Old settings are better than none while the database fails.
                Err(error) => {
                    tracing::warn!(project = %id, %error, "the settings of a project cannot be read again");
                    Ok(Some(kept))
                }
                loaded => loaded,
            },
            None => self.load(id, now, None).await,
        }
    }

    /// Whether the settings are due, and nobody else took it on.
    fn is_mine_to_look(&self, kept: &Compiled, now: Timestamp) -> bool {
        let looked = kept.looked.load(Ordering::Relaxed);
        let age = now.micros().saturating_sub(looked);
        // A clock that was set back would otherwise keep old settings for long.
        let is_due = age >= self.ttl_micros || age < 0;
        is_due
            && kept
                .looked
                .compare_exchange(looked, now.micros(), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    async fn load(
        &self,
        id: ProjectId,
        now: Timestamp,
        kept: Option<&Arc<Compiled>>,
    ) -> Result<Option<Arc<Compiled>>, ProjectError> {
        let Some(project) = projects::by_id(&self.hub.db, id).await? else {
            self.kept().pop(&id);
            return Ok(None);
        };
        let fields = fields::of_project(&self.hub.db, project.organization, id).await?;
        if let Some(kept) = kept.filter(|kept| is_same(kept, &project, &fields)) {
            return Ok(Some(Arc::clone(kept)));
        }
        let compiled = Arc::new(Compiled {
            organization: project.organization,
            context: compile(&project)?.identifying(&fields),
            looked: AtomicI64::new(now.micros()),
        });
        self.kept().put(id, Arc::clone(&compiled));
        Ok(Some(compiled))
    }

    fn kept(&self) -> MutexGuard<'_, LruCache<ProjectId, Arc<Compiled>>> {
        // Nothing panics while it holds the lock, and a cache may lose what it likes.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_same(kept: &Compiled, project: &Project, fields: &[String]) -> bool {
    kept.organization == project.organization
        && kept.context.settings == project.settings
        && kept.context.identifiers.named() == fields
}

/// The API refuses rules that do not compile, so they are of an older version: events go on without them, because
/// scrubbing must not be left out and nothing must be lost.
fn compile(project: &Project) -> Result<ProjectContext, SettingsError> {
    ProjectContext::compile(project.id, &project.settings).or_else(|error| {
        tracing::error!(project = %project.id, %error, "settings do not compile: its events are grouped without rules");
        let settings = ProjectSettings {
            stack_trace_rules: String::new(),
            fingerprint_rules: String::new(),
            ..project.settings.clone()
        };
        let mut context = ProjectContext::compile(project.id, &settings)?;
        // Kept as they are written, so that the next look finds nothing changed.
        context.settings = project.settings.clone();
        Ok(context)
    })
}
