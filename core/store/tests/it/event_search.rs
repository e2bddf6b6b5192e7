//! The events of an issue that match a query, page by page, against the same events picked by hand: from the events
//! themselves and from facts, in batches and in blocks, in both orders, forwards and back.

use std::collections::BTreeSet;

use errand_model::digested::DigestedEvent;
use errand_model::issue::Issue;
use errand_model::page::Cursor;
use errand_model::search::{Bound, Filter, Pattern, Query, Term, UserField};
use errand_model::{EventId, Level, Timestamp};
use errand_store::events::{Found, Order, Said, Search, search};
use errand_store::persist::EventFacts;
use errand_store::testing::TestDb;
use errand_store::{Error, codec};

use crate::facts::known::fold;
use crate::fixtures::{Hub, START, tag, user};

errand_store::on_both_databases!(
    what_matches_is_found_in_order,
    small_issues_are_read_themselves,
    words_are_looked_for_in_five_hundred_events_at_a_time,
    what_retention_dropped_is_not_looked_for,
    what_is_found_moves_with_its_issue,
    what_makes_no_sense_is_said,
);

const PAGE: u32 = 37;
const MINUTE: i64 = 60_000;

/// An event, with all that its payload says.
fn event(hub: &Hub, group: &str, nth: i64) -> DigestedEvent {
    let tags = vec![
        tag("level", if nth % 5 == 0 { "fatal" } else { "error" }),
        tag("environment", if nth % 3 == 0 { "staging" } else { "production" }),
        tag("release", &format!("shop@1.{}", nth / 400)),
        tag("license", &format!("L-{}", nth % 700)),
    ];
    let person = (nth % 4 > 0).then(|| (nth % 50).to_string());
    let mut payload = format!(
        "order {nth} cannot be placed\n{}\n",
        person.as_deref().unwrap_or("-")
    );
    for (key, value) in &tags {
        payload.push_str(&format!("{key}={value}\n"));
    }
    DigestedEvent {
        // As they come from programs: not quite in the order in which they are received.
        timestamp: at(nth - 3 * (nth % 7)),
        level: if nth % 5 == 0 { Level::Fatal } else { Level::Error },
        release: Some(format!("shop@1.{}", nth / 400)),
        environment: Some(tags[1].1.clone()),
        user: person.as_deref().and_then(user),
        tags,
        payload: codec::compress(payload.as_bytes()).expect("compress"),
        ..hub.event(group)
    }
}

/// Reads what [`event`] wrote.
fn said(payload: &[u8]) -> Said {
    let text = String::from_utf8_lossy(payload);
    let mut lines = text.lines();
    let texts = vec![lines.next().unwrap_or_default().to_owned()];
    let person = lines.next().unwrap_or("-");
    let tags: Vec<_> = lines
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| tag(key, value))
        .collect();
    let of = |key: &str| tags.iter().find(|tag| tag.0 == key).map(|tag| tag.1.clone());
    Said {
        facts: EventFacts {
            level: of("level")
                .and_then(|level| level.parse().ok())
                .unwrap_or_default(),
            release: of("release"),
            user: if person == "-" { None } else { user(person) },
            tags,
            ..EventFacts::default()
        },
        texts,
    }
}

/// Stores events of a group, some in blocks and some not, and answers them in the order in which they were received.
async fn take(hub: &Hub, group: &str, numbers: std::ops::Range<i64>) -> Vec<DigestedEvent> {
    let all: Vec<DigestedEvent> = numbers.map(|nth| event(hub, group, nth)).collect();
    let folded = all.len() * 4 / 5;
    for (at, batch) in all[..folded].chunks(20).enumerate() {
        hub.take(batch.to_vec()).await;
        if at % 16 == 15 {
            // A block of its own, whatever its size.
            hub.clock.advance_millis(700_000);
            fold(hub).await;
        }
    }
    hub.take(all[folded..].to_vec()).await;
    all
}

fn search_of<'a>(hub: &'a Hub, issue: &'a Issue, query: &'a Query) -> Search<'a> {
    Search {
        organization: hub.project.organization,
        project: &hub.project,
        issue,
        query,
        viewer: None,
        said: &said,
    }
}

async fn page(hub: &Hub, issue: &Issue, query: &Query, order: Order, cursor: Option<Cursor>) -> Found {
    let search_for = search_of(hub, issue, query);
    search(&hub.db, &search_for, order, cursor, PAGE)
        .await
        .expect("a page")
}

fn ids(found: &Found) -> Vec<EventId> {
    found.page.rows.iter().map(|event| event.event_id).collect()
}

fn term(negated: bool, filter: Filter) -> Term {
    Term { negated, filter }
}

