//! Why the events of an issue are together.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::event::Event;
use errand_pipeline::group::{self, Component, Explanation, Rules, VariantExplanation};
use errand_store::events::{self, Which};
use errand_store::hashes;

use super::found::Found;
use super::head::IssueHead;
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Hashes that are shown.
const SHOWN: u32 = 100;
/// Parts of an event that are shown for each way to look at it.
const MAX_LINES: usize = 2_000;
/// The stylesheet indents so far.
const MAX_DEPTH: usize = 5;

#[derive(Template)]
#[template(path = "issues/grouping.html")]
struct GroupingPage {
    page: Page,
    issue: IssueHead,
    hashes: Vec<String>,
    variants: Vec<View>,
}

/// One way to look at the event.
struct View {
    title: String,
    hash: Option<String>,
    hint: Option<String>,
    is_used: bool,
    lines: Vec<Line>,
}

/// One part of the event.
struct Line {
    depth: usize,
    name: &'static str,
    value: String,
    hint: String,
    contributes: bool,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let hashes = hashes::of_issue(&state.db, found.issue.id, None, SHOWN).await?;
    let hashes: Vec<String> = hashes
        .rows
        .into_iter()
        .map(|hash| hash.hash.to_string())
        .collect();
    let newest = events::end_of_issue(&state.db, found.issue.id, Which::Latest).await?;
    let mut variants = Vec::new();
    if let Some(stored) = &newest {
        let event = Event::from_json(&stored.payload)
            .map_err(Error::internal)?
            .unwrap_or_default();
        let settings = &found.project.settings;
        // Rules are checked when they are saved; were they broken, the hub's own are what events are grouped by.
        let rules =
            Rules::compile(&settings.stack_trace_rules, &settings.fingerprint_rules).unwrap_or_default();
        variants = views(&group::explain(&event, &rules), &hashes);
    }
    page::html(&GroupingPage {
        page: visit.page(format!("Grouping of {}", found.short_id()), "issues"),
        issue: found.head(&state, &visit).await?,
        hashes,
        variants,
    })
}

fn views(explanation: &Explanation, hashes: &[String]) -> Vec<View> {
    let mut views: Vec<View> = Vec::new();
    if let Some(fingerprint) = &explanation.fingerprint {
        let whose = match (&fingerprint.matched_rule, fingerprint.is_builtin) {
            (Some(rule), true) => format!("The hub's own rule {rule} set it."),
            (Some(rule), false) => format!("The project's rule {rule} set it."),
            (None, _) => "The SDK asked for it.".to_owned(),
        };
        let line = |value: &String| Line {
            depth: 0,
            name: "value",
            value: value.clone(),
            hint: String::new(),
            contributes: true,
        };
        let lines = fingerprint.values.iter().map(line).collect();
        views.push(View {
            title: "Fingerprint".to_owned(),
            hash: None,
            hint: Some(whose),
            is_used: true,
            lines,
        });
    }
    views.extend(
        explanation
            .variants
            .iter()
            .map(|(name, variant)| view(name, variant, hashes)),
    );
    views.sort_by_key(|view| !view.is_used);
    views
}

fn view(name: &str, variant: &VariantExplanation, hashes: &[String]) -> View {
    let mut lines = Vec::new();
    for component in &variant.components {
        push_lines(&mut lines, component, 0, true);
    }
    if lines.is_empty() {
        let line = |value: &String| Line {
            depth: 0,
            name: "value",
            value: value.clone(),
            hint: String::new(),
            contributes: true,
        };
        lines.extend(variant.values.iter().map(line));
    }
    View {
        title: title(name),
        is_used: variant.hash.as_ref().is_some_and(|hash| hashes.contains(hash)),
        hash: variant.hash.clone(),
        hint: None,
        lines,
    }
}

fn title(name: &str) -> String {
    match name {
        "app" => "The program's own frames".to_owned(),
        "system" => "All frames".to_owned(),
        "default" => "Message".to_owned(),
        name => name.replace(['-', '_'], " "),
    }
}

fn push_lines(lines: &mut Vec<Line>, component: &Component, depth: usize, outer: bool) {
    if lines.len() >= MAX_LINES {
        return;
    }
    let contributes = outer && component.contributes;
    // A part that the event does not have explains nothing.
    let is_there = contributes
        || component.hint.is_some()
        || !component.values.is_empty()
        || !component.components.is_empty();
    if !is_there {
        return;
    }
    lines.push(Line {
        depth: depth.min(MAX_DEPTH),
        name: component.id,
        value: component.values.join(", "),
        hint: component.hint.clone().unwrap_or_default(),
        contributes,
    });
    for part in &component.components {
        push_lines(lines, part, depth + 1, contributes);
    }
}
