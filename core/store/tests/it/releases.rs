//! Releases and deploys, and what they say of issues.

use errand_model::issue::{Resolution, Status};
use errand_model::lifecycle::{Actor, Change};
use errand_model::{Clock, IssueId};
use errand_store::issues::{self, Resolve};
use errand_store::releases::{self, Deploy, Details, NewDeploy, Part, Wanted};
use errand_store::testing::TestDb;
use errand_store::{Error, lifecycle};

use crate::fixtures::{Hub, START};
use crate::issues::{ann, ann_herself, begin};

errand_store::on_both_databases!(
    a_release_is_known_by_events_and_by_word,
    the_deploy_of_the_fix_is_told_once_for_each_time_it_is_resolved,
    a_deploy_elsewhere_brings_nothing,
    a_fix_that_is_deployed_already_is_told_when_it_is_resolved,
    what_was_rolled_back_is_not_deployed,
    the_next_release_is_bound_when_it_is_made,
    a_commit_leads_to_its_release,
    a_resolve_and_a_deploy_at_once_miss_each_other_never,
    a_release_with_events_is_not_deleted,
    a_project_takes_its_deploys_with_it,
);

async fn make(hub: &Hub, version: &str) -> bool {
    let mut tx = begin(hub).await;
    let project = [hub.project.id];
    let made = releases::create(&mut tx, hub.cx(), &ann(), &project, version, &Details::default()).await;
    tx.commit().await.expect("commit");
    made.expect("made")
}

async fn deploy(hub: &Hub, version: &str, environment: &str) -> Deploy {
    let mut tx = begin(hub).await;
    let new = NewDeploy {
        version,
        environment,
        name: None,
        url: Some("https://ci.example.com/7"),
        started: None,
        finished: hub.clock.now(),
    };
    let projects = [hub.project.clone()];
    let deployed = releases::deploy(&mut tx, hub.cx(), &ann(), &projects, new).await;
    tx.commit().await.expect("commit");
    deployed.expect("deployed")
}

async fn resolve(hub: &Hub, issue: IssueId, how: Resolve) {
    let mut tx = begin(hub).await;
    let resolved = issues::resolve(&mut tx, hub.cx(), &ann(), &[issue], &how).await;
    assert_eq!(resolved.expect("resolve"), [issue]);
    tx.commit().await.expect("commit");
}

fn in_release(version: &str) -> Resolve {
    Resolve::InRelease(version.to_owned())
}

/// An issue of which an event came from `release`.
async fn issue_in(hub: &Hub, release: &str) -> IssueId {
    hub.clock.advance_millis(1_000);
    let mut event = hub.event("a");
    event.release = Some(release.to_owned());
    hub.take([event]).await;
    hub.issue("a").await.id
}

/// How often the issue was told of as deployed.
async fn times_told(hub: &Hub, issue: IssueId) -> usize {
    let told = hub.told(issue).await;
    told.iter().filter(|name| **name == "fix.deployed").count()
}

async fn a_release_is_known_by_events_and_by_word(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let issue = issue_in(&hub, "shop@1.0").await;
    assert!(!make(&hub, "shop@1.0").await, "an event told of it");
    hub.clock.advance_millis(5_000);
    assert!(make(&hub, "shop@2.0").await);
    assert!(!make(&hub, "shop@2.0").await);
    let mut tx = begin(&hub).await;
    let details = Details {
        url: Some("https://example.com/2.0".to_owned()),
        released: Some(START),
        ..Details::default()
    };
    let project = [hub.project.id];
    releases::update(&mut tx, &project, "shop@2.0", &details)
        .await
        .expect("updated");
    releases::update(&mut tx, &project, "shop@2.0", &Details::default())
        .await
        .expect("nothing is lost");
    let missing = releases::update(&mut tx, &project, "shop@3.0", &details).await;
    assert!(matches!(missing, Err(Error::Missing { .. })), "{missing:?}");
    tx.commit().await.expect("commit");

    let page = releases::list(&hub.db, &project, Wanted::default(), None, 10)
        .await
        .expect("listed");
    let versions: Vec<&str> = page.rows.iter().map(|parts| parts[0].version.as_str()).collect();
    assert_eq!(versions, ["shop@2.0", "shop@1.0"], "the last heard of first");
    let made = &page.rows[0][0];
    assert_eq!((made.first_seen, made.heard), (None, START.plus_seconds(6)));
    assert_eq!(made.url.as_deref(), Some("https://example.com/2.0"));
    let seen = &page.rows[1][0];
    assert_eq!(
        (seen.first_seen, seen.heard),
        (Some(START.plus_seconds(1)), START.plus_seconds(1))
    );
    let new = releases::new_issues(&hub.db, &project, &["shop@1.0", "shop@2.0"])
        .await
        .expect("counted");
    assert_eq!(
        new.iter()
            .map(|new| (new.version.as_str(), new.count))
            .collect::<Vec<_>>(),
        [("shop@1.0", 1)]
    );
    let of = releases::issues_of(&hub.db, &project, "shop@1.0", Part::New, 9).await;
    assert_eq!(of.expect("found"), [issue]);

    // Its first event comes after it was made known.
    issue_in(&hub, "shop@2.0").await;
    let named = releases::named(&hub.db, &project, &["shop@2.0"])
        .await
        .expect("found");
    assert_eq!(
        (named[0].first_seen, named[0].heard),
        (Some(START.plus_seconds(7)), START.plus_seconds(6))
    );
}

