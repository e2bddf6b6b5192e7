//! From a component's bytes to a plugin that can be called: manifest, compilation, imports, exports, a start on
//! trial.

use std::sync::Arc;
use std::time::{Duration, Instant};

use errand_model::InstallationId;
use errand_model::grant::Grant;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::cache::{self, CompileCache};
use crate::compile::Compiler;
use crate::error::LoadError;
use crate::exec::Executor;
use crate::exports::{self, Exports};
use crate::instance::{self, CallContext, State};
use crate::manifest::{Import, Manifest, find_section};
use crate::shared::Shared;
use crate::signature::{self, PublicKey};

/// What every plugin may import.
const FREE_IMPORTS: [&str; 4] = ["types", "log", "clock", "settings"];
/// Installations count from 1; this one has no settings and no storage.
const TRIAL: InstallationId = InstallationId(0);
const TRIAL_TIMEOUT: Duration = Duration::from_secs(10);

/// A plugin that can be called.
pub(crate) struct Plugin {
    pub(crate) manifest: Manifest,
    /// As it was when it was taken in.
    pub(crate) info: PluginInfo,
    /// What calls need of it; none while it is [asleep](crate::asleep).
    pub(crate) machine: OnceCell<Machine>,
    /// The component, where it is compiled no sooner than somebody calls it.
    pub(crate) asleep: Option<&'static [u8]>,
}

/// A compiled component, and where its functions are.
pub(crate) struct Machine {
    pub(crate) engine: Engine,
    pub(crate) pre: InstancePre<State>,
    pub(crate) exports: Exports,
    /// Whether its code was still there from an earlier start.
    pub(crate) is_from_cache: bool,
    /// How long it took to get it.
    pub(crate) compile_ms: u64,
}

impl Plugin {
    /// What there is to know of it by now.
    pub(crate) fn info(&self) -> PluginInfo {
        let mut info = self.info.clone();
        if let Some(machine) = self.machine.get() {
            info.is_from_cache = machine.is_from_cache;
            info.compile_ms = machine.compile_ms;
        }
        info
    }

    /// The functions that can be called. None of them while it is asleep: whoever calls wakes it first.
    pub(crate) fn exports(&self) -> &Exports {
        static NONE: Exports = Exports::NONE;
        self.machine.get().map_or(&NONE, |machine| &machine.exports)
    }
}

/// What there is to know of a loaded plugin.
#[derive(Clone, Debug, Serialize)]
pub struct PluginInfo {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Interfaces of `errand:plugin` that it exports: what the hub can call.
    pub exports: Vec<String>,
    /// Everything that it imports: what it can do.
    pub imports: Vec<String>,
    /// The component's digest, in hexadecimal.
    pub sha256: String,
    /// Who signed it, as the text of a public key.
    pub signed_by: Option<String>,
    /// The component's size in bytes.
    pub size: usize,
    /// Whether its machine code was still there from an earlier start.
    pub is_from_cache: bool,
    /// How long it took to get its machine code; 0 if it was not needed yet.
    pub compile_ms: u64,
}

/// A component whose manifest was read.
pub(crate) struct Source {
    pub(crate) manifest: Manifest,
    pub(crate) wasm: Vec<u8>,
    pub(crate) sha256: String,
    pub(crate) signed_by: Option<PublicKey>,
}

/// Checks what can be checked without compiling.
pub(crate) fn read(limit: usize, wasm: Vec<u8>, manifest_beside: Option<&[u8]>) -> Result<Source, LoadError> {
    if wasm.len() > limit {
        return Err(LoadError::TooLarge {
            size: wasm.len(),
            limit,
        });
    }
    // Machine code in wasmtime's own format is never taken from outside.
    if !wasm.starts_with(b"\0asm") {
        return Err(LoadError::NotAComponent);
    }
    let section = find_section(&wasm)?;
    // What stands beside the component nobody signed.
    let signed_by = signature::signed_by(&wasm)?.filter(|_| section.is_some());
    let manifest = Manifest::parse(section.or(manifest_beside).ok_or(LoadError::NoManifest)?)?;
    let sha256 = Sha256::digest(&wasm)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Source {
        manifest,
        wasm,
        sha256,
        signed_by,
    })
}

/// A component that was compiled, and what was found in it.
pub(crate) struct Compiled {
    manifest: Manifest,
    component: Component,
    info: PluginInfo,
}

/// What components are compiled with.
#[derive(Clone)]
pub(crate) struct Workshop {
    pub(crate) engine: Engine,
    pub(crate) cache: Option<Arc<CompileCache>>,
    pub(crate) compiler: Arc<Compiler>,
    pub(crate) executor: Arc<Executor>,
}

