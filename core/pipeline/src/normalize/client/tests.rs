use super::*;

fn browser_os_device(user_agent: &str) -> (String, String, String) {
    let client = cache::lookup(user_agent);
    let named = |named: Option<&Named>| match named {
        Some(Named { name, version }) => format!("{name} {}", version.as_deref().unwrap_or("-")),
        None => String::new(),
    };
    let device = client.device.as_ref().map(|device| device.family.clone());
    (
        named(client.browser.as_ref()),
        named(client.os.as_ref()),
        device.unwrap_or_default(),
    )
}

#[test]
fn the_parser_knows_what_people_use() {
    let cases = [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36",
            ("HeadlessChrome 156.0.0", "Linux -", ""),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91",
            ("Edge 120.0.2210", "Windows >=10", ""),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/450.0]",
            ("Facebook 450.0", "iOS 17.5", "iPhone"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
            ("Mobile Safari UI/WKWebView -", "iOS 17.5", "iPhone"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
            ("Samsung Internet 25.0", "Android 14", "Samsung SM-S918B"),
        ),
        (
            "Mozilla/5.0 (Linux; U; Android 13; en-US; RMX3085) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.4.0.1306 Mobile Safari/537.36",
            ("UC Browser 13.4.0", "Android 13", "Oppo RMX3085"),
        ),
        (
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            ("Googlebot 2.1", "", "Spider"),
        ),
        ("sentry.python/2.75.0", ("", "", "")),
    ];
    for (user_agent, (browser, os, device)) in cases {
        let expected = (browser.to_owned(), os.to_owned(), device.to_owned());
        assert_eq!(browser_os_device(user_agent), expected, "{user_agent}");
    }
}

#[test]
fn hints_name_the_browser_and_the_system() {
    let hints = ClientHints::from_headers([
        (
            "Sec-CH-UA",
            r#""Not A;Brand";v="99", "Chromium";v="98", "Google Chrome";v="98""#,
        ),
        ("sec-ch-ua-platform", "\"Windows\""),
        ("sec-ch-ua-platform-version", "\"14.0.0\""),
        ("sec-ch-ua-model", "\"\""),
    ]);
    let client = hints.client();
    let named = |name: &str, version: &str| {
        Some(Named {
            name: name.to_owned(),
            version: Some(version.to_owned()),
        })
    };
    assert_eq!(client.browser, named("Chrome", "98"));
    assert_eq!(client.os, named("Windows", "11"));
    assert_eq!(client.device, None);
}

#[test]
fn what_the_sdk_sent_is_kept() {
    let json = br#"{"platform": "javascript", "contexts": {"browser": {"name": "Mine"}},
        "request": {"headers": [["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0"]]}}"#;
    let mut event = Event::from_json(json).expect("valid").expect("an object");
    derive(&mut event, None, &ClientHints::default(), false);
    assert_eq!(
        event.contexts.get("browser").map(Raw::get),
        Some(r#"{"name": "Mine"}"#)
    );
    assert_eq!(
        event.contexts.get("os").map(Raw::get),
        Some(r#"{"name":"Linux","type":"os"}"#)
    );
}

#[test]
fn the_request_tells_of_the_user_only_in_browsers() {
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0";
    for (platform, is_derived) in [("python", false), ("javascript", true)] {
        let json = format!(r#"{{"platform": "{platform}"}}"#);
        let mut event = Event::from_json(json.as_bytes())
            .expect("valid")
            .expect("an object");
        derive(&mut event, Some(agent), &ClientHints::default(), false);
        assert_eq!(event.contexts.contains("browser"), is_derived, "{platform}");
    }
}
