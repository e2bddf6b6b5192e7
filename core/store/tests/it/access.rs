//! Organizations, projects, keys, people, teams, tokens, signing in.

use errand_model::Clock as _;
use errand_model::access::Scope;
use errand_model::project::{ProjectSettings, RateLimit};
use errand_store::projects::NewProject;
use errand_store::sessions::Device;
use errand_store::testing::TestDb;
use errand_store::tokens::NewToken;
use errand_store::{
    Error, keys, organizations, passwords, people, projects, sessions, sign_in_failures, teams, tokens,
};

use crate::fixtures::{Hub, START};

errand_store::on_both_databases!(
    a_fresh_hub_has_one_organization,
    a_project_has_a_slug_and_a_key,
    a_taken_or_odd_slug_is_refused,
    a_project_keeps_its_settings,
    a_key_can_be_limited_revoked_and_deleted,
    an_address_is_one_persons,
    a_link_signs_in_once,
    a_session_ends,
    a_person_sees_their_sessions_and_ends_them,
    a_password_belongs_to_an_address,
    failures_to_sign_in_are_counted_for_an_hour,
    a_token_is_only_a_hash,
    teams_have_members,
);

async fn a_fresh_hub_has_one_organization(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let again = organizations::ensure_default(&mut tx, hub.cx())
        .await
        .expect("ensure");
    assert_eq!(again.id, hub.project.organization);
    organizations::rename(&mut tx, again.id, "Acme")
        .await
        .expect("rename");
    let named = organizations::create(&mut tx, hub.cx(), "Acme", None)
        .await
        .expect("create");
    tx.commit().await.expect("commit");
    assert_eq!(named.slug, "acme");
    let all = organizations::list(&hub.db).await.expect("list");
    assert_eq!(
        all.iter().map(|one| one.slug.as_str()).collect::<Vec<_>>(),
        ["default", "acme"]
    );
    let found = organizations::by_slug(&hub.db, "default")
        .await
        .expect("read")
        .expect("it is there");
    assert_eq!(
        Some(found.clone()),
        organizations::by_id(&hub.db, found.id).await.expect("read")
    );
    assert_eq!(found.name, "Acme");
}

fn new<'a>(hub: &Hub, name: &'a str, slug: Option<&'a str>) -> NewProject<'a> {
    NewProject {
        organization: hub.project.organization,
        name,
        slug,
        platform: Some("python"),
    }
}

async fn a_project_has_a_slug_and_a_key(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let (project, key) = projects::create(&mut tx, hub.cx(), new(&hub, "Shop", None))
        .await
        .expect("create");
    tx.commit().await.expect("commit");
    assert_eq!((project.id.0, project.slug.as_str()), (2, "shop-2"));
    assert_eq!(key.public_key.len(), 32);
    assert!(key.is_active);
    let organization = hub.project.organization;
    let found = projects::by_slug(&hub.db, organization, "shop-2")
        .await
        .expect("read");
    assert_eq!(found, Some(project.clone()));
    assert_eq!(
        projects::by_id(&hub.db, project.id).await.expect("read"),
        Some(project.clone())
    );
    assert_eq!(projects::list(&hub.db, None).await.expect("read").len(), 2);
    let both = keys::with_project(&hub.db, &key.public_key).await.expect("read");
    assert_eq!(both, Some((key, project)));
    assert_eq!(keys::with_project(&hub.db, "0").await.expect("read"), None);
}

async fn a_taken_or_odd_slug_is_refused(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let odd = projects::create(&mut tx, hub.cx(), new(&hub, "x", Some("My Shop"))).await;
    assert!(matches!(odd, Err(Error::Invalid { .. })));
    let taken = projects::create(&mut tx, hub.cx(), new(&hub, "x", Some("shop"))).await;
    let Err(Error::Conflict { what }) = taken else {
        panic!("{taken:?}")
    };
    assert_eq!(what, "project");
}

