//! What to paste into a program so that it sends here.

/// Platforms to choose from: Sentry's name, and what people call it.
pub(super) const PLATFORMS: [(&str, &str); 9] = [
    ("python", "Python"),
    ("javascript", "Browser JavaScript"),
    ("node", "Node.js"),
    ("rust", "Rust"),
    ("java", "Java, Kotlin"),
    ("go", "Go"),
    ("ruby", "Ruby"),
    ("php", "PHP"),
    ("csharp", ".NET"),
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
    let is_of = |slug: &str| {
        platform.is_some_and(|platform| platform == slug || platform.starts_with(&format!("{slug}-")))
    };
    let languages = PLATFORMS.iter().map(|(slug, name)| Snippet {
        name,
        code: template(slug).replace("DSN", dsn),
        is_open: is_of(slug),
    });
    let curl = Snippet {
        name: "curl",
        code: curl(dsn),
        is_open: !PLATFORMS.iter().any(|(slug, _)| is_of(slug)),
    };
    languages.chain([curl]).collect()
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
        for platform in [None, Some("javascript-react"), Some("go")] {
            let shown = snippets(dsn, platform);
            assert_eq!(shown.iter().filter(|snippet| snippet.is_open).count(), 1);
            assert!(shown.iter().all(|snippet| snippet.code.contains("abc")));
        }
        assert!(curl(dsn).contains("https://hub.example/base/api/7/store/?sentry_key=abc"));
    }
}
