//! Every route has a rule, and every rule a route.

use std::collections::{BTreeSet, HashMap};

use super::rules;

/// Method and path of all routes, read from how the routers show themselves: they have no list of their own.
fn routes() -> BTreeSet<(String, String)> {
    let routers = [crate::api::router(), crate::ui::router()];
    routers
        .iter()
        .flat_map(|router| routes_of(&format!("{router:?}")))
        .collect()
}

fn routes_of(shown: &str) -> Vec<(String, String)> {
    let (_, rest) = shown.split_once("path_router: ").expect("a router of paths");
    let (endpoints, rest) = rest.split_once("node: Node { paths: {").expect("the paths");
    let (paths, _) = rest.split_once("} }").expect("an end of the paths");
    let paths: HashMap<_, _> = by_route(paths).collect();
    let mut found = Vec::new();
    for (id, endpoint) in by_route(endpoints) {
        let path = paths[id].trim_matches(['"', ',', ' ']);
        found.extend(
            methods_of(endpoint)
                .into_iter()
                .map(|method| (method, path.to_owned())),
        );
    }
    found
}

/// The entries of a map, as it shows itself, by the number of the route.
fn by_route(shown: &str) -> impl Iterator<Item = (&str, &str)> {
    let entries = shown.split("RouteId(").skip(1);
    entries.map(|entry| entry.split_once("): ").expect("a number and what it stands for"))
}

fn methods_of(endpoint: &str) -> Vec<String> {
    let named = [
        "get", "delete", "options", "patch", "post", "put", "trace", "connect",
    ];
    let takes = |method: &&str| {
        let (_, after) = endpoint
            .split_once(&format!("{method}: "))
            .expect("each is shown");
        !after.starts_with("None")
    };
    named.into_iter().filter(takes).map(str::to_uppercase).collect()
}

#[test]
fn every_route_has_a_rule_and_every_rule_a_route() {
    let routes = routes();
    assert!(routes.len() > 150, "{} routes are read", routes.len());
    let ruled: BTreeSet<_> = rules::lines()
        .into_iter()
        .map(|(method, path, _)| (method.to_string(), path.to_owned()))
        .collect();
    let without: Vec<_> = routes.difference(&ruled).collect();
    assert!(
        without.is_empty(),
        "core/http/src/access/rules.txt says nothing of {without:?}"
    );
    let stale: Vec<_> = ruled.difference(&routes).collect();
    assert!(stale.is_empty(), "there is no such route: {stale:?}");
}
