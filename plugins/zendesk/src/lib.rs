//! Zendesk: links issues with the tickets of the customers who ran into them, and answers when the fix is there.
//!
//! | file | what |
//! | --- | --- |
//! | `settings`, `desk` | what an admin set; the account, and what its tickets are to the hub |
//! | `api`, `time` | Zendesk's API and what its answers mean |
//! | `signals`, `matching` | what a ticket says by which issues are found, and which those are |
//! | `links` | links found, kept up to date, made and taken away |
//! | `note`, `say` | what is said in tickets, each thing once |
//! | `answer`, `many`, `follow_up` | fixes and regressions: many tickets at once, closed ones by follow-ups |
//! | `hooks`, `jobs` | what wakes it besides: the webhook, the sidebar app, the clock |

mod answer;
mod api;
mod desk;
mod follow_up;
mod hooks;
mod jobs;
mod links;
mod many;
mod matching;
mod note;
mod say;
mod settings;
mod signals;
mod time;

use errand_plugin_sdk::{
    Action, Actions, Call, Choice, ChoicePage, Choices, Event, Events, Failure, Inbound, Outcome, Plugin,
    Problem, Reply, Schedule, export, inbound, issues, manifest,
};

use desk::Desk;
use links::Hand;
use settings::Settings;

manifest!("../plugin.json");

struct Zendesk;

impl Plugin for Zendesk {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        Ok(settings.problems())
    }
}

impl Events for Zendesk {
    fn on_event(call: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        let desk = Desk::new(settings);
        if let Some(fix) = event.fix() {
            let words = note::Words {
                release: fix.release.as_deref().unwrap_or_default(),
                environment: fix.environment.as_deref().unwrap_or_default(),
            };
            return answer::fixed(&desk, call, event, &words);
        }
        match event.change.as_str() {
            "issue.regressed" => answer::came_back(&desk, call, event),
            "issue.linked" | "issue.unlinked" => links::by_others(&desk, event),
            "issue.merged" => links::after_merge(&desk, event),
            _ => Ok(Outcome::Ignored),
        }
    }
}

impl Actions for Zendesk {
    fn on_action(_: &Call, action: &Action, settings: &Settings) -> Result<Reply, Failure> {
        let desk = Desk::new(settings);
        let written = action.input.get("ticket").and_then(|ticket| ticket.as_str());
        let number = written.and_then(|written| desk.number(written));
        let number =
            number.ok_or_else(|| Failure::permanent(format!("That is no ticket of {}.", settings.host())))?;
        let hand = Hand {
            id: action.by.id.as_deref(),
            name: &action.by.name,
        };
        if action.id == "unlink" {
            let linked = issues::find_by_link(&desk.system, &number.to_string())?;
            if !linked.iter().any(|issue| issue.id == action.issue.id) {
                return Err(Failure::permanent(format!(
                    "#{number} is not linked with this issue."
                )));
            }
            links::unlink(&desk, &action.issue.id, number, &hand)?;
            return Ok(Reply::message(format!("#{number} is no longer linked.")));
        }
        let seen = desk.ticket(number)?;
        let seen = seen.ok_or_else(|| Failure::permanent(format!("There is no ticket #{number}.")))?;
        let requester = links::requester(&desk, &seen)?;
        links::join(&action.issue.id, number)?;
        let by = format!("{}, by hand", action.by.name);
        links::link(&desk, &action.issue, &seen, requester.as_ref(), &by, Some(&hand))?;
        Ok(Reply::message(format!("#{number} is linked.")))
    }
}

impl Inbound for Zendesk {
    fn on_request(
        _: &Call,
        request: &inbound::Request,
        settings: &Settings,
    ) -> Result<inbound::Response, Failure> {
        let desk = Desk::new(settings);
        match request.route() {
            "tickets" => hooks::hint(&desk, request),
            "app" => hooks::app(&desk, request),
            _ => Ok(inbound::Response::status(404)),
        }
    }
}

impl Schedule for Zendesk {
    fn on_schedule(_: &Call, job: &str, _: u64, settings: &Settings) -> Result<Outcome, Failure> {
        let desk = Desk::new(settings);
        match job {
            "catch-up" => jobs::catch_up(&desk),
            "sweep" => jobs::sweep(&desk),
            _ => Ok(Outcome::Ignored),
        }
    }
}

impl Choices for Zendesk {
    fn look_up(_: &str, query: &str, _: Option<&str>, settings: &Settings) -> Result<ChoicePage, Failure> {
        let query = query.to_lowercase();
        let all = Desk::new(settings).macros()?.into_iter();
        let fitting = all.filter(|one| one.title.to_lowercase().contains(&query));
        let choice = |one: api::Macro| Choice {
            value: one.id.to_string(),
            label: one.title,
        };
        Ok(ChoicePage {
            choices: fitting.map(choice).take(100).collect(),
            next: None,
        })
    }
}

export!(Zendesk: Events + Actions + Inbound + Schedule + Choices);
