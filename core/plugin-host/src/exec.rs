//! The threads that plugins run on. They are not the ones that serve requests: a plugin computes up to a tick at a
//! time without letting others in.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// Executors are numbered from 1.
static NEXT: AtomicUsize = AtomicUsize::new(1);

thread_local! {
    /// The executor that this thread belongs to.
    static MINE: Cell<usize> = const { Cell::new(0) };
}

/// A runtime of its own, given up without waiting when it is dropped.
pub(crate) struct Executor {
    runtime: Option<Runtime>,
    number: usize,
}

impl Executor {
    /// Starts `threads` threads.
    pub(crate) fn start(threads: usize) -> io::Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let runtime = Builder::new_multi_thread()
            .thread_name("plugin-exec")
            .worker_threads(threads.max(1))
            .on_thread_start(move || MINE.set(number))
            .enable_all()
            .build()?;
        Ok(Executor {
            runtime: Some(runtime),
            number,
        })
    }

    /// Where tasks go that call plugins one after the other: what runs there already is handed to nobody.
    pub(crate) fn handle(&self) -> Option<Handle> {
        self.runtime.as_ref().map(|runtime| runtime.handle().clone())
    }

    /// Runs a task there and waits for it; who stops waiting ends it. None if the threads are gone, or the task
    /// panicked while somebody waited elsewhere.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        if MINE.get() == self.number {
            return Some(task.await);
        }
        let mut task = EndOnDrop(self.runtime.as_ref()?.spawn(task));
        (&mut task.0).await.ok()
    }

    /// Runs a task there for which nobody waits.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(task);
        }
    }

    /// Runs something that blocks.
    pub(crate) async fn block<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        self.runtime.as_ref()?.spawn_blocking(work).await.ok()
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
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
