//! The hub's side: starts the child, feeds it, takes its answer within bounds, and says in plain words how it ended.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::child::EXIT_REFUSED;
use super::job::Job;
use crate::error::LoadError;
use crate::options::{CompileLimits, CompilerCommand};
use crate::record::sanitize;

/// Bytes of standard error that are read.
const MAX_COMPLAINT: u64 = 16 << 10;
/// What Rust's allocator says before it gives up, and what the system says of a mapping.
const OUT_OF_MEMORY: [&str; 3] = ["memory allocation of", "Cannot allocate memory", "out of memory"];

/// Runs one child to its end.
pub(super) async fn run(
    command: &CompilerCommand,
    job: &Job,
    limits: &CompileLimits,
    wasm: &[u8],
) -> Result<Vec<u8>, LoadError> {
    let failed = |why: String| LoadError::Compiler(why);
    let job = serde_json::to_string(job).map_err(|error| failed(error.to_string()))?;
    let mut child = Command::new(&command.program)
        .args(&command.arguments)
        .arg(job)
        // Nothing of the hub's is for who handles foreign bytes: no secrets, no folder, no open files.
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let answer = timeout(limits.wall, talk(&mut child, limits, wasm));
    let Ok(answer) = answer.await else {
        return Err(LoadError::CompileLimit(format!(
            "compiling took more than {} s",
            limits.wall.as_secs()
        )));
    };
    let answer = answer.map_err(|error| failed(error.to_string()))?;
    if answer.code.len() > limits.output {
        return Err(LoadError::CompileLimit(format!(
            "its machine code has more than {}",
            shown_bytes(limits.output)
        )));
    }
    if answer.status.success() && !answer.code.is_empty() {
        return Ok(answer.code);
    }
    Err(explain(answer.status, &answer.complaint, limits))
}

/// How a child answered.
struct Answer {
    status: ExitStatus,
    code: Vec<u8>,
    complaint: String,
}

async fn talk(child: &mut Child, limits: &CompileLimits, wasm: &[u8]) -> std::io::Result<Answer> {
    let gone = || std::io::Error::other("a pipe is missing");
    let mut stdin = child.stdin.take().ok_or_else(gone)?;
    let stdout = child.stdout.take().ok_or_else(gone)?;
    let stderr = child.stderr.take().ok_or_else(gone)?;
    let feed = async move {
        // A child that ended early closes the pipe; its status says why.
        let _ = stdin.write_all(wasm).await;
    };
    // A byte more than allowed tells that there is more; the child then fails to write, and ends.
    let code = read(stdout, (limits.output as u64).saturating_add(1));
    let ((), code, complaint) = tokio::join!(feed, code, read(stderr, MAX_COMPLAINT));
    Ok(Answer {
        status: child.wait().await?,
        code: code?,
        complaint: String::from_utf8_lossy(&complaint?).into_owned(),
    })
}

async fn read(pipe: impl AsyncRead + Unpin, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.take(limit).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

fn explain(status: ExitStatus, complaint: &str, limits: &CompileLimits) -> LoadError {
    if OUT_OF_MEMORY.iter().any(|text| complaint.contains(text)) {
        return LoadError::CompileLimit(format!(
            "compiling took more than {} of memory",
            shown_bytes(limits.memory)
        ));
    }
    let xcpu = rustix::process::Signal::XCPU.as_raw();
    let kill = rustix::process::Signal::KILL.as_raw();
    if matches!(status.signal(), Some(signal) if signal == xcpu || signal == kill) {
        return LoadError::CompileLimit(format!(
            "compiling took more than {} s of computing time",
            limits.cpu.as_secs()
        ));
    }
    let said = sanitize(complaint.trim());
    if status.code() == Some(EXIT_REFUSED.into()) {
        return LoadError::Invalid(said);
    }
    if status.code().is_some() {
        return LoadError::Compiler(if said.is_empty() { status.to_string() } else { said });
    }
    // A signal that no limit sends: the compiler fell over the component.
    LoadError::CompileLimit(format!("the compiler broke down over it ({status})"))
}

fn shown_bytes(bytes: usize) -> String {
    if bytes >= 1 << 30 {
        format!("{} GiB", bytes >> 30)
    } else {
        format!("{} MiB", bytes >> 20)
    }
}
