//! Opens a queue: takes stock of the segments, cuts off what a crash left half-written, starts the appender.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::mpsc;

use crate::appender::Appender;
use crate::reader::{self, Found};
use crate::segments::{self, Segment, Segments};
use crate::shared::{Counts, Shared};
use crate::{Consumer, OpenError, Options, Position, Queue, directory};

pub(crate) fn open<T: Send + 'static>(
    path: &Path,
    options: Options,
    from: Position,
) -> Result<(Queue<T>, Consumer<T>), OpenError> {
    let lock = directory::lock(path)?;
    let id = directory::identity(path)?;
    let stock = take_stock(path, from).map_err(OpenError::io(path))?;
    let counts = Counts {
        end: AtomicU64::new(stock.segments.end().0),
        released: AtomicU64::new(stock.from.0),
        records: AtomicU64::new(stock.records),
        ..Counts::default()
    };
    let shared = Arc::new(Shared::new(
        path.to_owned(),
        id,
        options,
        stock.segments,
        counts,
        lock,
    ));
    shared.check_disk();
    let (appends, messages) = mpsc::channel(options.waiting_pushes.max(1));
    let appender = Appender::new(Arc::clone(&shared));
    let thread = std::thread::Builder::new()
        .name("queue-appender".to_owned())
        .spawn(move || appender.run(messages))
        .map_err(OpenError::io(path))?;
    let consumer = Consumer::new(Arc::clone(&shared), stock.from);
    Ok((Queue::new(shared, appends, thread), consumer))
}

/// What is there.
struct Stock {
    segments: Segments,
    /// Where to go on reading.
    from: Position,
    /// Records from there on.
    records: u64,
}

fn take_stock(path: &Path, from: Position) -> io::Result<Stock> {
    let mut segments = open_segments(path)?;
    let Some(mut active) = segments.pop_back() else {
        return Ok(Stock {
            segments: Segments::new(segments, create(path, from)?),
            from,
            records: 0,
        });
    };
    while segments.front().is_some_and(|segment| segment.end <= from) {
        segments::delete(path, segments.pop_front().as_slice());
    }
    let first = segments.front().unwrap_or(&active);
    let from = boundary(first, from)?;
    let mut records = 0;
    for segment in &segments {
        records += walk(segment, from.max(segment.start))?.records;
    }
    if from <= active.end {
        let walked = walk(&active, from.max(active.start))?;
        records += walked.records;
        cut_tail(&mut active, walked.good)?;
    }
    if active.end < from {
        tracing::warn!(end = %active.end, %from, "the queue ends before what is digested of it; it goes on there");
        segments::delete(path, segments.make_contiguous());
        segments::delete(path, &[active]);
        return Ok(Stock {
            segments: Segments::new(VecDeque::new(), create(path, from)?),
            from,
            records: 0,
        });
    }
    Ok(Stock {
        segments: Segments::new(segments, active),
        from,
        records,
    })
}

fn create(path: &Path, start: Position) -> io::Result<Segment> {
    Ok(Segment {
        start,
        end: start,
        file: Arc::new(directory::create_segment(path, start)?),
    })
}

fn open_segments(path: &Path) -> io::Result<VecDeque<Segment>> {
    let starts = directory::segment_starts(path)?;
    let mut segments: VecDeque<Segment> = VecDeque::with_capacity(starts.len());
    for start in starts {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(directory::segment_path(path, start))?;
        let end = start.plus(file.metadata()?.len());
        if let Some(before) = segments.back_mut().filter(|before| before.end > start) {
            tracing::error!(end = %before.end, %start, "two segments of the queue overlap; the later one is read");
            before.end = start;
        }
        segments.push_back(Segment {
            start,
            end,
            file: Arc::new(file),
        });
    }
    Ok(segments)
}

/// Where to begin reading: `from`, or the record around it where no record begins there.
fn boundary(segment: &Segment, from: Position) -> io::Result<Position> {
    if from <= segment.start {
        // What came before was released once; a mark that says otherwise is of another database.
        return Ok(segment.start);
    }
    if from >= segment.end {
        return Ok(from);
    }
    let mut payload = Vec::new();
    if let Found::Record { .. } = reader::read(segment, from, &mut payload)? {
        return Ok(from);
    }
    let mut position = segment.start;
    while let Found::Record { end } = reader::read(segment, position, &mut payload)? {
        if end > from {
            tracing::warn!(%from, %position, "no record of the queue begins where reading should; it begins earlier");
            return Ok(position);
        }
        position = end;
    }
    Ok(from)
}

/// A segment walked through.
struct Walked {
    records: u64,
    /// Behind the last record that can be reached.
    good: Position,
}

fn walk(segment: &Segment, from: Position) -> io::Result<Walked> {
    let mut walked = Walked {
        records: 0,
        good: from,
    };
    let mut position = from;
    let mut payload = Vec::new();
    while position < segment.end {
        match reader::read(segment, position, &mut payload)? {
            Found::Record { end } => {
                walked.records += 1;
                walked.good = end;
                position = end;
            }
            Found::Damaged { next } => match reader::resume(segment, position, next)? {
                Some(resumed) => position = resumed,
                None => break,
            },
        }
    }
    Ok(walked)
}

/// Cuts off what no record can be read from: a batch that was being written when the process or the machine
/// died. Nobody was told that it is there.
fn cut_tail(active: &mut Segment, good: Position) -> io::Result<()> {
    let torn = active.end.since(good);
    if torn > 0 {
        tracing::warn!(position = %good, bytes = torn, "the end of the queue was half-written and is cut off");
        active.file.set_len(good.since(active.start))?;
        active.file.sync_all()?;
        active.end = good;
    }
    Ok(())
}
