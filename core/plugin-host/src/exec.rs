//! The threads that plugins run on. They are not the ones that serve requests: a plugin computes up to a tick at a
//! time without letting others in.

use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// A runtime of its own, given up without waiting when it is dropped.
pub(crate) struct Executor(Option<Runtime>);

impl Executor {
    /// Starts `threads` threads.
    pub(crate) fn start(threads: usize) -> io::Result<Self> {
        Builder::new_multi_thread()
            .thread_name("plugin-exec")
            .worker_threads(threads.max(1))
            .enable_all()
            .build()
            .map(|runtime| Executor(Some(runtime)))
    }

    /// Runs a task there and waits for it; who stops waiting ends it. None if the threads are gone, or the task
    /// panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let mut task = EndOnDrop(self.0.as_ref()?.spawn(task));
        (&mut task.0).await.ok()
    }

    /// Runs a task there for which nobody waits.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0 {
            runtime.spawn(task);
        }
    }

    /// Runs something that blocks.
    pub(crate) async fn block<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        self.0.as_ref()?.spawn_blocking(work).await.ok()
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Dropping a runtime within another one is not allowed, and nothing here is worth waiting for.
            runtime.shutdown_background();
        }
    }
}

struct EndOnDrop<T>(JoinHandle<T>);

impl<T> Drop for EndOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
