//! Envelopes that cannot be taken, each with the status that says so.

use libdeflater::{CompressionLvl, Compressor};

/// A request to `/api/{project}/envelope/` that is refused.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is wrong with it.
    pub name: &'static str,
    /// Its headers, the authorization among them.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// The status of the answer.
    pub status: u16,
}

/// 64 MiB of blanks in brotli.
const BROTLI_BOMB: &str = "cfffff7ff82540e2b14020f7fe9ffffffff04b00c4610180eefd3fffffffe1970088c32200ddfbfffcffffc72f0110870500baf7ff0b01807b7d0a03";

/// What the bombs of other encodings hold: as many blanks.
const BOMB_BYTES: usize = 64 << 20;

/// Every case, for a project that `key` opens.
pub fn malformed(key: &str) -> Vec<Case> {
    let auth = format!("Sentry sentry_version=7, sentry_client=test/1.0, sentry_key={key}");
    let mut cases = Vec::new();
    for (name, body, status) in headers().into_iter().chain(items()).chain(payloads()) {
        cases.push(Case {
            name,
            headers: vec![("X-Sentry-Auth", auth.clone())],
            body,
            status,
        });
    }
    for (name, encoding, body, status) in encodings() {
        cases.push(Case {
            name,
            headers: vec![
                ("X-Sentry-Auth", auth.clone()),
                ("Content-Encoding", encoding.to_owned()),
            ],
            body,
            status,
        });
    }
    for (name, headers, dsn, status) in authorizations(key) {
        let header = dsn.map_or("{}".to_owned(), |dsn| format!("{{\"dsn\":\"{dsn}\"}}"));
        cases.push(Case {
            name,
            headers,
            body: format!("{header}\n{{\"type\":\"event\"}}\n{{}}\n").into_bytes(),
            status,
        });
    }
    cases
}

type Body = (&'static str, Vec<u8>, u16);

fn text(name: &'static str, text: &str, status: u16) -> Body {
    (name, text.as_bytes().to_vec(), status)
}

/// Broken headers of envelopes.
fn headers() -> Vec<Body> {
    vec![
        text("an empty body", "", 400),
        text("a blank line alone", "\n", 400),
        text("a header that is not JSON", "hello\n", 400),
        text("a header that is a list", "[]\n{\"type\":\"event\"}\n{}", 400),
        text("a header cut short", "{\"event_id\":\"", 400),
        (
            "a header that is not UTF-8",
            b"{\"a\":\"\xff\xfe\"}\n".to_vec(),
            400,
        ),
        text(
            "two sent_at",
            "{\"sent_at\":\"2026-01-01T00:00:00Z\",\"sent_at\":\"2026-01-01T00:00:00Z\"}\n",
            400,
        ),
        text(
            "an event id that is none",
            "{\"event_id\":\"not-an-id\"}\n{\"type\":\"event\"}\n{}",
            400,
        ),
    ]
}

/// Broken headers of items, lengths that do not fit, and too many of them.
fn items() -> Vec<Body> {
    let many = |item: &str, times: usize| format!("{{}}\n{}", item.repeat(times));
    vec![
        text("an item header that is not JSON", "{}\nevent\n{}", 400),
        text("an item without a type", "{}\n{\"length\":2}\n{}", 400),
        text("a type that is an object", "{}\n{\"type\":{}}\n{}", 400),
        text(
            "a length beyond the end",
            "{}\n{\"type\":\"event\",\"length\":99}\n{}",
            400,
        ),
        text(
            "a length too short",
            "{}\n{\"type\":\"event\",\"length\":1}\n{}",
            400,
        ),
        text(
            "a negative length",
            "{}\n{\"type\":\"event\",\"length\":-1}\n{}",
            400,
        ),
        text(
            "a length of half a byte",
            "{}\n{\"type\":\"event\",\"length\":0.5}\n{}",
            400,
        ),
        text(
            "a length of all bytes there are",
            "{}\n{\"type\":\"event\",\"length\":18446744073709551615}\n{}",
            400,
        ),
        text(
            "a length past all bytes there are",
            "{}\n{\"type\":\"event\",\"length\":18446744073709551616}\n{}",
            400,
        ),
        text(
            "two events",
            "{}\n{\"type\":\"event\"}\n{}\n{\"type\":\"event\"}\n{}",
            400,
        ),
        text(
            "an event and a transaction",
            "{}\n{\"type\":\"event\"}\n{}\n{\"type\":\"transaction\"}\n{}",
            400,
        ),
        (
            "too many items",
            many("{\"type\":\"x\"}\n{}\n", 1_001).into_bytes(),
            413,
        ),
        (
            "too many attachments",
            many("{\"type\":\"attachment\",\"length\":1}\nx\n", 31).into_bytes(),
            413,
        ),
    ]
}

/// Events that cannot be read.
fn payloads() -> Vec<Body> {
    let event = |name, payload: &[u8], status| {
        let mut body = format!("{{}}\n{{\"type\":\"event\",\"length\":{}}}\n", payload.len()).into_bytes();
        body.extend_from_slice(payload);
        body.push(b'\n');
        (name, body, status)
    };
    let deep = |open: &str, times| format!("{{\"extra\":{{\"a\":{}", open.repeat(times));
    let list = |item: &str, times| format!("{{\"extra\":{{\"a\":[{}0]}}}}", item.repeat(times));
    let large = format!("{{\"message\":\"{}\"}}", "x".repeat(1 << 20));
    let tags = format!("{{\"tags\":{{\"{}\":\"y\"}}}}", "x".repeat(1 << 20));
    vec![
        event("an event that is empty", b"", 400),
        event("an event that is not JSON", b"hello", 400),
        event("an event that is a list", b"[1, 2]", 400),
        event("an event that is a number", b"7", 400),
        event("an event that is null", b"null", 400),
        event("an event cut short", b"{\"message\":\"hel", 400),
        event("an event followed by another", b"{} {}", 400),
        event("an event that is not UTF-8", b"{\"message\":\"\xc3\x28\"}", 400),
        event(
            "an event with a lone control character",
            b"{\"message\":\"\x01\"}",
            400,
        ),
        event(
            "a hundred thousand lists in one another, cut short",
            deep("[", 100_000).as_bytes(),
            400,
        ),
        event(
            "a hundred thousand objects in one another, cut short",
            deep("{\"a\":", 100_000).as_bytes(),
            400,
        ),
        event("an event of more than a megabyte", large.as_bytes(), 413),
        event("a tag of more than a megabyte", tags.as_bytes(), 413),
        event("a million items", list("0,", 1_000_000).as_bytes(), 413),
    ]
}

/// Bodies whose encoding is broken, and bombs.
fn encodings() -> Vec<(&'static str, &'static str, Vec<u8>, u16)> {
    let envelope = b"{}\n{\"type\":\"event\"}\n{\"message\":\"hello\"}\n".repeat(20);
    let blanks = vec![b' '; BOMB_BYTES];
    let whole = gzip(&envelope);
    let cut = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let followed = |bytes: &[u8]| [bytes, b"more"].concat();
    let packed = |bytes: &[u8]| zstd::bulk::compress(bytes, 1).unwrap_or_default();
    vec![
        ("plain text called gzip", "gzip", envelope.clone(), 400),
        ("plain text called deflate", "deflate", envelope.clone(), 400),
        ("plain text called brotli", "br", envelope.clone(), 400),
        ("plain text called zstd", "zstd", envelope.clone(), 400),
        ("nothing called gzip", "gzip", Vec::new(), 400),
        ("gzip cut short", "gzip", cut(&whole), 400),
        ("gzip followed by more", "x-gzip", followed(&whole), 400),
        ("gzip called nothing known", "snappy", whole, 400),
        ("deflate cut short", "deflate", cut(&zlib(&envelope)), 400),
        ("zstd cut short", "zstd", cut(&packed(&envelope)), 400),
        ("a gzip bomb", "gzip", gzip(&blanks), 413),
        ("a deflate bomb", "deflate", zlib(&blanks), 413),
        ("a brotli bomb", "br", unhex(BROTLI_BOMB), 413),
        ("a zstd bomb", "zstd", packed(&blanks), 413),
    ]
}

type Authorization = (&'static str, Vec<(&'static str, String)>, Option<String>, u16);

