//! Changes of issues.

use errand_plugin_sdk::changes::{self, ArchiveUntil, Growth, Resolution};
use errand_plugin_sdk::{Failure, Outcome, Priority, Ticket, issues, log, people};

fn ticket(url: &str) -> Ticket {
    Ticket {
        system: "jira".to_owned(),
        id: "10012".to_owned(),
        name: "SHOP-12".to_owned(),
        url: url.to_owned(),
        title: "Checkout fails".to_owned(),
        state: "To do".to_owned(),
        is_open: true,
        extra: "{}".to_owned(),
    }
}

/// Asks for one change of each kind.
pub fn in_every_way() -> Result<Outcome, Failure> {
    let revision = issues::get("5")?.map_or(0, |issue| issue.revision);
    let issue = changes::of("5").expecting(revision);
    issue.resolve(&Resolution::InRelease("shop@2.0".to_owned()))?;
    issue.unresolve()?;
    issue.archive(ArchiveUntil {
        is_escalating: false,
        date: None,
        events: Some(Growth {
            count: 10,
            window_minutes: Some(60),
        }),
        users: None,
    })?;
    issue.assign(None)?;
    issue.prioritize(Priority::Low)?;
    issue.link(&ticket("https://jira.example/SHOP-12"))?;
    issue.unlink("jira", "10012")?;
    changes::of("5")
        .on_behalf_of(Some("5b10"), "Mia")
        .comment("greeting", "On it.")?;
    log::explain("it was\nasked to");
    Ok(Outcome::Done)
}

/// Asks for what cannot be, and says what it is told.
pub fn in_vain() -> Result<Outcome, Failure> {
    let own = changes::of("5");
    for refused in [
        changes::of("6").unresolve(),
        changes::of("x").unresolve(),
        own.clone().expecting(77).unresolve(),
        own.comment("", "text"),
        own.comment("key", " "),
        own.link(&ticket("javascript:alert(1)")),
        own.resolve(&Resolution::InRelease(String::new())),
    ] {
        log::info(&refused.map_or_else(|failure| failure.to_string(), |()| "accepted".to_owned()));
    }
    for turn in 0.. {
        if let Err(failure) = own.unresolve() {
            log::info(&format!("after {turn}: {failure}"));
            break;
        }
    }
    Ok(Outcome::Ignored)
}

pub fn and_panic() -> Result<Outcome, Failure> {
    changes::of("5").unresolve()?;
    panic!("on purpose");
}

/// Acts for a person of the hub; nobody else can be acted for.
pub fn as_ada() -> Result<Outcome, Failure> {
    log::info(&format!("{:?}", people::find("nobody@example.com")?));
    for nobody in ["nobody@example.com", "team:3", ""] {
        let refused = people::act_as(nobody);
        log::info(&refused.map_or_else(|failure| failure.to_string(), |()| "accepted".to_owned()));
    }
    changes::of("5").prioritize(Priority::Low)?;
    people::act_as("ada@example.com")?;
    changes::of("5").unresolve()?;
    changes::of("5")
        .on_behalf_of(None, "Mia")
        .comment("greeting", "On it.")?;
    Ok(Outcome::Done)
}
