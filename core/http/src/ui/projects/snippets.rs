//! What to paste into a program so that it sends here.

/// Platforms to choose from: Sentry's name, and what people call it.
pub(super) const PLATFORMS: [(&str, &str); 14] = [
    ("python", "Python"),
    ("javascript", "Browser JavaScript"),
    ("node", "Node.js"),
    ("rust", "Rust"),
    ("java", "Java, Kotlin"),
    ("go", "Go"),
    ("ruby", "Ruby"),
    ("php", "PHP"),
    ("csharp", ".NET"),
    ("android", "Android"),
    ("cocoa", "iOS, macOS"),
    ("java-logback", "Logback"),
    ("java-log4j2", "Log4j"),
    ("python-logging", "Python's logging"),
];

/// One snippet.
pub(super) struct Snippet {
    /// For what.
    pub(super) name: &'static str,
    /// The code.
    pub(super) code: String,
    /// Whether to show it at first.
    pub(super) is_open: bool,
}

/// The snippets, with the DSN in place; that of the project's platform is open.
pub(super) fn snippets(dsn: &str, platform: Option<&str>) -> Vec<Snippet> {
    let chosen = platform.and_then(nearest);
    let is_of = |slug: &str| chosen == Some(slug);
    let languages = PLATFORMS.iter().map(|(slug, name)| Snippet {
        name,
        code: template(slug).replace("DSN", dsn),
        is_open: is_of(slug),
    });
    let curl = Snippet {
        name: "curl",
        code: curl(dsn),
        is_open: chosen.is_none(),
    };
    languages.chain([curl]).collect()
}

/// The snippet that fits a platform best: `javascript` for `javascript-react`, but `java-logback` for itself.
fn nearest(platform: &str) -> Option<&'static str> {
    let fits = |slug: &&str| platform == *slug || platform.starts_with(&format!("{slug}-"));
    let fitting = PLATFORMS.iter().map(|(slug, _)| *slug).filter(fits);
    fitting.max_by_key(|slug| slug.len())
}

