//! The taking side: everything durable, in order, from memory where it is there, else from the file.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::reader::{self, Found};
use crate::segments::Segment;
use crate::shared::Shared;
use crate::{Backlog, Position};

/// What was pushed.
#[derive(Debug)]
pub enum Content<T> {
    /// What who pushed made of it.
    Companion(T),
    /// The bytes, read back.
    Record(Vec<u8>),
}

/// One record taken.
#[derive(Debug)]
pub struct Taken<T> {
    /// Where it begins.
    pub start: Position,
    /// Behind it.
    pub end: Position,
    /// What it is.
    pub content: Content<T>,
}

/// The one who takes. There is one to a queue.
pub struct Consumer<T> {
    shared: Arc<Shared<T>>,
    /// Behind what was taken last.
    cursor: Position,
}

impl<T> std::fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer")
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}

/// A stretch of the journal to be read from its file.
struct Stretch {
    segment: Segment,
    from: Position,
    to: Position,
    max_records: usize,
    max_bytes: u64,
}

/// What became of a stretch.
#[derive(Default)]
struct Read {
    records: Vec<(Position, Position, Vec<u8>)>,
    /// Where to go on.
    cursor: Position,
    lost_bytes: u64,
}

impl<T: Send + 'static> Consumer<T> {
    pub(crate) fn new(shared: Arc<Shared<T>>, cursor: Position) -> Self {
        Consumer { shared, cursor }
    }

    /// Behind what was taken last.
    pub fn position(&self) -> Position {
        self.cursor
    }

    /// How much waits.
    pub fn backlog(&self) -> Backlog {
        self.shared.backlog()
    }

    /// The next records in order, waiting for the first: up to `max_records`, and no more once they reach
    /// `max_bytes` of the journal. `None` when the queue is closed and everything was taken. Dropping the future
    /// loses nothing.
    ///
    /// # Errors
    /// When the journal cannot be read; to be tried again. What is damaged is no error: it is logged with its
    /// position, counted in [`Backlog::lost_bytes`], and left out.
    pub async fn take(&mut self, max_records: usize, max_bytes: u64) -> io::Result<Option<Vec<Taken<T>>>> {
        loop {
            // Asked first: what was appended before the end is then seen below.
            let is_closed = self.shared.is_closed();
            let batch = self.take_ready(max_records.max(1), max_bytes.max(1)).await?;
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
            if is_closed {
                return Ok(None);
            }
            self.shared.arrived.notified().await;
        }
    }

    /// What can be had without waiting.
    async fn take_ready(&mut self, max_records: usize, max_bytes: u64) -> io::Result<Vec<Taken<T>>> {
        let mut batch: Vec<Taken<T>> = Vec::new();
        let mut cursor = self.cursor;
        let mut bytes = 0;
        while batch.len() < max_records && bytes < max_bytes {
            let before = batch.len();
            cursor = self.take_companions(cursor, max_records, max_bytes - bytes, &mut batch);
            bytes += batch
                .iter()
                .skip(before)
                .map(|taken| taken.end.since(taken.start))
                .sum::<u64>();
            if batch.len() >= max_records || bytes >= max_bytes {
                break;
            }
            let Some(mut stretch) = self.stretch(cursor) else {
                break;
            };
            stretch.max_records = max_records - batch.len();
            stretch.max_bytes = max_bytes - bytes;
            let read = tokio::task::spawn_blocking(move || stretch.read())
                .await
                .map_err(io::Error::other)??;
            self.shared
                .counts
                .lost_bytes
                .fetch_add(read.lost_bytes, Ordering::Relaxed);
            cursor = read.cursor;
            bytes += read
                .records
                .iter()
                .map(|(start, end, _)| end.since(*start))
                .sum::<u64>();
            let records = read.records.into_iter();
            batch.extend(records.map(|(start, end, record)| Taken {
                start,
                end,
                content: Content::Record(record),
            }));
        }
        // Not before here: a future dropped while it read takes up again where it began.
        self.cursor = cursor;
        let taken = batch.len() as u64;
        let subtract = |records: u64| Some(records.saturating_sub(taken));
        let _ = self
            .shared
            .counts
            .records
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, subtract);
        Ok(batch)
    }

    /// Takes the companions that follow on `cursor` without a gap; answers where they end.
    fn take_companions(
        &self,
        mut cursor: Position,
        max_records: usize,
        max_bytes: u64,
        batch: &mut Vec<Taken<T>>,
    ) -> Position {
        let mut state = self.shared.state();
        let limit = cursor.plus(max_bytes);
        while batch.len() < max_records && cursor < limit {
            let Some(held) = state.companions.pop_front_if(|held| held.start <= cursor) else {
                break;
            };
            self.shared.counts.memory.fetch_sub(held.size, Ordering::Relaxed);
            // One that lies before the cursor was read from the file, after a take that was dropped half-way.
            if held.start == cursor {
                cursor = held.end;
                batch.push(Taken {
                    start: held.start,
                    end: held.end,
                    content: Content::Companion(held.value),
                });
            }
        }
        cursor
    }

    /// What has to be read from a file next: up to the next companion, or the end of a segment.
    fn stretch(&self, cursor: Position) -> Option<Stretch> {
        let state = self.shared.state();
        let segment = state.segments.at_or_after(cursor)?;
        let companion = state.companions.front().map(|held| held.start);
        let to = companion
            .filter(|start| *start > cursor && *start < segment.end)
            .unwrap_or(segment.end);
        Some(Stretch {
            segment,
            from: cursor,
            to,
            max_records: 0,
            max_bytes: 0,
        })
    }
}

impl Stretch {
    fn read(self) -> io::Result<Read> {
        let mut read = Read {
            cursor: self.from,
            ..Read::default()
        };
        if self.from < self.segment.start {
            let bytes = self.segment.start.since(self.from);
            tracing::error!(from = %self.from, to = %self.segment.start, bytes, "a part of the queue is missing");
            read.lost_bytes += bytes;
            read.cursor = self.segment.start;
        }
        let mut bytes = 0;
        while read.cursor < self.to && read.records.len() < self.max_records && bytes < self.max_bytes {
            let start = read.cursor;
            let mut payload = Vec::new();
            match reader::read(&self.segment, start, &mut payload)? {
                Found::Record { end } => {
                    bytes += end.since(start);
                    read.cursor = end;
                    read.records.push((start, end, payload));
                }
                Found::Damaged { next } => {
                    let resumed = reader::resume(&self.segment, start, next)?;
                    read.cursor = resumed.unwrap_or(self.to);
                    let lost = read.cursor.since(start);
                    tracing::error!(from = %start, to = %read.cursor, bytes = lost, "a part of the queue is damaged");
                    read.lost_bytes += lost;
                }
            }
        }
        Ok(read)
    }
}
