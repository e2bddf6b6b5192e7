//! Each endpoint makes the envelope that its input means.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_pipeline::envelope::{Envelope, ItemKind};

use crate::support::{EVENT, EVENT_ID, Hub};

/// The kinds of the items in the only submission, and its text.
fn submitted(hub: &Hub) -> (Vec<ItemKind>, String) {
    let body = hub.only_submission().body;
    let envelope = Envelope::parse(&body).expect("an envelope");
    let kinds = envelope.items.iter().map(|item| item.kind).collect();
    (kinds, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn store_takes_json_base64_and_zlib_and_envelopes() {
    let json = format!("{{\"event_id\":\"{EVENT_ID}\",\"message\":\"hello\"}}");
    let mut zlib = vec![0; 200];
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let length = compressor
        .zlib_compress(json.as_bytes(), &mut zlib)
        .expect("compresses");
    zlib.truncate(length);
    let bodies = [
        ("application/json", json.clone()),
        ("application/octet-stream", STANDARD.encode(&json)),
        ("application/octet-stream", STANDARD.encode(zlib)),
        ("application/x-sentry-envelope", EVENT.to_owned()),
    ];
    for (content_type, body) in bodies {
        for endpoint in ["store/", "store"] {
            let hub = Hub::start().await;
            let answer = hub
                .post(endpoint, &[("content-type", content_type)], body.clone())
                .await;
            assert_eq!(answer.json()["id"], EVENT_ID, "{body}: {}", answer.text());
            let (kinds, text) = submitted(&hub);
            assert_eq!(kinds, [ItemKind::Event]);
            assert!(text.contains("hello"));
        }
    }
}

#[tokio::test]
async fn store_needs_no_project_and_answers_an_image_with_one() {
    let hub = Hub::start().await;
    let key = &hub.key.public_key;
    let answer = hub
        .request(
            Method::POST,
            &format!("/api/store/?sentry_key={key}"),
            &[],
            "{\"message\":\"a\"}",
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["id"].as_str().map(str::len), Some(32));
    let data = STANDARD.encode("{\"message\":\"hello\"}");
    let path = format!(
        "/api/{}/store/?sentry_key={key}&sentry_version=7&sentry_data={data}",
        hub.project.id
    );
    let image = hub.request(Method::GET, &path, &[], "").await;
    assert_eq!(image.status, 200, "{}", String::from_utf8_lossy(&image.body));
    assert_eq!(image.header("content-type"), "image/gif");
    assert!(image.body.starts_with(b"GIF89a"));
    assert_eq!(hub.intake.submissions.lock().expect("unpoisoned").len(), 2);
}

#[tokio::test]
async fn security_reports_are_kept_with_release_and_environment() {
    let report = "{\"csp-report\":{\"document-uri\":\"https://shop.example.com/\",\"violated-directive\":\"img-src\",\
         \"blocked-uri\":\"https://evil.org/x.png\"}}";
    for endpoint in ["security/", "csp-report"] {
        let hub = Hub::start().await;
        let key = &hub.key.public_key;
        let query = format!("sentry_key={key}&sentry_release=shop%401.0&sentry_environment=prod");
        let path = format!("/api/{}/{endpoint}?{query}", hub.project.id);
        let headers = [("content-type", "application/csp-report; charset=utf-8")];
        let answer = hub.request(Method::POST, &path, &headers, report).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, ""));
        let (kinds, text) = submitted(&hub);
        assert_eq!(kinds, [ItemKind::RawSecurity]);
        assert!(text.contains("shop@1.0") && text.contains("prod"), "{text}");
    }
}

#[tokio::test]
async fn network_error_reports_are_taken() {
    let hub = Hub::start().await;
    let answer = hub
        .post(
            "nel/",
            &[("content-type", "application/reports+json")],
            "[{\"type\":\"network-error\"}]",
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(submitted(&hub).0, [ItemKind::Nel]);
}

#[tokio::test]
async fn a_minidump_comes_alone_or_in_a_form() {
    let hub = Hub::start().await;
    let answer = hub
        .post(
            "minidump/",
            &[("content-type", "application/x-dmp")],
            "MDMP and more",
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!((answer.text().len(), answer.text().matches('-').count()), (36, 4));
    assert_eq!(submitted(&hub).0, [ItemKind::Event, ItemKind::Attachment]);

    let hub = Hub::start().await;
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"sentry\"\r\n\r\n{{\"event_id\":\"{EVENT_ID}\",\"release\":\"game@2\"}}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"upload_file_minidump\"; filename=\"a.dmp\"\r\n\r\nMDMP\r\n\
         --b\r\nContent-Disposition: form-data; name=\"log\"; filename=\"game.log\"\r\n\r\nlines\r\n--b--\r\n"
    );
    let answer = hub
        .post(
            "minidump",
            &[("content-type", "multipart/form-data; boundary=b")],
            form,
        )
        .await;
    assert_eq!(answer.text(), "9ec79c33-ec99-42ab-8353-589fcb2e04dc");
    let (kinds, text) = submitted(&hub);
    assert_eq!(
        kinds,
        [ItemKind::Event, ItemKind::Attachment, ItemKind::Attachment]
    );
    assert!(
        text.contains("event.minidump") && text.contains("game.log") && text.contains("game@2"),
        "{text}"
    );
}

#[tokio::test]
async fn files_can_be_added_to_an_event() {
    let hub = Hub::start().await;
    let form = "--b\r\nContent-Disposition: form-data; name=\"x\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
    let endpoint = format!("events/{EVENT_ID}/attachments/");
    let answer = hub
        .post(
            &endpoint,
            &[("content-type", "multipart/form-data; boundary=\"b\"")],
            form,
        )
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let (kinds, text) = submitted(&hub);
    assert_eq!(kinds, [ItemKind::Attachment]);
    assert!(
        text.contains(EVENT_ID) && text.contains("a.txt") && text.contains("hello"),
        "{text}"
    );
}

#[tokio::test]
async fn a_crash_of_unreal_is_kept_as_a_file() {
    let hub = Hub::start().await;
    let path = format!("/api/{}/unreal/{}/", hub.project.id, hub.key.public_key);
    let answer = hub.request(Method::POST, &path, &[], "CR1 and more").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(submitted(&hub).0, [ItemKind::Event, ItemKind::Attachment]);
}

#[tokio::test]
async fn a_check_in_comes_by_url() {
    let hub = Hub::start().await;
    let path = "cron/nightly%20backup?status=in_progress&duration=1.5&environment=prod";
    let answer = hub.post(path, &[], "").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (202, ""));
    let (kinds, text) = submitted(&hub);
    assert_eq!(kinds, [ItemKind::CheckIn]);
    assert!(
        text.contains("\"nightly backup\"") && text.contains("1.5") && text.contains("in_progress"),
        "{text}"
    );
}
