//! What is owed to people goes out together and once; searches at hand; owners by rules.

use errand_model::access::Role;
use errand_model::issue::Assignee;
use errand_model::notice::{Pace, Wishes};
use errand_model::{Clock as _, InstallationId};
use errand_store::notices::{self, Batch, Owed};
use errand_store::saved_searches::{self, NewSearch};
use errand_store::testing::TestDb;
use errand_store::{issues, lifecycle, people, teams};

use crate::fixtures::Hub;
use crate::issues::{ann, begin};

errand_store::on_both_databases!(
    what_is_due_is_one_batch_until_it_is_told,
    wishes_and_teams_are_read,
    searches_are_kept_and_begun_with,
    a_rule_owns_an_issue_until_somebody_else_does,
    issues_of_one_kind_or_place_are_comparable,
);

const MAIL: InstallationId = InstallationId(5);

async fn person(hub: &Hub, email: &str) -> errand_model::UserId {
    let mut tx = begin(hub).await;
    let made = people::create(&mut tx, hub.cx(), email, "Somebody", Role::Member)
        .await
        .expect("made");
    tx.commit().await.expect("commit");
    made.id
}

async fn claim(hub: &Hub) -> Option<Batch> {
    let mut tx = begin(hub).await;
    let batch = notices::claim(&mut tx, hub.cx(), 60).await.expect("claimed");
    tx.commit().await.expect("commit");
    batch
}

async fn what_is_due_is_one_batch_until_it_is_told(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let ada = person(&hub, "ada@example.com").await;
    hub.take(["a", "b", "c"].map(|group| hub.event(group))).await;
    let mut tx = begin(&hub).await;
    let events = lifecycle::pending(&mut tx, 10).await.expect("read");
    let owed: Vec<Owed> = events
        .iter()
        .enumerate()
        .map(|(at, event)| Owed {
            person: ada,
            installation: MAIL,
            event: event.id,
            due: hub.clock.now().plus_seconds(if at == 2 { 3_600 } else { 0 }),
        })
        .collect();
    notices::owe(&mut tx, &owed).await.expect("owed");
    notices::owe(&mut tx, &owed).await.expect("twice is once");
    tx.commit().await.expect("commit");
    let first = claim(&hub).await.expect("something is due");
    assert_eq!((first.person, first.events.len(), first.attempts), (ada, 2, 0));
    assert!(claim(&hub).await.is_none(), "somebody is at it");
    let mut tx = begin(&hub).await;
    notices::put_off(&mut tx, hub.cx(), &first, 30)
        .await
        .expect("put off");
    tx.commit().await.expect("commit");
    hub.clock.advance_millis(3_600_000);
    let again = claim(&hub).await.expect("it is tried again");
    assert_eq!(
        (again.id, again.events.len(), again.attempts),
        (first.id, 2, 1),
        "as it was"
    );
    let mut tx = begin(&hub).await;
    notices::told(&mut tx, hub.cx(), &again, 300).await.expect("told");
    tx.commit().await.expect("commit");
    assert!(claim(&hub).await.is_none(), "a pause");
    hub.clock.advance_millis(301_000);
    assert!(notices::is_due(&hub.db, hub.clock.now()).await.expect("read"));
    let rest = claim(&hub).await.expect("the rest");
    assert_eq!(rest.events.len(), 1);
    assert_ne!(rest.id, first.id);
    let mut tx = begin(&hub).await;
    notices::forget_of(&mut tx, MAIL).await.expect("forgotten");
    tx.commit().await.expect("commit");
    assert!(!notices::is_due(&hub.db, hub.clock.now()).await.expect("read"));
}

async fn wishes_and_teams_are_read(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (ada, bob) = (
        person(&hub, "ada@example.com").await,
        person(&hub, "bob@example.com").await,
    );
    let wishes = Wishes {
        pace: Pace::Daily,
        ..Wishes::default()
    };
    let mut tx = begin(&hub).await;
    let team = teams::create(
        &mut tx,
        hub.cx(),
        hub.project.organization,
        "Payments",
        None,
        true,
    )
    .await
    .expect("a team");
    teams::add_member(&mut tx, team.id, ada).await.expect("in it");
    for _ in 0..2 {
        notices::set_wishes(&mut tx, ada, &wishes).await.expect("wished");
    }
    let readers = notices::readers(&mut tx, hub.project.organization)
        .await
        .expect("read");
    tx.commit().await.expect("commit");
    let of = |id| {
        readers
            .iter()
            .find(|reader| reader.person.id == id)
            .expect("there")
    };
    assert_eq!(of(ada).wishes, wishes);
    assert_eq!(of(ada).selves, [Assignee::User(ada), Assignee::Team(team.id)]);
    assert_eq!(of(ada).teams, ["payments"]);
    assert_eq!((&of(bob).wishes, of(bob).teams.len()), (&Wishes::default(), 0));
    assert_eq!(
        notices::wishes(&hub.db, bob).await.expect("read"),
        Wishes::default()
    );
}

