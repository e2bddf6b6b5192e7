//! From a component to machine code, outside the process that serves.
//!
//! Compiling is where a hostile component hurts most: it is not bounded by what the guest may use, and what the
//! compiler took stays with the process. So a child does it, under limits that it sets on itself before it reads a
//! byte, and the hub takes the result over a pipe.

mod child;
mod job;
mod parent;

use tokio::sync::Mutex;
use wasmtime::Engine;

use crate::engine::EngineKind;
use crate::error::LoadError;
use crate::exec::Executor;
use crate::options::{CompileLimits, CompilerCommand, Options};
use job::Job;

pub use child::compile_from_stdin;

/// Makes machine code of components, one at a time.
pub(crate) struct Compiler {
    command: Option<CompilerCommand>,
    limits: CompileLimits,
    job: Job,
    turn: Mutex<()>,
}

impl Compiler {
    /// For the engine that will run the code.
    pub(crate) fn new(options: &Options, engine: &Engine, kind: EngineKind) -> Self {
        let limits = options.compile_limits.clone();
        Compiler {
            command: options.compiler.clone(),
            job: Job::new(engine, kind, &limits, options.limits.component),
            limits,
            turn: Mutex::new(()),
        }
    }

    /// The component's machine code. Whoever stops waiting ends the child.
    pub(crate) async fn code(
        &self,
        engine: &Engine,
        executor: &Executor,
        wasm: &[u8],
    ) -> Result<Vec<u8>, LoadError> {
        // Two at once would take twice the memory, and each other's time.
        let _turn = self.turn.lock().await;
        match &self.command {
            Some(command) => parent::run(command, &self.job, &self.limits, wasm).await,
            None => {
                let (engine, wasm) = (engine.clone(), wasm.to_vec());
                executor
                    .block(move || precompile(&engine, &wasm))
                    .await
                    .unwrap_or_else(|| Err("the compiler panicked".to_owned()))
                    .map_err(LoadError::Invalid)
            }
        }
    }
}

/// Machine code, or what is wrong with the component.
fn precompile(engine: &Engine, wasm: &[u8]) -> Result<Vec<u8>, String> {
    engine
        .precompile_component(wasm)
        .map_err(|error| format!("{error:#}"))
}
