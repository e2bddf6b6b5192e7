//! What besides events wakes a plugin: buttons, other systems, the clock, digests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use errand_model::lifecycle::Actor;
use errand_model::{InstallationId, Timestamp, UserId};
use errand_plugin_host::{
    ActionCall, Called, ChoicesCall, DigestCall, InboundCall, InboundReply, PluginHost, ScheduleCall,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::guests;
use crate::harness::{call, closed, crashed_by, empty_host, head, host, host_with, said};

const SECRET: &str = "whsec_c2lnbmluZyBrZXkgb2YgdGhlIHRlc3Q=";
const NOW: &str = "1790000000";

#[tokio::test]
async fn what_a_plugin_exports_is_found_out() {
    let host = empty_host(&closed());
    let info = host.load(guests::behaviours()).await.expect("it loads");
    let exports = [
        "actions",
        "choices",
        "configuration",
        "digests",
        "events",
        "inbound",
        "migration",
        "schedule",
    ];
    let mut found: Vec<_> = info.exports.iter().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, exports.map(|name| format!("errand:plugin/{name}@1.0.0")));
    // The webhook does less, and says so to whoever asks for more.
    let info = host.load(guests::webhook()).await.expect("it loads");
    assert_eq!(info.exports.len(), 2);
    let job = ScheduleCall {
        head: head(json!({})),
        job: "tidy".to_owned(),
        due: Timestamp::from_seconds(0),
    };
    let expected = AttemptOutcome::Permanent {
        message: "the plugin 'webhook' has no jobs".to_owned(),
    };
    assert_eq!(host.run_job("webhook", job).await.outcome, expected);
}

#[tokio::test]
async fn the_manifest_and_the_exports_have_to_agree() {
    let host = empty_host(&closed());
    let manifest = json!({
        "id": "bare", "name": "Bare", "version": "1", "imports": ["http"], "hosts": ["example.com"],
        "schedule": [{"job": "tidy", "cron": "0 9 * * *"}],
    });
    let manifest = Some(manifest.to_string().into_bytes());
    let error = host
        .load_with_manifest(guests::bare(), manifest)
        .await
        .expect_err("no jobs");
    assert!(error.to_string().contains("declares 'schedule'"), "{error}");
}

#[tokio::test]
async fn jobs_and_digests_arrive() {
    let host = host(&closed()).await;
    let job = ScheduleCall {
        head: head(json!({"behaviour": "nothing"})),
        job: "tidy".to_owned(),
        due: Timestamp::from_seconds(1_790_000_000),
    };
    let attempt = host.run_job("behaviours", job).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done);
    assert_eq!(said(&attempt), ["tidy due at 1790000000000"]);
    let one = call(json!({}));
    let digest = DigestCall {
        head: head(json!({"behaviour": "nothing"})),
        group: "shop".to_owned(),
        events: vec![(one.event.clone(), one.issue.clone()), (one.event, one.issue)],
    };
    let attempt = host.digest("behaviours", digest).await;
    assert_eq!(said(&attempt), ["shop: SHOP-1A SHOP-1A"]);
}

fn press(behaviour: &str, action: &str, input: Value) -> ActionCall {
    ActionCall {
        head: head(json!({ "behaviour": behaviour })),
        action: action.to_owned(),
        issue: call(json!({})).issue,
        by: Actor::User {
            id: Some(UserId(9)),
            name: "Ada".to_owned(),
        },
        input,
    }
}

#[tokio::test]
async fn a_button_answers_who_pressed_it() {
    let host = host(&closed()).await;
    let input = json!({"url": "https://tickets.example.com/7"});
    let called = host.act("behaviours", press("nothing", "poke", input)).await;
    let reply = called.reply.expect("a reply");
    assert_eq!(reply.message.as_deref(), Some("poke SHOP-1A Ada"));
    assert_eq!(reply.open_url.as_deref(), Some("https://tickets.example.com/7"));

    let called = host
        .act("behaviours", press("send to a script", "poke", json!({})))
        .await;
    assert_eq!(called.reply.expect("a reply").open_url, None);
    let called = host.act("behaviours", press("refuse", "poke", json!({}))).await;
    let refused = AttemptOutcome::Permanent {
        message: "no\\u{1b}[0m".to_owned(),
    };
    assert_eq!(called.attempt.outcome, refused);
    let called = host.act("behaviours", press("spin", "poke", json!({}))).await;
    assert_eq!(crashed_by(&called.attempt), "cpu");
    let called = host
        .act("behaviours", press("nothing", "unknown", json!({})))
        .await;
    assert!(matches!(called.attempt.outcome, AttemptOutcome::Permanent { .. }));
}

