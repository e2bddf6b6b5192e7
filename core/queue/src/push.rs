//! The pushing side.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use bytes::Bytes;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::reader::{self, Found};
use crate::record::Payload;
use crate::shared::Shared;
use crate::{Backlog, Consumer, Full, MAX_RECORD_BYTES, OpenError, Options, Position, PushError, segments};

/// The bytes of a record, in two parts so that what came from elsewhere need not be copied behind a header.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// What comes first.
    pub head: Vec<u8>,
    /// What follows.
    pub body: Bytes,
}

/// What who pushes already made of the record. It goes to the consumer by memory, if there is room.
#[derive(Clone, Debug)]
pub struct Companion<T> {
    /// What it is.
    pub value: T,
    /// About how many bytes of memory it takes.
    pub size: usize,
}

/// What goes to the appender.
pub(crate) enum Message<T> {
    Append(Pending<T>),
    Close,
}

/// A push that waits for its sync.
pub(crate) struct Pending<T> {
    pub(crate) payload: Payload,
    pub(crate) companion: Option<Companion<T>>,
    pub(crate) done: oneshot::Sender<Result<Position, PushError>>,
}

/// A queue that is open. Clones are handles of the same queue.
pub struct Queue<T> {
    shared: Arc<Shared<T>>,
    appends: mpsc::Sender<Message<T>>,
    appender: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Queue {
            shared: Arc::clone(&self.shared),
            appends: self.appends.clone(),
            appender: Arc::clone(&self.appender),
        }
    }
}

impl<T> std::fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue")
            .field("directory", &self.shared.directory)
            .finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Queue<T> {
    /// Opens the queue in `directory`, making it if there is none, to go on behind `from`: the position up to
    /// which everything is digested. Blocks while it reads what is left, at most [`Options::max_bytes`].
    ///
    /// # Errors
    /// When another process has it open, when it is of another format, or when a file cannot be read.
    pub fn open(
        directory: &Path,
        options: Options,
        from: Position,
    ) -> Result<(Self, Consumer<T>), OpenError> {
        crate::open::open(directory, options, from)
    }

    /// The name of the queue in `directory`, to look up its mark before it is opened; makes it if there is none.
    ///
    /// # Errors
    /// When the directory holds no queue of this format, or cannot be read or made.
    pub fn identify(directory: &Path) -> Result<String, OpenError> {
        std::fs::create_dir_all(directory).map_err(OpenError::io(directory))?;
        crate::directory::identity(directory)
    }

    pub(crate) fn new(
        shared: Arc<Shared<T>>,
        appends: mpsc::Sender<Message<T>>,
        appender: JoinHandle<()>,
    ) -> Self {
        Queue {
            shared,
            appends,
            appender: Arc::new(Mutex::new(Some(appender))),
        }
    }

    /// Appends a record and answers when it is durable, with the position behind it. A push that is dropped
    /// while it waits may be in the journal none the less.
    ///
    /// # Errors
    /// When there is no room, the queue is closing, or the journal cannot be written; the record is then not in it.
    pub async fn push(&self, record: Record, companion: Option<Companion<T>>) -> Result<Position, PushError> {
        let payload = Payload::new(record.head, record.body);
        if !(1..=MAX_RECORD_BYTES).contains(&payload.len()) {
            return Err(PushError::Length(payload.len()));
        }
        let room = self.appends.reserve().await.map_err(|_| PushError::Closed)?;
        let bytes = payload.framed_len();
        if let Some(full) = self.shared.lacks_room(bytes) {
            return Err(PushError::Full(full));
        }
        self.shared.counts.pushing.fetch_add(bytes, Ordering::Relaxed);
        let (done, answer) = oneshot::channel();
        room.send(Message::Append(Pending {
            payload,
            companion,
            done,
        }));
        answer.await.unwrap_or(Err(PushError::Closed))
    }

    /// Takes no more pushes, writes those that wait, and answers when the appender is done. The consumer gets
    /// what is left and then the end. The directory is free for others when every handle and the consumer are
    /// dropped, too.
    pub async fn close(&self) {
        // An appender that is gone has closed already.
        let _ = self.appends.send(Message::Close).await;
        let mut appender = self.appender.lock().await;
        if let Some(thread) = appender.take()
            && !matches!(
                tokio::task::spawn_blocking(move || thread.join()).await,
                Ok(Ok(()))
            )
        {
            tracing::error!("the thread that writes the queue ended in a panic");
        }
    }

    /// Says that everything before `up_to` is digested, and deletes the segments that end there or earlier.
    pub fn release(&self, up_to: Position) {
        self.shared.counts.released.fetch_max(up_to.0, Ordering::AcqRel);
        let released = self.shared.state().segments.release(up_to);
        segments::delete(&self.shared.directory, &released);
    }
}

impl<T> Queue<T> {
    /// The queue's name, by which its mark is kept.
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// Behind everything durable.
    pub fn end(&self) -> Position {
        self.shared.end()
    }

    /// Everything before is digested.
    pub fn released(&self) -> Position {
        self.shared.released()
    }

    /// How much waits.
    pub fn backlog(&self) -> Backlog {
        self.shared.backlog()
    }

    /// Why a push would be refused now, if it would be.
    pub fn refusal(&self) -> Option<Full> {
        self.shared.lacks_room(0)
    }

    /// The record that begins at `start`, read from the file; none if none that is whole does, or if it is released.
    /// Blocks.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, start: Position) -> std::io::Result<Option<Vec<u8>>> {
        let segment = self.shared.state().segments.at_or_after(start);
        let Some(segment) = segment.filter(|segment| segment.start <= start) else {
            return Ok(None);
        };
        let mut record = Vec::new();
        match reader::read(&segment, start, &mut record)? {
            Found::Record { .. } => Ok(Some(record)),
            Found::Damaged { .. } => Ok(None),
        }
    }
}