/// Requests that do not say who they are, or say it wrongly.
fn authorizations(key: &str) -> Vec<Authorization> {
    let header = |text: String| vec![("X-Sentry-Auth", text)];
    let good = format!("Sentry sentry_key={key}, sentry_version=7");
    let other = "f".repeat(32);
    let twice = vec![("X-Sentry-Auth", good.clone()), ("Authorization", good.clone())];
    vec![
        ("nobody", Vec::new(), None, 401),
        ("two authorizations", twice, None, 401),
        ("another scheme", header(format!("Basic {key}")), None, 400),
        ("no key", header("Sentry sentry_version=7".to_owned()), None, 400),
        (
            "a key too short",
            header("Sentry sentry_key=abc, sentry_version=7".to_owned()),
            None,
            400,
        ),
        (
            "a key that is not hexadecimal",
            header(format!("Sentry sentry_key={}", "z".repeat(32))),
            None,
            400,
        ),
        (
            "a version to come",
            header(format!("Sentry sentry_key={key}, sentry_version=8")),
            None,
            400,
        ),
        (
            "a version that is no number",
            header(format!("Sentry sentry_key={key}, sentry_version=x")),
            None,
            400,
        ),
        (
            "a key that nobody has",
            header(format!("Sentry sentry_key={other}")),
            None,
            403,
        ),
        (
            "the dsn of another key",
            header(good.clone()),
            Some(format!("https://{other}@host/1")),
            400,
        ),
        (
            "the dsn of another project",
            header(good),
            Some(format!("https://{key}@host/987654")),
            400,
        ),
        ("a dsn that is none", Vec::new(), Some("hello".to_owned()), 400),
        (
            "a dsn of nobody",
            Vec::new(),
            Some(format!("https://{other}@host/1")),
            403,
        ),
    ]
}

fn compressed(bytes: &[u8], run: impl Fn(&mut Compressor, &[u8], &mut [u8]) -> Option<usize>) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    // Never larger than this: stored blocks cost a few bytes for each 64 KiB.
    let mut out = vec![0; bytes.len() + bytes.len() / 1_000 + 64];
    let length = run(&mut compressor, bytes, &mut out).unwrap_or(0);
    out.truncate(length);
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    compressed(bytes, |compressor, bytes, out| {
        compressor.gzip_compress(bytes, out).ok()
    })
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    compressed(bytes, |compressor, bytes, out| {
        compressor.zlib_compress(bytes, out).ok()
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = |at: usize| {
        text.get(at..at + 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    (0..text.len()).step_by(2).filter_map(digits).collect()
}
