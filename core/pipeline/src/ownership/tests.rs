use errand_model::event::Event;

use super::*;

const EVENT: &str = r#"{
    "tags": {"license": "ACME-1"}, "request": {"url": "https://shop.example/checkout/pay"},
    "exception": {"values": [{"type": "E", "stacktrace": {"frames": [
        {"filename": "lib/python3/site-packages/django/core.py", "module": "django.core", "in_app": false},
        {"filename": "src/payments/gateway.py", "module": "shop.payments.gateway", "in_app": true}]}}]}}"#;

fn owner(rules: &str) -> Option<Owned> {
    let event = Event::from_json(EVENT.as_bytes())
        .expect("JSON")
        .expect("an event");
    Ownership::read(rules).expect("rules").owner(&event)
}

#[test]
fn every_kind_of_rule_fits() {
    for rule in [
        "path:src/payments/* #payments",
        "module:shop.payments.* #payments",
        "url:*/checkout/* #payments",
        "tags.license:ACME-* #payments",
        "path:** #payments",
    ] {
        let owned = owner(rule).expect(rule);
        assert_eq!(
            (owned.rule.as_str(), owned.owners),
            (rule, vec!["#payments".to_owned()])
        );
    }
    assert_eq!(
        owner("path:django/* #others"),
        None,
        "frames of libraries are nobody's"
    );
}

#[test]
fn the_last_rule_that_fits_decides() {
    let rules =
        "# all\npath:** #all\n\npath:src/payments/* ada@example.com #payments\nmodule:other.* #other\n";
    assert_eq!(
        owner(rules).expect("a rule").owners,
        ["ada@example.com", "#payments"]
    );
}

#[test]
fn what_is_no_rule_says_why() {
    for (rules, said) in [
        ("src/payments #payments", "begins with"),
        ("path:src", "nobody is named"),
        ("\npath: #a", "line 2"),
        ("path:a payments", "an address or a #team"),
        ("tags.:a #b", "begins with"),
    ] {
        let error = Ownership::read(rules).expect_err("no rule").to_string();
        assert!(error.contains(said), "{rules}: {error}");
    }
    assert!(Ownership::read(&"path:a #b\n".repeat(501)).is_err());
}

#[test]
fn a_codeowners_file_becomes_rules() {
    let file =
        "# who\n*       @acme/core\n/src/pay/  @ada ops@example.com # money\n[Section]\n*.ts @nobody\n";
    let named = |name: &str| match name {
        "@acme/core" => Some("#core".to_owned()),
        "@ada" => Some("ada@example.com".to_owned()),
        address if !address.starts_with('@') => Some(address.to_owned()),
        _ => None,
    };
    let rules = from_codeowners(file, named);
    assert_eq!(
        rules,
        "path:** #core\npath:/src/pay/ ada@example.com ops@example.com\n# nobody here is @nobody: *.ts\n"
    );
    assert!(Ownership::read(&rules).is_ok());
}