async fn a_project_keeps_its_settings(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut project = hub.project.clone();
    project.name = "Till".to_owned();
    project.settings = ProjectSettings {
        fingerprint_rules: "type:X -> x".to_owned(),
        rate_limit: Some(RateLimit { count: 5, window: 60 }),
        ..ProjectSettings::default()
    };
    let mut tx = hub.db.begin().await.expect("begin");
    projects::update(&mut tx, &project).await.expect("update");
    tx.commit().await.expect("commit");
    assert_eq!(
        projects::by_id(&hub.db, project.id).await.expect("read"),
        Some(project)
    );
}

async fn a_key_can_be_limited_revoked_and_deleted(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let mut key = keys::create(&mut tx, hub.cx(), hub.project.id, "Browser")
        .await
        .expect("create");
    key.rate_limit = Some(RateLimit {
        count: 100,
        window: 3_600,
    });
    key.is_active = false;
    keys::update(&mut tx, &key).await.expect("update");
    tx.commit().await.expect("commit");
    assert_eq!(
        keys::by_public_key(&hub.db, &key.public_key).await.expect("read"),
        Some(key.clone())
    );
    assert_eq!(keys::list(&hub.db, hub.project.id).await.expect("read").len(), 2);
    let mut tx = hub.db.begin().await.expect("begin");
    keys::delete(&mut tx, key.id).await.expect("delete");
    assert!(matches!(
        keys::delete(&mut tx, key.id).await,
        Err(Error::Missing { .. })
    ));
    assert!(matches!(
        keys::update(&mut tx, &key).await,
        Err(Error::Missing { .. })
    ));
}

async fn an_address_is_one_persons(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    for odd in ["", "ann", "ann @example.com"] {
        let refused = people::create(&mut tx, hub.cx(), odd, "Ann", false).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{odd}");
    }
    let mut ann = people::create(&mut tx, hub.cx(), "Ann@Example.com", "Ann", true)
        .await
        .expect("create");
    tx.commit().await.expect("commit");
    let found = people::by_email(&hub.db, "ANN@example.com").await.expect("read");
    assert_eq!(found.as_ref(), Some(&ann));
    let mut tx = hub.db.begin().await.expect("begin");
    let taken = people::create(&mut tx, hub.cx(), "ann@example.com", "Bob", false).await;
    assert!(matches!(taken, Err(Error::Conflict { .. })));
    drop(tx);
    ann.is_admin = false;
    let mut tx = hub.db.begin().await.expect("begin");
    people::update(&mut tx, &ann).await.expect("update");
    tx.commit().await.expect("commit");
    assert_eq!(people::by_id(&hub.db, ann.id).await.expect("read"), Some(ann));
    assert_eq!(people::count(&hub.db).await.expect("count"), 1);
    assert_eq!(people::list(&hub.db).await.expect("list").len(), 1);
}

async fn a_link_signs_in_once(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", true)
        .await
        .expect("create");
    let link = sessions::create_link(&mut tx, hub.cx(), ann.id, 900)
        .await
        .expect("link");
    let late = sessions::create_link(&mut tx, hub.cx(), ann.id, 900)
        .await
        .expect("link");
    for odd in [0, 899, 86_401] {
        let refused = sessions::create_link(&mut tx, hub.cx(), ann.id, odd).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })));
    }
    hub.clock.advance_millis(899_000);
    let redeemed = sessions::redeem_link(&mut tx, hub.cx(), link.reveal())
        .await
        .expect("redeem");
    assert_eq!(redeemed, Some(ann));
    assert_eq!(
        sessions::redeem_link(&mut tx, hub.cx(), link.reveal())
            .await
            .expect("redeem"),
        None
    );
    hub.clock.advance_millis(1_000);
    assert_eq!(
        sessions::redeem_link(&mut tx, hub.cx(), late.reveal())
            .await
            .expect("redeem"),
        None
    );
}

