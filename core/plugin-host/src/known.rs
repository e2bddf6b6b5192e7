//! What is known of plugins without calling them.

use errand_model::grant::Grant;
use errand_model::telling::Telling;
use serde_json::Value;

use crate::component::PluginInfo;
use crate::manifest::{Action, PlannedJob};
use crate::registry::VersionInfo;
use crate::{PluginHost, exports, reach};

impl PluginHost {
    /// The newest version of each loaded plugin, by id: what there is to choose from.
    pub fn plugins(&self) -> Vec<PluginInfo> {
        self.registry.newest()
    }

    /// All versions of all loaded plugins, by id, the newest first.
    pub fn versions(&self) -> Vec<VersionInfo> {
        self.registry.versions()
    }

    /// The newest version that a name may mean (a plugin's id, or `id@version`), agreed to or not: to look at it.
    pub fn look_at(&self, plugin: &str) -> Option<PluginInfo> {
        self.registry.peek(plugin).map(|plugin| plugin.info())
    }

    /// What runs under a name (a plugin's id, or `id@version`), if it is loaded and may run.
    pub fn runs(&self, plugin: &str) -> Option<PluginInfo> {
        let found = self.registry.get(plugin).ok()?;
        Some(found.info())
    }

    /// Whether this plugin (its id, or `id@version`) is loaded and may run.
    pub fn knows(&self, plugin: &str) -> bool {
        self.registry.get(plugin).is_ok()
    }

    /// Whether an installation of a plugin with these settings wants to hear of a change (`issue.created`). Cheap:
    /// the plugin itself is not asked.
    pub fn wants(&self, plugin: &str, config: &Value, change: &str) -> bool {
        self.registry
            .get(plugin)
            .is_ok_and(|plugin| exports::hears(&plugin.info.exports) && plugin.manifest.wants(config, change))
    }

    /// How an installation of a plugin with these settings is told of what it is owed; also if the plugin waits for
    /// somebody to agree. Cheap, like [`wants`](Self::wants).
    pub fn telling(&self, plugin: &str, config: &Value) -> Telling {
        let found = self.registry.get(plugin).ok();
        found
            .or_else(|| self.registry.peek(plugin))
            .map(|plugin| plugin.manifest.telling(config))
            .unwrap_or_default()
    }

    /// What an installation of a plugin with these settings has to do by the clock. Cheap, like [`wants`](Self::wants).
    pub fn jobs(&self, plugin: &str, config: &Value) -> Vec<PlannedJob> {
        let plugin = self.registry.get(plugin);
        plugin
            .map(|plugin| plugin.manifest.jobs(config))
            .unwrap_or_default()
    }

    /// Where other systems may call a plugin. Cheap, like [`wants`](Self::wants).
    pub fn routes(&self, plugin: &str) -> Vec<String> {
        let plugin = self.registry.get(plugin);
        let routes = plugin.iter().flat_map(|plugin| &plugin.manifest.inbound);
        routes.map(|route| route.route.clone()).collect()
    }

    /// The buttons that a plugin offers on issues. Cheap, like [`wants`](Self::wants).
    pub fn actions(&self, plugin: &str) -> Vec<Action> {
        let plugin = self.registry.get(plugin);
        plugin
            .map(|plugin| plugin.manifest.actions.clone())
            .unwrap_or_default()
    }

    /// What is wrong with what an installation with these settings is to reach: a line each. Nothing where there is no
    /// such plugin.
    pub fn check_grant(&self, plugin: &str, config: &Value, grant: &Grant) -> Vec<String> {
        let plugin = self.registry.peek(plugin);
        plugin
            .map(|plugin| reach::problems(&plugin.manifest, config, grant))
            .unwrap_or_default()
    }
}
