//! The child's side: limits first, then the component from standard input, then machine code to standard output.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::job::Job;
use crate::engine;

/// The component is refused; standard error says why. Any other failure is the compiler's own.
pub(super) const EXIT_REFUSED: u8 = 3;

/// Compiles the component on standard input to standard output, as [`crate::Options::compiler`] runs it. `job` is
/// the argument that the host gave. Meant to be all that its process does: the limits are the process's own.
pub fn compile_from_stdin(job: &str) -> ExitCode {
    match compile(job) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Refused(why)) => {
            complain(&why);
            ExitCode::from(EXIT_REFUSED)
        }
        Err(Error::Failed(why)) => {
            complain(&why);
            ExitCode::FAILURE
        }
    }
}

enum Error {
    /// The component's fault.
    Refused(String),
    /// The compiler's own.
    Failed(String),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Failed(error.to_string())
    }
}

fn compile(job: &str) -> Result<(), Error> {
    let job: Job = serde_json::from_str(job).map_err(|error| Error::Failed(error.to_string()))?;
    limit(&job)?;
    // Who serves goes before who compiles; where it cannot be, nothing is lost.
    let _ = rustix::process::nice(10);
    let engine = engine::for_compiling(job.engine).map_err(|error| Error::Failed(format!("{error:#}")))?;
    if engine::fingerprint(&engine) != job.fingerprint {
        return Err(Error::Failed(
            "the compiler is not of the same build as the hub".to_owned(),
        ));
    }
    let mut wasm = Vec::new();
    io::stdin().lock().take(job.input).read_to_end(&mut wasm)?;
    let code = super::precompile(&engine, &wasm).map_err(Error::Refused)?;
    let mut out = io::stdout().lock();
    out.write_all(&code)?;
    out.flush()?;
    Ok(())
}

fn limit(job: &Job) -> Result<(), Error> {
    let set = |resource, bound| {
        let limit = Rlimit {
            current: Some(bound),
            maximum: Some(bound),
        };
        setrlimit(resource, limit).map_err(|error| Error::Failed(format!("limits cannot be set: {error}")))
    };
    set(Resource::Core, 0)?;
    set(Resource::Fsize, 0)?;
    // Not the address space: an engine reserves far more of that than it will ever use.
    set(Resource::Data, mapped().saturating_add(job.memory))?;
    // At the soft limit comes a signal that is told apart from others, a second later one that nothing outlives.
    let cpu = Rlimit {
        current: Some(job.cpu_seconds),
        maximum: Some(job.cpu_seconds.saturating_add(1)),
    };
    setrlimit(Resource::Cpu, cpu).map_err(|error| Error::Failed(format!("limits cannot be set: {error}")))
}

/// Bytes of data that are mapped already: allocators reserve ahead, which is no fault of the component.
fn mapped() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("VmData:"));
    let kib = kib.and_then(|kib| kib.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or(0).saturating_mul(1024)
}

fn complain(why: &str) {
    // Nobody is left to hear it if this fails.
    let _ = io::stderr().lock().write_all(why.as_bytes());
}
