//! The rules by which a project groups: the hub's own, then the project's, compiled once and shared.
//!
//! To teach the hub a further framework, add a line to the file of `../builtin` that fits.

mod cursor;
mod error;
mod fingerprint;
mod fingerprint_event;
mod fingerprint_parse;
mod frames;
mod glob;
mod index;
mod stack_parse;
mod stack_rule;

use std::sync::{Arc, LazyLock};

pub use error::{RuleError, RuleText};
pub(super) use fingerprint::{FingerprintRule, Matched};
pub(super) use fingerprint_event::Facts;
pub(super) use frames::{ExceptionFacts, Frames};
pub(crate) use glob::{Dialect as GlobDialect, Glob};
use index::Index;
use stack_rule::Action;
pub(super) use stack_rule::{Categories, StackRule};

/// The hub's own stack trace rules, in the order in which they are applied.
const BUILTIN_STACK_RULES: &[&str] = &[
    include_str!("../builtin/in_app.txt"),
    include_str!("../builtin/crash_reporters.txt"),
    include_str!("../builtin/dart.txt"),
    include_str!("../builtin/categories.txt"),
    include_str!("../builtin/noise.txt"),
    include_str!("../builtin/languages.txt"),
    include_str!("../builtin/unreal.txt"),
];

/// The hub's own fingerprint rules.
const BUILTIN_FINGERPRINT_RULES: &str = include_str!("../builtin/fingerprints.txt");

static BUILTIN: LazyLock<Builtin> = LazyLock::new(Builtin::load);

struct Builtin {
    categories: Categories,
    stack: Arc<StackRules>,
    fingerprints: Arc<[FingerprintRule]>,
}

impl Builtin {
    fn load() -> Self {
        Self::parse()
            .unwrap_or_else(|error| unreachable!("the hub's own rules are valid, a test says: {error}"))
    }

    fn parse() -> Result<Self, RuleError> {
        let mut categories = Categories::default();
        let rules = stack_parse::parse(&BUILTIN_STACK_RULES.join("\n"), &mut categories)?;
        Ok(Builtin {
            categories,
            stack: Arc::new(StackRules::new(rules)),
            fingerprints: fingerprint_parse::parse(BUILTIN_FINGERPRINT_RULES)?.into(),
        })
    }
}

/// A project's rules on top of the hub's own. Cheap to clone.
#[derive(Clone)]
pub struct Rules(Arc<RulesInner>);

struct RulesInner {
    categories: Categories,
    builtin: Arc<StackRules>,
    project: Option<StackRules>,
    builtin_fingerprints: Arc<[FingerprintRule]>,
    fingerprints: Vec<FingerprintRule>,
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field(
                "stack_trace",
                &self.0.project.as_ref().map_or(0, |rules| rules.rules.len()),
            )
            .field("fingerprint", &self.0.fingerprints.len())
            .finish()
    }
}

impl Default for Rules {
    /// The hub's own rules alone.
    fn default() -> Self {
        static SHARED: LazyLock<Rules> =
            LazyLock::new(|| Rules::with_project(BUILTIN.categories.clone(), None, Vec::new()));
        SHARED.clone()
    }
}

/// Which rule did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RuleRef {
    project: bool,
    number: u16,
}

impl Rules {
    /// Compiles a project's two rule texts; either may be empty.
    ///
    /// # Errors
    /// The first line that is not a rule, with what is wrong in it.
    pub fn compile(stack_trace_rules: &str, fingerprint_rules: &str) -> Result<Self, RuleError> {
        let mut categories = BUILTIN.categories.clone();
        let stack = stack_parse::parse(stack_trace_rules, &mut categories)?;
        let fingerprints = fingerprint_parse::parse(fingerprint_rules)?;
        if stack.is_empty() && fingerprints.is_empty() {
            return Ok(Self::default());
        }
        let project = (!stack.is_empty()).then(|| StackRules::new(stack));
        Ok(Self::with_project(categories, project, fingerprints))
    }

    fn with_project(
        categories: Categories,
        project: Option<StackRules>,
        fingerprints: Vec<FingerprintRule>,
    ) -> Self {
        Rules(Arc::new(RulesInner {
            categories,
            builtin: Arc::clone(&BUILTIN.stack),
            project,
            builtin_fingerprints: Arc::clone(&BUILTIN.fingerprints),
            fingerprints,
        }))
    }

    pub(super) fn categories(&self) -> &Categories {
        &self.0.categories
    }

    /// The rule as it was written, and whether the project wrote it.
    pub(super) fn text(&self, rule: RuleRef) -> (&str, bool) {
        let rules = match (&self.0.project, rule.project) {
            (Some(project), true) => project,
            _ => &self.0.builtin,
        };
        let text = rules.rules.get(usize::from(rule.number));
        (text.map_or("", |rule| rule.text.as_ref()), rule.project)
    }

    fn stack_rules(&self) -> impl Iterator<Item = (bool, &StackRules)> {
        let builtin = std::iter::once((false, self.0.builtin.as_ref()));
        builtin.chain(self.0.project.iter().map(|rules| (true, rules)))
    }

    /// Fingerprint rules in the order in which they are tried: the project's, then the hub's own.
    pub(super) fn fingerprint_rules(&self) -> impl Iterator<Item = (&FingerprintRule, bool)> {
        let project = self.0.fingerprints.iter().map(|rule| (rule, false));
        project.chain(self.0.builtin_fingerprints.iter().map(|rule| (rule, true)))
    }