fn mac(key: &[u8], signed: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.update(signed.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn receive(
    host: &PluginHost,
    route: &str,
    headers: &[(&str, String)],
    secret: &str,
) -> Called<InboundReply> {
    let call = InboundCall {
        head: head(json!({"behaviour": "nothing", "signing": secret})),
        route: route.to_owned(),
        method: "POST".to_owned(),
        query: String::new(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        body: b"{}".to_vec(),
    };
    host.receive("behaviours", call).await
}

/// The headers of an honest sender.
fn signed(route: &str, at: &str) -> Vec<(&'static str, String)> {
    let key = STANDARD
        .decode(SECRET.trim_start_matches("whsec_"))
        .expect("base64");
    match route {
        "header" => vec![("x-token", SECRET.to_owned())],
        "github" => vec![(
            "x-hub-signature-256",
            format!("sha256={}", hex(&mac(SECRET.as_bytes(), "{}"))),
        )],
        "standard" => {
            let signature = STANDARD.encode(mac(&key, &format!("msg_1.{at}.{{}}")));
            vec![
                ("webhook-id", "msg_1".to_owned()),
                ("webhook-timestamp", at.to_owned()),
                ("webhook-signature", format!("v1,bm9uZQ== v1,{signature}")),
            ]
        }
        "slack" => vec![
            ("x-slack-request-timestamp", at.to_owned()),
            (
                "x-slack-signature",
                format!("v0={}", hex(&mac(SECRET.as_bytes(), &format!("v0:{at}:{{}}")))),
            ),
        ],
        "zendesk" => {
            let at = Timestamp::from_seconds(at.parse().expect("seconds")).to_string();
            let signature = STANDARD.encode(mac(SECRET.as_bytes(), &format!("{at}{{}}")));
            vec![
                ("x-zendesk-webhook-signature-timestamp", at),
                ("x-zendesk-webhook-signature", signature),
            ]
        }
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn who_proves_himself_is_let_in_and_nobody_else_wakes_the_plugin() {
    let (host, _) = host_with(&closed(), &std::sync::Arc::default()).await;
    let called = receive(&host, "open", &[], "").await;
    assert_eq!(said(&called.attempt), ["woken by None"]);
    for route in ["header", "github", "standard", "slack", "zendesk"] {
        let headers = signed(route, NOW);
        let called = receive(&host, route, &headers, SECRET).await;
        let reply = called
            .reply
            .unwrap_or_else(|| panic!("{route}: {:?}", called.attempt.outcome));
        assert_eq!(
            (reply.status, reply.content_type),
            (200, "application/json"),
            "{route}"
        );

        let mut bad = headers.clone();
        let last = bad.last_mut().expect("a header");
        last.1 = last.1.replace(['a', 'b', 'c', '1', '2'], "d");
        let doubled: Vec<_> = headers.iter().chain(&bad).cloned().collect();
        let cases = [
            ("unsigned", Vec::new(), SECRET),
            ("wrong", bad, SECRET),
            ("two signatures", doubled, SECRET),
            ("another secret", headers.clone(), "whsec_b3RoZXI="),
            ("no secret", headers, ""),
        ];
        for (what, headers, secret) in cases {
            let called = receive(&host, route, &headers, secret).await;
            assert!(
                matches!(called.attempt.outcome, AttemptOutcome::Auth { .. }),
                "{route}, {what}: {:?}",
                called.attempt.outcome
            );
            assert!(called.attempt.log.is_empty(), "{route}, {what}: the plugin woke");
        }
    }
    for route in ["standard", "slack", "zendesk"] {
        let called = receive(&host, route, &signed(route, "1789999000"), SECRET).await;
        let old = AttemptOutcome::Auth {
            message: "the signature is too old, or the clocks differ by more than five minutes".to_owned(),
        };
        assert_eq!(called.attempt.outcome, old, "{route}");
    }
}

#[tokio::test]
async fn a_plugin_says_what_may_be_chosen_page_by_page() {
    let host = host(&closed()).await;
    let look_up = async |behaviour: &str, setting: &str, query: &str, page: Option<&str>| {
        let call = ChoicesCall {
            installation: InstallationId(3),
            config: json!({ "behaviour": behaviour }),
            grant: Grant::default(),
            setting: setting.to_owned(),
            query: query.to_owned(),
            page: page.map(str::to_owned),
        };
        host.look_up("behaviours", call).await
    };
    let first = look_up("nothing", "target", "", None).await.expect("choices");
    let values: Vec<_> = first.choices.iter().map(|choice| choice.value.as_str()).collect();
    assert_eq!(values, ["target-0", "target-1", "target-2"]);
    let second = look_up("nothing", "target", "", first.next.as_deref())
        .await
        .expect("choices");
    assert_eq!(second.choices[0].label, "target 3");
    let found = look_up("nothing", "target", "7", None).await.expect("choices");
    assert_eq!((found.choices.len(), found.next), (1, None));
    for (behaviour, setting, why) in [
        ("refuse", "target", "no such account\\u{1b}[0m"),
        ("nothing", "url", "looks nothing up for 'url'"),
        ("nothing", "token", "looks nothing up for 'token'"),
    ] {
        let error = look_up(behaviour, setting, "", None).await.expect_err("refused");
        assert!(error.to_string().contains(why), "{error}");
    }
}
