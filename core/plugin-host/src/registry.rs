//! The plugins that are loaded, in all their versions, and which of them runs.
//!
//! A plugin is named by its id (`team-chat`), which means the newest version that was agreed to, or with a version
//! (`team-chat@1.2.0`), which means just that one. Whoever calls it with settings says which version they are for
//! (`team-chat~1.1.0`): that version runs as long as it is there, and no other before it has taken the settings over. Whoever holds one that is replaced or taken away keeps it until his
//! call has ended.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use crate::component::{Plugin, PluginInfo};
use crate::manifest::Wants;

/// The loaded plugins.
#[derive(Default)]
pub(crate) struct Registry(RwLock<Shelf>);

#[derive(Default)]
struct Shelf {
    plugins: BTreeMap<String, Vec<Kept>>,
    /// What was agreed to, by the plugin's id. None: nobody is asked.
    agreed: Option<BTreeMap<String, Wants>>,
}

/// A version.
#[derive(Clone)]
struct Kept {
    plugin: Arc<Plugin>,
    /// The file that it came from; none for what is part of the hub, which nobody is asked about.
    origin: Option<PathBuf>,
}

/// A version that is loaded.
#[derive(Clone, Debug)]
pub struct VersionInfo {
    /// What there is to know of it.
    pub info: PluginInfo,
    /// The file that it came from; none for what is part of the hub.
    pub origin: Option<PathBuf>,
    /// What it wants beyond what was agreed to, in plain words. It runs if there is nothing.
    pub beyond: Vec<String>,
    /// Whether it is what the plugin's id alone means.
    pub is_current: bool,
}

/// Why a plugin that was named does not run. The text goes on `the plugin '…' `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// There is none, or not in that version.
    NotLoaded,
    /// It is another version than its settings are for, and has not taken them over yet.
    TakesOver,
    /// All there are want more than was agreed to; what the newest does.
    NotAgreed { version: String, beyond: Vec<String> },
}

impl Shelf {
    /// What a version wants beyond what was agreed to.
    fn beyond(&self, kept: &Kept) -> Vec<String> {
        match (&self.agreed, &kept.origin) {
            (Some(agreed), Some(_)) => {
                let nothing = Wants::default();
                let agreed = agreed.get(&kept.plugin.manifest.id).unwrap_or(&nothing);
                kept.plugin.manifest.wanted().beyond(agreed)
            }
            _ => Vec::new(),
        }
    }

    /// The versions that a name may mean, the newest first.
    fn named(&self, name: &str) -> Vec<&Kept> {
        let (id, version) = match name.split_once('@') {
            Some((id, version)) => (id, Some(version)),
            None => (name, None),
        };
        let kept = self.plugins.get(id).into_iter().flatten();
        let mut kept: Vec<_> = kept
            .filter(|kept| version.is_none_or(|version| kept.plugin.manifest.version == version))
            .collect();
        kept.sort_by(|one, other| newer_first(one, other));
        kept
    }

    /// The plugin of that name in a version.
    fn version(&self, name: &str, version: &str) -> Vec<&Kept> {
        let id = name.split('@').next().unwrap_or(name);
        self.named(&format!("{id}@{version}"))
    }

    /// The newest version that a name may mean.
    fn newest(&self, name: &str) -> Option<&Kept> {
        self.named(name).into_iter().next()
    }

    fn forget_file(&mut self, origin: Option<&Path>) -> bool {
        let mut is_found = false;
        self.plugins.retain(|_, versions| {
            let before = versions.len();
            versions.retain(|kept| kept.origin.is_none() || kept.origin.as_deref() != origin);
            is_found |= versions.len() < before;
            !versions.is_empty()
        });
        is_found
    }
}

/// What was chosen, and for which version the settings are.
pub(crate) fn parts(name: &str) -> (&str, Option<&str>) {
    match name.split_once('~') {
        Some((chosen, version)) => (chosen, Some(version)),
        None => (name, None),
    }
}

/// By version; of equal ones, what was installed goes before what is part of the hub.
fn newer_first(one: &Kept, other: &Kept) -> Ordering {
    let version = |kept: &Kept| kept.plugin.manifest.version.clone();
    let by_version = errand_model::version::compare(&version(one), &version(other));
    by_version
        .unwrap_or_else(|| version(one).cmp(&version(other)))
        .then(one.origin.is_some().cmp(&other.origin.is_some()))
        .reverse()
}

