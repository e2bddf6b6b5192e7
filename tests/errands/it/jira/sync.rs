//! Issue and ticket in line, both ways, through the life of an issue.

use anyhow::{Context, Result, ensure};
use errand_model::issue::{ArchiveUntil, Priority, Status};
use errand_model::lifecycle::Change;
use errand_tests::simulators::jira::Edition;
use serde_json::json;

use super::{EDITIONS, Site};

fn status(site: &Site, issue: errand_model::IssueId) -> Result<Status> {
    Ok(site.stand.hub().issue(issue).context("an issue")?.status)
}

#[tokio::test]
async fn resolved_here_is_done_there_and_back() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({})).await?;
        let (issue, id) = site.with_ticket("it broke").await?;
        site.stand.hub().resolve(issue);
        site.stand.settle_at_once().await?;
        ensure!(site.state(id) == "Done", "{}", site.state(id));
        ensure!(!site.linked(issue)[0].is_open);
        // What the plugin did comes back as webhooks, and is no news.
        let writes = (site.jira.writes(), site.stand.hub().edits());
        site.deliver_webhooks().await?;
        ensure!((site.jira.writes(), site.stand.hub().edits()) == writes);
        site.jira.with(|jira| jira.move_to(id, "In Progress"));
        site.deliver_webhooks().await?;
        ensure!(status(&site, issue)? == Status::Unresolved);
        site.jira.with(|jira| jira.move_to(id, "Done"));
        site.deliver_webhooks().await?;
        ensure!(status(&site, issue)? == Status::Resolved);
    }
    Ok(())
}

#[tokio::test]
async fn without_webhooks_jira_is_asked() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({})).await?;
        let (issue, id) = site.with_ticket("it broke").await?;
        site.pass(60);
        site.jira.with(|jira| {
            jira.move_to(id, "Done");
            jira.say(id, "fixed it, *really*");
        });
        errand_errands::ended_well(&site.stand.job("poll").await)?;
        ensure!(status(&site, issue)? == Status::Resolved);
        let said = site.stand.hub().held(issue).context("an issue")?.said;
        ensure!(
            said.len() == 1 && said.values().any(|text| text.contains("fixed it")),
            "{said:?}"
        );
        let edits = site.stand.hub().edits();
        for _ in 0..3 {
            errand_errands::ended_well(&site.stand.job("poll").await)?;
        }
        ensure!(
            site.stand.hub().edits() == edits,
            "asked again, it changes nothing"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_regression_reopens_within_its_days_and_makes_a_new_ticket_after() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({ "reopen_days": 14 })).await?;
        let (issue, id) = site.with_ticket("it broke").await?;
        site.stand.hub().resolve(issue);
        site.stand.settle_at_once().await?;
        site.pass(13 * 86_400);
        site.stand.hub().regress(issue);
        site.stand.settle_at_once().await?;
        ensure!(site.state(id) == "To Do", "{}", site.state(id));
        site.stand.hub().resolve(issue);
        site.stand.settle_at_once().await?;
        site.pass(15 * 86_400);
        site.stand.hub().regress(issue);
        site.stand.settle_at_once().await?;
        let next = site.ticket(issue)?;
        ensure!(next != id && site.state(id) == "Done" && site.state(next) == "To Do");
        let description = site
            .jira
            .with(|jira| jira.tickets[&next].fields["description"].to_string());
        ensure!(
            description.contains("SHOP-1"),
            "the new names the old: {description}"
        );
        // The old one is history: what happens there is nobody's business.
        site.jira.with(|jira| jira.move_to(id, "In Progress"));
        site.jira.with(|jira| jira.move_to(id, "Done"));
        site.deliver_webhooks().await?;
        ensure!(status(&site, issue)? == Status::Unresolved);
        site.stand.hub().resolve(issue);
        site.stand.settle_at_once().await?;
        ensure!(site.state(next) == "Done" && site.jira.with(|jira| jira.tickets.len()) == 2);
    }
    Ok(())
}

#[tokio::test]
async fn states_mean_what_the_admin_says() -> Result<()> {
    let settings = json!({
        "states": { "Won't Do": "archived", "In Progress": "ignore" },
        "transition_fields": { "Resolution": "Won't Do" },
    });
    let site = Site::set(Edition::Cloud, settings).await?;
    let (issue, id) = site.with_ticket("it broke").await?;
    site.jira.with(|jira| jira.move_to(id, "Won't Do"));
    site.deliver_webhooks().await?;
    ensure!(
        status(&site, issue)? == Status::Ignored,
        "Won't Do is not resolved"
    );
    site.stand.hub().change(issue, Change::Unresolved);
    site.stand.settle_at_once().await?;
    ensure!(site.state(id) == "To Do", "In Progress means nothing here");
    site.jira.with(|jira| jira.move_to(id, "In Progress"));
    site.deliver_webhooks().await?;
    ensure!(status(&site, issue)? == Status::Unresolved);
    site.stand.hub().change(
        issue,
        Change::Archived {
            until: ArchiveUntil::default(),
        },
    );
    site.stand.settle_at_once().await?;
    ensure!(
        site.state(id) == "In Progress",
        "a state that means nothing is left alone"
    );
    Ok(())
}

