//! Runs plugins: the only crate that names wasmtime.
//!
//! ```text
//! load:     bytes → manifest → compile (or cache) → imports ⊆ manifest → link → start on trial → registry
//! deliver:  slot → fresh store and instance → call, under deadline, CPU budget and memory limit → Attempt
//! ```
//!
//! To offer plugins something new, see `host/mod.rs`; to call something new in them, add a file to `calls/`; to
//! change what a manifest may say, see `manifest/mod.rs`.

mod asleep;
mod attempt;
mod bindings;
mod cache;
mod calling;
mod calls;
mod compile;
mod component;
pub mod conformance;
mod egress;
mod engine;
mod error;
mod exec;
mod exports;
mod fetch;
mod folder;
mod host;
mod instance;
mod jwt;
mod known;
mod limits;
mod manifest;
mod names;
mod nouns;
mod oauth;
mod occasions;
mod options;
mod reach;
mod record;
mod registry;
mod remote;
mod secrets;
mod services;
mod shared;
mod signature;
mod verify;
mod watch;
mod watchdog;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use errand_model::grant::Grant;
use serde_json::Value;
use tokio::sync::Semaphore;
use wasmtime::component::Linker;

pub use attempt::{Attempt, DeliveryCall, IssueSummary, LogLine, ProjectSummary, RequestRecord, Severity};
pub use calling::WAITS_FOR_PLUGIN;
pub use compile::compile_from_stdin;
pub use component::PluginInfo;
pub use error::{CallError, CheckError, HostError, LoadError};
pub use fetch::{Elsewhere, FetchError, Page, Pages, Reference, fetch};
pub use manifest::{
    Action, ClientAuthentication, ConfigProblem, Cron, DigestRule, Encoding, HostPattern, HostRule, Import,
    Job, Manifest, OauthGrant, OauthRule, Order, PlannedJob, Route, SettingChoice, SettingField, SettingKind,
    UrlTemplate, Verification, Wants, embed_manifest, id_of,
};
pub use names::{AddressesFuture, Names, SystemNames};
pub use oauth::{AccountInfo, AskForAccess};
pub use occasions::{
    ActionCall, ActionReply, Admission, CallHead, Called, ChoicePage, ChoicesCall, DigestCall, DrawnForm,
    FindCall, FormCall, InboundCall, InboundReply, LookBack, LookBackCall, OlderSettings, PastDeed,
    PastVerdict, Refused, RetraceCall, Retraced, ScheduleCall,
};
pub use options::{CompileLimits, CompilerCommand, Limits, Network, Options};
pub use registry::VersionInfo;
pub use remote::{Remote, RemoteAnswer, RemoteRequest};
pub use services::{
    AnswerFuture, GrantFuture, Grants, HostServices, Image, IssuePage, JOURNAL_PREFIX, KeptGrant, KvEntry,
    KvError, LinkedPage, MAX_JOURNAL_ENTRIES, MAX_KV_ENTRIES, Mail, MailError, MailFuture, Mailer,
    MemoryGrants, MemoryServices, NewValue, NoMail, PastMinute, PastMinutes, Recipient, ServiceError,
    ServiceFuture, SessionsCounts, SessionsFilter, SessionsMinutes, StatsCounts, StatsFilter, StatsWindow,
    Target, max_entries,
};
pub use signature::{PublicKey, SignError, SigningKey, Trust};

use asleep::Awakener;
use cache::CompileCache;
use compile::Compiler;
use component::{Plugin, Source, Workshop};
use egress::Egress;
use exec::Executor;
use instance::State;
use registry::Registry;
use shared::Shared;
use watchdog::Watchdog;

/// Holds the plugins and calls them. One for each process; share it in an [`Arc`].
pub struct PluginHost {
    shared: Arc<Shared>,
    workshop: Workshop,
    linker: Arc<Linker<State>>,
    registry: Registry,
    slots: Arc<Semaphore>,
    trust: Trust,
    executor: Arc<Executor>,
    _watchdog: Watchdog,
}

impl fmt::Debug for PluginHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginHost").finish_non_exhaustive()
    }
}