    /// Applies the rules that set `in_app` and categories.
    pub(super) fn classify(&self, frames: &mut Frames<'_>, exception: ExceptionFacts<'_>) {
        for (project, rules) in self.stack_rules() {
            rules.for_each_match(&rules.classifiers, frames, exception, |frames, number, index| {
                let rule = RuleRef { project, number };
                let actions = rules
                    .rules
                    .get(usize::from(number))
                    .map(|rule| rule.actions.as_slice());
                for action in actions.unwrap_or_default() {
                    classify(frames, *action, index, rule);
                }
            });
        }
    }

    /// Applies the rules that decide which frames count; `verdicts` holds what frames are worth without rules.
    pub(super) fn decide(
        &self,
        frames: &mut Frames<'_>,
        exception: ExceptionFacts<'_>,
        verdicts: &mut [&mut [Verdict]],
    ) -> StackLimits {
        let mut limits = StackLimits::default();
        for (project, rules) in self.stack_rules() {
            rules.for_each_match(&rules.deciders, frames, exception, |_, number, index| {
                let rule = RuleRef { project, number };
                let actions = rules
                    .rules
                    .get(usize::from(number))
                    .map(|rule| rule.actions.as_slice());
                for action in actions.unwrap_or_default() {
                    match *action {
                        Action::Contributes(flag, reach) => {
                            for verdicts in verdicts.iter_mut() {
                                let range = reach.range(index, verdicts.len());
                                verdicts
                                    .get_mut(range)
                                    .unwrap_or_default()
                                    .iter_mut()
                                    .for_each(|verdict| {
                                        verdict.set(flag, rule);
                                    });
                            }
                        }
                        Action::MaxFrames(count) => limits.max = Some((count, rule)),
                        Action::MinFrames(count) => limits.min = Some((count, rule)),
                        Action::InApp(..) | Action::Category(_) | Action::Nothing => {}
                    }
                }
            });
        }
        limits
    }
}

fn classify(frames: &mut Frames<'_>, action: Action, index: usize, rule: RuleRef) {
    match action {
        Action::InApp(flag, reach) => {
            let range = reach.range(index, frames.items.len());
            for frame in frames.items.get_mut(range).unwrap_or_default() {
                if frame.in_app != Some(flag) {
                    frame.in_app = Some(flag);
                    frame.in_app_by = Some(rule);
                }
            }
        }
        Action::Category(category) => {
            if let Some(frame) = frames.items.get_mut(index) {
                frame.category = category;
            }
        }
        _ => {}
    }
}

/// Whether a frame counts, and which rule decided that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) contributes: bool,
    pub(super) rule: Option<RuleRef>,
}

impl Verdict {
    pub(super) fn new(contributes: bool) -> Self {
        Verdict {
            contributes,
            rule: None,
        }
    }

    fn set(&mut self, contributes: bool, rule: RuleRef) {
        if self.contributes != contributes {
            self.contributes = contributes;
            self.rule = Some(rule);
        }
    }
}

/// How many frames a stack trace counts with, and which rules said so.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StackLimits {
    pub(super) max: Option<(usize, RuleRef)>,
    pub(super) min: Option<(usize, RuleRef)>,
}

/// One ordered set of stack trace rules.
struct StackRules {
    rules: Vec<StackRule>,
    /// Those that set `in_app` or categories.
    classifiers: Index,
    /// Those that decide which frames count.
    deciders: Index,
}

impl StackRules {
    fn new(rules: Vec<StackRule>) -> Self {
        let any = |wanted: fn(Action) -> bool| {
            Index::new(&rules, move |rule| {
                rule.actions.iter().any(|action| wanted(*action))
            })
        };
        StackRules {
            classifiers: any(Action::classifies),
            deciders: any(Action::decides),
            rules,
        }
    }

    /// Calls `apply` for every match, rule by rule. All frames are tried before a rule is applied to any.
    fn for_each_match(
        &self,
        index: &Index,
        frames: &mut Frames<'_>,
        exception: ExceptionFacts<'_>,
        mut apply: impl FnMut(&mut Frames<'_>, u16, usize),
    ) {
        let candidates = index.candidates(frames);
        let mut candidates = candidates.as_slice();
        let mut unfiltered = index.unfiltered();
        let mut categories = frames.categories();
        let mut matching = Vec::new();
        loop {
            let by_name = candidates.first().map(|(rule, _)| *rule);
            let by_any = unfiltered.first().map(|next| next.rule);
            let Some(number) = [by_name, by_any].into_iter().flatten().min() else {
                return;
            };
            let rule = self.rules.get(usize::from(number));
            let applies = rule.filter(|rule| exception.pass(&rule.exception));
            matching.clear();
            if by_name == Some(number) {
                let end = candidates.partition_point(|(rule, _)| *rule == number);
                let (mine, rest) = candidates.split_at(end);
                candidates = rest;
                if let Some(rule) = applies {
                    let indices = mine.iter().map(|(_, index)| usize::from(*index));
                    matching.extend(indices.filter(|index| frames.matches(rule, *index)));
                }
            } else if let Some((next, rest)) = unfiltered.split_first() {
                unfiltered = rest;
                if let Some(rule) = applies.filter(|_| next.possible(categories)) {
                    matching.extend((0..frames.items.len()).filter(|index| frames.matches(rule, *index)));
                }
            }
            for index in &matching {
                apply(frames, number, *index);
                categories = frames.categories();
            }
        }
    }
}

#[cfg(test)]
mod tests;
