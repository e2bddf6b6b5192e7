//! Why a plugin could not be loaded, and why a call did not end as the plugin meant it to.

use std::time::Duration;

use errand_model::delivery::AttemptOutcome;

/// A component that is no plugin of this hub. The text is for the admin who installs it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Larger than allowed.
    #[error("the component has {size} bytes; at most {limit} are allowed")]
    TooLarge {
        /// Its size.
        size: usize,
        /// [`crate::Limits::component`].
        limit: usize,
    },
    /// A core module, machine code or something else.
    #[error("this is no WebAssembly component (build for wasm32-wasip2, or wrap the module with wasm-tools)")]
    NotAComponent,
    /// Neither a section `errand:manifest` nor a file beside it.
    #[error(
        "the component has no manifest: embed the section 'errand:manifest', or put '<name>.json' beside it"
    )]
    NoManifest,
    /// The manifest says what makes no sense.
    #[error("manifest: {0}")]
    Manifest(String),
    /// It is signed, and the signature is wrong.
    #[error("its signature is wrong: {0}")]
    Signature(String),
    /// The hub does not take plugins of that maker.
    #[error("the hub takes only plugins that a trusted key signed (plugins.trust), and {0}")]
    Untrusted(String),
    /// wasmtime does not accept it.
    #[error("the component is not valid here: {0}")]
    Invalid(String),
    /// Compiling it takes more than it may.
    #[error("the component is refused: {0}")]
    CompileLimit(String),
    /// The compiler itself could not be run: not the component's fault.
    #[error("the hub could not compile the component: {0}")]
    Compiler(String),
    /// It wants more than its manifest says, or what this hub does not have.
    #[error("the component imports '{import}', {why}")]
    Import {
        /// The import.
        import: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It exports an interface whose functions or types are not those of this hub.
    #[error("the exports do not fit this hub's interface: {0}")]
    Export(String),
    /// It failed when it was started on trial.
    #[error("the component could not be started: {0}")]
    Trial(CallError),
    /// The file could not be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

/// The host itself could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The WebAssembly engine.
    #[error("the plugin engine could not be set up: {0}")]
    Engine(String),
    /// Its threads.
    #[error("the plugin threads could not be started: {0}")]
    Threads(#[source] std::io::Error),
    /// The HTTP client.
    #[error("the HTTP client of plugins could not be set up: {0}")]
    Client(String),
}

/// The settings of an installation could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// There is no such plugin.
    #[error("there is no plugin '{0}'")]
    UnknownPlugin(String),
    /// The plugin would not say.
    #[error("{0}")]
    Refused(String),
    /// The plugin broke off.
    #[error("the plugin failed while it looked at its settings: {0}")]
    Call(#[from] CallError),
}

/// A call that a limit or a trap ended.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CallError {
    /// The plugin trapped: a panic, a stack overflow, an access out of bounds.
    #[error("the plugin crashed: {0}")]
    Trapped(String),
    /// It used up its time.
    #[error("the plugin took longer than {} ms", .0.as_millis())]
    Deadline(Duration),
    /// It used up its computing time.
    #[error("the plugin computed longer than {} ms", .0.as_millis())]
    CpuBudget(Duration),
    /// It wanted more memory than it may have, and broke off.
    #[error("the plugin ran out of memory ({} MiB allowed)", .0 >> 20)]
    Memory(usize),
    /// The hub stops, or something of its own failed: not the plugin's fault.
    #[error("the hub could not run the plugin: {0}")]
    Host(String),
}

impl CallError {
    /// How the attempt is recorded: crashes name the limit that ended them.
    pub(crate) fn outcome(&self) -> AttemptOutcome {
        let limit = match self {
            CallError::Trapped(_) => "trap",
            CallError::Deadline(_) => "wall",
            CallError::CpuBudget(_) => "cpu",
            CallError::Memory(_) => "memory",
            CallError::Host(message) => {
                return AttemptOutcome::Retry {
                    message: message.clone(),
                    after_ms: None,
                };
            }
        };
        AttemptOutcome::Crashed {
            limit: limit.to_owned(),
            message: self.to_string(),
        }
    }
}
