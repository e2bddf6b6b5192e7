//! How much two issues are alike, and why.

use std::collections::BTreeSet;

use crate::issue::Issue;

/// Below that, two issues are not alike.
const LEAST: u32 = 40;

/// How much an issue is like another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// In percent.
    pub percent: u32,
    /// Why, in words.
    pub reasons: Vec<String>,
}

/// How much `other` is like `issue`; none if hardly.
pub fn likeness(issue: &Issue, other: &Issue) -> Option<Likeness> {
    let mut reasons = Vec::new();
    let mut percent = 0;
    let kind = |issue: &Issue| {
        issue
            .metadata
            .get("type")
            .and_then(|kind| kind.as_str())
            .map(str::to_owned)
    };
    if let Some(of) = kind(issue).filter(|of| kind(other).as_ref() == Some(of)) {
        percent += 25;
        reasons.push(format!("both are a {of}"));
    }
    if !issue.culprit.is_empty() && issue.culprit == other.culprit {
        percent += 35;
        reasons.push(format!("both in {}", issue.culprit));
    }
    let (mine, theirs) = (words(&issue.title), words(&other.title));
    let shared = mine.intersection(&theirs).count();
    let all = mine.union(&theirs).count().max(1);
    percent += u32::try_from(40 * shared / all).unwrap_or(0);
    if shared > 0 {
        reasons.push(format!("{shared} of {all} words of the titles are the same"));
    }
    (percent >= LEAST).then_some(Likeness { percent, reasons })
}

/// Numbers and ids differ in what is alike: they count as one word.
fn words(title: &str) -> BTreeSet<String> {
    let words = title.split(|c: char| !c.is_alphanumeric() && c != '_');
    let plain =
        words
            .filter(|word| !word.is_empty())
            .map(|word| match word.chars().any(|c| c.is_ascii_digit()) {
                true => "0".to_owned(),
                false => word.to_lowercase(),
            });
    plain.take(60).collect()
}