fn tagged(key: &str, values: &[&str]) -> Filter {
    Filter::Tag {
        key: key.to_owned(),
        values: values.iter().map(|value| Pattern::parse(value)).collect(),
    }
}

fn between(lower: Option<(Timestamp, bool)>, upper: Option<(Timestamp, bool)>) -> Filter {
    Filter::Timestamp(Bound { lower, upper })
}

type IsMeant = Box<dyn Fn(&DigestedEvent) -> bool>;

fn has(event: &DigestedEvent, key: &str, value: &str) -> bool {
    event.tags.iter().any(|tag| tag.0 == key && tag.1 == value)
}

fn is_user(event: &DigestedEvent, id: &str) -> bool {
    let user = event.user.as_ref();
    user.is_some_and(|user| user.id.as_deref() == Some(id))
}

/// When the event of that number happened, or nearly so.
fn at(nth: i64) -> Timestamp {
    START.plus_millis(nth * MINUTE - 100 * 86_400_000)
}

/// Queries, and what they mean in the test's own words.
fn queries() -> Vec<(Vec<Term>, IsMeant)> {
    let many = Bound {
        lower: Some((1, true)),
        upper: None,
    };
    let mut queries: Vec<(Vec<Term>, IsMeant)> = vec![
        (vec![], Box::new(|_| true)),
        (
            vec![term(false, tagged("license", &["L-123"]))],
            Box::new(|event| has(event, "license", "L-123")),
        ),
        (
            vec![
                term(true, tagged("environment", &["production"])),
                term(false, tagged("release", &["shop@1.*"])),
                term(false, Filter::Level(vec![Level::Fatal])),
            ],
            Box::new(|event| has(event, "environment", "staging") && event.level == Level::Fatal),
        ),
        (
            vec![term(false, tagged("license", &["L-9999"]))],
            Box::new(|_| false),
        ),
        // Of the issue: seen more often than that, and not.
        (vec![term(false, Filter::TimesSeen(many))], Box::new(|_| true)),
        (vec![term(false, Filter::Assigned(true))], Box::new(|_| false)),
    ];
    queries.extend(by_time_and_words());
    queries
}

fn by_time_and_words() -> [(Vec<Term>, IsMeant); 3] {
    let person = Filter::User {
        field: UserField::Id,
        values: vec![Pattern::parse("7")],
    };
    let (from, to) = (at(300), at(900));
    [
        (
            vec![
                term(false, person),
                term(false, between(Some((from, true)), Some((to, false)))),
            ],
            Box::new(move |event| is_user(event, "7") && from <= event.timestamp && event.timestamp < to),
        ),
        (
            vec![
                term(true, Filter::HasTag("user".to_owned())),
                term(true, between(None, Some((to, true)))),
            ],
            Box::new(move |event| event.user.is_none() && event.timestamp > to),
        ),
        (
            vec![
                term(false, Filter::Text("ORDER 1".to_owned())),
                term(true, Filter::Text("order 11".to_owned())),
                term(false, tagged("environment", &["staging"])),
            ],
            Box::new(|event| {
                let text = codec::decompress(&event.payload, 1 << 20).expect("decompress");
                text.starts_with(b"order 1")
                    && !text.starts_with(b"order 11")
                    && has(event, "environment", "staging")
            }),
        ),
    ]
}

/// Walks through all pages and back again; answers what it met.
async fn walk(hub: &Hub, issue: &Issue, query: &Query, order: Order) -> Vec<EventId> {
    let mut pages = Vec::new();
    let mut cursor = None;
    loop {
        let found = page(hub, issue, query, order, cursor).await;
        let (next, is_full) = (found.page.next, found.page.rows.len() == PAGE as usize);
        assert!(is_full || next.is_none() || found.broke_off, "a page has a gap");
        pages.push(found);
        match next {
            Some(next) => cursor = Some(next),
            None => break,
        }
        assert!(pages.len() < 200, "the pages never end");
    }
    assert!(
        pages[0].page.prev.is_none(),
        "nothing comes before the first page"
    );
    if pages.iter().all(|found| !found.broke_off) {
        for pair in pages.windows(2).rev() {
            let back = page(hub, issue, query, order, pair[1].page.prev).await;
            assert_eq!(ids(&back), ids(&pair[0]), "going back leads elsewhere: {query:?}");
        }
    }
    pages.iter().flat_map(ids).collect()
}

async fn check(hub: &Hub, group: &str, all: &[DigestedEvent]) {
    let issue = hub.issue(group).await;
    for (terms, is_meant) in queries() {
        let query = Query { terms };
        let mut expected: Vec<EventId> = all
            .iter()
            .filter(|event| is_meant(event))
            .map(|event| event.event_id)
            .collect();
        assert_eq!(
            walk(hub, &issue, &query, Order::Oldest).await,
            expected,
            "{query:?}"
        );
        expected.reverse();
        assert_eq!(
            walk(hub, &issue, &query, Order::Newest).await,
            expected,
            "{query:?}"
        );
    }
}