impl PluginHost {
    /// Sets the host up, without any plugin.
    ///
    /// # Errors
    /// [`HostError`] if the engine, its threads or the HTTP client cannot be had. A cache that cannot be opened is
    /// said in the log and done without.
    pub fn new(options: &Options, services: Arc<dyn HostServices>) -> Result<Self, HostError> {
        let (engine, kind) = engine::build(options)?;
        let linker = host::link(&engine).map_err(|error| HostError::Engine(format!("{error:#}")))?;
        let cache = options.cache.as_deref().and_then(|folder| {
            let cache = CompileCache::open(folder, &engine);
            cache
                .inspect_err(
                    |error| tracing::warn!(%error, folder = %folder.display(), "plugins are not cached"),
                )
                .ok()
        });
        let shared = Shared {
            limits: options.limits.clone(),
            clock: Arc::clone(&options.clock),
            egress: Egress::new(
                options.allow_networks.clone(),
                Arc::clone(&options.names),
                options.remote.clone(),
            )?,
            services,
            mailer: Arc::clone(&options.mailer),
            grants: Arc::clone(&options.grants),
            turns: oauth::turns::Turns::default(),
        };
        let executor = Arc::new(Executor::start(options.threads).map_err(HostError::Threads)?);
        Ok(PluginHost {
            shared: Arc::new(shared),
            linker: Arc::new(linker),
            registry: Registry::default(),
            trust: options.trust.clone(),
            slots: Arc::new(Semaphore::new(options.slots.max(1) as usize)),
            _watchdog: Watchdog::start(&engine).map_err(HostError::Threads)?,
            workshop: Workshop {
                cache: cache.map(Arc::new),
                compiler: Arc::new(Compiler::new(options, &engine, kind)),
                executor: Arc::clone(&executor),
                engine,
            },
            executor,
        })
    }

    /// Loads a plugin from a component's bytes, with its manifest in the section `errand:manifest`. A plugin of the
    /// same id is replaced; its running calls end undisturbed.
    ///
    /// # Errors
    /// [`LoadError`], with a text for the admin.
    pub async fn load(&self, wasm: Vec<u8>) -> Result<PluginInfo, LoadError> {
        self.load_with_manifest(wasm, None).await
    }

    /// Like [`load`](Self::load), with a manifest for components that have none within.
    ///
    /// # Errors
    /// As for `load`.
    pub async fn load_with_manifest(
        &self,
        wasm: Vec<u8>,
        manifest: Option<Vec<u8>>,
    ) -> Result<PluginInfo, LoadError> {
        let source = self.read_component(wasm, manifest).await?;
        let plugin = self.make(source).await?;
        Ok(self.take_in(plugin, None))
    }

    /// Takes a plugin in that is part of the hub, and compiles it when it is first called. A plugin of the same id is
    /// replaced; its running calls end undisturbed.
    ///
    /// # Errors
    /// As for `load`, as far as it shows without compiling.
    pub fn keep_ready(&self, wasm: &'static [u8]) -> Result<(), LoadError> {
        self.registry.put(asleep::lay_down(wasm)?, None);
        Ok(())
    }

    /// Does everything that loading does, and keeps nothing but the machine code.
    ///
    /// # Errors
    /// As for `load`.
    pub async fn try_out(&self, wasm: Vec<u8>, manifest: Option<Vec<u8>>) -> Result<PluginInfo, LoadError> {
        let source = self.read_component(wasm, manifest).await?;
        self.trust.check(&source.manifest.id, source.signed_by)?;
        Ok(self.make(source).await?.info)
    }

    /// Loads what a folder's file holds, unless just that is loaded. It is one version more of its plugin.
    ///
    /// # Errors
    /// As for `load`.
    pub async fn load_file(&self, path: &Path) -> Result<PluginInfo, LoadError> {
        let (wasm, manifest) = folder::read(path, self.shared.limits.component)?;
        let source = self.read_component(wasm, manifest).await?;
        let known = self.versions().into_iter().find(|known| {
            known.origin.as_deref() == Some(path)
                && known.info.sha256 == source.sha256
                && known.info.manifest == source.manifest
        });
        match known {
            Some(known) => Ok(known.info),
            None => {
                self.trust.check(&source.manifest.id, source.signed_by)?;
                let plugin = self.make(source).await?;
                Ok(self.take_in(plugin, Some(path)))
            }
        }
    }

    /// Takes away what came from a file. Its running calls end undisturbed.
    pub fn unload_file(&self, path: &Path) {
        if self.registry.remove(path) {
            tracing::info!(path = %path.display(), "plugin unloaded");
        }
    }

    /// From now on only versions run of which all that they want was agreed to, by the plugin's id. What is part of the
    /// hub runs without.
    pub fn agree(&self, agreed: BTreeMap<String, Wants>) {
        self.registry.agree(agreed);
    }

    async fn read_component(&self, wasm: Vec<u8>, manifest: Option<Vec<u8>>) -> Result<Source, LoadError> {
        let limit = self.shared.limits.component;
        let read = self
            .executor
            .block(move || component::read(limit, wasm, manifest.as_deref()));
        read.await.unwrap_or_else(|| Err(LoadError::Trial(broken_off())))
    }

