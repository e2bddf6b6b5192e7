//! Finds the few rules that may match a frame without trying them all.
//!
//! Nearly every rule asks for a name or path that contains some literal text. For each family and field one
//! automaton looks for all those texts at once; only rules whose text was found are tried. Rules without such a
//! text (those about categories) are tried on every frame, unless no frame has a category that they ask for.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::frames::Frames;
use super::stack_rule::{Field, FrameTest, Place, StackRule};
use crate::group::family::{Families, Family};

/// The rules of one set that have some kind of action, found by what they match.
#[derive(Debug)]
pub(super) struct Index {
    families: [FamilyIndex; 3],
    /// Rules that are tried on every frame.
    unfiltered: Vec<Unfiltered>,
}

#[derive(Debug, Default)]
struct FamilyIndex {
    fields: Vec<(Field, Literals)>,
}

#[derive(Debug)]
struct Literals {
    automaton: AhoCorasick,
    /// For each literal, the rules it stands for.
    rules: Vec<Vec<u16>>,
}

#[derive(Debug)]
pub(super) struct Unfiltered {
    pub(super) rule: u16,
    /// For each category matcher that is not negated, the set it asks for.
    needs: Vec<u128>,
}

impl Unfiltered {
    /// Whether a stack trace in which these categories occur can match at all.
    pub(super) fn possible(&self, categories: u128) -> bool {
        self.needs.iter().all(|set| set & categories != 0)
    }
}

/// A rule that may match a frame.
pub(super) type Candidate = (u16, u16);

impl Index {
    /// Of those of `rules` that are `wanted`.
    pub(super) fn new(rules: &[StackRule], wanted: impl Fn(&StackRule) -> bool) -> Self {
        let mut unfiltered = Vec::new();
        let mut keyed = Vec::new();
        for (number, rule) in (0_u16..).zip(rules) {
            if !wanted(rule) {
                continue;
            }
            match key(rule) {
                Some((field, literal)) => keyed.push((families(rule), field, literal, number)),
                None => unfiltered.push(Unfiltered {
                    rule: number,
                    needs: needs(rule),
                }),
            }
        }
        let family_index = |family: Family| FamilyIndex {
            fields: Field::ALL
                .into_iter()
                .filter_map(|field| {
                    let literals = keyed
                        .iter()
                        .filter(|(families, of, ..)| families.contains(family) && *of == field)
                        .map(|(_, _, literal, number)| (*literal, *number));
                    Some((field, Literals::new(literals)?))
                })
                .collect(),
        };
        Index {
            families: [Family::Other, Family::Native, Family::JavaScript].map(family_index),
            unfiltered,
        }
    }

    /// The rules that may match, in order of rule and frame.
    pub(super) fn candidates(&self, frames: &Frames<'_>) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (number, index) in (0_u16..).zip(0..frames.items.len()) {
            let Some(family) = frames.family(index) else {
                break;
            };
            let Some(family) = self.families.get(family as usize) else {
                continue;
            };
            for (field, literals) in &family.fields {
                if let Some(text) = frames.haystack(index, *field) {
                    literals.find(text, number, &mut found);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    pub(super) fn unfiltered(&self) -> &[Unfiltered] {
        &self.unfiltered
    }
}

impl Literals {
    fn new<'r>(rules: impl Iterator<Item = (&'r str, u16)>) -> Option<Self> {
        let mut literals: Vec<&str> = Vec::new();
        let mut by_literal: Vec<Vec<u16>> = Vec::new();
        for (literal, rule) in rules {
            match literals.iter().position(|known| *known == literal) {
                Some(index) => by_literal.get_mut(index)?.push(rule),
                None => {
                    literals.push(literal);
                    by_literal.push(vec![rule]);
                }
            }
        }
        if literals.is_empty() {
            return None;
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&literals)
            .ok()?;
        Some(Literals {
            automaton,
            rules: by_literal,
        })
    }

    fn find(&self, text: &str, frame: u16, found: &mut Vec<Candidate>) {
        for hit in self.automaton.find_overlapping_iter(text) {
            let rules = self.rules.get(hit.pattern().as_usize());
            found.extend(rules.into_iter().flatten().map(|rule| (*rule, frame)));
        }
    }
}

/// The field and literal by which a rule is found: the longest that it asks of the frame itself.
fn key(rule: &StackRule) -> Option<(Field, &str)> {
    rule.frame
        .iter()
        .filter(|matcher| matcher.place == Place::Here && !matcher.negated)
        .filter_map(|matcher| match &matcher.test {
            FrameTest::Field(field, glob) if !glob.literal().is_empty() => Some((*field, glob.literal())),
            _ => None,
        })
        .max_by_key(|(_, literal)| literal.len())
}

fn families(rule: &StackRule) -> Families {
    rule.frame
        .iter()
        .find_map(|matcher| match &matcher.test {
            FrameTest::Family(families) if matcher.place == Place::Here && !matcher.negated => {
                Some(*families)
            }
            _ => None,
        })
        .unwrap_or(Families::ALL)
}

fn needs(rule: &StackRule) -> Vec<u128> {
    rule.frame
        .iter()
        .filter_map(|matcher| match &matcher.test {
            FrameTest::Category(set) if !matcher.negated => Some(*set),
            _ => None,
        })
        .collect()
}
