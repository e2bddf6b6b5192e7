//! Jira Cloud by OAuth 2.0: through Atlassian's gateway, with tokens that the hub has renewed.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use errand_plugin_host::{Remote, RemoteAnswer, RemoteRequest};
use errand_tests::contract::Mock;
use errand_tests::simulators::jira::{self, Edition, Jira};
use serde_json::{Value, json};

use errand_errands::{Fate, START, Stand, ended_well, kind, wire};

/// What Atlassian's own servers do, before the site that the mock plays.
struct Gateway {
    site: Arc<dyn Remote>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many tokens were given; the newest alone is taken, and each refresh token once.
    given: usize,
    /// What was asked for tokens.
    asked: Vec<String>,
    /// Where requests went that carried a token.
    seen: Vec<String>,
}

impl Gateway {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn token(&self, body: &str) -> RemoteAnswer {
        let mut state = self.state();
        state.asked.push(body.to_owned());
        let expected = format!("refresh_token=refresh-{}", state.given);
        if !body.contains(&expected) || !body.contains("client_secret=sheep") {
            return answer(400, &json!({ "error": "invalid_grant" }));
        }
        state.given += 1;
        let (access, refresh) = (
            format!("access-{}", state.given),
            format!("refresh-{}", state.given),
        );
        answer(
            200,
            &json!({ "access_token": access, "refresh_token": refresh, "expires_in": 3600, "token_type": "Bearer" }),
        )
    }
}

impl Remote for Gateway {
    fn answer(&self, request: &RemoteRequest) -> RemoteAnswer {
        if request.url == "https://auth.atlassian.com/oauth/token" {
            let body = request.body.as_slice();
            return self.token(&String::from_utf8_lossy(body));
        }
        let mut headers = request.headers.iter();
        let sent = headers.find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let mut state = self.state();
        state.seen.push(request.url.clone());
        if sent.map(|(_, value)| value.as_str()) != Some(&format!("Bearer access-{}", state.given)) {
            return answer(401, &json!({ "code": 401, "message": "Unauthorized" }));
        }
        drop(state);
        if request.url == "https://api.atlassian.com/oauth/token/accessible-resources" {
            let site = |id: &str, url: &str| json!({ "id": id, "url": url, "name": id, "scopes": [] });
            let sites = [
                site("cloud-0", "https://other.atlassian.net"),
                site("cloud-1", "https://acme.atlassian.net"),
            ];
            return answer(200, &json!(sites));
        }
        match request
            .url
            .strip_prefix("https://api.atlassian.com/ex/jira/cloud-1/")
        {
            Some(path) => self.site.answer(&RemoteRequest {
                url: format!("https://acme.atlassian.net/{path}"),
                ..request.clone()
            }),
            None => answer(404, &json!({})),
        }
    }
}

fn answer(status: u16, body: &Value) -> RemoteAnswer {
    RemoteAnswer::Answer {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

struct Site {
    jira: Mock<Jira>,
    gateway: Arc<Gateway>,
    stand: Stand,
}

impl Site {
    async fn set(url: &str, refresh_token: &str) -> Result<Self> {
        let now = u64::try_from(START.millis())?;
        let jira = Mock::new(jira::contract(Edition::Cloud)?, Jira::new(Edition::Cloud, now));
        let gateway = Arc::new(Gateway {
            site: wire(&jira),
            state: Mutex::default(),
        });
        let settings = json!({
            "url": url, "edition": "cloud", "client_id": "it", "client_secret": "sheep", "account": refresh_token,
            "project": "SHOP", "issue_type": "Bug", "create_on": ["issue.created"],
        });
        let stand = Stand::reaching("jira", settings, Arc::clone(&gateway) as Arc<dyn Remote>).await?;
        Ok(Site { jira, gateway, stand })
    }
}

#[tokio::test]
async fn tickets_are_made_through_the_gateway_and_tokens_renewed_as_they_end() -> Result<()> {
    let site = Site::set("https://acme.atlassian.net/", "refresh-0").await?;
    let issue = site.stand.hub().new_issue("it broke");
    site.stand.settle_at_once().await?;
    ensure!(site.jira.with(|jira| jira.tickets.len()) == 1);
    let ticket = site.stand.hub().tickets(issue).pop().context("a link")?;
    ensure!(
        ticket.url == "https://acme.atlassian.net/browse/SHOP-1",
        "people read it at the site: {}",
        ticket.url
    );
    {
        let state = site.gateway.state();
        ensure!(state.asked.len() == 1, "one token does: {:?}", state.asked);
        let sites = state
            .seen
            .iter()
            .filter(|url| url.ends_with("accessible-resources"))
            .count();
        ensure!(sites == 1, "the site's id is remembered: {:?}", state.seen);
    }

    // The token ends before its time; and the refresh token that came with it is another.
    site.gateway.state().given += 1;
    site.gateway.state().asked.clear();
    site.stand.hub().resolve(issue);
    let attempt = site
        .stand
        .deliver(Fate::Acknowledged)
        .await
        .context("an attempt")?;
    ensure!(
        kind(&attempt) == "auth",
        "what Atlassian does not take any more is for an admin: {:?}",
        attempt.outcome
    );
    ensure!(
        site.gateway.state().asked[0].contains("refresh_token=refresh-1"),
        "the newest is used"
    );

    site.gateway.state().given = 1;
    site.stand.pass(std::time::Duration::from_secs(7_200));
    site.stand.settle_at_once().await?;
    ensure!(
        site.jira
            .with(|jira| jira.tickets.values().all(|ticket| ticket.state != 0)),
        "it was moved"
    );
    ensure!(site.gateway.state().given == 2);
    Ok(())
}

#[tokio::test]
async fn a_site_that_access_was_not_granted_to_is_named() -> Result<()> {
    let site = Site::set("https://shut.atlassian.net", "refresh-0").await?;
    site.stand.hub().new_issue("it broke");
    let attempt = site
        .stand
        .deliver(Fate::Acknowledged)
        .await
        .context("an attempt")?;
    ensure!(kind(&attempt) == "config", "{:?}", attempt.outcome);
    let said = format!("{:?}", attempt.outcome);
    ensure!(
        said.contains("https://other.atlassian.net, https://acme.atlassian.net"),
        "{said}"
    );
    let text = format!("{:?}", attempt.requests);
    ensure!(!text.contains("access-1") && !text.contains("sheep"), "{text}");
    Ok(())
}

#[tokio::test]
async fn nothing_is_given_up_before_access_is_granted() -> Result<()> {
    let site = Site::set("https://acme.atlassian.net", "").await?;
    site.stand.hub().new_issue("it broke");
    let attempt = site
        .stand
        .deliver(Fate::Acknowledged)
        .await
        .context("an attempt")?;
    ensure!(kind(&attempt) == "auth", "{:?}", attempt.outcome);
    ended_well(&attempt).expect_err("it waits for an admin");
    Ok(())
}
