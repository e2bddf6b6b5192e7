//! One thread that counts time for all plugins: every tick, those that run are asked whether they still may.
//!
//! A thread of the operating system and not a task: a plugin that spins may hold the very thread that would wake
//! the task.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// How long a plugin computes before it is asked.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Ticks until dropped.
pub(crate) struct Watchdog {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Starts to tick.
    pub(crate) fn start(engine: &Engine) -> io::Result<Self> {
        let (stop, stopped) = channel::<()>();
        let engine: EngineWeak = engine.weak();
        let thread = std::thread::Builder::new()
            .name("plugin-watchdog".to_owned())
            .spawn(move || {
                while matches!(stopped.recv_timeout(TICK), Err(RecvTimeoutError::Timeout)) {
                    let Some(engine) = engine.upgrade() else { return };
                    engine.increment_epoch();
                }
            })?;
        Ok(Watchdog {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread ends within a tick; that it panicked would change nothing any more.
            let _ = thread.join();
        }
    }
}
