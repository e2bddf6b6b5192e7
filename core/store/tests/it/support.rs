//! Support finds what a customer ran into: by who they are, by what identifies them, by event, ticket and text.

use errand_model::clue::Clue;
use errand_model::digested::{DigestedEvent, EventUser};
use errand_model::{EventId, ProjectId};
use errand_store::issues;
use errand_store::support::{self, Asked, Hit, Reason, fields};
use errand_store::testing::TestDb;

use crate::fixtures::{Hub, tag};
use crate::issues::{ann, begin};
use crate::links::ticket;

errand_store::on_both_databases!(
    a_customer_is_found_by_all_that_is_known_of_them,
    an_event_a_ticket_and_a_text_lead_to_their_issues,
    only_what_an_admin_named_identifies_a_customer,
    what_a_user_ran_into_is_told_in_order,
    nothing_of_other_projects_is_found,
);

fn of(hub: &Hub, group: &str, id: &str, licence: &str) -> DigestedEvent {
    DigestedEvent {
        user: Some(EventUser {
            key: format!("id:{id}"),
            id: Some(id.to_owned()),
            email: Some(format!("{id}@example.com")),
            username: Some(format!("user {id}")),
            ip: Some("203.0.113.7".to_owned()),
        }),
        tags: vec![tag("license", licence), tag("browser", "Firefox")],
        ..hub.event(group)
    }
}

async fn find(hub: &Hub, text: &str) -> Vec<Hit> {
    let clue = Clue::read(text);
    let asked = Asked {
        organization: hub.project.organization,
        projects: std::slice::from_ref(&hub.project),
        clue: &clue,
    };
    support::search(&hub.db, asked, 10).await.expect("an answer").0
}

async fn titles(hub: &Hub, text: &str) -> Vec<String> {
    find(hub, text)
        .await
        .into_iter()
        .map(|hit| hit.issue.title)
        .collect()
}

async fn a_customer_is_found_by_all_that_is_known_of_them(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([of(&hub, "a", "42", "ACME-1"), of(&hub, "b", "43", "ACME-2")])
        .await;
    for known in [
        "42",
        "42@example.com",
        "42@EXAMPLE.com",
        "user 42",
        "ACME-1",
        "acme-1",
        " \"ACME-1\" ",
    ] {
        assert_eq!(titles(&hub, known).await, ["Error: a"], "{known}");
    }
    assert_eq!(titles(&hub, "203.0.113.7").await.len(), 2);
    let both = find(&hub, "ACME-1").await;
    assert!(
        matches!(&both[0].reasons[..], [Reason::Identifier { key, events: 1, .. }] if key == "license"),
        "{both:?}"
    );
    assert_eq!(
        find(&hub, "42@example.com").await[0].reasons,
        [Reason::User("e-mail")]
    );
    assert_eq!(titles(&hub, "nobody@example.com").await, [""; 0]);
}

async fn an_event_a_ticket_and_a_text_lead_to_their_issues(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let event = DigestedEvent {
        event_id: EventId([7; 16]),
        ..hub.event("a")
    };
    hub.take([event, hub.event("b")]).await;
    let issue = hub.issue("a").await;
    let mut tx = begin(&hub).await;
    issues::link(&mut tx, hub.cx(), &ann(), issue.id, &ticket("4711"))
        .await
        .expect("link");
    tx.commit().await.expect("commit");
    for clue in [
        "07070707070707070707070707070707",
        "07070707-0707-0707-0707-070707070707",
        "4711",
        "#4711",
        "SHOP-4711",
        "shop-4711",
        "https://jira.example/browse/SHOP-4711",
        "Error: a",
        "https://hub.example/issues/ISSUE/events/x",
    ] {
        let clue = clue.replace("ISSUE", &issue.id.to_string());
        assert_eq!(titles(&hub, &clue).await, ["Error: a"], "{clue}");
    }
    assert_eq!(
        titles(&hub, "https://other.example/browse/SHOP-4711").await,
        [""; 0]
    );
    assert_eq!(
        titles(&hub, "shop.checkout").await.len(),
        2,
        "a text is looked for in culprits too"
    );
}

async fn only_what_an_admin_named_identifies_a_customer(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([of(&hub, "a", "42", "ACME-1")]).await;
    assert_eq!(titles(&hub, "Firefox").await, [""; 0]);
    let (organization, project) = (hub.project.organization, hub.project.id);
    let mut tx = begin(&hub).await;
    fields::set(&mut tx, organization, Some(project), &["browser".to_owned()])
        .await
        .expect("set");
    tx.commit().await.expect("commit");
    assert_eq!(titles(&hub, "Firefox").await, ["Error: a"]);
    assert_eq!(
        titles(&hub, "ACME-1").await,
        ["Error: a"],
        "a project's list adds to the others"
    );
    let mut tx = begin(&hub).await;
    fields::set(&mut tx, organization, None, &[]).await.expect("set");
    tx.commit().await.expect("commit");
    assert_eq!(
        titles(&hub, "ACME-1").await,
        [""; 0],
        "an emptied list is no default"
    );
    assert_eq!(
        fields::of_project(&hub.db, organization, project)
            .await
            .expect("read"),
        ["browser"]
    );
    let many: Vec<String> = (0..21).map(|n| format!("tag{n}")).collect();
    let mut tx = begin(&hub).await;
    assert!(fields::set(&mut tx, organization, None, &many).await.is_err());
}

async fn what_a_user_ran_into_is_told_in_order(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    for (group, id) in [("a", "42"), ("b", "43"), ("b", "42"), ("a", "42")] {
        hub.clock.advance_millis(60_000);
        hub.take([of(&hub, group, id, "ACME-1")]).await;
    }
    let projects = [hub.project.id];
    let clue = Clue::read("42");
    let subjects = support::subjects(&hub.db, hub.project.organization, &projects, &clue)
        .await
        .expect("read");
    let events = subjects.events(&hub.db, &projects, None, 2).await.expect("read");
    let (a, b) = (hub.issue("a").await.id, hub.issue("b").await.id);
    assert_eq!(events.iter().map(|event| event.issue).collect::<Vec<_>>(), [a, b]);
    let rest = subjects
        .events(&hub.db, &projects, Some(events[1].row), 2)
        .await
        .expect("read");
    assert_eq!(rest.iter().map(|event| event.issue).collect::<Vec<_>>(), [a]);
    let clue = Clue::read("ACME-1");
    let subjects = support::subjects(&hub.db, hub.project.organization, &projects, &clue)
        .await
        .expect("read");
    let seen = support::sightings(&hub.db, &subjects, 10).await.expect("read");
    assert_eq!(seen.iter().map(|one| one.events).sum::<i64>(), 4);
    let other = [ProjectId(1)];
    assert_eq!(
        subjects
            .events(&hub.db, &other, None, 2)
            .await
            .expect("read")
            .len(),
        0
    );
}

async fn nothing_of_other_projects_is_found(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([of(&hub, "a", "42", "ACME-1")]).await;
    let clue = Clue::read("42");
    let asked = Asked {
        organization: hub.project.organization,
        projects: &[],
        clue: &clue,
    };
    let (hits, subjects) = support::search(&hub.db, asked, 10).await.expect("an answer");
    assert!(hits.is_empty() && subjects.is_empty());
}
