//! What a manifest may say, and what it allows.

use errand_model::telling::Telling;
use serde_json::{Value, json};
use url::Url;

use super::{HostPattern, Manifest};

fn manifest(change: impl FnOnce(&mut Value)) -> Result<Manifest, String> {
    let mut json = json!({
        "id": "sample",
        "name": "Sample",
        "version": "1.0.0",
        "changes": ["issue.created"],
        "changes_setting": "changes",
        "imports": ["http"],
        "hosts": ["api.example.com", {"setting": "url"}],
        "settings": [
            {"key": "url", "type": "url", "label": "URL", "required": true},
            {"key": "token", "type": "text", "label": "Token", "secret": true},
            {"key": "changes", "type": "choices", "label": "Changes", "choices": [
                {"value": "issue.created", "label": "New"},
                {"value": "issue.resolved", "label": "Resolved"},
            ]},
        ],
    });
    change(&mut json);
    Manifest::parse(json.to_string().as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn a_good_manifest_is_read() {
    let manifest = manifest(|_| {}).expect("a manifest");
    assert_eq!(manifest.id, "sample");
    assert_eq!(manifest.settings.len(), 3);
}

#[test]
fn mistakes_are_named() {
    for (field, value, word) in [
        ("id", json!("No Spaces"), "id"),
        ("chnages", json!([]), "chnages"),
        ("imports", json!(["files"]), "files"),
        ("imports", json!([]), "hosts"),
        ("hosts", json!(["*"]), "host pattern"),
        ("hosts", json!(["*.com"]), "host pattern"),
        ("hosts", json!([{"setting": "token"}]), "token"),
        ("changes_setting", json!("url"), "changes_setting"),
        (
            "settings",
            json!([{"key": "a", "type": "number", "label": "A", "secret": true}]),
            "secret",
        ),
        (
            "settings",
            json!([{"key": "a", "type": "text", "label": "A", "hosts": ["example.com"]}]),
            "goes with 'secret'",
        ),
        ("actions", json!([{"id": "a b", "label": "A"}]), "actions: 'a b'"),
        (
            "actions",
            json!([{"id": "a", "label": "A"}, {"id": "a", "label": "B"}]),
            "twice",
        ),
        (
            "inbound",
            json!([{"route": "r", "verify": {"scheme": "slack", "secret": "url"}}]),
            "'url' is no secret",
        ),
        (
            "inbound",
            json!([{"route": "r", "verify": {"scheme": "guess"}}]),
            "guess",
        ),
        (
            "schedule",
            json!([{"job": "j", "cron": "0 9 * *"}]),
            "five fields",
        ),
        ("order", json!("random"), "random"),
        ("digest", json!({"minutes": 0}), "'minutes' has to be"),
        ("digest", json!({"minutes": 5, "most": 501}), "'most' has to be"),
        ("digest", json!({"minutes": 5, "by": "mood"}), "mood"),
        (
            "digest",
            json!({"minutes": 5, "minutes_setting": "token"}),
            "no setting of type 'number'",
        ),
        ("schedule", json!([{"job": "j"}]), "'cron_setting' is needed"),
        (
            "schedule",
            json!([{"job": "j", "cron_setting": "token"}]),
            "'token' is no setting",
        ),
    ] {
        let error = manifest(|json| json[field] = value).expect_err(word);
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn an_admin_chooses_the_changes() {
    let manifest = manifest(|_| {}).expect("a manifest");
    assert!(manifest.wants(&json!({}), "issue.created"));
    assert!(!manifest.wants(&json!({}), "issue.resolved"));
    let chosen = json!({"changes": ["issue.resolved"]});
    assert!(manifest.wants(&chosen, "issue.resolved"));
    assert!(!manifest.wants(&chosen, "issue.created"));
}

#[test]
fn an_admin_chooses_how_long_is_gathered() {
    let number = json!({"key": "window", "type": "number", "label": "Window"});
    let manifest = manifest(|json| {
        json["digest"] = json!({"minutes": 0, "minutes_setting": "window", "by": "installation"});
        json["settings"].as_array_mut().expect("a list").push(number);
    })
    .expect("a manifest");
    let window = |config: &Value| match manifest.telling(config) {
        Telling::Together(digest) => Some(digest.window_seconds),
        _ => None,
    };
    assert_eq!(
        window(&json!({})),
        None,
        "nothing is gathered where nobody asks for it"
    );
    assert_eq!(window(&json!({"window": 0})), None);
    assert_eq!(window(&json!({"window": 15.0})), Some(900));
    for bad in [json!(-1), json!(1.5), json!(1_000_000)] {
        let config = json!({"window": bad, "url": "https://example.com", "token": {"secret": "token"}});
        let problems = manifest.check_config(&config);
        let fields: Vec<_> = problems.iter().filter_map(|one| one.field.as_deref()).collect();
        assert!(fields.contains(&"window"), "{config}: {problems:?}");
        assert_eq!(window(&config), None);
    }
}

#[test]
fn who_writes_to_people_may_hear_of_the_rest_one_by_one() {
    let with = |kind: &str| {
        manifest(|json| {
            json["digest"] = json!({"minutes": 0});
            let to_people = json!({"key": "to_people", "type": kind, "label": "People"});
            json["settings"].as_array_mut().expect("a list").push(to_people);
        })
    };
    let manifest = with("boolean").expect("a manifest");
    for config in [json!({}), json!({"to_people": true})] {
        assert_eq!(manifest.telling(&config), Telling::Each);
    }
    let error = with("text").expect_err("it is no switch");
    assert!(error.contains("'minutes' has to be"), "{error}");
}

#[test]
fn settings_are_checked_by_field_and_never_quoted() {
    let manifest = manifest(|_| {}).expect("a manifest");
    let config = json!({"token": 17_293, "changes": ["issue.exploded"], "colour": "red"});
    let problems = manifest.check_config(&config);
    let fields: Vec<_> = problems
        .iter()
        .filter_map(|problem| problem.field.as_deref())
        .collect();
    assert_eq!(fields, ["colour", "url", "token", "changes"]);
    assert!(problems.iter().all(|problem| !problem.message.contains("17293")));
    for url in ["ftp://example.com", "https://user:pass@example.com", "nonsense"] {
        assert_eq!(manifest.check_config(&json!({"url": url})).len(), 1, "{url}");
    }
    assert_eq!(
        manifest.check_config(&json!({"url": "https://example.com/a?b=c"})),
        []
    );
}

#[test]
fn hosts_match_scheme_name_and_port() {
    let allows = |pattern: &str, url: &str| {
        let pattern = HostPattern::try_from(pattern.to_owned()).expect("a pattern");
        pattern.allows(&Url::parse(url).expect("a URL"))
    };
    assert!(allows("example.com", "https://EXAMPLE.com./path"));
    assert!(allows("http://example.com:8080", "http://example.com:8080"));
    assert!(allows("*.example.com", "https://a.b.example.com"));
    for (pattern, url) in [
        ("example.com", "http://example.com"),
        ("example.com", "https://example.com:8443"),
        ("example.com", "https://a.example.com"),
        ("example.com", "https://example.com.evil.test"),
        ("*.example.com", "https://example.com"),
        ("*.example.com", "https://notexample.com"),
        ("example.com", "https://example.com@evil.test"),
    ] {
        assert!(!allows(pattern, url), "{pattern} {url}");
    }
}

#[test]
fn a_setting_opens_its_own_host_alone() {
    let manifest = manifest(|_| {}).expect("a manifest");
    let hosts = manifest.allowed_hosts(&json!({"url": "http://hooks.test:9000/x"}));
    let allowed = |url: &str| {
        let url = Url::parse(url).expect("a URL");
        hosts.iter().any(|host| host.allows(&url))
    };
    assert!(allowed("http://hooks.test:9000/other"));
    assert!(allowed("https://api.example.com/"));
    assert!(!allowed("http://hooks.test:9001/x"));
    assert!(!allowed("https://hooks.test:9000/x"));
}

#[test]
fn a_job_may_be_due_at_several_seconds_of_a_minute() {
    let manifest = manifest(|json| {
        json["schedule"] = json!([{"job": "look", "cron": "* 9 * * *", "seconds": [0, 30]}]);
    })
    .expect("a manifest");
    let job = manifest.jobs(&json!({})).remove(0);
    assert_eq!(job.when(), "* 9 * * * at 0 and 30 s");
    for (after, expected) in [
        ("2026-11-29T08:12:00Z", "2026-11-29T09:00:00Z"),
        ("2026-11-29T09:00:00Z", "2026-11-29T09:00:30Z"),
        ("2026-11-29T09:00:29.999Z", "2026-11-29T09:00:30Z"),
        ("2026-11-29T09:00:30Z", "2026-11-29T09:01:00Z"),
        ("2026-11-29T09:59:30Z", "2026-11-30T09:00:00Z"),
    ] {
        let after = errand_model::Timestamp::parse_rfc3339(after).expect("a time");
        let next = job.next_after(after).map(|next| next.to_string());
        assert_eq!(next.as_deref(), Some(expected), "{after}");
    }
    for seconds in [json!([60]), json!([0, 10, 20, 30, 40])] {
        let job = json!([{"job": "look", "cron": "* * * * *", "seconds": seconds}]);
        let refused = self::manifest(|json| json["schedule"] = job).expect_err("refused");
        assert!(refused.contains("numbers from 0 to 59"), "{refused}");
    }
}

#[test]
fn an_admin_chooses_when_a_job_is_done() {
    let manifest = manifest(|json| {
        json["schedule"] = json!([
            {"job": "tidy", "cron": "0 3 * * *"},
            {"job": "report", "cron": "0 9 * * 1", "cron_setting": "when"},
            {"job": "sync", "cron_setting": "when"},
        ]);
        let settings = json["settings"].as_array_mut().expect("settings");
        settings.push(json!({"key": "when", "type": "text", "label": "When"}));
    })
    .expect("a manifest");
    let jobs = |config: Value| -> Vec<String> {
        let jobs = manifest.jobs(&config).into_iter();
        jobs.map(|planned| format!("{} {}", planned.job, planned.cron))
            .collect()
    };
    assert_eq!(jobs(json!({})), ["tidy 0 3 * * *", "report 0 9 * * 1"]);
    let chosen = json!({"url": "https://example.com", "when": "30 8 * * 5 Asia/Tokyo"});
    let expected = [
        "tidy 0 3 * * *",
        "report 30 8 * * 5 Asia/Tokyo",
        "sync 30 8 * * 5 Asia/Tokyo",
    ];
    assert_eq!(jobs(chosen.clone()), expected);
    assert_eq!(manifest.check_config(&chosen), []);
    let wrong = json!({"url": "https://example.com", "when": "at nine"});
    assert_eq!(jobs(wrong.clone()), ["tidy 0 3 * * *"], "nobody can read when");
    assert_eq!(manifest.check_config(&wrong)[0].field.as_deref(), Some("when"));
}