#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn the_deploy_of_the_fix_is_told_once_for_each_time_it_is_resolved(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let issue = issue_in(&hub, "shop@1.0").await;
    resolve(&hub, issue, Resolve::InNextRelease).await;
    deploy(&hub, "shop@1.0", "production").await;
    assert_eq!(times_told(&hub, issue).await, 0, "that one does not hold the fix");
    make(&hub, "shop@1.1").await;
    deploy(&hub, "shop@1.1", "staging").await;
    assert_eq!(times_told(&hub, issue).await, 0, "no customer is there");

    deploy(&hub, "shop@1.1", "Production").await;
    deploy(&hub, "shop@1.1", "production").await;
    make(&hub, "shop@1.2").await;
    deploy(&hub, "shop@1.2", "production").await;
    assert_eq!(times_told(&hub, issue).await, 1);
    let stands = hub.issue("a").await;
    let deployed = stands.deployed.expect("deployed");
    assert_eq!(
        (deployed.release.as_str(), deployed.environment.as_str()),
        ("shop@1.1", "Production")
    );
    assert_eq!(
        stands.resolution,
        Some(Resolution::InRelease {
            version: "shop@1.1".to_owned()
        })
    );
    let told = lifecycle::of_issue(&hub.db, issue, 1)
        .await
        .expect("read")
        .remove(0);
    assert_eq!(told.actor, ann_herself());
    let Change::FixDeployed {
        release,
        environment,
        url,
        resolution,
    } = told.change
    else {
        panic!("{told:?}");
    };
    assert_eq!(
        (release.as_str(), environment.as_str()),
        ("shop@1.1", "Production")
    );
    assert_eq!(url.as_deref(), Some("https://ci.example.com/7"));
    assert_eq!(
        resolution,
        Resolution::InRelease {
            version: "shop@1.1".to_owned()
        }
    );

    // It comes back in the release that was to hold the fix, and is resolved in the next one.
    issue_in(&hub, "shop@1.2").await;
    let regressed = hub.issue("a").await;
    assert_eq!((regressed.status, regressed.deployed), (Status::Unresolved, None));
    resolve(&hub, issue, Resolve::InNextRelease).await;
    deploy(&hub, "shop@1.2", "production").await;
    assert_eq!(times_told(&hub, issue).await, 1);
    make(&hub, "shop@1.3").await;
    deploy(&hub, "shop@1.3", "production").await;
    assert_eq!(times_told(&hub, issue).await, 2);
}

async fn a_deploy_elsewhere_brings_nothing(test: TestDb) {
    let mut hub = Hub::new(&test.db).await;
    let issue = issue_in(&hub, "shop@1.0").await;
    resolve(&hub, issue, in_release("shop@1.1")).await;
    make(&hub, "shop@1.1").await;
    hub.project.settings.production_environments = vec!["shop-eu".to_owned()];
    deploy(&hub, "shop@1.1", "production").await;
    assert_eq!(times_told(&hub, issue).await, 0);
    deploy(&hub, "shop@1.1", "shop-eu").await;
    assert_eq!(times_told(&hub, issue).await, 1);
    let mut tx = begin(&hub).await;
    let unknown = NewDeploy {
        version: "shop@9.9",
        environment: "shop-eu",
        name: None,
        url: None,
        started: None,
        finished: START,
    };
    let refused = releases::deploy(
        &mut tx,
        hub.cx(),
        &ann(),
        std::slice::from_ref(&hub.project),
        unknown,
    )
    .await;
    assert!(matches!(refused, Err(Error::Missing { .. })), "{refused:?}");
}

async fn a_fix_that_is_deployed_already_is_told_when_it_is_resolved(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let issue = issue_in(&hub, "shop@1.0").await;
    make(&hub, "shop@1.2").await;
    deploy(&hub, "shop@1.2", "production").await;
    resolve(&hub, issue, in_release("shop@1.1")).await;
    assert_eq!(
        hub.told(issue).await,
        ["issue.created", "issue.resolved", "fix.deployed"]
    );
    let told = lifecycle::of_issue(&hub.db, issue, 1)
        .await
        .expect("read")
        .remove(0);
    assert_eq!(told.actor, Actor::System, "the resolver hears of it too");
    assert_eq!(
        hub.issue("a").await.deployed.expect("deployed").release,
        "shop@1.2"
    );
    // What is said to be done needs no deploy.
    let mut tx = begin(&hub).await;
    issues::unresolve(&mut tx, hub.cx(), &ann(), &[issue])
        .await
        .expect("unresolved");
    tx.commit().await.expect("commit");
    resolve(&hub, issue, Resolve::Now).await;
    deploy(&hub, "shop@1.2", "production").await;
    assert_eq!(times_told(&hub, issue).await, 1);
}

