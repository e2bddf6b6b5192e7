//! Issues that came after those that a page shows.

use errand_model::search::Query;
use errand_store::issues::{self, Search};
use errand_store::testing::TestDb;

use crate::fixtures::Hub;

errand_store::on_both_databases!(newer_issues_are_counted_as_far_as_they_match,);

async fn newer_issues_are_counted_as_far_as_they_match(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    assert_eq!(issues::newest(&hub.db).await.expect("readable").0, 0);
    hub.take([hub.event("old"), hub.event("older")]).await;
    let shown = issues::newest(&hub.db).await.expect("readable");
    let everything = Query::default();
    let search = Search {
        organization: hub.project.organization,
        projects: std::slice::from_ref(&hub.project),
        query: &everything,
        viewer: None,
    };
    let count = async |search: &Search<'_>, cap| {
        let hits = issues::newer(&hub.db, search, shown, cap).await.expect("counted");
        (hits.count, hits.is_capped)
    };
    assert_eq!(count(&search, 10).await, (0, false));
    hub.take([
        hub.event("old"),
        hub.event("cart"),
        hub.event("stock"),
        hub.event("pay"),
    ])
    .await;
    assert_eq!(count(&search, 10).await, (3, false));
    assert_eq!(count(&search, 3).await, (3, false));
    assert_eq!(count(&search, 2).await, (2, true));
    let nowhere = Search {
        projects: &[],
        ..search
    };
    assert_eq!(count(&nowhere, 10).await, (0, false));
}
