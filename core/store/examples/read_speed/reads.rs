//! The reads, and how long each takes.

use std::future::Future;
use std::time::{Duration, Instant};

use errand_model::issue::{Status, Substatus};
use errand_model::project::Project;
use errand_model::search::{Bound, Filter, Owner, Pattern, Query, Sort, Term, UserField};
use errand_model::{Clock, IssueId, Level, SystemClock};
use errand_store::events::Which;
use errand_store::issues::{self, Intervals, Search};
use errand_store::tags::TagSort;
use errand_store::{Db, activity, events, hashes, tags};

const TIMES: usize = 200;

/// Makes every read many times and prints how long it took.
pub async fn measure(db: &Db, project: &Project) {
    for (name, query, sort) in searches() {
        time(&name, |_| list(db, project, &query, sort)).await;
    }
    let issue = |n: usize| {
        IssueId(if n.is_multiple_of(2) {
            1 + (n as i64 % 100)
        } else {
            200 + n as i64
        })
    };
    time("issue page", |n| issue_page(db, issue(n))).await;
    time("events of an issue", |n| async move {
        events::of_issue(db, issue(n), None, 100).await.expect("events");
    })
    .await;
    time("tags of an issue", |n| async move {
        tags::facets(db, issue(n), 10).await.expect("tags");
    })
    .await;
    time("values of a tag", |n| async move {
        let sort = TagSort::Events;
        tags::values_of(db, issue(n), "license", sort, None, 100)
            .await
            .expect("values");
    })
    .await;
    time("hashes of an issue", |n| async move {
        hashes::of_issue(db, issue(n), None, 100).await.expect("hashes");
    })
    .await;
}

/// A page of the list as the API answers it: rows, hits, series.
async fn list(db: &Db, project: &Project, query: &Query, sort: Sort) {
    let search = Search {
        organization: project.organization,
        projects: std::slice::from_ref(project),
        query,
        viewer: None,
    };
    let page = issues::list(db, &search, sort, None, 100).await.expect("a page");
    issues::count(db, &search, 1_000).await.expect("hits");
    let ids: Vec<IssueId> = page.rows.iter().map(|issue| issue.id).collect();
    issues::series(db, &ids, Intervals::DAY, SystemClock.now())
        .await
        .expect("series");
    let ids: Vec<_> = page.rows.iter().map(|issue| (issue.project, issue.id)).collect();
    issues::unhandled(db, &ids).await.expect("unhandled");
}

async fn issue_page(db: &Db, issue: IssueId) {
    issues::get(db, issue).await.expect("an issue");
    let event = events::end_of_issue(db, issue, Which::Latest)
        .await
        .expect("an event")
        .expect("one");
    events::neighbours(db, issue, event.row)
        .await
        .expect("neighbours");
    tags::facets(db, issue, 5).await.expect("tags");
    activity::of_issue(db, issue, None, 100).await.expect("activity");
    issues::series(db, &[issue], Intervals::DAY, SystemClock.now())
        .await
        .expect("series");
}

fn searches() -> Vec<(String, Query, Sort)> {
    let tag = |key: &str, value: &str| Filter::Tag {
        key: key.to_owned(),
        values: vec![Pattern::parse(value)],
    };
    let at_least = |lower: i64| Bound {
        lower: Some((lower, true)),
        upper: None,
    };
    let recent = Bound {
        lower: Some((SystemClock.now().plus_seconds(-3_600), true)),
        upper: None,
    };
    let cases: Vec<(&str, Vec<Filter>)> = vec![
        ("all", vec![]),
        ("is:unresolved", vec![Filter::Status(Status::Unresolved)]),
        (
            "is:resolved level:warning",
            vec![
                Filter::Status(Status::Resolved),
                Filter::Level(vec![Level::Warning]),
            ],
        ),
        ("is:regressed", vec![Filter::Substatus(Substatus::Regressed)]),
        ("license:license-7", vec![tag("license", "license-7")]),
        ("license:license-77*", vec![tag("license", "license-77*")]),
        (
            "environment:environment-1",
            vec![tag("environment", "environment-1")],
        ),
        (
            "url:url-5 license:license-77*",
            vec![tag("url", "url-5"), tag("license", "license-77*")],
        ),
        (
            "release:shop@1.7 (no such value)",
            vec![tag("release", "shop@1.7")],
        ),
        ("has:nothing", vec![Filter::HasTag("nothing".to_owned())]),
        ("level:fatal (none)", vec![Filter::Level(vec![Level::Fatal])]),
        ("user.email (one)", vec![user("user77@example.com")]),
        ("user.email:user777*", vec![user("user777*")]),
        ("\"order 4711\"", vec![Filter::Text("order 4711".to_owned())]),
        (
            "\"nothing like it\"",
            vec![Filter::Text("nothing like it".to_owned())],
        ),
        ("times_seen:>=1000", vec![Filter::TimesSeen(at_least(1_000))]),
        ("lastSeen:-1h", vec![Filter::LastSeen(recent)]),
        ("assigned:none", vec![Filter::Assignee(Owner::Nobody)]),
        ("is:assigned (none)", vec![Filter::Assigned(true)]),
        (
            "first_release:shop@1.7",
            vec![Filter::FirstRelease(Pattern::parse("shop@1.7"))],
        ),
    ];
    let query = |filters: Vec<Filter>| Query {
        terms: filters
            .into_iter()
            .map(|filter| Term {
                negated: false,
                filter,
            })
            .collect(),
    };
    let mut searches: Vec<(String, Query, Sort)> = cases
        .into_iter()
        .map(|(name, filters)| (name.to_owned(), query(filters), Sort::LastSeen))
        .collect();
    for (name, sort) in [
        ("new", Sort::FirstSeen),
        ("freq", Sort::Events),
        ("user", Sort::Users),
        ("trends", Sort::Trend),
    ] {
        searches.push((format!("all, sort {name}"), Query::default(), sort));
        let tagged = query(vec![
            tag("environment", "environment-1"),
            Filter::Status(Status::Unresolved),
        ]);
        searches.push((format!("environment:…, sort {name}"), tagged, sort));
    }
    let without = Term {
        negated: true,
        filter: tag("environment", "environment-1"),
    };
    let without = Query { terms: vec![without] };
    searches.push(("!environment:environment-1".to_owned(), without, Sort::LastSeen));
    searches
}

fn user(email: &str) -> Filter {
    Filter::User {
        field: UserField::Email,
        values: vec![Pattern::parse(email)],
    }
}

async fn time<F: Future<Output = ()>>(name: &str, read: impl Fn(usize) -> F) {
    // The first ones prepare statements and fill the caches, as in a hub that has run for a second.
    for n in 0..3 {
        read(n).await;
    }
    let mut times: Vec<Duration> = Vec::with_capacity(TIMES);
    for n in 0..TIMES {
        let began = Instant::now();
        read(n).await;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let millis = |at: usize| times[at].as_secs_f64() * 1_000.0;
    let (median, p99, most) = (millis(TIMES / 2), millis(TIMES * 99 / 100), millis(TIMES - 1));
    println!("  {name:<36} {median:>8.2} {p99:>8.2} {most:>8.2} ms");
}