async fn what_was_rolled_back_is_not_deployed(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let issue = issue_in(&hub, "shop@1.0").await;
    make(&hub, "shop@1.1").await;
    deploy(&hub, "shop@1.1", "production").await;
    deploy(&hub, "shop@1.0", "production").await;
    resolve(&hub, issue, in_release("shop@1.1")).await;
    assert_eq!(times_told(&hub, issue).await, 0);
    deploy(&hub, "shop@1.1", "production").await;
    assert_eq!(times_told(&hub, issue).await, 1);
}

async fn the_next_release_is_bound_when_it_is_made(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let issue = issue_in(&hub, "shop@2.0").await;
    resolve(&hub, issue, Resolve::InNextRelease).await;
    let project = [hub.project.id];
    let fixed = async |version| {
        let found = releases::issues_of(&hub.db, &project, version, Part::Fixed, 9).await;
        found.expect("found")
    };
    make(&hub, "shop@1.9.1").await;
    assert_eq!(fixed("shop@1.9.1").await, [], "a mend of an old one");
    make(&hub, "shop@2.1").await;
    assert_eq!(fixed("shop@2.1").await, [issue]);
    assert_eq!(
        hub.told(issue).await,
        ["issue.created", "issue.resolved"],
        "nothing new to tell"
    );
    issue_in(&hub, "shop@2.0").await;
    assert_eq!(hub.issue("a").await.status, Status::Resolved);
    issue_in(&hub, "shop@2.1").await;
    assert_eq!(fixed("shop@2.1").await, [], "it was none");
}

async fn a_commit_leads_to_its_release(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let issue = issue_in(&hub, "shop@1.0").await;
    resolve(&hub, issue, Resolve::InCommit("94b7c07".to_owned())).await;
    make(&hub, "shop@1.1").await;
    deploy(&hub, "shop@1.1", "production").await;
    assert_eq!(times_told(&hub, issue).await, 0, "nobody knows what is in it");
    let mut tx = begin(&hub).await;
    let commits = ["5c1ee3a0", "94b7c07070c3d3"].map(str::to_owned);
    let project = [hub.project.id];
    let set = releases::set_commits(&mut tx, hub.cx(), &ann(), &project, "shop@1.1", &commits).await;
    set.expect("set");
    tx.commit().await.expect("commit");
    assert_eq!(times_told(&hub, issue).await, 1, "it is deployed already");
    let named = releases::named(&hub.db, &project, &["shop@1.1"])
        .await
        .expect("found");
    assert_eq!(
        (named[0].commits, named[0].last_commit.as_deref()),
        (2, Some("5c1ee3a0"))
    );
    let last = releases::last_with_commits(&hub.db, &project, "shop@1.2").await;
    assert_eq!(last.expect("found").as_deref(), Some("shop@1.1"));
}

async fn a_resolve_and_a_deploy_at_once_miss_each_other_never(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    for round in 0..10 {
        let (fixed, group) = (format!("shop@1.{round}"), format!("group {round}"));
        hub.take([hub.event(&group)]).await;
        let issue = hub.issue(&group).await.id;
        make(&hub, &fixed).await;
        let resolving = resolve(&hub, issue, in_release(&fixed));
        let deploying = deploy(&hub, &fixed, "production");
        tokio::join!(resolving, deploying);
        assert_eq!(times_told(&hub, issue).await, 1, "round {round}");
    }
}

async fn a_release_with_events_is_not_deleted(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    issue_in(&hub, "shop@1.0").await;
    make(&hub, "shop@1.1").await;
    let project = [hub.project.id];
    let mut tx = begin(&hub).await;
    let refused = releases::delete(&mut tx, &project, "shop@1.0").await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    releases::delete(&mut tx, &project, "shop@1.1")
        .await
        .expect("deleted");
    let missing = releases::delete(&mut tx, &project, "shop@1.1").await;
    assert!(matches!(missing, Err(Error::Missing { .. })), "{missing:?}");
}

async fn a_project_takes_its_deploys_with_it(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    make(&hub, "shop@1.0").await;
    deploy(&hub, "shop@1.0", "production").await;
    let of = async || {
        let organization = hub.project.organization;
        let deploys = releases::deploys(&hub.db, organization, "shop@1.0", None, 9).await;
        deploys.expect("listed").rows.len()
    };
    assert_eq!(of().await, 1);
    errand_store::erase::project(&hub.db, hub.project.id)
        .await
        .expect("erased");
    assert_eq!(of().await, 0);
}