#[tokio::test]
async fn an_archived_issue_leaves_its_ticket_unless_the_workflow_has_a_word_for_it() -> Result<()> {
    let site = Site::set(Edition::DataCenter, json!({})).await?;
    let (issue, id) = site.with_ticket("it broke").await?;
    site.stand.hub().change(
        issue,
        Change::Archived {
            until: ArchiveUntil::default(),
        },
    );
    site.stand.settle_at_once().await?;
    ensure!(site.state(id) == "To Do");
    site.deliver_webhooks().await?;
    ensure!(
        status(&site, issue)? == Status::Ignored,
        "the open ticket does not wake the issue"
    );
    let site = Site::set(Edition::DataCenter, json!({ "on_archive": "Won't Do" })).await?;
    let (issue, id) = site.with_ticket("it broke").await?;
    site.stand.hub().change(
        issue,
        Change::Archived {
            until: ArchiveUntil::default(),
        },
    );
    site.stand.settle_at_once().await?;
    ensure!(site.state(id) == "Won't Do", "{}", site.state(id));
    Ok(())
}

#[tokio::test]
async fn whose_it_is_goes_both_ways() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({ "people": { "rob@example.com": "5b10-bob" } })).await?;
        let mia = site.stand.hub().person(7, "Mia", "mia@example.com");
        let rob = site.stand.hub().person(8, "Rob", "rob@example.com");
        let nobody = site.stand.hub().person(9, "Eve", "eve@example.com");
        let (issue, id) = site.with_ticket("it broke").await?;
        let theirs = || site.jira.with(|jira| jira.tickets[&id].assignee.clone());
        let ours = || site.stand.hub().issue(issue).and_then(|issue| issue.assignee);
        for (who, account) in [
            (Some(mia), Some("5b10-mia")),
            (Some(rob), Some("5b10-bob")),
            (None, None),
        ] {
            site.stand.hub().change(issue, Change::Assigned { assignee: who });
            site.stand.settle_at_once().await?;
            ensure!(theirs().as_deref() == account, "{who:?}: {:?}", theirs());
        }
        site.jira.with(|jira| jira.assign(id, Some("5b10-bob")));
        site.deliver_webhooks().await?;
        ensure!(ours() == Some(rob), "{:?}", ours());
        site.jira.with(|jira| jira.assign(id, None));
        site.deliver_webhooks().await?;
        ensure!(ours().is_none());
        // Somebody whom Jira does not know stays whose it is.
        site.stand.hub().change(
            issue,
            Change::Assigned {
                assignee: Some(nobody),
            },
        );
        site.stand.settle_at_once().await?;
        site.deliver_webhooks().await?;
        ensure!(ours() == Some(nobody) && theirs().is_none());
    }
    Ok(())
}

#[tokio::test]
async fn how_urgent_it_is_goes_both_ways_where_it_is_chosen() -> Result<()> {
    let site = Site::set(Edition::Cloud, json!({ "sync": ["priority"] })).await?;
    let (issue, id) = site.with_ticket("it broke").await?;
    let theirs = || {
        site.jira
            .with(|jira| jira.tickets[&id].fields["priority"]["name"].clone())
    };
    ensure!(theirs() == "High");
    site.stand.hub().change(
        issue,
        Change::Prioritized {
            priority: Priority::Low,
        },
    );
    site.stand.settle_at_once().await?;
    ensure!(theirs() == "Low");
    site.jira.with(|jira| jira.prioritize(id, "Highest"));
    site.deliver_webhooks().await?;
    ensure!(site.stand.hub().issue(issue).context("an issue")?.priority == Priority::High);
    ensure!(
        theirs() == "Highest",
        "High and Highest are one here: nothing follows"
    );
    Ok(())
}

