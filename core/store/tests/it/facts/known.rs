//! Events as the tests remember them, and their count by hand.

use std::collections::{BTreeMap, BTreeSet};

use errand_model::Timestamp;
use errand_model::digested::DigestedEvent;
use errand_model::question::{Answer, Key, Label, Measure, Question, Span, step_of};
use errand_model::search::{Filter, Pattern, Query, Term};
use errand_store::codec;
use errand_store::facts::{Asker, answer, due, keep};

use crate::fixtures::{Hub, START, tag, user};

pub(super) const DAY: i64 = 86_400;

/// An event as the test remembers it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) at: Timestamp,
    pub(super) group: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) user: Option<String>,
}

/// Numbers that are the same in every run.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

pub(super) fn known(random: &mut Random) -> Known {
    let mut tags = BTreeMap::new();
    let mut put = |key: &str, value: String| tags.insert(key.to_owned(), value);
    put(
        "level",
        random.one(&["error", "error", "fatal", "info"]).to_owned(),
    );
    put(
        "browser.name",
        random
            .one(&["UC Browser", "Firefox", "Chrome", "Safari"])
            .to_owned(),
    );
    if random.below(5) > 0 {
        put("release", format!("shop@1.{}", random.below(4)));
    }
    if random.below(3) > 0 {
        put("environment", random.one(&["production", "dev"]).to_owned());
    }
    // More keys than a block has columns for.
    put(
        &format!("rare{}", random.below(90)),
        random.one(&["x", "y"]).to_owned(),
    );
    Known {
        at: START.plus_millis(-(random.below(10 * DAY as u64 * 1_000) as i64)),
        group: format!("group {}", random.below(12)),
        tags,
        user: (random.below(6) > 0).then(|| random.below(70).to_string()),
    }
}

pub(super) fn event(hub: &Hub, known: &Known) -> DigestedEvent {
    let tags = known.tags.iter().map(|(key, value)| tag(key, value)).collect();
    DigestedEvent {
        timestamp: known.at,
        level: known.tags["level"].parse().expect("a level"),
        release: known.tags.get("release").cloned(),
        environment: known.tags.get("environment").cloned(),
        user: known.user.as_deref().and_then(user),
        tags,
        payload: codec::compress(known.group.as_bytes()).expect("compress"),
        ..hub.event(&known.group)
    }
}

pub(super) async fn take(hub: &Hub, all: &[Known], batch: usize) {
    for batch in all.chunks(batch) {
        hub.take(batch.iter().map(|known| event(hub, known))).await;
    }
}

/// Does all that is due.
pub(crate) async fn fold(hub: &Hub) {
    for _ in 0..200 {
        let now = errand_model::Clock::now(&*hub.clock);
        match due(&hub.db, now).await.expect("due") {
            Some(due) => keep(&hub.db, hub.cx(), due).await.expect("keep"),
            None => return,
        }
    }
    panic!("folding never ends");
}

pub(super) fn term(negated: bool, key: &str, values: &[&str]) -> Term {
    Term {
        negated,
        filter: Filter::Tag {
            key: key.to_owned(),
            values: values.iter().map(|value| Pattern::parse(value)).collect(),
        },
    }
}

pub(crate) fn question(terms: Vec<Term>, keys: &[&str]) -> Question {
    Question {
        filter: Query { terms },
        measures: vec![Measure::Users, Measure::Events, Measure::Issues],
        keys: keys.iter().map(|key| Key::parse(key)).collect(),
        span: Span {
            since: START.plus_seconds(-7 * DAY),
            until: START.plus_seconds(1),
        },
        step: None,
        sort: 0,
        is_ascending: false,
        top: 1_000,
    }
}

pub(crate) async fn ask(hub: &Hub, question: &Question) -> Answer {
    let projects = [hub.project.clone()];
    let asker = Asker {
        organization: hub.project.organization,
        projects: &projects,
        viewer: None,
    };
    answer(&hub.db, asker, question).await.expect("an answer")
}

/// What the test counts by: the labels, and the step.
pub(super) type Place = (Vec<Option<String>>, i64);

pub(super) fn by_hand(
    all: &[Known],
    question: &Question,
    is_meant: impl Fn(&Known) -> bool,
) -> BTreeMap<Place, [usize; 3]> {
    let mut found: BTreeMap<Place, (BTreeSet<&str>, usize, BTreeSet<&str>)> = BTreeMap::new();
    for known in all
        .iter()
        .filter(|known| question.span.contains(known.at) && is_meant(known))
    {
        let labels = question.keys.iter().map(|key| match key {
            Key::Issue => Some(known.group.clone()),
            key => known.tags.get(key.as_str()).cloned(),
        });
        let step = question.step.map_or(0, |step| step_of(known.at.micros(), step));
        let cell = found.entry((labels.collect(), step)).or_default();
        cell.0.extend(known.user.as_deref());
        cell.1 += 1;
        cell.2.insert(&known.group);
    }
    found
        .into_iter()
        .map(|(place, (users, events, issues))| (place, [users.len(), events, issues.len()]))
        .collect()
}

pub(super) fn answered(
    answer: &Answer,
    question: &Question,
    names: &BTreeMap<i64, String>,
) -> BTreeMap<Place, [usize; 3]> {
    let mut found = BTreeMap::new();
    for row in &answer.rows {
        let label = |label: &Label| match label {
            Label::Missing => None,
            Label::Text(text) => Some(text.to_string()),
            Label::Id(id) => Some(names[id].clone()),
        };
        let labels: Vec<Option<String>> = row.labels.iter().map(label).collect();
        let three = |values: &dyn Fn(usize) -> i64| [0, 1, 2].map(|measure| values(measure) as usize);
        if question.step.is_none() {
            found.insert((labels, 0), three(&|measure| row.values[measure]));
            continue;
        }
        for (at, step) in answer.steps.iter().enumerate() {
            let values = three(&|measure| row.series[measure][at]);
            if values != [0; 3] {
                let step = step_of(step.micros(), question.step.unwrap_or(1));
                found.insert((labels.clone(), step), values);
            }
        }
    }
    found
}
