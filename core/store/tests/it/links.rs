//! Tickets of other systems, and the issues that they belong to.

use errand_model::IssueId;
use errand_model::lifecycle::Change;
use errand_model::ticket::Ticket;
use errand_store::testing::TestDb;
use errand_store::{Error, issues, lifecycle};

use crate::fixtures::Hub;
use crate::issues::{ann, begin};

errand_store::on_both_databases!(
    a_link_is_told_once_and_its_ticket_moves_on,
    an_issue_is_found_by_its_ticket,
    merging_takes_the_tickets_along,
    a_link_is_bounded,
    open_tickets_are_gone_through_page_by_page,
);

pub(crate) fn ticket(id: &str) -> Ticket {
    Ticket {
        system: "jira".to_owned(),
        id: id.to_owned(),
        name: format!("SHOP-{id}"),
        url: format!("https://jira.example/browse/SHOP-{id}"),
        title: "Checkout fails".to_owned(),
        state: "To do".to_owned(),
        is_open: true,
        extra: serde_json::json!({ "customers": 2 }),
    }
}

async fn link(hub: &Hub, issue: IssueId, ticket: &Ticket) -> i64 {
    let mut tx = begin(hub).await;
    let id = issues::link(&mut tx, hub.cx(), &ann(), issue, ticket)
        .await
        .expect("link");
    tx.commit().await.expect("commit");
    id
}

async fn tickets(hub: &Hub, issue: IssueId) -> Vec<Ticket> {
    let links = issues::links(&hub.db, issue).await.expect("read");
    links.into_iter().map(|link| link.ticket).collect()
}

async fn a_link_is_told_once_and_its_ticket_moves_on(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a")]).await;
    let issue = hub.issue("a").await.id;
    let first = link(&hub, issue, &ticket("1")).await;
    let moved = Ticket {
        state: "Done".to_owned(),
        is_open: false,
        ..ticket("1")
    };
    // Said twice, it moved once.
    for _ in 0..2 {
        assert_eq!(link(&hub, issue, &moved).await, first);
    }
    link(&hub, issue, &ticket("2")).await;
    assert_eq!(tickets(&hub, issue).await, [moved.clone(), ticket("2")]);

    let mut tx = begin(&hub).await;
    for expected in [true, false] {
        let was_there = issues::unlink(&mut tx, hub.cx(), &ann(), issue, ("jira", "1"))
            .await
            .expect("unlink");
        assert_eq!(was_there, expected);
    }
    tx.commit().await.expect("commit");
    assert_eq!(tickets(&hub, issue).await, [ticket("2")]);
    assert_eq!(
        hub.told(issue).await,
        [
            "issue.created",
            "issue.linked",
            "issue.ticket_moved",
            "issue.linked",
            "issue.unlinked"
        ]
    );
    let last = lifecycle::of_issue(&hub.db, issue, 1).await.expect("read");
    assert_eq!(last[0].change, Change::Unlinked { ticket: moved });
}

async fn an_issue_is_found_by_its_ticket(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a"), hub.event("b"), hub.event("c")]).await;
    let (a, b) = (hub.issue("a").await.id, hub.issue("b").await.id);
    link(&hub, a, &ticket("1")).await;
    link(&hub, b, &ticket("1")).await;
    let zendesk = Ticket {
        system: "zendesk".to_owned(),
        ..ticket("1")
    };
    link(&hub, hub.issue("c").await.id, &zendesk).await;
    let organization = hub.project.organization;
    let elsewhere = errand_model::OrganizationId(organization.0 + 1);
    let other_project = Some(errand_model::ProjectId(hub.project.id.0 + 1));
    for (place, ticket, expected) in [
        ((organization, None), ("jira", "1"), vec![b, a]),
        ((organization, Some(hub.project.id)), ("jira", "1"), vec![b, a]),
        ((organization, other_project), ("jira", "1"), vec![]),
        ((elsewhere, None), ("jira", "1"), vec![]),
        ((organization, None), ("jira", "2"), vec![]),
    ] {
        let found = issues::linked_with(&hub.db, place, ticket, 10)
            .await
            .expect("read");
        let ids: Vec<IssueId> = found.into_iter().map(|issue| issue.id).collect();
        assert_eq!(ids, expected);
    }
}

async fn merging_takes_the_tickets_along(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a"), hub.event("b")]).await;
    let (a, b) = (hub.issue("a").await.id, hub.issue("b").await.id);
    for (issue, id) in [(a, "1"), (b, "1"), (b, "2")] {
        link(&hub, issue, &ticket(id)).await;
    }
    let mut tx = begin(&hub).await;
    issues::merge(&mut tx, hub.cx(), &ann(), a, &[b])
        .await
        .expect("merge");
    tx.commit().await.expect("commit");
    assert_eq!(tickets(&hub, a).await, [ticket("1"), ticket("2")]);
    assert_eq!(tickets(&hub, b).await, []);
}

async fn a_link_is_bounded(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a")]).await;
    let issue = hub.issue("a").await.id;
    let mut tx = begin(&hub).await;
    let script = Ticket {
        url: "javascript:alert(1)".to_owned(),
        ..ticket("1")
    };
    let refused = issues::link(&mut tx, hub.cx(), &ann(), issue, &script).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    for number in 0..100 {
        issues::link(&mut tx, hub.cx(), &ann(), issue, &ticket(&number.to_string()))
            .await
            .expect("link");
    }
    let refused = issues::link(&mut tx, hub.cx(), &ann(), issue, &ticket("100")).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    issues::link(&mut tx, hub.cx(), &ann(), issue, &ticket("99"))
        .await
        .expect("one that is there moves on");
}

async fn open_tickets_are_gone_through_page_by_page(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a"), hub.event("b")]).await;
    let (one, other) = (hub.issue("a").await.id, hub.issue("b").await.id);
    let done = Ticket {
        is_open: false,
        ..ticket("2")
    };
    for (issue, ticket) in [
        (one, ticket("1")),
        (one, done),
        (other, ticket("1")),
        (other, ticket("3")),
    ] {
        link(&hub, issue, &ticket).await;
    }
    let elsewhere = Ticket {
        system: "zendesk".to_owned(),
        ..ticket("4")
    };
    link(&hub, one, &elsewhere).await;
    let page = async |project, after| {
        let place = (hub.project.organization, project);
        let page = issues::open_links(&hub.db, place, "jira", after, 2)
            .await
            .expect("read");
        let last = page.last().map_or(0, |link| link.id);
        let shown: Vec<_> = page
            .into_iter()
            .map(|link| (link.issue, link.ticket.id))
            .collect();
        (shown, last)
    };
    let (first, last) = page(Some(hub.project.id), 0).await;
    assert_eq!(first, [(one, "1".to_owned()), (other, "1".to_owned())]);
    let (second, _) = page(None, last).await;
    assert_eq!(second, [(other, "3".to_owned())]);
    let (foreign, _) = page(Some(errand_model::ProjectId(999)), 0).await;
    assert_eq!(foreign, []);
}