#[tokio::test]
async fn what_people_say_is_shown_on_the_other_side_once() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({})).await?;
        let (issue, id) = site.with_ticket("it broke").await?;
        site.stand.hub().change(
            issue,
            Change::Commented {
                activity: 71,
                text: "look at\n\npay()".to_owned(),
            },
        );
        site.stand.settle_at_once().await?;
        site.stand.hub().replay(0);
        site.stand.settle_at_once().await?;
        let said = site.jira.with(|jira| jira.tickets[&id].comments.clone());
        ensure!(
            said.len() == 1 && said[0].body.to_string().contains("look at"),
            "{said:?}"
        );
        site.jira.with(|jira| jira.say(id, "on it"));
        site.deliver_webhooks().await?;
        let here = site.stand.hub().held(issue).context("an issue")?.said;
        ensure!(
            here.len() == 1 && here.values().any(|text| text.contains("on it")),
            "{here:?}"
        );
        ensure!(
            site.jira.with(|jira| jira.tickets[&id].comments.len()) == 2,
            "nothing echoes"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_deleted_ticket_is_noticed_and_may_be_followed_by_another() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({})).await?;
        let (issue, id) = site.with_ticket("it broke").await?;
        site.jira.with(|jira| jira.delete(id));
        site.deliver_webhooks().await?;
        ensure!(site.linked(issue).is_empty());
        let said = site.stand.hub().held(issue).context("an issue")?.said;
        ensure!(
            said.values().any(|text| text.contains("SHOP-1 was deleted")),
            "{said:?}"
        );
        site.stand.hub().alert(issue, "ticket");
        site.stand.settle_at_once().await?;
        ensure!(site.linked(issue).len() == 1 && site.ticket(issue)? != id);
    }
    Ok(())
}

#[tokio::test]
async fn tickets_of_merged_issues_point_to_the_one_that_is_left() -> Result<()> {
    let site = Site::set(Edition::Cloud, json!({})).await?;
    let (winner, first) = site.with_ticket("it broke").await?;
    let (loser, second) = site.with_ticket("it broke too").await?;
    site.stand.hub().merge(winner, &[loser]);
    site.stand.settle_at_once().await?;
    let links = |id: u64| {
        site.jira
            .with(|jira| jira.tickets[&id].links.keys().cloned().collect::<Vec<_>>())
    };
    ensure!(links(first) == [format!("errand-issue={winner}")]);
    ensure!(
        links(second) == [format!("errand-issue={winner}")],
        "{:?}",
        links(second)
    );
    site.stand.hub().resolve(winner);
    site.stand.settle_at_once().await?;
    ensure!(site.state(first) == "Done" && site.state(second) == "Done");
    Ok(())
}

#[tokio::test]
async fn a_deleted_issue_is_told_on_its_ticket() -> Result<()> {
    let site = Site::set(Edition::DataCenter, json!({})).await?;
    let (issue, id) = site.with_ticket("it broke").await?;
    site.stand.hub().change(issue, Change::Deleted { discard: false });
    site.stand.settle_at_once().await?;
    let ticket = site.jira.with(|jira| jira.tickets[&id].clone());
    ensure!(
        ticket.links.is_empty() && ticket.comments.len() == 1,
        "{ticket:?}"
    );
    Ok(())
}

#[tokio::test]
async fn counts_are_kept_fresh_at_a_low_rate() -> Result<()> {
    for edition in EDITIONS {
        let fields = json!({ "events_field": "customfield_20001", "users_field": "customfield_20002",
                             "last_seen_field": "customfield_20003" });
        let site = Site::set(edition, fields).await?;
        let (issue, id) = site.with_ticket("it broke").await?;
        let grow = |events: i64| {
            site.stand.hub().alter(issue, |held| {
                held.summary.times_seen = events;
                held.summary.users_seen = events / 2;
            });
        };
        let mut writes = 0;
        for hour in 1..=48 {
            grow(1_000 + hour);
            site.pass(3_600);
            let before = site.jira.writes();
            errand_errands::ended_well(&site.stand.job("counts").await)?;
            writes += usize::from(site.jira.writes() > before);
        }
        ensure!(writes <= 4, "{writes} writes in two days");
        let ticket = site.jira.with(|jira| jira.tickets[&id].clone());
        let events = ticket.properties["errand"]["events"]
            .as_u64()
            .context("a count")?;
        ensure!(
            events > 1_000 && ticket.fields["customfield_20001"] == events,
            "{ticket:?}"
        );
        ensure!(ticket.fields["customfield_20002"] == events / 2);
    }
    Ok(())
}

/// A rule over there that turns back whatever the plugin does.
#[tokio::test]
async fn a_quarrel_with_a_rule_of_jira_ends() -> Result<()> {
    let site = Site::set(Edition::Cloud, json!({})).await?;
    let (issue, id) = site.with_ticket("it broke").await?;
    for _ in 0..30 {
        site.stand.hub().resolve(issue);
        site.stand.settle_at_once().await?;
        site.jira.with(|jira| jira.move_to(id, "To Do"));
        site.deliver_webhooks().await?;
    }
    let transitions = site.jira.count("doTransition");
    ensure!(transitions <= 6, "{transitions} transitions within an hour");
    Ok(())
}
