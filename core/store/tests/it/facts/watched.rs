//! What who watches is told: the same as a count by hand, in a stretch of time and minute by minute.

use std::collections::{BTreeMap, BTreeSet};

use errand_model::IssueId;
use errand_model::question::Span;
use errand_model::search::Query;
use errand_store::facts::{Asker, Counted, Minute, Watched, count, minutes};
use errand_store::testing::TestDb;

use super::known::{DAY, Known, Random, fold, known, take, term};
use crate::fixtures::{Hub, START};

fn uc_browser() -> Query {
    Query {
        terms: vec![term(false, "browser.name", &["UC*"])],
    }
}

/// What the rest of a test asks by.
struct Asking<'a> {
    hub: &'a Hub,
    query: &'a Query,
    issue: Option<IssueId>,
}

impl Asking<'_> {
    async fn count(&self, span: Span) -> Counted {
        let projects = [self.hub.project.clone()];
        let found = count(&self.hub.db, self.watched(&projects), span).await;
        found.expect("counted")
    }

    async fn minutes(&self, span: Span, with_users: bool, most: usize) -> (Vec<Minute>, bool) {
        let projects = [self.hub.project.clone()];
        let found = minutes(&self.hub.db, self.watched(&projects), span, with_users, most).await;
        found.expect("told")
    }

    fn watched<'a>(&'a self, projects: &'a [errand_model::project::Project]) -> Watched<'a> {
        Watched {
            asker: Asker {
                organization: self.hub.project.organization,
                projects,
                viewer: None,
            },
            filter: self.query,
            issue: self.issue,
        }
    }
}

fn counted(all: &[Known], span: Span, is_meant: impl Fn(&Known) -> bool) -> Counted {
    let meant: Vec<&Known> = all
        .iter()
        .filter(|known| span.contains(known.at) && is_meant(known))
        .collect();
    let users: BTreeSet<&str> = meant.iter().filter_map(|known| known.user.as_deref()).collect();
    Counted {
        events: meant.len() as i64,
        users: users.len() as i64,
    }
}

fn is_uc(known: &Known) -> bool {
    known.tags["browser.name"] == "UC Browser"
}

pub(super) async fn who_watches_is_told_what_counting_by_hand_says(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut random = Random(11);
    let all: Vec<Known> = (0..3_000).map(|_| known(&mut random)).collect();
    take(&hub, &all[..2_000], 50).await;
    fold(&hub).await;
    take(&hub, &all[2_000..], 50).await;
    let issue = hub.issue("group 3").await.id;
    let (everything, uc) = (Query { terms: Vec::new() }, uc_browser());
    for back in [3_600, DAY, 9 * DAY] {
        let span = Span {
            since: START.plus_seconds(-back),
            until: START.plus_seconds(-back / 3).plus_millis(1),
        };
        let ask = |query, issue| Asking {
            hub: &hub,
            query,
            issue,
        };
        let found = ask(&everything, None).count(span).await;
        assert_eq!(found, counted(&all, span, |_| true), "{back}");
        let found = ask(&uc, None).count(span).await;
        assert_eq!(found, counted(&all, span, is_uc), "{back}");
        let found = ask(&uc, Some(issue)).count(span).await;
        let expected = counted(&all, span, |known| is_uc(known) && known.group == "group 3");
        assert_eq!(found, expected, "{back}");
    }
}

/// Events and users of the minutes of a stretch, as who goes through history adds them up.
fn added_up(told: &[Minute], span: Span) -> Counted {
    let within = told.iter().filter(|minute| span.contains(minute.at));
    let users: BTreeSet<u32> = within
        .clone()
        .flat_map(|minute| minute.users.iter().copied())
        .collect();
    Counted {
        events: within.map(|minute| i64::from(minute.events)).sum(),
        users: users.len() as i64,
    }
}

pub(super) async fn history_is_told_minute_by_minute(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut random = Random(12);
    let all: Vec<Known> = (0..2_000).map(|_| known(&mut random)).collect();
    take(&hub, &all, 40).await;
    let everything = Query { terms: Vec::new() };
    let asking = Asking {
        hub: &hub,
        query: &everything,
        issue: None,
    };
    let minute = |minutes: i64| START.plus_seconds(60 * minutes).minute();
    let whole = Span {
        since: minute(-9 * 1_440),
        until: minute(1),
    };
    let (told, is_capped) = asking.minutes(whole, true, 10_000).await;
    assert!(!is_capped && told.is_sorted_by_key(|minute| minute.at));
    for (from, to) in [(-9 * 1_440, 1), (-3_000, -1_000), (-700, -100), (-20, 1)] {
        let span = Span {
            since: minute(from),
            until: minute(to),
        };
        assert_eq!(added_up(&told, span), counted(&all, span, |_| true), "{from}");
    }
    let mut groups: BTreeMap<IssueId, u32> = BTreeMap::new();
    for minute in &told {
        *groups.entry(minute.issue).or_default() += minute.events;
    }
    let issue = hub.issue("group 5").await.id;
    let of_issue = counted(&all, whole, |known| known.group == "group 5");
    assert_eq!(i64::from(groups[&issue]), of_issue.events);
    // Of more than there is room for, the newest.
    let (newest, is_capped) = asking.minutes(whole, false, 100).await;
    assert!(is_capped && newest.len() == 100, "{}", newest.len());
    let with_all: Vec<_> = told.iter().map(|minute| (minute.at, minute.issue)).collect();
    let newest: Vec<_> = newest.iter().map(|minute| (minute.at, minute.issue)).collect();
    let oldest = newest[0].0;
    assert_eq!(
        newest.len(),
        with_all.iter().filter(|(at, _)| *at >= oldest).count()
    );
    assert!(newest.iter().all(|minute| with_all.contains(minute)));
}