/// Code with `DSN` where the DSN belongs.
fn template(slug: &str) -> &'static str {
    match slug {
        "python" => {
            "# pip install sentry-sdk\nimport sentry_sdk\n\nsentry_sdk.init(dsn=\"DSN\", release=\"my-app@1.0.0\")\n\n1 / 0"
        }
        "javascript" => {
            "// npm install @sentry/browser\nimport * as Sentry from \"@sentry/browser\";\n\nSentry.init({ dsn: \"DSN\", release: \"my-app@1.0.0\" });\n\nsetTimeout(() => { undefined.nothing; });"
        }
        "node" => {
            "// npm install @sentry/node\nconst Sentry = require(\"@sentry/node\");\n\nSentry.init({ dsn: \"DSN\", release: \"my-app@1.0.0\" });\n\nthrow new Error(\"It works\");"
        }
        "rust" => {
            "// cargo add sentry\nfn main() {\n    let _guard = sentry::init((\"DSN\", sentry::ClientOptions {\n        release: sentry::release_name!(),\n        ..Default::default()\n    }));\n    panic!(\"It works\");\n}"
        }
        "java" => {
            "// io.sentry:sentry\nimport io.sentry.Sentry;\n\nSentry.init(options -> {\n    options.setDsn(\"DSN\");\n    options.setRelease(\"my-app@1.0.0\");\n});\nSentry.captureException(new IllegalStateException(\"It works\"));"
        }
        "go" => {
            "// go get github.com/getsentry/sentry-go\nerr := sentry.Init(sentry.ClientOptions{Dsn: \"DSN\", Release: \"my-app@1.0.0\"})\nif err != nil {\n\tlog.Fatal(err)\n}\ndefer sentry.Flush(2 * time.Second)\nsentry.CaptureException(errors.New(\"it works\"))"
        }
        "ruby" => {
            "# gem install sentry-ruby\nrequire \"sentry-ruby\"\n\nSentry.init do |config|\n  config.dsn = \"DSN\"\n  config.release = \"my-app@1.0.0\"\nend\n\nbegin\n  1 / 0\nrescue => error\n  Sentry.capture_exception(error)\nend"
        }
        "php" => {
            "// composer require sentry/sentry\n\\Sentry\\init(['dsn' => 'DSN', 'release' => 'my-app@1.0.0']);\n\nthrow new RuntimeException('It works');"
        }
        "csharp" => {
            "// dotnet add package Sentry\nusing var sentry = SentrySdk.Init(options =>\n{\n    options.Dsn = \"DSN\";\n    options.Release = \"my-app@1.0.0\";\n});\nthrow new InvalidOperationException(\"It works\");"
        }
        "android" => {
            "<!-- build.gradle.kts: plugins { id(\"io.sentry.android.gradle\") version \"5.9.0\" }\n     AndroidManifest.xml, within <application>: -->\n<meta-data android:name=\"io.sentry.dsn\" android:value=\"DSN\" />\n\n// Kotlin, anywhere\nSentry.captureException(RuntimeException(\"It works\"))"
        }
        "cocoa" => {
            "// Swift package: https://github.com/getsentry/sentry-cocoa\nimport Sentry\n\nSentrySDK.start { options in\n    options.dsn = \"DSN\"\n    options.releaseName = \"my-app@1.0.0\"\n}\nSentrySDK.capture(message: \"It works\")"
        }
        "java-logback" => {
            "<!-- io.sentry:sentry-logback; logback.xml -->\n<configuration>\n  <appender name=\"Sentry\" class=\"io.sentry.logback.SentryAppender\">\n    <options>\n      <dsn>DSN</dsn>\n      <release>my-app@1.0.0</release>\n    </options>\n    <minimumEventLevel>ERROR</minimumEventLevel>\n  </appender>\n  <root level=\"INFO\"><appender-ref ref=\"Sentry\" /></root>\n</configuration>"
        }
        "java-log4j2" => {
            "<!-- io.sentry:sentry-log4j2; log4j2.xml -->\n<Configuration packages=\"io.sentry.log4j2\">\n  <Appenders>\n    <Sentry name=\"Sentry\" dsn=\"DSN\" minimumEventLevel=\"ERROR\" />\n  </Appenders>\n  <Loggers>\n    <Root level=\"info\"><AppenderRef ref=\"Sentry\" /></Root>\n  </Loggers>\n</Configuration>"
        }
        "python-logging" => {
            "# pip install sentry-sdk: what is logged as an error is sent\nimport logging\nimport sentry_sdk\n\nsentry_sdk.init(dsn=\"DSN\", release=\"my-app@1.0.0\")\n\nlogging.error(\"It works\")"
        }
        _ => "DSN",
    }
}

/// The smallest event that there is, by hand.
fn curl(dsn: &str) -> String {
    let parts = dsn.split_once("://").and_then(|(scheme, rest)| {
        let (key, rest) = rest.split_once('@')?;
        let (host, project) = rest.rsplit_once('/')?;
        Some((scheme, key, host, project))
    });
    let Some((scheme, key, host, project)) = parts else {
        return String::new();
    };
    format!(
        "curl '{scheme}://{host}/api/{project}/store/?sentry_key={key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"message\": \"It works\", \"level\": \"info\"}}'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_snippet_holds_the_dsn_and_one_is_open() {
        let dsn = "https://abc@hub.example/base/7";
        for platform in [
            None,
            Some("javascript-react"),
            Some("go"),
            Some("java-logback"),
            Some("python"),
        ] {
            let shown = snippets(dsn, platform);
            assert_eq!(shown.iter().filter(|snippet| snippet.is_open).count(), 1);
            assert!(shown.iter().all(|snippet| snippet.code.contains("abc")));
            assert!(
                shown.iter().all(|snippet| snippet.code != dsn),
                "each has code of its own"
            );
        }
        assert_eq!(nearest("java-logback"), Some("java-logback"));
        assert_eq!(nearest("java-spring"), Some("java"));
        assert!(curl(dsn).contains("https://hub.example/base/api/7/store/?sentry_key=abc"));
    }
}
