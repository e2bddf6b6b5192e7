//! Bodies: every encoding, and the bounds of size, time and memory.

use std::io::Write as _;
use std::time::Duration;

use axum::body::{Body, Bytes};
use errand_http::HttpConfig;
use errand_pipeline::encoding::Encoding;
use futures_util::stream;

use crate::support::{EVENT, Hub};

fn compressed(encoding: &str) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut out = vec![0; 1_000];
    let bytes = EVENT.as_bytes();
    let length = match encoding {
        "gzip" | "x-gzip" => compressor.gzip_compress(bytes, &mut out),
        "deflate" => compressor.zlib_compress(bytes, &mut out),
        "raw" => compressor.deflate_compress(bytes, &mut out),
        _ => return zstd::encode_all(bytes, 3).expect("compresses"),
    };
    out.truncate(length.expect("compresses"));
    out
}

#[tokio::test]
async fn every_encoding_is_undone_and_the_wire_bytes_are_kept() {
    let hub = Hub::start().await;
    // `{}` and a newline.
    let brotli = vec![0x0b, 0x01, 0x80, 0x7b, 0x7d, 0x0a, 0x03];
    let event = EVENT.as_bytes().to_vec();
    let cases = [
        ("gzip", compressed("gzip"), Encoding::Gzip, EVENT),
        ("X-GZIP", compressed("x-gzip"), Encoding::Gzip, EVENT),
        ("deflate", compressed("deflate"), Encoding::Deflate, EVENT),
        ("deflate", compressed("raw"), Encoding::Deflate, EVENT),
        ("br", brotli, Encoding::Brotli, "{}\n"),
        ("zstd", compressed("zstd"), Encoding::Zstd, EVENT),
        ("identity", event.clone(), Encoding::Identity, EVENT),
        ("made-up", event, Encoding::Identity, EVENT),
    ];
    for (name, body, encoding, decoded) in cases {
        let answer = hub
            .post("envelope/", &[("content-encoding", name)], body.clone())
            .await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        let submission = hub
            .intake
            .submissions
            .lock()
            .expect("unpoisoned")
            .pop()
            .expect("submitted");
        assert_eq!(submission.body, decoded.as_bytes(), "{name}");
        assert_eq!(
            (submission.wire.to_vec(), submission.encoding),
            (body, encoding),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_body_in_pieces_is_put_together() {
    let hub = Hub::start().await;
    let pieces = EVENT
        .as_bytes()
        .chunks(7)
        .map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece)));
    let answer = hub
        .post("envelope/", &[], Body::from_stream(stream::iter(pieces)))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(hub.only_submission().body, EVENT.as_bytes());
}

fn small() -> HttpConfig {
    let mut config = HttpConfig::default();
    config.ingest.wire_bytes = 1_000;
    config.ingest.body_bytes = 2_000;
    config.ingest.in_flight_bytes = 1_500;
    config.ingest.body_timeout = Duration::from_millis(50);
    config
}

#[tokio::test]
async fn a_body_beyond_the_cap_is_a_413_whether_it_says_its_size_or_not() {
    let hub = Hub::with(small()).await;
    let large = "x".repeat(1_001);
    let answer = hub.post("envelope/", &[("content-length", "1001")], "").await;
    assert_eq!(answer.status, 413, "{}", answer.text());
    let pieces = large
        .as_bytes()
        .chunks(100)
        .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)));
    let pieces: Vec<_> = pieces.collect();
    let answer = hub
        .post("envelope/", &[], Body::from_stream(stream::iter(pieces)))
        .await;
    assert_eq!(answer.status, 413, "{}", answer.text());
    let outcomes = hub.intake.outcomes.lock().expect("unpoisoned");
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| outcome.reason == "too_large")
            .count(),
        2
    );
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up() {
    let hub = Hub::with(small()).await;
    let answer = hub
        .post(
            "envelope/",
            &[],
            Body::from_stream(stream::pending::<std::io::Result<Bytes>>()),
        )
        .await;
    assert_eq!(answer.status, 408);
    assert_eq!(answer.header("connection"), "close");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_400() {
    let hub = Hub::start().await;
    let pieces = [
        Ok(Bytes::from_static(b"{}\n")),
        Err(std::io::Error::other("gone")),
    ];
    let answer = hub
        .post("envelope/", &[], Body::from_stream(stream::iter(pieces)))
        .await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn when_bodies_fill_the_memory_more_are_told_to_wait_and_room_comes_back() {
    let hub = Hub::with(small()).await;
    let mut blanks = Vec::new();
    let mut encoder = zstd::Encoder::new(&mut blanks, 1).expect("an encoder");
    encoder.write_all(&vec![b' '; 1_990]).expect("encodes");
    encoder.finish().expect("ends");
    for _ in 0..3 {
        let answer = hub
            .post("envelope/", &[("content-encoding", "zstd")], blanks.clone())
            .await;
        assert_eq!(answer.status, 429, "{}", answer.text());
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.header("x-sentry-rate-limits"), "5::organization:memory");
        assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 200);
    }
}
