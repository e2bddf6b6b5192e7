//! Effects that happen once, and questions about issues.

use errand_plugin_sdk::issues::{self, Filter};
use errand_plugin_sdk::once::{self, Fate};
use errand_plugin_sdk::{Failure, Outcome, http, kv, log};

use crate::Settings;

/// Makes a ticket for the issue, once.
pub fn create_ticket(settings: &Settings) -> Result<Outcome, Failure> {
    let create = || -> Result<u64, Failure> { http::post(settings.target()?).send()?.ok()?.json() };
    let (how, ticket) = match once::begin::<u64>("ticket:5")? {
        Fate::Done(ticket) => ("known", ticket),
        Fate::Fresh(mine) => ("made", mine.finish(create()?)?),
        Fate::Unknown(mine) => ("unknown", mine.finish(0)?),
    };
    log::info(&format!("{how} {ticket}"));
    Ok(Outcome::Done)
}

/// Begins, and is gone before anything is known.
pub fn take_and_vanish() -> Result<Outcome, Failure> {
    let _mine = once::begin::<u64>("ticket:5")?;
    panic!("gone");
}

pub fn look_at_all_keys() -> Result<Outcome, Failure> {
    for prefix in ["", "\u{1}", "\u{1}once/"] {
        log::info(&format!("{:?}", kv::keys(prefix, None, 100)?));
    }
    Ok(Outcome::Done)
}

/// Its own issue, one of others, and how much there was.
pub fn look_around() -> Result<Outcome, Failure> {
    let own = issues::get("5")?.map(|issue| issue.short_id);
    let other = issues::get("6")?.map(|issue| issue.short_id);
    log::info(&format!("{own:?} {other:?}"));
    log::info(&format!("{:?}", issues::latest_event("5", &["message"])?));
    let filter = Filter {
        issue: Some("5".to_owned()),
        project: None,
        tags: Vec::new(),
    };
    let counts = issues::count(&filter, errand_plugin_sdk::now() - 3_600_000)?;
    log::info(&format!("{} events, {:?} users", counts.events, counts.users));
    for turn in 0.. {
        if let Err(error) = issues::get("5") {
            log::info(&format!("after {turn}: {error}"));
            break;
        }
    }
    Ok(Outcome::Done)
}