#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn searches_are_kept_and_begun_with(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (ada, bob) = (
        person(&hub, "ada@example.com").await,
        person(&hub, "bob@example.com").await,
    );
    let organization = hub.project.organization;
    let search = |person, name| NewSearch {
        person,
        name,
        query: "is:new",
        sort: "",
    };
    let mut tx = begin(&hub).await;
    let mine = saved_searches::save(&mut tx, hub.cx(), organization, search(Some(ada), "Mine"))
        .await
        .expect("kept");
    let ours = saved_searches::save(&mut tx, hub.cx(), organization, search(None, "Ours"))
        .await
        .expect("kept");
    saved_searches::begin_with(&mut tx, ada, Some(mine))
        .await
        .expect("begun");
    saved_searches::begin_with(&mut tx, bob, Some(ours))
        .await
        .expect("begun");
    assert!(
        saved_searches::save(&mut tx, hub.cx(), organization, search(Some(ada), ""))
            .await
            .is_err()
    );
    tx.commit().await.expect("commit");
    let names =
        |found: Vec<saved_searches::SavedSearch>| found.into_iter().map(|one| one.name).collect::<Vec<_>>();
    assert_eq!(
        names(
            saved_searches::list(&hub.db, organization, ada)
                .await
                .expect("read")
        ),
        ["Ours", "Mine"]
    );
    assert_eq!(
        names(
            saved_searches::list(&hub.db, organization, bob)
                .await
                .expect("read")
        ),
        ["Ours"]
    );
    let first = saved_searches::first(&hub.db, ada).await.expect("read");
    assert_eq!(first.map(|search| search.id), Some(mine));
    let mut tx = begin(&hub).await;
    assert!(
        !saved_searches::forget(&mut tx, organization, Some(bob), mine)
            .await
            .expect("not theirs")
    );
    assert!(
        saved_searches::forget(&mut tx, organization, None, ours)
            .await
            .expect("gone")
    );
    tx.commit().await.expect("commit");
    assert_eq!(saved_searches::first(&hub.db, bob).await.expect("read"), None);
}

async fn a_rule_owns_an_issue_until_somebody_else_does(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (ada, bob) = (
        person(&hub, "ada@example.com").await,
        person(&hub, "bob@example.com").await,
    );
    hub.take([hub.event("a")]).await;
    let issue = hub.issue("a").await.id;
    let mut tx = begin(&hub).await;
    let rule = "path:src/** ada@example.com";
    issues::give(&mut tx, hub.cx(), &ann(), issue, (Assignee::User(ada), rule))
        .await
        .expect("given");
    tx.commit().await.expect("commit");
    assert_eq!(
        issues::ownership(&hub.db, issue).await.expect("read").as_deref(),
        Some(rule)
    );
    let mut tx = begin(&hub).await;
    issues::assign(&mut tx, hub.cx(), &ann(), &[issue], Some(Assignee::User(bob)))
        .await
        .expect("given");
    tx.commit().await.expect("commit");
    assert_eq!(issues::ownership(&hub.db, issue).await.expect("read"), None);
}

async fn issues_of_one_kind_or_place_are_comparable(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut elsewhere = hub.event("b");
    elsewhere.culprit = "shop.cart".to_owned();
    let mut other = hub.event("c");
    other.title = "Unlike: 100% c".to_owned();
    let mut unlike = hub.event("d");
    unlike.title = "Unlike: d".to_owned();
    unlike.culprit = "shop.cart".to_owned();
    hub.take([hub.event("a"), elsewhere, other, unlike]).await;
    let found = issues::comparable(&hub.db, &hub.issue("a").await, 10)
        .await
        .expect("read");
    let mut titles: Vec<&str> = found.iter().map(|issue| issue.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["Error: b", "Unlike: 100% c"]);
}