async fn what_matches_is_found_in_order(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    // Another issue's events lie between.
    let mut all = Vec::new();
    for part in 0..3 {
        all.extend(take(&hub, "checkout", part * 700..(part + 1) * 700).await);
        take(&hub, "other", 0..100).await;
    }
    let blocks = hub.number(
        "SELECT COUNT(*) FROM fact_block WHERE project_id > ",
        errand_model::IssueId(0),
    );
    assert!(blocks.await > 1, "the facts are in several blocks");
    check(&hub, "checkout", &all).await;
}

async fn small_issues_are_read_themselves(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let all = take(&hub, "checkout", 0..450).await;
    // What is found does not come from facts.
    let mut tx = hub.db.begin().await.expect("begin");
    for text in ["DELETE FROM fact_batch", "DELETE FROM fact_block"] {
        errand_store::Statement::new(hub.db.dialect(), text)
            .execute(&mut tx)
            .await
            .expect("delete");
    }
    tx.commit().await.expect("commit");
    check(&hub, "checkout", &all).await;
}

async fn words_are_looked_for_in_five_hundred_events_at_a_time(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let all = take(&hub, "checkout", 0..2_300).await;
    let issue = hub.issue("checkout").await;
    let query = Query {
        terms: vec![term(false, Filter::Text("order 3 cannot".to_owned()))],
    };
    let mut looks = 0;
    let mut cursor = None;
    let met = loop {
        let found = page(&hub, &issue, &query, Order::Newest, cursor).await;
        looks += 1;
        if !found.page.rows.is_empty() {
            break ids(&found);
        }
        assert!(found.broke_off, "it was not looked for to the end");
        cursor = found.page.next;
    };
    assert_eq!((met, looks), (vec![all[3].event_id], 5));
    // The other way it is the first of all.
    let found = page(&hub, &issue, &query, Order::Oldest, None).await;
    assert_eq!(ids(&found), [all[3].event_id]);
    assert!(found.broke_off && found.page.next.is_some());
}

async fn what_retention_dropped_is_not_looked_for(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let all = take(&hub, "checkout", 0..1_800).await;
    let issue = hub.issue("checkout").await;
    let found = page(&hub, &issue, &Query::default(), Order::Oldest, None).await;
    let last = found.page.rows.last().expect("a row");
    let mut tx = hub.db.begin().await.expect("begin");
    let mut statement = errand_store::Statement::new(hub.db.dialect(), "DELETE FROM event WHERE id <= ");
    statement.bind(last.row.0).expect("bind");
    statement.execute(&mut tx).await.expect("delete");
    let mut statement =
        errand_store::Statement::new(hub.db.dialect(), "UPDATE project_storage SET dropped_to = ");
    statement.bind(last.row.0).expect("bind");
    statement.execute(&mut tx).await.expect("update");
    // Somebody's event that is gone besides.
    let mut statement = errand_store::Statement::new(hub.db.dialect(), "DELETE FROM event WHERE event_id = ");
    statement.bind(all[900].event_id.0.as_slice()).expect("bind");
    statement.execute(&mut tx).await.expect("delete");
    tx.commit().await.expect("commit");
    let mut left = all[PAGE as usize..].to_vec();
    left.retain(|event| event.event_id != all[900].event_id);
    check(&hub, "checkout", &left).await;
}

async fn what_is_found_moves_with_its_issue(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut all = take(&hub, "checkout", 0..900).await;
    all.extend(take(&hub, "cart", 900..1_300).await);
    let (checkout, cart) = (hub.issue("checkout").await, hub.issue("cart").await);
    let mut tx = hub.db.begin().await.expect("begin");
    let by = crate::issues::ann();
    errand_store::issues::merge(&mut tx, hub.cx(), &by, checkout.id, &[cart.id])
        .await
        .expect("merge");
    tx.commit().await.expect("commit");
    check(&hub, "checkout", &all).await;
}

async fn what_makes_no_sense_is_said(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    take(&hub, "checkout", 0..10).await;
    let issue = hub.issue("checkout").await;
    let day = between(Some((START, true)), Some((START.plus_seconds(86_400), false)));
    let query = Query {
        terms: vec![term(true, day)],
    };
    let refused = search(
        &hub.db,
        &search_of(&hub, &issue, &query),
        Order::Newest,
        None,
        PAGE,
    )
    .await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    let fine: BTreeSet<EventId> = walk(&hub, &issue, &Query::default(), Order::Newest)
        .await
        .into_iter()
        .collect();
    assert_eq!(fine.len(), 10);
}
