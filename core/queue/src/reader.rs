//! Reads records back, and finds its way past damaged ones.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::Position;
use crate::record::{HEADER_BYTES, Header};
use crate::segments::Segment;

/// What stands at a position.
#[derive(Debug)]
pub(crate) enum Found {
    /// A record, its payload in the buffer.
    Record {
        /// Behind it.
        end: Position,
    },
    /// Something that was not written as it stands there.
    Damaged {
        /// Where the next record would stand if the length can be believed and lies within the segment.
        next: Option<Position>,
    },
}

/// Reads what stands at `position` of a segment into `payload`.
pub(crate) fn read(segment: &Segment, position: Position, payload: &mut Vec<u8>) -> io::Result<Found> {
    payload.clear();
    let damaged = |next| Ok(Found::Damaged { next });
    let body = position.plus(HEADER_BYTES as u64);
    if body >= segment.end {
        return damaged(None);
    }
    let mut header = [0; HEADER_BYTES];
    if !fill(&segment.file, &mut header, position.since(segment.start))? {
        return damaged(None);
    }
    let header = Header::parse(header);
    let Some(length) = header.payload_len() else {
        return damaged(None);
    };
    let end = body.plus(length as u64);
    if end > segment.end {
        return damaged(None);
    }
    payload.resize(length, 0);
    if fill(&segment.file, payload, body.since(segment.start))? && header.matches(payload, position) {
        Ok(Found::Record { end })
    } else {
        payload.clear();
        damaged(Some(end))
    }
}

/// Whether the file was long enough.
fn fill(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<bool> {
    match file.read_exact_at(buffer, offset) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The next record that can be read at or behind a damaged `position`, if a chain of lengths leads to one.
/// A length that led nowhere is not believed: what lies behind it might be anything, also what a client sent.
pub(crate) fn resume(
    segment: &Segment,
    damaged: Position,
    next: Option<Position>,
) -> io::Result<Option<Position>> {
    let mut payload = Vec::new();
    let mut candidate = next;
    // Two damaged records in a row are more than one bad sector explains; a few are followed none the less.
    for _ in 0..8 {
        let Some(position) = candidate.filter(|position| *position > damaged && *position < segment.end)
        else {
            return Ok(None);
        };
        match read(segment, position, &mut payload)? {
            Found::Record { .. } => return Ok(Some(position)),
            Found::Damaged { next } => candidate = next,
        }
    }
    Ok(None)
}