/// Takes the machine code from the cache or has it made, which takes up to half a minute (an interpreter within).
pub(crate) async fn compile(workshop: &Workshop, source: Source) -> Result<Compiled, LoadError> {
    let started = Instant::now();
    let Source {
        manifest,
        wasm,
        sha256,
        signed_by,
    } = source;
    let cached = in_background(workshop, {
        let sha256 = sha256.clone();
        move |engine, cache| Ok(cache.and_then(|cache| cache.load(engine, &sha256)))
    })
    .await?;
    let is_from_cache = cached.is_some();
    let component = match cached {
        Some(component) => component,
        None => {
            let code = workshop
                .compiler
                .code(&workshop.engine, &workshop.executor, &wasm)
                .await?;
            let sha256 = sha256.clone();
            in_background(workshop, move |engine, cache| {
                let component = cache::deserialize(engine, &code)
                    .map_err(|error| LoadError::Invalid(format!("{error:#}")))?;
                if let Some(cache) = cache {
                    cache.store(&code, &sha256);
                }
                Ok(component)
            })
            .await?
        }
    };
    let compile_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let ty = component.component_type();
    let names = |name: &str| name.to_owned();
    let engine = &workshop.engine;
    let info = PluginInfo {
        exports: ty.exports(engine).map(|(name, _)| names(name)).collect(),
        imports: ty.imports(engine).map(|(name, _)| names(name)).collect(),
        manifest: manifest.clone(),
        signed_by: signed_by.map(|key| key.to_string()),
        sha256,
        size: wasm.len(),
        is_from_cache,
        compile_ms,
    };
    check_imports(&manifest, &info.imports)?;
    Ok(Compiled {
        manifest,
        component,
        info,
    })
}

/// Has the machine code made, unless the cache has it or there is no cache, and keeps nothing of it in memory.
pub(crate) async fn compile_ahead(workshop: &Workshop, sha256: &str, wasm: &[u8]) -> Result<(), LoadError> {
    let digest = sha256.to_owned();
    let is_needed = in_background(workshop, move |_, cache| {
        Ok(cache.is_some_and(|cache| !cache.has(&digest)))
    });
    if !is_needed.await? {
        return Ok(());
    }
    let (engine, executor) = (&workshop.engine, &workshop.executor);
    let code = workshop.compiler.code(engine, executor, wasm).await?;
    let digest = sha256.to_owned();
    in_background(workshop, move |_, cache| {
        cache.into_iter().for_each(|cache| cache.store(&code, &digest));
        Ok(())
    })
    .await
}

/// Disks and large copies are not for a thread that others wait for.
async fn in_background<T: Send + 'static>(
    workshop: &Workshop,
    work: impl FnOnce(&Engine, Option<&CompileCache>) -> Result<T, LoadError> + Send + 'static,
) -> Result<T, LoadError> {
    let (engine, cache) = (workshop.engine.clone(), workshop.cache.clone());
    let done = workshop
        .executor
        .block(move || work(&engine, cache.as_deref()))
        .await;
    done.unwrap_or_else(|| Err(LoadError::Compiler("it is stopping, or failed within".to_owned())))
}

/// Links a compiled component and starts it on trial.
pub(crate) async fn link(
    shared: &Arc<Shared>,
    linker: &Linker<State>,
    compiled: Compiled,
) -> Result<Plugin, LoadError> {
    let pre = linker
        .instantiate_pre(&compiled.component)
        .map_err(|error| LoadError::Invalid(format!("{error:#}")))?;
    exports::check_names(&compiled.info.exports).map_err(LoadError::Export)?;
    // What is missing is said only of a component that starts.
    let found = Exports::find(&pre, &compiled.info.exports);
    let (exports, missing) = match found {
        Ok(exports) => (exports, None),
        Err(error) => (Exports::NONE, Some(format!("{error:#}"))),
    };
    let machine = Machine {
        engine: linker.engine().clone(),
        pre,
        exports,
        is_from_cache: compiled.info.is_from_cache,
        compile_ms: compiled.info.compile_ms,
    };
    let plugin = Plugin {
        manifest: compiled.manifest,
        info: compiled.info,
        machine: OnceCell::from(machine),
        asleep: None,
    };
    try_out(shared, &plugin).await?;
    if let Some(missing) = missing {
        return Err(LoadError::Export(missing));
    }
    plugin
        .exports()
        .check(&plugin.manifest)
        .map_err(LoadError::Export)?;
    Ok(plugin)
}

/// Starts the component and looks up every function of every interface.
async fn try_out(shared: &Arc<Shared>, plugin: &Plugin) -> Result<(), LoadError> {
    let context = CallContext {
        installation: TRIAL,
        config: &Value::Null,
        grant: &Grant::default(),
        timeout: TRIAL_TIMEOUT,
        is_dry_run: true,
    };
    let (result, _) = instance::run(shared, plugin, context, async |store, instance| {
        let found = plugin.exports().look_up(store, &instance);
        Ok(found.map_err(|error| format!("{error:#}")))
    })
    .await;
    result.map_err(LoadError::Trial)?.map_err(LoadError::Export)
}

/// Imports have to be known, and those that reach out have to stand in the manifest.
pub(crate) fn check_imports(manifest: &Manifest, imports: &[String]) -> Result<(), LoadError> {
    let refuse = |import: &String, why| {
        Err(LoadError::Import {
            import: import.clone(),
            why,
        })
    };
    for import in imports {
        if import.starts_with("wasi:") {
            // What the linker does not have of WASI it refuses itself.
            continue;
        }
        let Some(name) = exports::interface(import) else {
            return refuse(import, "which this hub does not have");
        };
        let declared = Import::ALL.into_iter().find(|known| known.as_str() == name);
        match declared {
            Some(declared) if manifest.imports.contains(&declared) => {}
            Some(_) => return refuse(import, "which its manifest does not name under 'imports'"),
            None if FREE_IMPORTS.contains(&name) => {}
            None => return refuse(import, "which this hub does not have: it may need a newer one"),
        }
    }
    Ok(())
}
