//! Undoing `Content-Encoding`, with a cap on what comes out.
//!
//! Nothing is allocated beyond the cap, and memory is touched only as far as bytes were really decoded, so a
//! bomb costs its sender more than the hub. What is cut short or followed by something else is an error.

use std::cell::RefCell;
use std::io::Read;

use libdeflater::{DecompressionError, Decompressor};

/// How a body is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Not at all.
    #[default]
    Identity,
    /// RFC 1952; what most SDKs send.
    Gzip,
    /// zlib (RFC 1950) as the standard says, or bare deflate (RFC 1951) as some send.
    Deflate,
    /// Brotli (RFC 7932); the Python SDK's choice where it is installed.
    Brotli,
    /// Zstandard (RFC 8878).
    Zstd,
}

impl Encoding {
    /// Reads a `Content-Encoding` header. Like Sentry, takes what it does not know for no encoding at all: the
    /// JSON parser then says what is wrong.
    pub fn parse(header: &str) -> Self {
        let name = header.trim();
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        match () {
            () if is("gzip") || is("x-gzip") => Encoding::Gzip,
            () if is("deflate") => Encoding::Deflate,
            () if is("br") => Encoding::Brotli,
            () if is("zstd") => Encoding::Zstd,
            () => Encoding::Identity,
        }
    }

    /// A number for records on disk.
    pub const fn code(self) -> u8 {
        match self {
            Encoding::Identity => 0,
            Encoding::Gzip => 1,
            Encoding::Deflate => 2,
            Encoding::Brotli => 3,
            Encoding::Zstd => 4,
        }
    }

    /// The encoding of a stored number.
    pub const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Encoding::Identity,
            1 => Encoding::Gzip,
            2 => Encoding::Deflate,
            3 => Encoding::Brotli,
            4 => Encoding::Zstd,
            _ => return None,
        })
    }

    /// As the header says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Encoding::Identity => "identity",
            Encoding::Gzip => "gzip",
            Encoding::Deflate => "deflate",
            Encoding::Brotli => "br",
            Encoding::Zstd => "zstd",
        }
    }
}

/// Why a body could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More comes out than is allowed.
    #[error("the decoded body is larger than {limit} bytes")]
    TooLarge {
        /// What is allowed, in bytes.
        limit: usize,
    },
    /// The bytes are not of that encoding, are cut short, or are followed by others.
    #[error("the body is not valid {encoding}, cut short, or followed by something else", encoding = .encoding.as_str())]
    Corrupt {
        /// What the header said.
        encoding: Encoding,
    },
}

thread_local! {
    // Its tables take 11 KB to set up, which would double the cost of a small body.
    static DECOMPRESSOR: RefCell<Decompressor> = RefCell::new(Decompressor::new());
}

/// Decodes `body` to at most `limit` bytes.
///
/// # Errors
/// [`DecodeError`]: too large, or not of that encoding.
pub fn decode(encoding: Encoding, body: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    match encoding {
        Encoding::Identity if body.len() > limit => Err(DecodeError::TooLarge { limit }),
        Encoding::Identity => Ok(body.to_vec()),
        Encoding::Gzip => gzip(body, limit),
        Encoding::Deflate => deflate(body, limit),
        Encoding::Brotli => {
            let reader = brotli_decompressor::Decompressor::new(body, 8 * 1024);
            read_capped(reader, encoding, body.len(), limit)
        }
        Encoding::Zstd => {
            let corrupt = |_| DecodeError::Corrupt { encoding };
            let mut reader = zstd::stream::read::Decoder::with_buffer(body).map_err(corrupt)?;
            // A frame may ask for a window of gigabytes; no SDK's body needs more than 8 MB.
            reader.window_log_max(23).map_err(corrupt)?;
            read_capped(reader, encoding, body.len(), limit)
        }
    }
}

/// Gzip tells the size of what it holds in its last four bytes, so one allocation and one pass are enough, and
/// bytes behind the end show as a size that is wrong.
fn gzip(body: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let corrupt = DecodeError::Corrupt {
        encoding: Encoding::Gzip,
    };
    let size = body
        .last_chunk::<4>()
        .map(|bytes| u32::from_le_bytes(*bytes))
        .ok_or(corrupt)?;
    let size = usize::try_from(size).map_err(|_| corrupt)?;
    // No byte of deflate makes more than 1,032: a size beyond that is what a body cut short ends in.
    if !body.starts_with(b"\x1f\x8b") || size / 1_032 > body.len() {
        return Err(corrupt);
    }
    if size > limit {
        return Err(DecodeError::TooLarge { limit });
    }
    let mut out = vec![0; size];
    let written = DECOMPRESSOR.with_borrow_mut(|decompressor| decompressor.gzip_decompress(body, &mut out));
    match written {
        Ok(written) if written == size => Ok(out),
        Ok(_) | Err(_) => Err(corrupt),
    }
}

/// Zlib, and where it is not that, bare deflate. Neither tells its size, so the buffer doubles up to the limit.
fn deflate(body: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    match inflate(body, limit, |decompressor, out| {
        decompressor.zlib_decompress(body, out)
    }) {
        Err(DecodeError::Corrupt { .. }) => inflate(body, limit, |decompressor, out| {
            decompressor.deflate_decompress(body, out)
        }),
        Ok(out) if body.last_chunk::<4>() != Some(&libdeflater::adler32(&out).to_be_bytes()) => {
            Err(DecodeError::Corrupt {
                encoding: Encoding::Deflate,
            })
        }
        done => done,
    }
}

fn inflate(
    body: &[u8],
    limit: usize,
    mut run: impl FnMut(&mut Decompressor, &mut [u8]) -> Result<usize, DecompressionError>,
) -> Result<Vec<u8>, DecodeError> {
    let mut size = body.len().saturating_mul(8).max(16 * 1024).min(limit);
    loop {
        let mut out = vec![0; size];
        match DECOMPRESSOR.with_borrow_mut(|decompressor| run(decompressor, &mut out)) {
            Ok(written) => {
                out.truncate(written);
                return Ok(out);
            }
            Err(DecompressionError::InsufficientSpace) if size < limit => {
                size = size.saturating_mul(2).min(limit);
            }
            Err(DecompressionError::InsufficientSpace) => return Err(DecodeError::TooLarge { limit }),
            Err(DecompressionError::BadData) => {
                return Err(DecodeError::Corrupt {
                    encoding: Encoding::Deflate,
                });
            }
        }
    }
}

/// Reads at most one byte more than allowed, which tells a full body from one that is too large.
fn read_capped(
    reader: impl Read,
    encoding: Encoding,
    hint: usize,
    limit: usize,
) -> Result<Vec<u8>, DecodeError> {
    let mut out = Vec::with_capacity(hint.saturating_mul(4).min(limit));
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match reader.take(most).read_to_end(&mut out) {
        Ok(_) if out.len() > limit => Err(DecodeError::TooLarge { limit }),
        Ok(_) => Ok(out),
        Err(_) => Err(DecodeError::Corrupt { encoding }),
    }
}

#[cfg(test)]
mod tests;
