//! How much a project sends, what became of it, and how much it may.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::Timestamp;
use errand_model::project::Volume;
use errand_store::outcomes::{self, OutcomeHour};

use crate::AppState;
use crate::error::PageError;
use crate::project_settings;
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::bars::Bars;
use crate::ui::parts::filters;
use crate::ui::projects::Heading;
use crate::ui::visit::Visit;

/// Days that are shown.
const DAYS: i64 = 14;
const DAY: i64 = 86_400_000_000;
/// What counts as events.
const EVENTS: [&str; 4] = ["default", "error", "security", "feedback"];

#[derive(Template)]
#[template(path = "settings/volume.html")]
struct VolumePage {
    page: Page,
    project: Heading,
    taken: Bars,
    refused: Bars,
    days: Vec<Day>,
    reasons: Vec<Reason>,
    usual: Option<i64>,
    today: i64,
    daily: String,
    monthly: String,
    spikes: bool,
}

/// A day, and how many events of it came in and did not.
struct Day {
    at: Timestamp,
    taken: i64,
    refused: i64,
}

/// How items ended, and how many.
struct Reason {
    category: String,
    outcome: &'static str,
    why: String,
    quantity: i64,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    let today = visit.now.micros().div_euclid(DAY) * DAY;
    let from = Timestamp::from_micros(today - (DAYS - 1) * DAY);
    let rows = outcomes::list(&state.db, project.id, from, visit.now.plus_seconds(3_600)).await?;
    let days = by_day(from, &rows);
    let accepted = outcomes::accepted(&state.db, project.id, visit.now).await?;
    let text = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let volume = project.settings.volume;
    page::html(&VolumePage {
        page: visit.page(format!("Volume of {}", project.name), "projects"),
        taken: Bars::tall(days.iter().map(|day| day.taken).collect(), "14 days"),
        refused: Bars::tall(days.iter().map(|day| day.refused).collect(), "14 days"),
        days,
        reasons: by_reason(rows),
        usual: accepted.usual_hour,
        today: accepted.today,
        daily: text(volume.daily),
        monthly: text(volume.monthly),
        spikes: volume.spikes,
        project: Heading::of(&project),
    })
}

fn by_day(from: Timestamp, rows: &[OutcomeHour]) -> Vec<Day> {
    let mut days: Vec<Day> = (0..DAYS)
        .map(|day| Day {
            at: Timestamp::from_micros(from.micros() + day * DAY),
            taken: 0,
            refused: 0,
        })
        .collect();
    for row in rows.iter().filter(|row| EVENTS.contains(&row.category.as_str())) {
        let day = usize::try_from((row.hour - from.micros()).div_euclid(DAY)).ok();
        let Some(day) = day.and_then(|day| days.get_mut(day)) else {
            continue;
        };
        match row.outcome.as_str() {
            "accepted" => day.taken += row.quantity,
            _ => day.refused += row.quantity,
        }
    }
    days
}

/// The most frequent first.
fn by_reason(rows: Vec<OutcomeHour>) -> Vec<Reason> {
    let mut sums: BTreeMap<(String, String, String), i64> = BTreeMap::new();
    for row in rows {
        *sums.entry((row.category, row.outcome, row.reason)).or_default() += row.quantity;
    }
    let reason = |((category, outcome, reason), quantity): ((String, String, String), i64)| Reason {
        outcome: words(&outcome),
        why: reason.replace('_', " "),
        category,
        quantity,
    };
    let mut reasons: Vec<Reason> = sums.into_iter().map(reason).collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.quantity));
    reasons.truncate(100);
    reasons
}

fn words(outcome: &str) -> &'static str {
    match outcome {
        "accepted" => "taken",
        "duplicate" => "there already",
        "rate_limited" => "held back by a limit",
        "filtered" => "filtered",
        "invalid" => "not readable",
        "unsupported" => "of a kind that is not used",
        _ => "dropped by the SDK",
    }
}

/// Saves how much it may send.
pub(super) async fn save(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let mut project = visit.project(&state, &slug).await?;
    let here = format!("/projects/{slug}/volume");
    let volume = match read(&form) {
        Ok(volume) => volume,
        Err(problem) => return Ok(redirect_with(&here, &Flash::error(problem))),
    };
    project.settings.volume = volume;
    visit.note(format!("changed the quotas of {}", project.name));
    project_settings::save(&state, &project).await?;
    Ok(redirect_with(
        &here,
        &Flash::ok("Saved. New events follow it within seconds."),
    ))
}

fn read(form: &Fields) -> Result<Volume, &'static str> {
    let quota = |name| match form.text(name) {
        "" => Ok(None),
        _ => match form.parse::<u32>(name) {
            Some(number) if number > 0 => Ok(Some(number)),
            _ => Err("A quota is a whole number from 1, or empty for none."),
        },
    };
    Ok(Volume {
        daily: quota("daily")?,
        monthly: quota("monthly")?,
        spikes: form.is_ticked("spikes"),
    })
}
