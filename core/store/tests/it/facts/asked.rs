//! Questions of each kind, and what they are about in the test's own words.

use std::collections::BTreeMap;

use errand_model::Level;
use errand_model::question::Question;
use errand_model::search::{Filter, Pattern, Term, UserField};

use super::known::{DAY, Known, answered, ask, by_hand, question, term};
use crate::fixtures::Hub;

/// Whether an event is meant.
type IsMeant = fn(&Known) -> bool;

fn is(known: &Known, key: &str, value: &str) -> bool {
    known.tags.get(key).is_some_and(|is| is == value)
}

fn of(negated: bool, filter: Filter) -> Term {
    Term { negated, filter }
}

fn all_kinds() -> Vec<(Question, IsMeant)> {
    let users = Filter::User {
        field: UserField::Id,
        values: ["3", "5", "8"].map(Pattern::parse).to_vec(),
    };
    let levels = of(false, Filter::Level(vec![Level::Fatal, Level::Info]));
    let nobody = of(true, Filter::HasTag("user".to_owned()));
    let uc = term(false, "browser.name", &["UC Browser"]);
    let not_dev = term(true, "environment", &["dev"]);
    let either = term(false, "browser.name", &["u*BROWS*", "Saf*"]);
    let rare = term(false, "rare7", &["x"]);
    vec![
        (question(vec![], &["browser.name"]), |_| true),
        (question(vec![uc], &["release"]), |known| {
            is(known, "browser.name", "UC Browser")
        }),
        (question(vec![not_dev], &["issue", "level"]), |known| {
            !is(known, "environment", "dev")
        }),
        (question(vec![either], &["environment"]), |known| {
            is(known, "browser.name", "UC Browser") || is(known, "browser.name", "Safari")
        }),
        (question(vec![rare], &["rare7", "level"]), |known| {
            is(known, "rare7", "x")
        }),
        (question(vec![of(false, users)], &["release"]), |known| {
            matches!(known.user.as_deref(), Some("3" | "5" | "8"))
        }),
        (question(vec![levels, nobody], &["browser.name"]), |known| {
            known.user.is_none() && (is(known, "level", "fatal") || is(known, "level", "info"))
        }),
    ]
}

/// Asks all of them in several steps of time, and compares with the count by hand.
pub(super) async fn check(hub: &Hub, all: &[Known], names: &BTreeMap<i64, String>) {
    for (question, is_meant) in all_kinds() {
        let without_keys = Question {
            keys: vec![],
            ..question.clone()
        };
        let total = by_hand(all, &without_keys, is_meant).into_values().next();
        let total = total.expect("the question is about something");
        for step in [None, Some(3_600), Some(DAY), Some(7 * DAY)] {
            let question = Question {
                step,
                ..question.clone()
            };
            let expected = by_hand(all, &question, is_meant);
            // The second time, from what was kept.
            for _ in 0..2 {
                let answer = ask(hub, &question).await;
                assert_eq!(answered(&answer, &question, names), expected, "{question:?}");
                assert_eq!(
                    answer.total.values,
                    total.map(|value| value as i64),
                    "{question:?}"
                );
            }
        }
    }
}