async fn a_session_ends(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", true)
        .await
        .expect("create");
    let session = sessions::create(&mut tx, hub.cx(), ann.id, 3_600, &Device::default())
        .await
        .expect("session");
    let other = sessions::create(&mut tx, hub.cx(), ann.id, 7_200, &Device::default())
        .await
        .expect("session");
    tx.commit().await.expect("commit");
    let whose = async |seconds: i64| {
        let now = START.plus_seconds(seconds);
        sessions::current(&hub.db, now, session.reveal())
            .await
            .expect("read")
            .map(|current| current.person.id)
    };
    assert_eq!((whose(0).await, whose(3_600).await), (Some(ann.id), None));
    let mut tx = hub.db.begin().await.expect("begin");
    assert_eq!(
        sessions::delete_expired(&mut tx, START.plus_seconds(3_600))
            .await
            .expect("delete"),
        1
    );
    sessions::end(&mut tx, other.reveal()).await.expect("end");
    sessions::end(&mut tx, other.reveal())
        .await
        .expect("ending twice is no failure");
    tx.commit().await.expect("commit");
    assert_eq!(whose(0).await, None);
}

async fn a_person_sees_their_sessions_and_ends_them(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", true)
        .await
        .expect("create");
    let bob = people::create(&mut tx, hub.cx(), "bob@example.com", "Bob", false)
        .await
        .expect("create");
    let phone = Device {
        agent: "A phone".repeat(100),
        address: "192.0.2.7".to_owned(),
    };
    let mut secrets = Vec::new();
    for (person, device) in [(ann.id, &Device::default()), (ann.id, &phone), (bob.id, &phone)] {
        let made = sessions::create(&mut tx, hub.cx(), person, 3_600, device).await;
        secrets.push(made.expect("session"));
    }
    let current = sessions::current(&mut tx, START, secrets[0].reveal())
        .await
        .expect("read")
        .expect("it is there");
    sessions::saw(&mut tx, START.plus_seconds(600), current.id, "198.51.100.4")
        .await
        .expect("write");
    let seen = sessions::of_person(&mut tx, START, ann.id).await.expect("read");
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].id, seen[0].seen), (current.id, START.plus_seconds(600)));
    assert_eq!(seen[0].device.address, "198.51.100.4");
    assert_eq!(seen[1].device.agent.chars().count(), 300);
    let is_ended = sessions::end_one(&mut tx, bob.id, seen[1].id).await.expect("end");
    assert!(!is_ended, "nobody ends another's session");
    assert_eq!(
        sessions::end_others(&mut tx, ann.id, current.id)
            .await
            .expect("end"),
        1
    );
    assert!(sessions::end_one(&mut tx, ann.id, current.id).await.expect("end"));
    assert!(
        sessions::of_person(&mut tx, START, ann.id)
            .await
            .expect("read")
            .is_empty()
    );
    assert_eq!(
        sessions::of_person(&mut tx, START, bob.id)
            .await
            .expect("read")
            .len(),
        1
    );
}

async fn a_password_belongs_to_an_address(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", true)
        .await
        .expect("create");
    assert_eq!(
        passwords::by_email(&mut tx, "ann@example.com")
            .await
            .expect("read"),
        None
    );
    for hash in ["$argon2id$first", "$argon2id$second"] {
        passwords::set(&mut tx, hub.cx(), ann.id, hash)
            .await
            .expect("set");
        let found = passwords::by_email(&mut tx, " Ann@Example.com")
            .await
            .expect("read");
        assert_eq!(found, Some((ann.clone(), hash.to_owned())));
    }
    assert_eq!(
        passwords::of(&mut tx, ann.id).await.expect("read").as_deref(),
        Some("$argon2id$second")
    );
}