    async fn make(&self, source: Source) -> Result<Plugin, LoadError> {
        let stopping = || LoadError::Trial(broken_off());
        let workshop = self.workshop.clone();
        let compiled = self
            .executor
            .run(async move { component::compile(&workshop, source).await })
            .await
            .ok_or_else(stopping)??;
        let (shared, linker) = (Arc::clone(&self.shared), Arc::clone(&self.linker));
        let plugin = self
            .executor
            .run(async move { component::link(&shared, &linker, compiled).await })
            .await
            .ok_or_else(stopping)??;
        Ok(plugin)
    }

    fn take_in(&self, plugin: Plugin, origin: Option<&Path>) -> PluginInfo {
        let info = plugin.info.clone();
        tracing::info!(
            plugin = %info.manifest.id, version = %info.manifest.version, compile_ms = info.compile_ms,
            is_from_cache = info.is_from_cache, "plugin loaded"
        );
        self.registry.put(plugin, origin);
        info
    }

    /// Loads every `*.wasm` of a folder, with `<name>.json` beside it as manifest where the component has none.
    /// What cannot be loaded is in the list with its reason and does not keep the others.
    ///
    /// # Errors
    /// [`LoadError::Read`] if the folder itself cannot be read.
    pub async fn load_folder(
        &self,
        folder: &Path,
    ) -> Result<Vec<(PathBuf, Result<PluginInfo, LoadError>)>, LoadError> {
        let mut loaded = Vec::new();
        for path in folder::components(folder)? {
            let result = self.load_file(&path).await;
            loaded.push((path, result));
        }
        Ok(loaded)
    }

    /// What is wrong with an installation's settings: by the manifest, and if that finds nothing, by the plugin, agreed
    /// to or not: whoever puts it to use agrees.
    ///
    /// # Errors
    /// [`CheckError`] if there is no such plugin, or it broke off.
    pub async fn validate_config(
        &self,
        plugin: &str,
        config: &Value,
        grant: &Grant,
    ) -> Result<Vec<ConfigProblem>, CheckError> {
        let plugin = self
            .registry
            .peek(plugin)
            .ok_or_else(|| CheckError::UnknownPlugin(plugin.to_owned()))?;
        let problems = plugin.manifest.check_config(config);
        if !problems.is_empty() {
            return Ok(problems);
        }
        let (config, grant) = (config.clone(), grant.clone());
        let call = |shared: Arc<Shared>, plugin: Arc<Plugin>| async move {
            calls::configuration::validate(&shared, &plugin, (&config, &grant)).await
        };
        Ok(self
            .in_slot(plugin, call)
            .await
            .unwrap_or_else(|| Err(broken_off()))?)
    }

    /// Runs a call on the plugin threads when a slot is free.
    pub(crate) async fn in_slot<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        plugin: Arc<Plugin>,
        call: impl FnOnce(Arc<Shared>, Arc<Plugin>) -> F,
    ) -> Option<T> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok()?;
        let awakener = plugin.machine.get().is_none().then(|| self.awakener());
        let call = call(Arc::clone(&self.shared), Arc::clone(&plugin));
        let run = async move {
            if let Some(awakener) = awakener
                && let Err(error) = awakener.wake(&plugin).await
            {
                tracing::error!(%error, plugin = %plugin.manifest.id, "a plugin cannot be compiled");
                return None;
            }
            let result = call.await;
            drop(slot);
            Some(result)
        };
        self.executor.run(run).await?
    }

    /// Compiles the plugin that runs under a name, if that was put off, so that its first call does not wait for it.
    pub async fn make_ready(&self, plugin: &str) {
        if let Ok(plugin) = self.registry.get(plugin) {
            self.in_slot(plugin, |_, _| async {}).await;
        }
    }

    /// Has the machine code made of plugins that are compiled when they are first called, so that this takes no longer
    /// than reading it from the cache.
    pub async fn compile_ahead(&self) {
        for plugin in self.registry.asleep() {
            let (workshop, of) = (self.workshop.clone(), Arc::clone(&plugin));
            let compiled = self.executor.run(async move {
                component::compile_ahead(&workshop, &of.info.sha256, of.asleep.unwrap_or_default()).await
            });
            if let Some(Err(error)) = compiled.await {
                tracing::error!(%error, plugin = %plugin.manifest.id, "a plugin cannot be compiled");
            }
        }
    }

    fn awakener(&self) -> Awakener {
        Awakener {
            workshop: self.workshop.clone(),
            shared: Arc::clone(&self.shared),
            linker: Arc::clone(&self.linker),
        }
    }
}

pub(crate) fn broken_off() -> CallError {
    CallError::Host("it is stopping, or failed within".to_owned())
}
