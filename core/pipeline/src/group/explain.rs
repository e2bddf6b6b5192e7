//! Why an event is grouped as it is: what was hashed, what was not, and because of what.

use errand_model::event::Event;
use serde::Serialize;
use std::collections::BTreeMap;

use super::fingerprint::Effect;
use super::rules::Rules;
use super::sink::{HashSink, Hint, Sink};
use super::variable::is_default_variable;
use super::variants::Analysis;
use super::{Algorithm, Variant};

/// Why an event is grouped as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The version of the grouping.
    pub algorithm: i16,
    /// Each variant by its name.
    pub variants: BTreeMap<&'static str, VariantExplanation>,
    /// The fingerprint, if it is not the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<FingerprintExplanation>,
}

/// One variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VariantExplanation {
    /// Where its hash comes from.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The hash in hexadecimal; none if the variant decides nothing.
    pub hash: Option<String>,
    /// What was hashed, in order.
    pub values: Vec<String>,
    /// What the event has for this variant, whether it counts or not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
}

/// A fingerprint of an SDK or a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FingerprintExplanation {
    /// Its values, variables filled in.
    pub values: Vec<String>,
    /// What the SDK asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub client_values: Vec<String>,
    /// The rule that set it, as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched_rule: Option<String>,
    /// Whether that is one of the hub's own rules.
    pub is_builtin: bool,
}

/// A part of an event that may be hashed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Component {
    /// What it is: `exception`, `frame`, `function`, …
    pub id: &'static str,
    /// Whether it counts (provided that what it is part of does).
    pub contributes: bool,
    /// Why, where that is not plain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Its own values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Its parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
}

/// Explains how `event`, whose stack traces are normalised, is grouped.
pub fn explain(event: &Event<'_>, rules: &Rules) -> Explanation {
    let analysis = Analysis::new(event, rules, true);
    let fingerprint = &analysis.fingerprint;
    let is_custom = fingerprint.effect() != Effect::Default;
    Explanation {
        algorithm: Algorithm::Newstyle20230111 as i16,
        variants: analysis
            .variants
            .iter()
            .map(|variant| (variant.name, explain_variant(variant, &analysis, event, rules)))
            .collect(),
        fingerprint: is_custom.then(|| FingerprintExplanation {
            values: fingerprint.values.clone(),
            client_values: fingerprint.client.clone(),
            matched_rule: fingerprint.matched.map(|matched| matched.rule.text.to_string()),
            is_builtin: fingerprint.matched.is_some_and(|matched| matched.builtin),
        }),
    }
}

fn explain_variant(
    variant: &Variant,
    analysis: &Analysis<'_>,
    event: &Event<'_>,
    rules: &Rules,
) -> VariantExplanation {
    let mut components = Vec::new();
    let mut values = Vec::new();
    for (strategy, view) in analysis.views(variant.name) {
        let mut sink = TreeSink::new(rules);
        strategy.walk(view, &mut sink);
        let mut root = sink.finish();
        if !view.contributes {
            root.contributes = false;
            root.hint = view.hint.map(|hint| describe(hint, rules)).or(root.hint);
        }
        root.collect_values(&mut values);
        components.push(root);
    }
    let fingerprint = &analysis.fingerprint;
    let values = match variant.kind {
        "custom_fingerprint" | "built_in_fingerprint" => fingerprint.values.clone(),
        "checksum" | "hashed_checksum" => event.checksum.iter().map(ToString::to_string).collect(),
        _ if variant.hash.is_none() => Vec::new(),
        "salted_component" => salt(&fingerprint.values, &values),
        _ => values,
    };
    if fingerprint.effect() == Effect::Replaced {
        for component in &mut components {
            component.contributes = false;
            component.hint = Some("ignored because the fingerprint takes precedence".to_owned());
        }
    }
    VariantExplanation {
        kind: variant.kind,
        hash: variant.hash.map(|hash| hash.to_string()),
        values,
        components,
    }
}

fn salt(fingerprint: &[String], values: &[String]) -> Vec<String> {
    let parts = fingerprint.iter().map(|value| match is_default_variable(value) {
        true => values,
        false => std::slice::from_ref(value),
    });
    parts.flatten().cloned().collect()
}

impl VariantExplanation {
    /// Whether the values are what the hash was made of. (A checksum that is an MD5 is the hash itself.)
    pub fn is_consistent(&self) -> bool {
        let hash = HashSink::hash(self.values.iter().map(String::as_str)).to_string();
        match &self.hash {
            None => self.values.is_empty(),
            Some(_) if self.kind == "checksum" => true,
            Some(own) => *own == hash,
        }
    }
}

impl Component {
    fn collect_values(&self, values: &mut Vec<String>) {
        if self.contributes {
            values.extend_from_slice(&self.values);
            self.components
                .iter()
                .for_each(|component| component.collect_values(values));
        }
    }
}

/// Builds the tree of components.
struct TreeSink<'r> {
    rules: &'r Rules,
    /// The open components, the outermost first. The first is no component but holds those that were closed.
    open: Vec<Component>,
}

impl<'r> TreeSink<'r> {
    fn new(rules: &'r Rules) -> Self {
        TreeSink {
            rules,
            open: vec![Component::default()],
        }
    }

    /// The outermost component; several are held by one that counts.
    fn finish(self) -> Component {
        let mut holder = self.open.into_iter().next().unwrap_or_default();
        match holder.components.len() {
            1 => holder.components.remove(0),
            _ => holder,
        }
    }
}

impl Sink for TreeSink<'_> {
    const DETAIL: bool = true;

    fn open(&mut self, id: &'static str, contributes: bool, hint: Option<Hint>) {
        self.open.push(Component {
            id,
            contributes,
            hint: hint.map(|hint| describe(hint, self.rules)),
            ..Component::default()
        });
    }

    fn close(&mut self) {
        if let Some(component) = self.open.pop()
            && let Some(parent) = self.open.last_mut()
        {
            parent.components.push(component);
        }
    }

    fn value(&mut self, text: &str) {
        if let Some(component) = self.open.last_mut() {
            component.values.push(text.to_owned());
        }
    }
}

fn describe(hint: Hint, rules: &Rules) -> String {
    let by = |rule| {
        let (text, project) = rules.text(rule);
        let whose = if project { "the project's" } else { "the built-in" };
        format!("by {whose} rule `{text}`")
    };
    match hint {
        Hint::Text(text) => text.to_owned(),
        Hint::Rule { did, rule } => format!("{did} {}", by(rule)),
        Hint::Precedence(name) => format!("ignored because {name} takes precedence"),
        Hint::MaxFrames(count, rule) => format!("ignored because only {count} frames count, {}", by(rule)),
        Hint::MinFrames(count, rule) => {
            format!("ignored because fewer than {count} frames count, {}", by(rule))
        }
    }
}
