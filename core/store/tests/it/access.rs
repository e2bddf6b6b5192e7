//! Organizations, projects, keys, people, teams, tokens.

use errand_model::access::{Role, Scope};
use errand_model::project::{ProjectSettings, RateLimit};
use errand_store::projects::NewProject;
use errand_store::testing::TestDb;
use errand_store::tokens::NewToken;
use errand_store::{Error, keys, organizations, people, projects, teams, tokens};

use crate::fixtures::{Hub, START};

errand_store::on_both_databases!(
    a_fresh_hub_has_one_organization,
    a_project_has_a_slug_and_a_key,
    a_taken_or_odd_slug_is_refused,
    a_project_keeps_its_settings,
    a_key_can_be_limited_revoked_and_deleted,
    an_address_is_one_persons,
    a_token_is_only_a_hash,
    teams_have_members,
    projects_are_seen_by_who_may,
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
        let refused = people::create(&mut tx, hub.cx(), odd, "Ann", Role::Member).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{odd}");
    }
    let mut ann = people::create(&mut tx, hub.cx(), "Ann@Example.com", "Ann", Role::Owner)
        .await
        .expect("create");
    tx.commit().await.expect("commit");
    let found = people::by_email(&hub.db, "ANN@example.com").await.expect("read");
    assert_eq!(found.as_ref(), Some(&ann));
    let mut tx = hub.db.begin().await.expect("begin");
    let taken = people::create(&mut tx, hub.cx(), "ann@example.com", "Bob", Role::Member).await;
    assert!(matches!(taken, Err(Error::Conflict { .. })));
    drop(tx);
    ann.role = Role::Support;
    let mut tx = hub.db.begin().await.expect("begin");
    people::update(&mut tx, &ann).await.expect("update");
    tx.commit().await.expect("commit");
    assert_eq!(people::by_id(&hub.db, ann.id).await.expect("read"), Some(ann));
    assert_eq!(people::count(&hub.db).await.expect("count"), 1);
    assert_eq!(people::list(&hub.db).await.expect("list").len(), 1);
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
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", Role::Owner)
        .await
        .expect("create");
    let team = teams::create(&mut tx, hub.cx(), organization, "Payments", None, true)
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

async fn projects_are_seen_by_who_may(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (organization, project) = (hub.project.organization, hub.project.id);
    let mut tx = hub.db.begin().await.expect("begin");
    let ann = people::create(&mut tx, hub.cx(), "ann@example.com", "Ann", Role::Member).await;
    let ann = ann.expect("create").id;
    let mut team = teams::create(&mut tx, hub.cx(), organization, "Payments", None, false)
        .await
        .expect("team");
    tx.commit().await.expect("commit");
    let seen = async |viewer| {
        let listed = projects::seen(&hub.db, Some(organization), viewer)
            .await
            .expect("list");
        let one = projects::is_seen(&hub.db, project, viewer).await.expect("read");
        assert_eq!(listed.iter().any(|listed| listed.id == project), one);
        one
    };
    assert!(seen(Some(ann)).await, "of no team");
    let mut tx = hub.db.begin().await.expect("begin");
    teams::add_project(&mut tx, team.id, project).await.expect("give");
    teams::ask(&mut tx, hub.cx(), team.id, ann).await.expect("ask");
    tx.commit().await.expect("commit");
    assert!(!seen(Some(ann)).await && seen(None).await, "of a closed one");
    assert_eq!(teams::requests(&hub.db, team.id).await.expect("read").len(), 1);
    let mut tx = hub.db.begin().await.expect("begin");
    teams::add_member(&mut tx, team.id, ann).await.expect("add");
    tx.commit().await.expect("commit");
    assert!(seen(Some(ann)).await, "of their own");
    assert_eq!(teams::requests(&hub.db, team.id).await.expect("read"), []);
    team.is_open = true;
    let mut tx = hub.db.begin().await.expect("begin");
    teams::remove_member(&mut tx, team.id, ann).await.expect("remove");
    teams::update(&mut tx, &team).await.expect("open");
    tx.commit().await.expect("commit");
    assert!(seen(Some(ann)).await, "of an open one");
    let mut tx = hub.db.begin().await.expect("begin");
    teams::delete(&mut tx, team.id).await.expect("delete");
    tx.commit().await.expect("commit");
    assert_eq!(teams::of_project(&hub.db, project).await.expect("read"), []);
}