async fn failures_to_sign_in_are_counted_for_an_hour(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = hub.db.begin().await.expect("begin");
    for expected in 1..=3 {
        sign_in_failures::add(&mut tx, hub.cx(), "ann")
            .await
            .expect("add");
        let counted = sign_in_failures::of(&mut tx, hub.clock.now(), "ann")
            .await
            .expect("read");
        assert_eq!(counted, Some((expected, hub.clock.now())));
    }
    assert_eq!(
        sign_in_failures::of(&mut tx, hub.clock.now(), "bob")
            .await
            .expect("read"),
        None
    );
    sign_in_failures::add(&mut tx, hub.cx(), "bob")
        .await
        .expect("add");
    sign_in_failures::clear(&mut tx, "bob").await.expect("clear");
    assert_eq!(
        sign_in_failures::of(&mut tx, hub.clock.now(), "bob")
            .await
            .expect("read"),
        None
    );
    hub.clock.advance_millis(3_600_000);
    assert_eq!(
        sign_in_failures::of(&mut tx, hub.clock.now(), "ann")
            .await
            .expect("read"),
        None
    );
    sign_in_failures::add(&mut tx, hub.cx(), "ann")
        .await
        .expect("add");
    let counted = sign_in_failures::of(&mut tx, hub.clock.now(), "ann")
        .await
        .expect("read");
    assert_eq!(counted, Some((1, hub.clock.now())), "counting begins anew");
    hub.clock.advance_millis(3_600_000);
    let deleted = sign_in_failures::delete_forgotten(&mut tx, hub.clock.now()).await;
    assert_eq!(deleted.expect("delete"), 1);
}

async fn a_token_is_only_a_hash(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let organization = hub.project.organization;
    let mut tx = hub.db.begin().await.expect("begin");
    let new = NewToken {
        name: "CI",
        organization,
        person: None,
        scopes: &[Scope::EventWrite, Scope::ProjectRead],
        expires: Some(START.plus_seconds(60)),
    };
    let (token, secret) = tokens::create(&mut tx, hub.cx(), new).await.expect("create");
    tx.commit().await.expect("commit");
    assert!(secret.reveal().starts_with("errand_"));
    assert!(!format!("{secret:?}").contains(secret.reveal().as_str()));
    let found = async |seconds: i64, secret: &str| {
        tokens::by_secret(&hub.db, START.plus_seconds(seconds), secret)
            .await
            .expect("read")
    };
    assert_eq!(found(59, secret.reveal()).await, Some(token.clone()));
    assert_eq!(found(60, secret.reveal()).await, None);
    assert_eq!(found(0, "errand_0").await, None);
    assert!(token.grants(Scope::EventRead) && !token.grants(Scope::EventAdmin));
    assert_eq!(
        tokens::list(&hub.db, organization).await.expect("list"),
        std::slice::from_ref(&token)
    );
    let mut tx = hub.db.begin().await.expect("begin");
    tokens::delete(&mut tx, token.id).await.expect("delete");
    tx.commit().await.expect("commit");
    assert_eq!(found(0, secret.reveal()).await, None);
}

async fn teams_have_members(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let organization = hub.project.organization;
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", true)
        .await
        .expect("create");
    let team = teams::create(&mut tx, hub.cx(), organization, "Payments", None)
        .await
        .expect("team");
    for _ in 0..2 {
        teams::add_member(&mut tx, team.id, ann.id).await.expect("add");
    }
    tx.commit().await.expect("commit");
    assert_eq!(
        teams::by_slug(&hub.db, organization, "payments")
            .await
            .expect("read"),
        Some(team.clone())
    );
    assert_eq!(
        teams::by_id(&hub.db, team.id).await.expect("read"),
        Some(team.clone())
    );
    assert_eq!(
        teams::list(&hub.db, organization).await.expect("list"),
        std::slice::from_ref(&team)
    );
    assert_eq!(
        teams::members(&hub.db, team.id).await.expect("members"),
        std::slice::from_ref(&ann)
    );
    let mut tx = hub.db.begin().await.expect("begin");
    teams::remove_member(&mut tx, team.id, ann.id)
        .await
        .expect("remove");
    tx.commit().await.expect("commit");
    assert_eq!(teams::members(&hub.db, team.id).await.expect("members"), []);
}
