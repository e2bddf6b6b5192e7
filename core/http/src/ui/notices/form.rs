//! Wishes as a form: shown, and read back.

use errand_model::notice::{Happening, Pace, Wishes};
use errand_model::project::Project;
use errand_model::{InstallationId, ProjectId};

use crate::ui::choice::{Choice, choices};
use crate::ui::forms::Fields;

/// How soon somebody may hear.
const PACES: [(&str, Pace, &str); 4] = [
    ("soon", Pace::Soon, "At once, and folded while much happens"),
    ("daily", Pace::Daily, "In a summary each day"),
    ("weekly", Pace::Weekly, "In a summary on Mondays"),
    ("never", Pace::Never, "Not at all"),
];

/// The form as it is shown.
pub(super) struct View {
    pub(super) happenings: Vec<Choice>,
    pub(super) projects: Vec<Choice>,
    pub(super) channels: Vec<Choice>,
    pub(super) paces: Vec<Choice>,
    pub(super) only_mine: bool,
    pub(super) has_quiet: bool,
    pub(super) quiet_from: Vec<Choice>,
    pub(super) quiet_to: Vec<Choice>,
    pub(super) quiet_weekends: bool,
    pub(super) summary_hour: Vec<Choice>,
    pub(super) offsets: Vec<Choice>,
}

impl View {
    /// Of what somebody wishes.
    pub(super) fn of(wishes: &Wishes, projects: &[Project], channels: &[(InstallationId, String)]) -> Self {
        let hours = |chosen: u8| choices((0..24).map(hour), &chosen.to_string());
        let (from, to) = wishes.quiet.unwrap_or((20, 7));
        let pace = PACES.iter().find(|(_, pace, _)| *pace == wishes.pace);
        let ticked = |slug: String, name: String, is_chosen: bool| Choice {
            slug,
            name,
            is_chosen,
        };
        View {
            happenings: Happening::ALL
                .iter()
                .map(|(one, slug, name)| {
                    ticked(
                        (*slug).to_owned(),
                        (*name).to_owned(),
                        wishes.happenings.contains(one),
                    )
                })
                .collect(),
            projects: projects
                .iter()
                .map(|one| {
                    ticked(
                        one.id.to_string(),
                        one.name.clone(),
                        wishes.projects.contains(&one.id),
                    )
                })
                .collect(),
            channels: channels
                .iter()
                .map(|(id, name)| ticked(id.to_string(), name.clone(), wishes.channels.contains(id)))
                .collect(),
            paces: choices(
                PACES.map(|(slug, _, name)| (slug, name)),
                pace.map_or("soon", |(slug, ..)| slug),
            ),
            only_mine: wishes.only_mine,
            has_quiet: wishes.quiet.is_some(),
            quiet_from: hours(from),
            quiet_to: hours(to),
            quiet_weekends: wishes.quiet_weekends,
            summary_hour: hours(wishes.summary_hour),
            offsets: choices((-24..=28).map(offset), &(wishes.utc_offset / 30).to_string()),
        }
    }
}

fn hour(hour: u8) -> (String, String) {
    (hour.to_string(), format!("{hour:02}:00"))
}

/// By half hours: `UTC+5:30`.
fn offset(halves: i16) -> (String, String) {
    let sign = if halves < 0 { '-' } else { '+' };
    let (hours, minutes) = (halves.abs() / 2, halves.abs() % 2 * 30);
    (halves.to_string(), format!("UTC{sign}{hours}:{minutes:02}"))
}

/// What somebody wishes, by a form: projects and channels only of those that there are.
pub(super) fn read(form: &Fields, projects: &[Project], channels: &[(InstallationId, String)]) -> Wishes {
    let named = |name, slug: &str| form.all(name).any(|value| value == slug);
    let hour = |name, usual: u8| form.parse::<u8>(name).filter(|hour| *hour < 24).unwrap_or(usual);
    let pace = PACES.iter().find(|(slug, ..)| *slug == form.text("pace"));
    let known = projects.iter().map(|project| project.id);
    let halves = form
        .parse::<i16>("offset")
        .filter(|halves| (-24..=28).contains(halves));
    let of_project = |id: &ProjectId| named("project", &id.to_string());
    Wishes {
        happenings: Happening::ALL
            .iter()
            .filter(|(_, slug, _)| named("happening", slug))
            .map(|(one, ..)| *one)
            .collect(),
        projects: known.filter(of_project).collect(),
        only_mine: form.is_ticked("only_mine"),
        pace: pace.map_or(Pace::Soon, |(_, pace, _)| *pace),
        channels: channels
            .iter()
            .filter(|(id, _)| named("channel", &id.to_string()))
            .map(|(id, _)| *id)
            .collect(),
        quiet: form
            .is_ticked("quiet")
            .then(|| (hour("quiet_from", 20), hour("quiet_to", 7))),
        quiet_weekends: form.is_ticked("quiet_weekends"),
        summary_hour: hour("summary_hour", 8),
        utc_offset: halves.unwrap_or(0) * 30,
    }
}
