//! Compression of stored events: zstd with a dictionary of what events have in common.
//!
//! A frame names its dictionary, so another can be added beside (never instead: what is stored needs its own).
//! To add one, train it with `core/engine/examples/train_dictionary.rs`, and put it first in [`DICTIONARIES`].

use std::cell::RefCell;
use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{get_dict_id, get_dict_id_from_frame};

use crate::{Error, Result};

/// The dictionaries, the one to write with first.
const DICTIONARIES: [&[u8]; 1] = [include_bytes!("../dictionaries/events-1.zdict")];

/// Level 3: with the dictionary a fifth smaller than level 1 at nearly the same speed; the next ones cost twice as much.
const LEVEL: i32 = 3;

static ENCODER: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARIES[0], LEVEL));

static DECODERS: LazyLock<Vec<(u32, DecoderDictionary<'static>)>> = LazyLock::new(|| {
    let decoder = |bytes: &&'static [u8]| Some((get_dict_id(bytes)?.get(), DecoderDictionary::copy(bytes)));
    DICTIONARIES.iter().filter_map(decoder).collect()
});

thread_local! {
    // A context holds some hundred kilobytes of tables, which are worth keeping.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

/// `bytes` as a frame. Answers an empty frame's worth of nothing only for nothing.
pub fn compress(bytes: &[u8]) -> Result<Vec<u8>> {
    let broken = |why: std::io::Error| Error::corrupt("event to be stored", why);
    COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            None => kept.insert(Compressor::with_prepared_dictionary(&ENCODER).map_err(broken)?),
        };
        let mut frame = compressor.compress(bytes).map_err(broken)?;
        // The buffer was made for the worst case, and a queue may hold many of these.
        frame.shrink_to_fit();
        Ok(frame)
    })
}

/// What was compressed; fails if that is more than `limit` bytes.
pub fn decompress(frame: &[u8], limit: usize) -> Result<Vec<u8>> {
    let broken = |why: std::io::Error| Error::corrupt("event", why);
    let mut decompressor = match get_dict_id_from_frame(frame) {
        None => Decompressor::new().map_err(broken)?,
        Some(wanted) => {
            let known = DECODERS.iter().find(|(id, _)| *id == wanted.get());
            let (_, dictionary) =
                known.ok_or_else(|| Error::corrupt("event", format!("dictionary {wanted} is not known")))?;
            Decompressor::with_prepared_dictionary(dictionary).map_err(broken)?
        }
    };
    // A frame says how long its content is: no more than that is set aside.
    let capacity = Decompressor::upper_bound(frame).unwrap_or(limit).min(limit);
    decompressor.decompress(frame, capacity).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"event_id":"94b7c070c3d34e55a612fa03c990e52a","level":"error","platform":"python",
        "exception":{"values":[{"type":"ValueError","value":"no","mechanism":{"type":"generic","handled":true}}]}}"#;

    #[test]
    fn what_is_compressed_comes_back() {
        for bytes in [EVENT.as_bytes(), b"", &[0; 100_000]] {
            let frame = compress(bytes).expect("compress");
            assert_eq!(decompress(&frame, 200_000).expect("decompress"), bytes);
        }
    }

    #[test]
    fn the_dictionary_helps() {
        let frame = compress(EVENT.as_bytes()).expect("compress");
        let plain = zstd::bulk::compress(EVENT.as_bytes(), LEVEL).expect("compress");
        assert!(
            frame.len() * 3 < plain.len() * 2,
            "{} of {}",
            frame.len(),
            plain.len()
        );
    }

    #[test]
    fn frames_without_a_dictionary_are_read() {
        let frame = zstd::bulk::compress(EVENT.as_bytes(), LEVEL).expect("compress");
        assert_eq!(decompress(&frame, 1 << 20).expect("decompress"), EVENT.as_bytes());
    }

    #[test]
    fn what_is_too_long_or_broken_is_an_error() {
        let frame = compress(&[7; 100_000]).expect("compress");
        assert!(matches!(decompress(&frame, 99_999), Err(Error::Corrupt { .. })));
        assert!(matches!(
            decompress(b"no frame", 1_000),
            Err(Error::Corrupt { .. })
        ));
        assert!(matches!(
            decompress(&frame[..frame.len() - 3], 200_000),
            Err(Error::Corrupt { .. })
        ));
    }

    #[test]
    fn every_dictionary_has_an_id_of_its_own() {
        let mut ids: Vec<u32> = DECODERS.iter().map(|(id, _)| *id).collect();
        ids.dedup();
        assert_eq!(ids.len(), DICTIONARIES.len());
    }
}
