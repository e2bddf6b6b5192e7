use super::*;

fn with_file(text: &str) -> anyhow::Result<Config> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("errand.toml");
    std::fs::write(&path, text).expect("written");
    load(&Sources {
        file: Some(path),
        file_is_named: true,
        ..Sources::default()
    })
}

fn with_env(name: &str, value: &str) -> anyhow::Result<Config> {
    load(&Sources {
        env: vec![(name.to_owned(), value.to_owned())],
        ..Sources::default()
    })
}

fn message(result: anyhow::Result<Config>) -> String {
    format!("{:#}", result.expect_err("refused"))
}

#[test]
fn the_default_file_says_what_the_defaults_are() {
    let file: Config = toml::from_str(DEFAULT_FILE).expect("the default file is valid");
    assert_eq!(file, Config::default());
}

#[test]
fn the_default_file_names_every_setting() {
    let documented: toml::Table = DEFAULT_FILE.parse().expect("valid");
    assert_eq!(
        documented,
        toml::Table::try_from(Config::default()).expect("representable")
    );
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("errand.toml");
    std::fs::write(
        &path,
        "[server]\nlisten = \"127.0.0.1:1\"\nnode = 1\nmax_connections = 11",
    )
    .expect("written");
    let config = load(&Sources {
        file: Some(path),
        file_is_named: true,
        env: vec![
            ("ERRAND_SERVER_LISTEN".to_owned(), "127.0.0.1:2".to_owned()),
            ("ERRAND_SERVER_NODE".to_owned(), "2".to_owned()),
        ],
        flags: vec![("server.listen", "127.0.0.1:3".to_owned())],
    })
    .expect("valid");
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.server.node, 2);
    assert_eq!(config.server.max_connections, 11);
}

#[test]
fn what_is_wrong_is_named_with_its_value_and_its_source() {
    let text = message(with_file("[server]\nnode = \"x\""));
    assert!(
        text.contains("errand.toml") && text.contains("server.node is \"x\""),
        "{text}"
    );
    let text = message(with_file("[server]\nlissten = \"x\""));
    assert!(text.contains("lissten") && text.contains("listen"), "{text}");
    let text = message(with_env("ERRAND_SERVER_LISTEN", "nonsense"));
    assert!(
        text.contains("ERRAND_SERVER_LISTEN") && text.contains("nonsense"),
        "{text}"
    );
    let text = message(with_env("ERRAND_SERVER_LITSEN", "x"));
    assert!(text.contains("ERRAND_SERVER_LISTEN"), "{text}");
    let text = message(with_env("ERRAND_PLUGINS_ALLOW_NETWORKS", "[\"10.0.0.0\"]"));
    assert!(
        text.contains("plugins.allow_networks") && text.contains("10.0.0.0"),
        "{text}"
    );
}

#[test]
fn a_database_password_is_in_no_message() {
    let of_the_wrong_type = with_file("[database]\nurl = [\"postgres://a:hunter2@h/d\"]");
    let of_the_wrong_kind = with_env("ERRAND_DATABASE_URL", "mysql://a:hunter2@h/d").and_then(|config| {
        config.database(Path::new("/data"))?;
        Ok(config)
    });
    for refused in [of_the_wrong_type, of_the_wrong_kind] {
        let text = message(refused);
        assert!(!text.contains("hunter2"), "{text}");
    }
    let good = with_env("ERRAND_DATABASE_URL", "postgres://a:hunter2@h/d").expect("valid");
    assert!(!format!("{good:?}").contains("hunter2"));
}

#[test]
fn lists_and_numbers_come_from_the_environment_as_in_the_file() {
    let config = with_env("ERRAND_PLUGINS_ALLOW_NETWORKS", "[\"127.0.0.0/8\"]").expect("valid");
    assert_eq!(config.plugins.allow_networks, ["127.0.0.0/8"]);
}

#[test]
fn a_provider_of_single_sign_on_is_read_and_its_secret_is_in_no_message() {
    let set = "[single_sign_on]\nissuer = \"https://id.example.com\"\nclient_id = \"errand\"\n";
    let config = with_file(&format!(
        "{set}client_secret = \"hunter2\"\nnewcomers = \"support\""
    ))
    .expect("valid");
    assert!(!format!("{config:?}").contains("hunter2"));
    let client = config.single_sign_on.client().expect("valid").expect("set");
    assert_eq!(
        client.settings.newcomers.map(errand_model::access::Role::as_str),
        Some("support")
    );
    assert_eq!(
        client.secret.map(|secret| secret.reveal().clone()).as_deref(),
        Some("hunter2")
    );
    assert!(
        Config::default()
            .single_sign_on
            .client()
            .expect("valid")
            .is_none()
    );
    for (more, words) in [
        ("client_secret = [\"hunter2\"]", "single_sign_on.client_secret"),
        ("newcomers = \"owner\"", "an owner or an administrator"),
        ("newcomers = \"boss\"", "there is no role"),
        ("domains = [\"@example.com\"]", "no domain"),
    ] {
        let text = message(with_file(&format!("{set}{more}")));
        assert!(text.contains(words) && !text.contains("hunter2"), "{text}");
    }
    let text = message(with_env("ERRAND_SINGLE_SIGN_ON_ISSUER", "http://id.example.com"));
    assert!(
        text.contains("begins with https://") || text.contains("are needed"),
        "{text}"
    );
}
