//! How a record stands in a segment: `length u32 · checksum u32 · payload`, little-endian.
//!
//! The checksum covers the payload, then the length, then the position. With the length in it a run of zeros
//! (which file systems leave behind a crash) is no record; with the position in it neither is a record found at
//! a place where it was not written.

use bytes::Bytes;

use crate::Position;

/// The longest payload a record may have.
pub const MAX_RECORD_BYTES: usize = 512 << 20;

/// Bytes before the payload.
pub(crate) const HEADER_BYTES: usize = 8;

/// A payload on its way into the journal, with the part of the checksum that needs no position.
pub(crate) struct Payload {
    pub(crate) head: Vec<u8>,
    pub(crate) body: Bytes,
    checksum: crc32fast::Hasher,
}

impl Payload {
    /// Begins the checksum, in the task of who pushes.
    pub(crate) fn new(head: Vec<u8>, body: Bytes) -> Self {
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&head);
        checksum.update(&body);
        Payload { head, body, checksum }
    }

    /// Length of the payload.
    pub(crate) fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// Bytes it takes in the journal.
    pub(crate) fn framed_len(&self) -> u64 {
        (HEADER_BYTES + self.len()) as u64
    }

    /// What stands before the payload when it is written at `position`.
    pub(crate) fn header(&self, position: Position) -> [u8; HEADER_BYTES] {
        // `push` lets nothing in that is longer than MAX_RECORD_BYTES, which fits.
        let length = self.len() as u32;
        let checksum = seal(self.checksum.clone(), length, position);
        let mut header = [0; HEADER_BYTES];
        header[..4].copy_from_slice(&length.to_le_bytes());
        header[4..].copy_from_slice(&checksum.to_le_bytes());
        header
    }
}

/// What a record's header says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    length: u32,
    checksum: u32,
}

impl Header {
    pub(crate) fn parse(bytes: [u8; HEADER_BYTES]) -> Self {
        let [a, b, c, d, e, f, g, h] = bytes;
        Header {
            length: u32::from_le_bytes([a, b, c, d]),
            checksum: u32::from_le_bytes([e, f, g, h]),
        }
    }

    /// The payload's length, if a payload may have it.
    pub(crate) fn payload_len(self) -> Option<usize> {
        usize::try_from(self.length)
            .ok()
            .filter(|length| (1..=MAX_RECORD_BYTES).contains(length))
    }

    /// Whether `payload` is what was written at `position`.
    pub(crate) fn matches(self, payload: &[u8], position: Position) -> bool {
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(payload);
        seal(checksum, self.length, position) == self.checksum
    }
}

fn seal(mut checksum: crc32fast::Hasher, length: u32, position: Position) -> u32 {
    checksum.update(&length.to_le_bytes());
    checksum.update(&position.0.to_le_bytes());
    checksum.finalize()
}
