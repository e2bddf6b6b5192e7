use std::io::Write;

use libdeflater::{CompressionLvl, Compressor};
use proptest::prelude::*;

use super::*;

const LIMIT: usize = 1 << 20;

fn deflated(data: &[u8], compress: impl Fn(&mut Compressor, &[u8], &mut [u8]) -> usize) -> Vec<u8> {
    let mut out = vec![0; data.len() + 1_024];
    let length = compress(&mut Compressor::new(CompressionLvl::default()), data, &mut out);
    out.truncate(length);
    out
}

fn gzipped(data: &[u8]) -> Vec<u8> {
    deflated(data, |compressor, data, out| {
        compressor.gzip_compress(data, out).expect("fits")
    })
}

fn zlibbed(data: &[u8]) -> Vec<u8> {
    deflated(data, |compressor, data, out| {
        compressor.zlib_compress(data, out).expect("fits")
    })
}

/// A Brotli stream of uncompressed blocks (RFC 7932, section 9.2), for there is no encoder here.
fn brotlied(data: &[u8]) -> Vec<u8> {
    // Window of 16 bits, then a block of 1 to 65,536 bytes that is not the last: MNIBBLES 4, MLEN-1, uncompressed.
    let mut out = Vec::new();
    let mut bits: u64 = 0;
    let mut count = 1;
    for chunk in data.chunks(1 << 16) {
        let length = u64::try_from(chunk.len() - 1).expect("small");
        bits |= (length << 3 | 1 << 19) << count;
        count += 20;
        while count > 0 {
            out.push(u8::try_from(bits & 0xff).expect("a byte"));
            bits >>= 8;
            count -= 8;
        }
        count = 0;
        bits = 0;
        out.extend_from_slice(chunk);
    }
    out.push(0b11);
    out
}

#[test]
fn every_encoding_comes_back() {
    let body = b"{\"event_id\": \"94b7c070c3d34e55a612fa03c990e52a\"}\n".repeat(20);
    let raw = deflated(&body, |compressor, data, out| {
        compressor.deflate_compress(data, out).expect("fits")
    });
    let cases = [
        (Encoding::Identity, body.clone()),
        (Encoding::Gzip, gzipped(&body)),
        (Encoding::Deflate, zlibbed(&body)),
        (Encoding::Deflate, raw),
        (Encoding::Brotli, brotlied(&body)),
        (
            Encoding::Zstd,
            zstd::encode_all(body.as_slice(), 3).expect("encodes"),
        ),
    ];
    for (encoding, wire) in cases {
        assert_eq!(
            decode(encoding, &wire, LIMIT).as_deref(),
            Ok(body.as_slice()),
            "{encoding:?}"
        );
    }
}

#[test]
fn headers_are_read_as_sdks_write_them() {
    for (header, encoding) in [
        ("gzip", Encoding::Gzip),
        (" X-GZip ", Encoding::Gzip),
        ("deflate", Encoding::Deflate),
        ("br", Encoding::Brotli),
        ("zstd", Encoding::Zstd),
        ("identity", Encoding::Identity),
        ("", Encoding::Identity),
        ("what-is-this", Encoding::Identity),
    ] {
        assert_eq!(Encoding::parse(header), encoding, "{header}");
        assert_eq!(Encoding::from_code(encoding.code()), Some(encoding));
    }
}

#[test]
fn a_bomb_is_refused_at_the_limit() {
    let zeros = vec![0; 8 << 20];
    let too_large = Err(DecodeError::TooLarge { limit: LIMIT });
    assert_eq!(decode(Encoding::Gzip, &gzipped(&zeros), LIMIT), too_large);
    assert_eq!(decode(Encoding::Deflate, &zlibbed(&zeros), LIMIT), too_large);
    let zstd = zstd::encode_all(zeros.as_slice(), 19).expect("encodes");
    assert_eq!(decode(Encoding::Zstd, &zstd, LIMIT), too_large);
    assert_eq!(decode(Encoding::Brotli, &brotlied(&zeros), LIMIT), too_large);
    assert_eq!(decode(Encoding::Identity, &zeros, LIMIT), too_large);
}

#[test]
fn a_gzip_that_lies_about_its_size_is_refused() {
    let mut wire = gzipped(&vec![0; 4 << 20]);
    let end = wire.len();
    wire[end - 4..].copy_from_slice(&1_000_u32.to_le_bytes());
    assert!(decode(Encoding::Gzip, &wire, LIMIT).is_err());
}

#[test]
fn what_is_cut_short_or_goes_on_is_corrupt() {
    let body = b"the body of a request".repeat(50);
    let cases = [
        (Encoding::Gzip, gzipped(&body)),
        (Encoding::Deflate, zlibbed(&body)),
        (
            Encoding::Zstd,
            zstd::encode_all(body.as_slice(), 3).expect("encodes"),
        ),
    ];
    for (encoding, wire) in cases {
        let corrupt = Err(DecodeError::Corrupt { encoding });
        assert_eq!(
            decode(encoding, &wire[..wire.len() - 5], LIMIT),
            corrupt,
            "{encoding:?} cut short"
        );
        assert_eq!(decode(encoding, &[], LIMIT), corrupt, "{encoding:?} of nothing");
        let mut longer = Vec::new();
        longer.write_all(&wire).expect("memory");
        longer.write_all(b"and more").expect("memory");
        assert_eq!(
            decode(encoding, &longer, LIMIT),
            corrupt,
            "{encoding:?} with more behind it"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), code in 0_u8..5) {
        let encoding = Encoding::from_code(code).expect("an encoding");
        if let Ok(out) = decode(encoding, &bytes, 10_000) {
            prop_assert!(out.len() <= 10_000);
        }
    }
}
