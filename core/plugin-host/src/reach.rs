//! Where an installation may send requests: what its plugin's manifest names, as far as an administrator lets it.

use errand_model::grant::Grant;
use serde_json::Value;
use url::Url;

use crate::manifest::{HostPattern, Manifest};
use crate::options::Network;

/// Hosts, and networks that are private.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    wanted: Vec<HostPattern>,
    /// None: all that is wanted.
    granted: Option<Vec<HostPattern>>,
    pub(crate) networks: Vec<Network>,
}

impl Reach {
    /// Under these settings. What of a grant cannot be read grants nothing.
    pub(crate) fn new(manifest: &Manifest, config: &Value, grant: &Grant) -> Self {
        let pattern = |host: &String| HostPattern::try_from(host.clone()).ok();
        let granted = grant.hosts.as_ref();
        Reach {
            wanted: manifest.allowed_hosts(config),
            granted: granted.map(|hosts| hosts.iter().filter_map(pattern).collect()),
            networks: grant
                .networks
                .iter()
                .filter_map(|text| network(text).ok())
                .collect(),
        }
    }

    /// Why a request may not go there.
    pub(crate) fn check(&self, url: &Url) -> Result<(), String> {
        let (scheme, host) = (url.scheme(), url.host_str().unwrap_or_default());
        let is_among = |hosts: &[HostPattern]| hosts.iter().any(|pattern| pattern.allows(url));
        if !is_among(&self.wanted) {
            return Err(format!(
                "the manifest and the settings do not name {scheme}://{host}"
            ));
        }
        match &self.granted {
            Some(granted) if !is_among(granted) => Err(format!(
                "an administrator keeps this installation from {scheme}://{host}"
            )),
            _ => Ok(()),
        }
    }
}

/// What is wrong with a grant for a plugin with these settings: a line each.
pub(crate) fn problems(manifest: &Manifest, config: &Value, grant: &Grant) -> Vec<String> {
    let wanted = manifest.allowed_hosts(config);
    let hosts = grant.hosts.iter().flatten();
    let wrong_hosts = hosts.filter_map(|host| match HostPattern::try_from(host.clone()) {
        Err(why) => Some(why),
        Ok(pattern) if wanted.iter().any(|wanted| wanted.covers(&pattern)) => None,
        Ok(_) => Some(format!("the plugin does not ask for '{host}'")),
    });
    let wrong_networks = grant.networks.iter().filter_map(|text| network(text).err());
    wrong_hosts.chain(wrong_networks).collect()
}

/// Reads a network, or says what is wrong with it.
fn network(text: &str) -> Result<Network, String> {
    let wrong = || format!("'{text}' is no network (allowed: 10.1.0.0/16, fd00:1::/32, 10.1.2.3/32)");
    text.parse::<Network>().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest() -> Manifest {
        let manifest = json!({
            "id": "p", "name": "P", "version": "1", "imports": ["http"],
            "hosts": ["a.example", "*.b.example", {"setting": "url"}, {"setting": "more"}],
            "settings": [
                {"key": "url", "type": "url", "label": "U"}, {"key": "more", "type": "map", "label": "M"},
            ],
        });
        Manifest::parse(manifest.to_string().as_bytes()).expect("a manifest")
    }

    fn reach(hosts: Option<&[&str]>) -> Reach {
        let config = json!({"url": "http://c.example:8080/x", "more": {"x": "https://d.example/", "y": "-"}});
        let hosts = hosts.map(|hosts| hosts.iter().map(|&host| host.to_owned()).collect());
        let grant = Grant {
            hosts,
            networks: Vec::new(),
        };
        Reach::new(&manifest(), &config, &grant)
    }

    fn allows(reach: &Reach, url: &str) -> bool {
        reach.check(&url.parse().expect("a URL")).is_ok()
    }

    #[test]
    fn a_grant_leaves_less_of_what_the_manifest_names_and_never_more() {
        let all = [
            "https://a.example/",
            "https://x.b.example/",
            "http://c.example:8080/y",
            "https://d.example/",
        ];
        let usual = reach(None);
        assert!(all.iter().all(|url| allows(&usual, url)));
        let one = reach(Some(&["a.example", "evil.example"]));
        let still: Vec<_> = all.iter().filter(|url| allows(&one, url)).collect();
        assert_eq!(still, [&"https://a.example/"]);
        assert!(!allows(&one, "https://evil.example/"));
        let below = reach(Some(&["x.b.example", "http://c.example:8080"]));
        assert!(allows(&below, all[1]) && allows(&below, all[2]));
        assert!(!allows(&below, "https://y.b.example/") && !allows(&below, "https://c.example:8080/"));
        let nothing = reach(Some(&[]));
        assert!(!all.iter().any(|url| allows(&nothing, url)));
    }

    #[test]
    fn what_is_wrong_with_a_grant_is_said_line_by_line() {
        let grant = |hosts: &[&str], networks: &[&str]| Grant {
            hosts: Some(hosts.iter().map(|&host| host.to_owned()).collect()),
            networks: networks.iter().map(|&network| network.to_owned()).collect(),
        };
        let problems = |grant| problems(&manifest(), &json!({}), &grant);
        let good = grant(
            &["a.example", "*.b.example", "x.b.example", "*.x.b.example"],
            &["10.1.0.0/16"],
        );
        assert_eq!(problems(good), Vec::<String>::new());
        let bad = grant(
            &["b.example", "http://a.example", "not a host"],
            &["10.1.0.0/99", "here"],
        );
        let bad = problems(bad);
        assert_eq!(bad.len(), 5, "{bad:#?}");
        assert_eq!(bad[0], "the plugin does not ask for 'b.example'");
        assert!(bad[4].starts_with("'here' is no network"), "{bad:#?}");
    }
}
