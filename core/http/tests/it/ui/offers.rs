//! What pages offer: nobody is shown a button or a link that leads them to *you may not*, and everybody what they may do.

use std::collections::{BTreeSet, HashMap, VecDeque};

use axum::http::{Method, StatusCode};
use errand_http::access::rules::{self, Rule};
use errand_model::Secret;
use errand_model::access::{Resource, Role};
use errand_model::grant::Grant;
use errand_store::installations::{self, NewInstallation};
use errand_store::{issues, teams};

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

/// Pages of one route that are looked at: the others are like them.
const OF_A_ROUTE: usize = 3;

/// The route of an address, and what it needs.
fn route(method: &Method, address: &str) -> Option<(&'static str, Rule)> {
    let path = address.split(['?', '#']).next()?;
    let fits = |pattern: &str| {
        let (wanted, found) = (pattern.split('/'), path.split('/'));
        wanted.clone().count() == found.clone().count()
            && wanted
                .zip(found)
                .all(|(wanted, found)| wanted.starts_with('{') || wanted == found)
    };
    let mut fitting: Vec<_> = rules::lines()
        .into_iter()
        .filter(|(of, pattern, _)| of == method && fits(pattern))
        .collect();
    // What is written out stands before what stands for anything.
    fitting.sort_by_key(|(_, pattern, _)| pattern.matches('{').count());
    fitting.first().map(|(_, pattern, rule)| (*pattern, *rule))
}

/// The values of an attribute, wherever they stand.
fn values(page: &str, attribute: &str) -> Vec<String> {
    let start = format!(" {attribute}=\"");
    let rest = page
        .split(&start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    rest.filter(|value| value.starts_with('/') && !value.starts_with("//"))
        .map(|value| value.replace("&#38;", "&").replace("&amp;", "&"))
        .collect()
}

/// The addresses that forms of a page post to.
fn forms(page: &str, here: &str) -> Vec<String> {
    let mut found = values(page, "formaction");
    for form in page.split("<form").skip(1) {
        let tag = form.split('>').next().unwrap_or_default();
        if tag.contains("method=\"post\"") {
            let action = values(&format!(" {tag}"), "action").into_iter().next();
            found.push(action.unwrap_or_else(|| here.to_owned()));
        }
    }
    found
}

/// Everything that there can be on pages: an issue with a ticket and a second hash, plugins, teams, people.
async fn furnish(hub: &Hub) {
    let first = seed::issue(hub, &seed::error("CartError", "gone")).await;
    let second = seed::issue(hub, &seed::error("StockError", "gone")).await;
    seed::store(hub, &seed::error("OtherError", "gone")).await;
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let cx = hub.state.context();
    let by = issues::By::new(errand_model::lifecycle::Actor::System);
    issues::merge(&mut tx, cx, &by, first, &[second])
        .await
        .expect("merged");
    let new = NewInstallation {
        organization: hub.project.organization,
        project: None,
        plugin: "tickets",
        name: "Tickets",
        config: Secret::new("{}".to_owned()),
        grant: Grant::default(),
    };
    installations::create(&mut tx, cx, new).await.expect("made");
    let organization = hub.project.organization;
    teams::create(&mut tx, cx, organization, "Payments", None, true)
        .await
        .expect("made");
    tx.commit().await.expect("committed");
}

/// What somebody is offered who goes wherever links lead: the routes of all forms.
async fn offered(hub: &Hub, role: Role) -> BTreeSet<&'static str> {
    let mut browser = Browser::of(hub, &format!("{role}@example.com"), role).await;
    let mut seen: HashMap<&str, BTreeSet<String>> = HashMap::new();
    let mut ahead: VecDeque<String> = ["/issues", "/support?q=kim@example.com", "/account"]
        .map(str::to_owned)
        .into();
    let mut offers = BTreeSet::new();
    while let Some(address) = ahead.pop_front() {
        let path = address.split('#').next().unwrap_or_default().to_owned();
        // Of the hub itself, for everybody.
        if ["/readyz", "/metrics"].contains(&path.as_str()) {
            continue;
        }
        let Some((pattern, rule)) = route(&Method::GET, &path) else {
            panic!("{role}: a link leads to {address}, which is no route");
        };
        assert!(rule.allows(role), "{role}: a link leads to {address}");
        let of_route = seen.entry(pattern).or_default();
        if path.starts_with("/assets/") || path.starts_with("/api/") || of_route.len() >= OF_A_ROUTE {
            continue;
        }
        if !of_route.insert(path.clone()) {
            continue;
        }
        let answer = browser.get(&path).await;
        assert_ne!(
            answer.status,
            StatusCode::FORBIDDEN,
            "{role}: a link leads to {path}"
        );
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        for form in forms(answer.text(), &path) {
            let (pattern, rule) =
                route(&Method::POST, &form).unwrap_or_else(|| panic!("{path}: {form} is no route"));
            assert!(rule.allows(role), "{role}: {path} offers {form}");
            offers.insert(pattern);
        }
        ahead.extend(values(answer.text(), "href"));
    }
    offers
}

#[tokio::test]
async fn nobody_is_offered_what_they_may_not_and_everybody_what_they_may() {
    let hub = Hub::start().await;
    furnish(&hub).await;
    let everything = offered(&hub, Role::Owner).await;
    assert!(everything.len() > 30, "{everything:?}");
    for role in Role::ALL {
        let offers = offered_again(&hub, role, &everything).await;
        for (method, pattern, rule) in rules::lines() {
            // Who runs a team is more than a role, and a person changes nobody of a higher one.
            let is_more = matches!(rule, Rule::Right(Resource::Teams | Resource::People, _));
            if method == Method::POST && everything.contains(pattern) && !is_more {
                assert_eq!(offers.contains(pattern), rule.allows(role), "{role}: {pattern}");
            }
        }
    }
}

/// The same for the owner, who was asked already.
async fn offered_again(hub: &Hub, role: Role, everything: &BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    match role {
        Role::Owner => everything.clone(),
        role => offered(hub, role).await,
    }
}

#[tokio::test]
async fn where_other_systems_call_plugins_is_shown_to_whom_may_set_them() {
    let hub = Hub::start().await;
    furnish(&hub).await;
    for role in Role::ALL {
        let mut browser = Browser::of(&hub, &format!("{role}@example.com"), role).await;
        let may = matches!(role, Role::Owner | Role::Admin);
        let page = browser.page("/plugins").await;
        assert_eq!(page.contains("/hooks/"), may, "{role}: {page}");
        let api = browser.page("/api/0/organizations/acme/plugins/").await;
        assert_eq!(api.contains("/hooks/"), may, "{role}: {api}");
    }
}
