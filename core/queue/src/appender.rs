//! The one thread that writes: everything that waits, one sync, then the answers.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;

use crate::push::{Message, Pending};
use crate::segments::Segment;
use crate::shared::{Held, Shared};
use crate::{Position, PushError, directory};

/// Records that share a sync at most.
const BATCH_RECORDS: usize = 1_024;
/// Frames are gathered up to this size before they are written.
const WRITE_BYTES: usize = 256 << 10;
/// Pushes that shared the last sync, from which on the next one waits for company.
const COMPANY: usize = 4;
/// Looks at who has come, while company gathers.
const NAPS: u32 = 4;

pub(crate) struct Appender<T> {
    shared: Arc<Shared<T>>,
    file: Arc<File>,
    /// Of the active segment.
    start: Position,
    /// Behind the last durable record.
    end: Position,
    buffer: Vec<u8>,
    /// Set when the file may hold what was refused, and could not be cut back: nothing is written any more.
    broken: Option<Arc<io::Error>>,
}

impl<T: Send + 'static> Appender<T> {
    pub(crate) fn new(shared: Arc<Shared<T>>) -> Self {
        let active = shared.state().segments.active().clone();
        Appender {
            shared,
            file: active.file,
            start: active.start,
            end: active.end,
            buffer: Vec::with_capacity(WRITE_BYTES),
            broken: None,
        }
    }

    /// Runs until the queue is closed and everything that waited is written.
    pub(crate) fn run(mut self, mut messages: mpsc::Receiver<Message<T>>) {
        let mut waiting = Vec::with_capacity(BATCH_RECORDS);
        let mut batch = Vec::with_capacity(BATCH_RECORDS);
        let mut company = 0;
        while messages.blocking_recv_many(&mut waiting, BATCH_RECORDS) > 0 {
            if company >= COMPANY {
                self.gather(&mut messages, &mut waiting);
            }
            for message in waiting.drain(..) {
                match message {
                    Message::Append(pending) => batch.push(pending),
                    Message::Close => messages.close(),
                }
            }
            company = batch.len();
            if company > 0 {
                self.commit(&mut batch);
            }
        }
        self.shared.close();
    }

    /// Lets company gather for a sync: until nobody comes any more, or the linger is over. When everybody waits for
    /// this sync, nobody can come.
    fn gather(&self, messages: &mut mpsc::Receiver<Message<T>>, waiting: &mut Vec<Message<T>>) {
        for _ in 0..NAPS {
            let before = waiting.len();
            if before >= BATCH_RECORDS || self.shared.options.linger.is_zero() {
                return;
            }
            std::thread::sleep(self.shared.options.linger / NAPS);
            while waiting.len() < BATCH_RECORDS
                && let Ok(message) = messages.try_recv()
            {
                waiting.push(message);
            }
            if waiting.len() == before {
                return;
            }
        }
    }

    /// Makes a batch durable and answers everybody in it; leaves it empty.
    fn commit(&mut self, batch: &mut Vec<Pending<T>>) {
        let bytes: u64 = batch.iter().map(|pending| pending.payload.framed_len()).sum();
        let written = self.roll_if_long().and_then(|()| self.write(batch));
        match written {
            Ok(()) => self.hand_over(batch, bytes),
            Err(error) => {
                self.cut_back();
                self.shared.counts.pushing.fetch_sub(bytes, Ordering::Relaxed);
                tracing::error!(%error, position = %self.end, records = batch.len(), "the queue cannot be written");
                for pending in batch.drain(..) {
                    let _ = pending.done.send(Err(PushError::Io(Arc::clone(&error))));
                }
            }
        }
        self.shared.check_disk();
    }

    /// Goes on in a new file when this one is long enough.
    fn roll_if_long(&mut self) -> Result<(), Arc<io::Error>> {
        if let Some(error) = &self.broken {
            return Err(Arc::clone(error));
        }
        if self.end.since(self.start) < self.shared.options.segment_bytes {
            return Ok(());
        }
        self.file = Arc::new(directory::create_segment(&self.shared.directory, self.end)?);
        self.start = self.end;
        let next = Segment {
            start: self.start,
            end: self.end,
            file: Arc::clone(&self.file),
        };
        self.shared.state().segments.roll(next);
        Ok(())
    }

    /// Writes a batch behind what is durable, and syncs it.
    fn write(&mut self, batch: &[Pending<T>]) -> Result<(), Arc<io::Error>> {
        let mut written = self.end.since(self.start);
        let mut position = self.end;
        self.buffer.clear();
        for pending in batch {
            let payload = &pending.payload;
            self.buffer.extend_from_slice(&payload.header(position));
            self.buffer.extend_from_slice(&payload.head);
            if payload.body.len() < WRITE_BYTES {
                self.buffer.extend_from_slice(&payload.body);
            } else {
                self.flush(&mut written)?;
                self.file.write_all_at(&payload.body, written)?;
                written += payload.body.len() as u64;
            }
            position = position.plus(payload.framed_len());
            if self.buffer.len() >= WRITE_BYTES {
                self.flush(&mut written)?;
            }
        }
        self.flush(&mut written)?;
        self.file.sync_data()?;
        Ok(())
    }

    fn flush(&mut self, written: &mut u64) -> io::Result<()> {
        self.file.write_all_at(&self.buffer, *written)?;
        *written += self.buffer.len() as u64;
        self.buffer.clear();
        self.buffer.shrink_to(2 * WRITE_BYTES);
        Ok(())
    }

    /// Takes out of the file what a failed write left there, so that nothing that was refused comes back.
    fn cut_back(&mut self) {
        if self.broken.is_some() {
            return;
        }
        if let Err(error) = self
            .file
            .set_len(self.end.since(self.start))
            .and_then(|()| self.file.sync_data())
        {
            tracing::error!(%error, position = %self.end, "the queue cannot be cut back and takes nothing any more");
            self.broken = Some(Arc::new(error));
        }
    }

    /// Lets the consumer have what is durable, then answers.
    fn hand_over(&mut self, batch: &mut Vec<Pending<T>>, bytes: u64) {
        let counts = &self.shared.counts;
        let records = batch.len() as u64;
        // Counted before it can be taken, so that nobody takes more than there is.
        counts.records.fetch_add(records, Ordering::Relaxed);
        counts.appended.fetch_add(records, Ordering::Relaxed);
        counts.syncs.fetch_add(1, Ordering::Relaxed);
        let mut answers = Vec::with_capacity(batch.len());
        let mut dropped = Vec::new();
        {
            let mut state = self.shared.state();
            for pending in batch.drain(..) {
                let start = self.end;
                self.end = start.plus(pending.payload.framed_len());
                answers.push((pending.done, self.end));
                let Some(companion) = pending.companion else {
                    continue;
                };
                let memory = counts.memory.load(Ordering::Relaxed);
                if memory + companion.size > self.shared.options.memory_bytes {
                    dropped.push(companion);
                    continue;
                }
                counts.memory.fetch_add(companion.size, Ordering::Relaxed);
                let held = Held {
                    start,
                    end: self.end,
                    size: companion.size,
                    value: companion.value,
                };
                state.companions.push_back(held);
            }
            state.segments.extend(self.end);
        }
        counts.end.store(self.end.0, Ordering::Release);
        counts.pushing.fetch_sub(bytes, Ordering::Relaxed);
        self.shared.arrived.notify_one();
        for (done, position) in answers {
            let _ = done.send(Ok(position));
        }
    }
}
