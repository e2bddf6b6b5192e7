//! Numbers and texts as bytes, and their compression: what columns and batches are written with.

use std::cell::RefCell;

use zstd::bulk::Compressor;

use crate::{Error, Result};

/// The largest piece, uncompressed: a column of a block of the largest values.
const MOST: usize = 256 << 20;

/// Of batches, which are written while somebody waits.
pub(super) const QUICK: i32 = 1;
/// Of blocks, which are written once and read often.
pub(super) const TIGHT: i32 = 3;

thread_local! {
    // The tables of a compressor are worth keeping.
    static KEPT: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

/// `bytes`, compressed, after their length.
pub(super) fn squeeze(bytes: &[u8], level: i32) -> Result<Vec<u8>> {
    let broken = |why: std::io::Error| Error::corrupt("facts to be stored", why);
    KEPT.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            None => kept.insert(Compressor::new(level).map_err(broken)?),
        };
        compressor.set_compression_level(level).map_err(broken)?;
        let frame = compressor.compress(bytes).map_err(broken)?;
        let mut squeezed = Vec::with_capacity(frame.len() + 5);
        put(&mut squeezed, bytes.len() as u64);
        squeezed.extend_from_slice(&frame);
        Ok(squeezed)
    })
}

/// What was compressed.
pub(super) fn expand(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut reader = Reader(bytes);
    let length = usize::try_from(reader.number()?)
        .ok()
        .filter(|length| *length <= MOST);
    let length = length.ok_or_else(broken)?;
    zstd::bulk::decompress(reader.0, length).map_err(|why| Error::corrupt("fact", why))
}

/// A stored fact that this program did not write.
pub(super) fn broken() -> Error {
    Error::corrupt("fact", "it ends too early, or names what is not there")
}

/// Appends a number: seven bits a byte, the lowest first.
pub(super) fn put(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push((number as u8) | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

/// Appends a number of either sign.
pub(super) fn put_signed(to: &mut Vec<u8>, number: i64) {
    put(to, ((number << 1) ^ (number >> 63)) as u64);
}

/// Appends text with its length.
pub(super) fn put_text(to: &mut Vec<u8>, text: &str) {
    put(to, text.len() as u64);
    to.extend_from_slice(text.as_bytes());
}

/// Reads what was put.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn number(&mut self) -> Result<u64> {
        let mut number = 0;
        for (at, byte) in self.0.iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                self.0 = &self.0[at + 1..];
                return Ok(number);
            }
        }
        Err(broken())
    }

    pub(super) fn signed(&mut self) -> Result<i64> {
        let number = self.number()?;
        Ok(((number >> 1) as i64) ^ -((number & 1) as i64))
    }

    /// How many of something follow, each of which takes a byte at least.
    pub(super) fn count(&mut self) -> Result<usize> {
        let count = usize::try_from(self.number()?).map_err(|_| broken())?;
        if count > self.0.len() {
            return Err(broken());
        }
        Ok(count)
    }

    /// A number below `end`.
    pub(super) fn code(&mut self, end: usize) -> Result<u32> {
        let code = self.number()?;
        match u32::try_from(code) {
            Ok(code) if (code as usize) < end => Ok(code),
            _ => Err(broken()),
        }
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(broken)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn text(&mut self) -> Result<&'a str> {
        let length = self.count()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| broken())
    }

    pub(super) fn long(&mut self) -> Result<i64> {
        let bytes = self.take(8)?.try_into().map_err(|_| broken())?;
        Ok(i64::from_le_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_read() {
        let mut bytes = Vec::new();
        for number in [0, 1, 127, 128, 300, u64::MAX] {
            put(&mut bytes, number);
        }
        for number in [0, -1, 1, i64::MIN, i64::MAX] {
            put_signed(&mut bytes, number);
        }
        put_text(&mut bytes, "Grüße");
        let squeezed = squeeze(&bytes, TIGHT).expect("squeeze");
        let expanded = expand(&squeezed).expect("expand");
        let mut reader = Reader(&expanded);
        for number in [0, 1, 127, 128, 300, u64::MAX] {
            assert_eq!(reader.number().expect("a number"), number);
        }
        for number in [0, -1, 1, i64::MIN, i64::MAX] {
            assert_eq!(reader.signed().expect("a number"), number);
        }
        assert_eq!(reader.text().expect("text"), "Grüße");
        assert!(reader.number().is_err());
        assert!(expand(b"nothing of ours").is_err());
    }
}
