//! Puts together what strategies found, checksum and fingerprint: the variants of an event, each with its hash.

use errand_model::GroupHash;
use errand_model::event::Event;

use super::Variant;
use super::fingerprint::{Effect, Fingerprint};
use super::rules::Rules;
use super::sink::{HashSink, Hint, Sink};
use super::strategy::{Scope, Strategy, StrategyView, Subject};
use super::variable::is_default_variable;

/// All that decides about the grouping of an event.
pub(super) struct Analysis<'a> {
    /// In the order in which they were tried. Without details, those after the first that decides are missing.
    pub(super) strategies: Vec<Strategy<'a>>,
    /// The index of the one that decides.
    pub(super) winner: Option<usize>,
    pub(super) fingerprint: Fingerprint<'a>,
    pub(super) variants: Vec<Variant>,
}

/// The names of variants that frames and messages make, those first that are looked up first.
const COMPONENT_VARIANTS: [&str; 3] = ["app", "default", "system"];

impl<'a> Analysis<'a> {
    /// Of an event that was normalised. `detail` asks for what only an explanation needs.
    pub(super) fn new(event: &'a Event<'a>, rules: &'a Rules, detail: bool) -> Self {
        let fingerprint = Fingerprint::of(event, rules);
        let mut analysis = Analysis {
            strategies: Vec::new(),
            winner: None,
            fingerprint,
            variants: Vec::new(),
        };
        let checksum = event.checksum.as_deref().filter(|checksum| !checksum.is_empty());
        if let Some(checksum) = checksum {
            analysis.variants.push(checksum_variant(checksum));
            return analysis;
        }
        let scope = Scope { event, rules, detail };
        for subject in Subject::ALL {
            if analysis.winner.is_some() && !detail {
                break;
            }
            if let Some(strategy) = subject.look(scope) {
                analysis.add(strategy);
            }
        }
        analysis.assemble(scope);
        analysis
    }

    fn add(&mut self, mut strategy: Strategy<'a>) {
        match self.winner {
            None if strategy.contributes() => self.winner = Some(self.strategies.len()),
            None => {}
            Some(winner) => {
                let name = self.strategies.get(winner).map_or("", |winner| winner.name);
                for view in strategy.views.iter_mut().filter(|view| view.contributes) {
                    view.drop(Hint::Precedence(name));
                }
            }
        }
        self.strategies.push(strategy);
    }

    /// The strategies' views that are part of the variant `name`.
    pub(super) fn views<'s>(
        &'s self,
        name: &'s str,
    ) -> impl Iterator<Item = (&'s Strategy<'a>, &'s StrategyView)> {
        self.strategies.iter().filter_map(move |strategy| {
            let view = strategy.views.iter().find(|view| view.variant == name)?;
            Some((strategy, view))
        })
    }

    fn assemble(&mut self, scope: Scope<'_>) {
        let effect = self.fingerprint.effect();
        for name in COMPONENT_VARIANTS {
            let deciding = self.views(name).find(|(_, view)| view.contributes);
            let exists = self.views(name).next().is_some();
            if !exists && !scope.possible_variants().any(|possible| possible == name) {
                continue;
            }
            let hash = match effect {
                Effect::Default => deciding.and_then(|(_, view)| view.hash),
                Effect::Salted => deciding.map(|(strategy, view)| self.salted(strategy, view)),
                Effect::Replaced => None,
            };
            let kind = if effect == Effect::Salted {
                "salted_component"
            } else {
                "component"
            };
            self.variants.push(Variant { name, kind, hash });
        }
        if effect == Effect::Replaced {
            let builtin = self.fingerprint.matched.is_some_and(|matched| matched.builtin);
            let (name, kind) = match builtin {
                true => ("built-in-fingerprint", "built_in_fingerprint"),
                false => ("custom-fingerprint", "custom_fingerprint"),
            };
            let values = self.fingerprint.values.iter().map(String::as_str);
            let hash = Some(HashSink::hash(values));
            self.variants.insert(0, Variant { name, kind, hash });
        }
        if self.variants.iter().all(|variant| variant.hash.is_none()) {
            self.variants.push(Variant {
                name: "fallback",
                kind: "fallback",
                hash: Some(HashSink::hash([])),
            });
        }
    }

    /// The hash of the fingerprint's values with the hub's own in place of the default.
    fn salted(&self, strategy: &Strategy<'_>, view: &StrategyView) -> GroupHash {
        let mut sink = HashSink::default();
        for value in &self.fingerprint.values {
            if is_default_variable(value) {
                strategy.walk(view, &mut sink);
            } else {
                sink.value(value);
            }
        }
        sink.finish()
    }
}

/// SDKs of old sent what to group by as a checksum. One that is no MD5 is hashed.
fn checksum_variant(checksum: &str) -> Variant {
    let is_md5 = checksum.len() == 32
        && checksum
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match checksum.parse().ok().filter(|_| is_md5) {
        Some(hash) => Variant {
            name: "checksum",
            kind: "checksum",
            hash: Some(hash),
        },
        None => Variant {
            name: "hashed-checksum",
            kind: "hashed_checksum",
            hash: Some(HashSink::hash([checksum])),
        },
    }
}
