//! Whether a plugin keeps what the hub expects of it: the real component in the real host, with a clock that stands
//! still and a remote that a script answers. `errand plugin test` runs it, and so do the tests of the bundled plugins.
//!
//! To add a case, add a function to `cases.rs` and name it in its list.

mod cases;
mod questions;
mod sample;
mod script;
mod tried;

use std::sync::Arc;

use errand_model::{Clock, ManualClock};
use serde::Serialize;
use serde_json::Value;

use crate::options::Options;
use crate::services::MemoryServices;
use crate::{LoadError, Manifest, PluginHost, PluginInfo};

pub use sample::{delivery as sample_delivery, now as sample_now, settings as sample_settings};
pub use script::{Fault, Script};

/// What is tried.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The component.
    pub wasm: Vec<u8>,
    /// Its manifest, where it has none within.
    pub manifest: Option<Vec<u8>>,
    /// The settings of an installation; none makes some up by the manifest.
    pub settings: Option<Value>,
}

/// How it went.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The plugin, as the hub sees it.
    pub plugin: PluginInfo,
    /// Each case, in order.
    pub cases: Vec<Case>,
}

impl Report {
    /// Whether nothing failed.
    pub fn is_passed(&self) -> bool {
        self.cases.iter().all(|case| case.verdict != Verdict::Failed)
    }
}

/// A case and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// What was tried.
    pub name: &'static str,
    /// How it went.
    pub verdict: Verdict,
    /// What happened, where there is something to say.
    pub detail: String,
}

/// How a case went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should.
    Passed,
    /// Not as it should.
    Failed,
    /// The plugin does nothing of the kind.
    Skipped,
}

/// A host with the plugin in it, and its surroundings.
pub(crate) struct Stage {
    pub(crate) host: PluginHost,
    pub(crate) script: Arc<Script>,
    pub(crate) manifest: Manifest,
    pub(crate) exports: Vec<String>,
    pub(crate) settings: Value,
}

impl Stage {
    /// Whether the plugin exports an interface of that name.
    fn exports(&self, interface: &str) -> bool {
        let name = format!("errand:plugin/{interface}@");
        self.exports.iter().any(|export| export.starts_with(&name))
    }
}

/// Tries a plugin. `options` say how it is compiled and which limits hold; clock and remote are the kit's own.
///
/// # Errors
/// [`LoadError`] if it is no plugin: nothing else can be tried then.
pub async fn run(subject: Subject, options: &Options) -> Result<Report, LoadError> {
    let script = Arc::new(Script::default());
    let clock = ManualClock::at(sample::now());
    let options = Options {
        clock: Arc::new(clock) as Arc<dyn Clock>,
        remote: Some(Arc::clone(&script) as _),
        ..options.clone()
    };
    // What the hub says happened is there to be looked up.
    let known = MemoryServices::default();
    let one = sample::delivery(&Value::Null);
    let seen = vec![(sample::now(), Some("ada".to_owned()))];
    known.put_issue(one.installation, one.issue, Some(sample::event()), seen);
    let host =
        PluginHost::new(&options, Arc::new(known)).map_err(|error| LoadError::Compiler(error.to_string()))?;
    let plugin = host.load_with_manifest(subject.wasm, subject.manifest).await?;
    let manifest = plugin.manifest.clone();
    let stage = Stage {
        host,
        script,
        settings: subject.settings.unwrap_or_else(|| sample::settings(&manifest)),
        exports: plugin.exports.clone(),
        manifest,
    };
    Ok(Report {
        plugin,
        cases: cases::all(&stage).await,
    })
}