impl Registry {
    /// The version that a name means.
    pub(crate) fn get(&self, name: &str) -> Result<Arc<Plugin>, Absent> {
        let shelf = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (chosen, settings_of) = parts(name);
        let runs = |named: &[&Kept]| {
            let runs = named.iter().find(|kept| shelf.beyond(kept).is_empty());
            runs.map(|kept| Arc::clone(&kept.plugin))
        };
        if let Some(version) = settings_of
            && let Some(plugin) = runs(&shelf.version(chosen, version))
        {
            return Ok(plugin);
        }
        let named = shelf.named(chosen);
        if let Some(plugin) = runs(&named) {
            return match settings_of {
                Some(_) => Err(Absent::TakesOver),
                None => Ok(plugin),
            };
        }
        Err(match named.first() {
            None => Absent::NotLoaded,
            Some(newest) => Absent::NotAgreed {
                version: newest.plugin.manifest.version.clone(),
                beyond: shelf.beyond(newest),
            },
        })
    }

    /// The newest version that a name may mean, agreed to or not: to look at it.
    pub(crate) fn peek(&self, name: &str) -> Option<Arc<Plugin>> {
        let shelf = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (chosen, settings_of) = parts(name);
        let of_settings = settings_of.and_then(|version| shelf.version(chosen, version).into_iter().next());
        let found = of_settings.or_else(|| shelf.newest(chosen));
        found.map(|kept| Arc::clone(&kept.plugin))
    }

    /// Takes a version in. It replaces what came from the same file, and an equal version; without a file, what is
    /// part of the hub under the same id.
    pub(crate) fn put(&self, plugin: Plugin, origin: Option<&Path>) {
        let mut shelf = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if origin.is_some() {
            shelf.forget_file(origin);
        }
        let versions = shelf.plugins.entry(plugin.manifest.id.clone()).or_default();
        versions.retain(|kept| match (&kept.origin, origin) {
            (None, None) => false,
            (Some(_), Some(_)) => kept.plugin.manifest.version != plugin.manifest.version,
            _ => true,
        });
        versions.push(Kept {
            plugin: Arc::new(plugin),
            origin: origin.map(Path::to_owned),
        });
    }

    /// Takes away what came from a file; whether there was something.
    pub(crate) fn remove(&self, origin: &Path) -> bool {
        let mut shelf = self.0.write().unwrap_or_else(PoisonError::into_inner);
        shelf.forget_file(Some(origin))
    }

    /// From now on only what was agreed to runs.
    pub(crate) fn agree(&self, agreed: BTreeMap<String, Wants>) {
        let mut shelf = self.0.write().unwrap_or_else(PoisonError::into_inner);
        shelf.agreed = Some(agreed);
    }

    /// What is compiled when it is first called, and was not yet.
    pub(crate) fn asleep(&self) -> Vec<Arc<Plugin>> {
        let shelf = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let all = shelf.plugins.values().flatten();
        all.filter(|kept| kept.plugin.asleep.is_some() && kept.plugin.machine.get().is_none())
            .map(|kept| Arc::clone(&kept.plugin))
            .collect()
    }

    /// The newest of each plugin, by id.
    pub(crate) fn newest(&self) -> Vec<PluginInfo> {
        let shelf = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let newest = shelf.plugins.keys().filter_map(|id| shelf.newest(id));
        newest.map(|kept| kept.plugin.info()).collect()
    }

    /// All versions, by id, the newest first.
    pub(crate) fn versions(&self) -> Vec<VersionInfo> {
        let shelf = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        for id in shelf.plugins.keys() {
            let mut is_found = false;
            for kept in shelf.named(id) {
                let beyond = shelf.beyond(kept);
                let is_current = beyond.is_empty() && !is_found;
                is_found |= is_current;
                all.push(VersionInfo {
                    info: kept.plugin.info(),
                    origin: kept.origin.clone(),
                    beyond,
                    is_current,
                });
            }
        }
        all
    }
}
