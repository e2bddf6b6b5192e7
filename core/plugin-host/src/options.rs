//! What an operator or a test may set, and the limits that hold a plugin.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use errand_model::{Clock, SystemClock};

use crate::names::{Names, SystemNames};
use crate::remote::Remote;
use crate::services::{Grants, Mailer, MemoryGrants, NoMail};
use crate::signature::Trust;

/// A network in CIDR notation: `127.0.0.0/8`, `fd00::/8`.
pub type Network = ipnet::IpNet;

/// How a [`crate::PluginHost`] is set up.
#[derive(Clone)]
pub struct Options {
    /// Where compiled plugins are kept from one start to the next; none keeps nothing. The folder is created, and
    /// is as trustworthy as the hub's own executable: what lies there is run.
    pub cache: Option<PathBuf>,
    /// How components are compiled in a process of their own. None compiles in this process, without limits: for
    /// components that are trusted, as those of a test.
    pub compiler: Option<CompilerCommand>,
    /// What compiling one component may take, where `compiler` is set.
    pub compile_limits: CompileLimits,
    /// Networks that plugins may reach although they are private, loopback or link-local.
    pub allow_networks: Vec<Network>,
    /// Whom installed plugins are taken from.
    pub trust: Trust,
    /// Plugins at work at once; others wait.
    pub slots: u32,
    /// Threads that plugins run on, apart from those that serve requests.
    pub threads: usize,
    /// What one call may use.
    pub limits: Limits,
    /// What plugins and records take for the time.
    pub clock: Arc<dyn Clock>,
    /// Who answers requests in the network's place: for tests. None is the network.
    pub remote: Option<Arc<dyn Remote>>,
    /// Where host names lead.
    pub names: Arc<dyn Names>,
    /// Who sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Who keeps the tokens of accounts.
    pub grants: Arc<dyn Grants>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            cache: None,
            compiler: None,
            compile_limits: CompileLimits::default(),
            allow_networks: Vec::new(),
            trust: Trust::default(),
            slots: 64,
            threads: 2,
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            remote: None,
            names: Arc::new(SystemNames),
            mailer: Arc::new(NoMail),
            grants: Arc::new(MemoryGrants::default()),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("cache", &self.cache)
            .field("compiler", &self.compiler)
            .field("compile_limits", &self.compile_limits)
            .field("allow_networks", &self.allow_networks)
            .field("slots", &self.slots)
            .field("threads", &self.threads)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A program that calls [`crate::compile_from_stdin`] with its last argument, and does nothing else. It has to be of
/// the same build: the hub's own executable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompilerCommand {
    /// The program.
    pub program: PathBuf,
    /// Arguments before the last.
    pub arguments: Vec<OsString>,
}

/// What compiling one component may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileLimits {
    /// Computing time of all its threads; whole seconds count.
    pub cpu: Duration,
    /// Time that passes.
    pub wall: Duration,
    /// Bytes of memory.
    pub memory: usize,
    /// Bytes of machine code.
    pub output: usize,
}

impl Default for CompileLimits {
    fn default() -> Self {
        // An interpreter of 18 MB takes 28 s on two slow cores and makes 36 MB of code.
        CompileLimits {
            cpu: Duration::from_secs(120),
            wall: Duration::from_secs(180),
            memory: 2 << 30,
            output: 256 << 20,
        }
    }
}

/// What one call of a plugin may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time that the plugin computes, counted in ticks of 10 ms. Waiting for an answer is free.
    pub cpu: Duration,
    /// The longest deadline a caller may give.
    pub wall: Duration,
    /// Bytes of linear memory.
    pub memory: usize,
    /// Bytes of linear memory for components that bring a language's engine with them, which takes a good part of it.
    pub memory_with_engine: usize,
    /// Bytes that one call from the plugin into the hub may carry.
    pub hostcall_bytes: usize,
    /// HTTP requests.
    pub requests: usize,
    /// Bytes of a request's body.
    pub request_body: usize,
    /// Bytes of an answer's body.
    pub response_body: usize,
    /// Bytes of log; what comes after is dropped and counted.
    pub log_bytes: usize,
    /// Reads and writes of the key-value store.
    pub kv_operations: usize,
    /// Questions about issues and counts.
    pub reads: usize,
    /// Changes of issues.
    pub changes: usize,
    /// Bytes of a value in the key-value store.
    pub kv_value: usize,
    /// Bytes of a component that is loaded.
    pub component: usize,
}

/// Components of this size bring an engine: those of compiled languages have some hundred kilobytes, JavaScript's have
/// 12 MB.
const WITH_ENGINE: usize = 4 << 20;

impl Limits {
    /// Bytes of linear memory for a component of this size.
    pub(crate) fn memory_of(&self, component: usize) -> usize {
        match component >= WITH_ENGINE {
            true => self.memory_with_engine,
            false => self.memory,
        }
    }

    /// Bytes of linear memory that no component passes.
    pub(crate) fn most_memory(&self) -> usize {
        self.memory.max(self.memory_with_engine)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            cpu: Duration::from_millis(200),
            wall: Duration::from_secs(30),
            memory: 64 << 20,
            memory_with_engine: 128 << 20,
            hostcall_bytes: 4 << 20,
            requests: 20,
            request_body: 1 << 20,
            response_body: 4 << 20,
            log_bytes: 64 << 10,
            kv_operations: 200,
            reads: 50,
            changes: 50,
            kv_value: 64 << 10,
            component: 32 << 20,
        }
    }
}
