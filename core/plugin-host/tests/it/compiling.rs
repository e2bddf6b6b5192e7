//! Components are compiled in a process of their own, and what that may take is bounded.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use errand_model::delivery::AttemptOutcome;
use errand_plugin_host::{CompileLimits, CompilerCommand, LoadError, Options};
use serde_json::json;

use crate::harness::{behave, call, closed, empty_host};
use crate::{bombs, guests};

/// Options with a compiler outside, under these limits.
fn outside(compile_limits: CompileLimits) -> Options {
    Options {
        compiler: Some(CompilerCommand {
            program: PathBuf::from(env!("CARGO_BIN_EXE_compile-plugin")),
            arguments: Vec::new(),
        }),
        compile_limits,
        ..closed()
    }
}

fn generous() -> CompileLimits {
    CompileLimits::default()
}

/// What a host with these options says of a component; afterwards it still loads and runs an honest one.
async fn refusal(options: &Options, wasm: Vec<u8>) -> LoadError {
    let host = empty_host(options);
    let error = host
        .load_with_manifest(wasm, Some(bombs::manifest()))
        .await
        .expect_err("a bomb");
    assert!(host.plugins().is_empty());
    error
}

#[tokio::test]
async fn a_plugin_compiled_outside_runs_and_is_cached() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        cache: Some(folder.path().to_owned()),
        ..outside(generous())
    };
    for is_from_cache in [false, true] {
        let host = empty_host(&options);
        let info = host.load(guests::behaviours()).await.expect("it loads");
        assert_eq!(info.is_from_cache, is_from_cache);
        let attempt = behave(&host, json!({"behaviour": "nothing"})).await;
        assert_eq!(attempt.outcome, AttemptOutcome::Ignored);
    }
}

#[tokio::test]
async fn what_is_no_component_is_refused_as_it_is_inside() {
    let mut cut = guests::behaviours();
    let middle = cut.len() / 2;
    cut[middle..middle + 64].fill(0xff);
    let error = refusal(&outside(generous()), cut).await;
    assert!(matches!(error, LoadError::Invalid(_)), "{error}");
}

#[tokio::test]
async fn a_bomb_of_computing_time_is_refused_while_others_are_served() {
    let limits = CompileLimits {
        cpu: Duration::from_secs(1),
        ..generous()
    };
    let host = empty_host(&outside(generous()));
    host.load(guests::behaviours()).await.expect("it loads");
    let bombed = outside(limits);
    let (error, slowest) = tokio::join!(refusal(&bombed, bombs::slow_to_compile()), async {
        let mut slowest = Duration::ZERO;
        for _ in 0..50 {
            let started = Instant::now();
            let attempt = host
                .deliver("behaviours", call(json!({"behaviour": "nothing"})))
                .await;
            assert_eq!(attempt.outcome, AttemptOutcome::Ignored);
            slowest = slowest.max(started.elapsed());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        slowest
    });
    assert_eq!(
        error.to_string(),
        "the component is refused: compiling took more than 1 s of computing time"
    );
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}

#[tokio::test]
async fn a_bomb_of_memory_is_refused() {
    let limits = CompileLimits {
        memory: 64 << 20,
        ..generous()
    };
    let error = refusal(&outside(limits), bombs::slow_to_compile()).await;
    assert_eq!(
        error.to_string(),
        "the component is refused: compiling took more than 64 MiB of memory"
    );
}

#[tokio::test]
async fn time_that_passes_and_machine_code_are_bounded() {
    let hasty = CompileLimits {
        wall: Duration::from_millis(1),
        ..generous()
    };
    let error = refusal(&outside(hasty), guests::behaviours()).await;
    assert!(matches!(error, LoadError::CompileLimit(_)), "{error}");
    let tight = CompileLimits {
        output: 1 << 10,
        ..generous()
    };
    let error = refusal(&outside(tight), guests::behaviours()).await;
    assert!(error.to_string().contains("machine code"), "{error}");
}

#[tokio::test]
async fn a_compiler_that_is_missing_or_another_is_the_hubs_fault() {
    for program in ["/nowhere/at/all", "/bin/false", "/bin/true"] {
        let mut options = outside(generous());
        options.compiler = Some(CompilerCommand {
            program: program.into(),
            arguments: Vec::new(),
        });
        let error = refusal(&options, guests::behaviours()).await;
        assert!(matches!(error, LoadError::Compiler(_)), "{program}: {error}");
    }
}

#[tokio::test]
async fn the_child_inherits_nothing() {
    // A program that shows its environment instead of compiling: what it says is no machine code, and is in the file.
    let folder = tempfile::tempdir().expect("a folder");
    let (script, shown) = (folder.path().join("show"), folder.path().join("shown"));
    let text = format!(
        "#!/bin/sh\n/usr/bin/env > {0}\nls /proc/$$/fd >> {0}\nexit 1\n",
        shown.display()
    );
    fs::write(&script, text).expect("written");
    let options = Options {
        compiler: Some(CompilerCommand {
            program: "/bin/sh".into(),
            arguments: vec![script.into()],
        }),
        ..outside(generous())
    };
    let error = refusal(&options, guests::behaviours()).await;
    assert!(matches!(error, LoadError::Compiler(_)), "{error}");
    let shown = fs::read_to_string(&shown).expect("it ran");
    assert!(!shown.contains("CARGO"), "{shown}");
    assert!(!shown.contains("HOME="), "{shown}");
}
