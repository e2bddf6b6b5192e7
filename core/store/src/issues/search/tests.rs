//! Every way to the matching issues goes along an index, whatever is in the tables: SQLite's plans depend on the
//! schema alone, because the hub gathers no statistics.

use std::collections::BTreeMap;

use errand_model::ProjectId;
use errand_model::issue::{Status, Substatus};
use errand_model::page::Cursor;
use errand_model::search::{Bound, Pattern, Sort};

use super::Resolved;
use super::condition::{Condition, Test};
use super::page::{Order, driven, walked, walks};
use crate::Statement;
use crate::testing::{TestDb, on_sqlite};

const SORTS: [(Sort, &str); 6] = [
    (Sort::LastSeen, "issue_by_last_seen"),
    (Sort::FirstSeen, "issue_by_first_seen"),
    (Sort::Events, "issue_by_events"),
    (Sort::Users, "issue_by_users"),
    (Sort::Trend, "issue_by_trend"),
    (Sort::Score, "issue_by_score"),
];

/// Tests that leave few issues, and the index that finds those.
fn drivers() -> Vec<(Test, &'static str)> {
    let ids = || BTreeMap::from([(ProjectId(1), vec![7, 8])]);
    let bound = |lower| Bound {
        lower: Some((lower, true)),
        upper: None,
    };
    vec![
        (Test::Id(vec![1, 2]), "INTEGER PRIMARY KEY"),
        (Test::Number(ProjectId(1), 3), "sqlite_autoindex_issue_1"),
        (
            Test::Tag {
                key: 1,
                values: ids(),
            },
            "issue_tag_by_value",
        ),
        (Test::HasTag("license".to_owned()), "tag_value_by_text"),
        (Test::User(ids()), "issue_user_by_user"),
        (Test::Text("order".to_owned()), "COVERING INDEX issue_by_text"),
        (Test::OneOf("level", vec![50]), "COVERING INDEX issue_by_state"),
        (
            Test::Substatus(Substatus::Regressed),
            "COVERING INDEX issue_by_state",
        ),
        (Test::Assigned(true), "COVERING INDEX issue_by_state"),
        (
            Test::Assignee {
                users: vec![1],
                teams: vec![2],
            },
            "COVERING INDEX issue_by_state",
        ),
        (
            Test::Between("times_seen", bound(5)),
            "COVERING INDEX issue_by_events",
        ),
        (
            Test::Between("users_seen", bound(5)),
            "COVERING INDEX issue_by_users",
        ),
        (
            Test::Between("last_seen", bound(5)),
            "COVERING INDEX issue_by_last_seen",
        ),
        (
            Test::Between("first_seen", bound(5)),
            "COVERING INDEX issue_by_first_seen",
        ),
    ]
}

fn resolved(conditions: Vec<Condition>) -> Resolved {
    Resolved {
        projects: vec![ProjectId(1), ProjectId(2)],
        statuses: vec![Status::Unresolved, Status::Resolved],
        conditions,
    }
}

fn order(sort: Sort) -> Order {
    Order {
        sort,
        cursor: Some(Cursor {
            value: 5,
            offset: 6,
            is_prev: false,
        }),
        rows: 101,
    }
}

async fn plan(test: &TestDb, statement: Statement) -> String {
    statement.plan(&test.db).await.expect("a plan").join("\n")
}

#[test]
fn a_walk_goes_along_the_index_of_its_sort() {
    on_sqlite(async |test| {
        for (sort, index) in SORTS {
            for (negated, is_listed) in [(false, false), (false, true), (true, false)] {
                let conditions = drivers()
                    .into_iter()
                    .filter(|(test, _)| !matches!(test, Test::Number(..)));
                let conditions = conditions.map(|(test, _)| Condition {
                    is_negated: negated,
                    test,
                });
                let resolved = resolved(conditions.collect());
                let walks = walks(&resolved);
                let can_be = |at: &usize| is_listed && resolved.conditions[*at].test.can_be_listed();
                let listed: Vec<_> = (0..resolved.conditions.len()).filter(can_be).collect();
                let statement = walked(test.db.dialect(), &resolved, &listed, &walks, order(sort));
                let statement = statement.expect("a statement");
                let plan = plan(&test, statement).await;
                let by = format!("SEARCH issue USING INDEX {index} (project_id=? AND status=? AND ");
                assert_eq!(plan.matches(&by).count(), walks.len(), "{sort:?}:\n{plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{sort:?} sorts by hand:\n{plan}");
                assert!(
                    !plan.contains("SCAN t") && !plan.contains("SCAN u"),
                    "{sort:?}:\n{plan}"
                );
            }
        }
    });
}

#[test]
fn a_rare_condition_finds_its_issues_by_an_index() {
    on_sqlite(async |test| {
        for (condition, index) in drivers() {
            let shown = format!("{condition:?}");
            let mut statement = Statement::new(test.db.dialect(), "");
            assert!(
                condition
                    .push_driver(&mut statement, &[ProjectId(1)])
                    .expect("a driver")
            );
            let counted = plan(&test, statement).await;
            assert!(counted.contains(index), "{shown}:\n{counted}");
            assert!(
                !counted.contains("SCAN"),
                "{shown} looks at everything:\n{counted}"
            );

            let resolved = resolved(vec![Condition {
                is_negated: false,
                test: condition,
            }]);
            let statement =
                driven(test.db.dialect(), &resolved, 0, order(Sort::LastSeen)).expect("a statement");
            let listed = plan(&test, statement).await;
            let is_walked = listed.contains("SEARCH issue USING INDEX issue_by_");
            assert!(!is_walked, "{shown} is not driven from:\n{listed}");
        }
    });
}

#[test]
fn a_pattern_is_looked_for_among_the_values_of_its_key() {
    on_sqlite(async |test| {
        let mut statement = Statement::new(
            test.db.dialect(),
            "SELECT id FROM app_user WHERE project_id IN (1)",
        );
        statement.push(" AND email IS NOT NULL AND ");
        super::condition::push_pattern(&mut statement, "email", &Pattern::parse("a@b")).expect("a pattern");
        let plan = plan(&test, statement).await;
        assert!(
            plan.contains("app_user_by_email (project_id=? AND email=?)"),
            "{plan}"
        );
    });
}
