//! Plugins that nobody has called yet: known by what can be read of a component, and compiled when they are first called.
//!
//! A hub brings more plugins than it uses. Those it does not use cost neither time at the start nor memory.

use std::sync::Arc;

use tokio::sync::OnceCell;
use wasmparser::{Parser, Payload};
use wasmtime::component::Linker;

use crate::component::{self, Machine, Plugin, PluginInfo, Source, Workshop};
use crate::error::LoadError;
use crate::instance::State;
use crate::shared::Shared;

/// What is needed to compile a component, and to start it on trial.
pub(crate) struct Awakener {
    pub(crate) workshop: Workshop,
    pub(crate) shared: Arc<Shared>,
    pub(crate) linker: Arc<Linker<State>>,
}

impl Awakener {
    /// Compiles the plugin if that was put off. Whoever else calls it meanwhile waits for the same.
    pub(crate) async fn wake(&self, plugin: &Plugin) -> Result<(), LoadError> {
        let Some(wasm) = plugin.asleep else { return Ok(()) };
        let machine = plugin.machine.get_or_try_init(|| self.machine(wasm));
        machine.await.map(drop)
    }

    async fn machine(&self, wasm: &[u8]) -> Result<Machine, LoadError> {
        let source = component::read(wasm.len(), wasm.to_vec(), None)?;
        let compiled = component::compile(&self.workshop, source).await?;
        let plugin = component::link(&self.shared, &self.linker, compiled).await?;
        let (info, machine) = (plugin.info, plugin.machine.into_inner());
        tracing::info!(
            plugin = %info.manifest.id, version = %info.manifest.version, compile_ms = info.compile_ms,
            is_from_cache = info.is_from_cache, "plugin compiled"
        );
        machine.ok_or_else(|| LoadError::Compiler("it made nothing".to_owned()))
    }
}

/// A plugin that is compiled when it is first called.
pub(crate) fn lay_down(wasm: &'static [u8]) -> Result<Plugin, LoadError> {
    let source = component::read(wasm.len(), wasm.to_vec(), None)?;
    let (imports, exports) = names(wasm).map_err(|error| LoadError::Invalid(error.to_string()))?;
    component::check_imports(&source.manifest, &imports)?;
    let Source {
        manifest,
        sha256,
        signed_by,
        ..
    } = source;
    let info = PluginInfo {
        manifest: manifest.clone(),
        exports,
        imports,
        sha256,
        signed_by: signed_by.map(|key| key.to_string()),
        size: wasm.len(),
        is_from_cache: false,
        compile_ms: 0,
    };
    Ok(Plugin {
        manifest,
        info,
        machine: OnceCell::new(),
        asleep: Some(wasm),
    })
}

/// What the component itself, not one within it, imports and exports.
fn names(wasm: &[u8]) -> wasmparser::Result<(Vec<String>, Vec<String>)> {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok((imports, exports))
}
