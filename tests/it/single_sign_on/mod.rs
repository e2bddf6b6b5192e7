//! Signing in by a real provider of OpenID Connect: as far as HTTP goes, with what is hostile on the way; and in a browser.

mod person;

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, Provider};
use url::Url;

use self::person::{Page, Person};
use crate::browser::{Browser, is_there};
use crate::pages;
use crate::sdks::sdks;

/// Where owners set it.
const SETTINGS: &str = "/organization/single-sign-on";

/// A hub, its owner, and a provider.
struct Stage {
    hub: Hub,
    provider: Provider,
    owner: Person,
}

impl Stage {
    async fn set(sdks: &std::path::Path) -> Result<Self> {
        let hub = Hub::start().await?;
        let provider = Provider::start(sdks, &hub.url).await?;
        let mut owner = Person::new()?;
        let link = hub.cli_json(&["sign-in-link"]).await?;
        let code = link["url"].as_str().context("a link")?.to_owned();
        owner
            .go(
                format!("{}/sign-in", hub.url).parse()?,
                Some(&[("code", &code)]),
                |_| false,
            )
            .await?;
        Ok(Stage { hub, provider, owner })
    }

    fn fields<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut fields = vec![
            ("issuer", self.provider.issuer.as_str()),
            ("client_id", Provider::CLIENT),
            ("name", "Acme"),
        ];
        fields.extend_from_slice(more);
        fields
    }

    async fn save(&mut self, more: &[(&str, &str)]) -> Result<Page> {
        let mut owner = self.owner.clone();
        let fields = self.fields(&[&[("action", "save")], more].concat());
        let page = owner.submit(&self.hub, SETTINGS, SETTINGS, &fields).await?;
        self.owner = owner;
        Ok(page)
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn people_sign_in_by_a_real_provider_and_owners_are_never_locked_out() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mut stage = Stage::set(&sdks).await?;
    for (secret, words) in [
        ("wrong", "the secret is wrong"),
        (Provider::SECRET, "the secret is right"),
    ] {
        let mut owner = stage.owner.clone();
        let fields = stage.fields(&[("client_secret", secret), ("action", "try")]);
        let tried = owner.submit(&stage.hub, SETTINGS, SETTINGS, &fields).await?;
        ensure!(tried.text.contains(words), "{words}: {}", tried.text);
    }
    let secret = ("client_secret", Provider::SECRET);
    let saved = stage
        .save(&[secret, ("newcomers", "member"), ("passwords", "on")])
        .await?;
    ensure!(saved.text.contains("Saved."), "{}", saved.text);
    let mut ada = Person::new()?;
    let page = ada.sign_in(&stage.hub, "ada@example.com").await?;
    ensure!(
        page.url.path() == "/projects" && page.status == 200,
        "{}: {}",
        page.url,
        page.text
    );
    let account = ada.open(&format!("{}/account", stage.hub.url)).await?;
    ensure!(
        account.text.contains("ada@example.com, Member"),
        "{}",
        account.text
    );

    // The owner links theirs; from then on passwords may go.
    let fields = [("action", "link")];
    let mut owner = stage.owner.clone();
    let page = owner
        .submit(&stage.hub, "/account", "/account/single-sign-on", &fields)
        .await?;
    let way = format!(
        "{}{}",
        stage.provider.issuer,
        page.after(&format!("href=\"{}", stage.provider.issuer))?
    );
    let back = owner.at_provider(&way, "boss@example.com").await?;
    let page = owner.go(back, None, |_| false).await?;
    ensure!(
        page.text.contains("From now on you sign in with Acme."),
        "{}",
        page.text
    );
    stage.owner = owner;
    let saved = stage.save(&[("newcomers", "member")]).await?;
    ensure!(saved.text.contains("Saved."), "{}", saved.text);
    let password = [
        ("email", "ada@example.com"),
        ("password", "correct horse battery"),
    ];
    let url = format!("{}/sign-in/password", stage.hub.url).parse()?;
    let refused = Person::new()?.go(url, Some(&password), |_| false).await?;
    assert_eq!(refused.status, 403);

    // The provider is gone: who runs the hub gets in all the same, and takes it away.
    drop(stage.provider);
    let page = Person::new()?
        .open(&format!("{}/sign-in/sso", stage.hub.url))
        .await?;
    ensure!(page.url.path() == "/auth" || page.status == 422, "{}", page.text);
    let link = stage.hub.cli_json(&["sign-in-link"]).await?;
    let mut operator = Person::new()?;
    let code = [("code", link["url"].as_str().context("a link")?)];
    operator
        .go(format!("{}/sign-in", stage.hub.url).parse()?, Some(&code), |_| {
            false
        })
        .await?;
    let page = operator
        .submit(&stage.hub, SETTINGS, SETTINGS, &[("action", "remove")])
        .await?;
    ensure!(
        page.text.contains("Nobody signs in by a provider"),
        "{}",
        page.text
    );
    Ok(())
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn what_is_taken_to_another_browser_changed_or_used_twice_is_refused() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mut stage = Stage::set(&sdks).await?;
    let secret = ("client_secret", Provider::SECRET);
    stage
        .save(&[secret, ("newcomers", "member"), ("passwords", "on")])
        .await?;
    let hub = &stage.hub;
    let refused = async |person: &mut Person, back: Url, words: &str| -> Result<()> {
        let page = person.go(back, None, |_| false).await?;
        ensure!(
            page.status == 422 && page.text.contains(words),
            "{words}: {} {}",
            page.status,
            page.text
        );
        Ok(())
    };
    let mut eve = Person::new()?;
    let way = eve.way(hub).await?;
    let back_of_eve = eve.at_provider(&way, "eve@example.com").await?;
    // Somebody is lured into Eve's sign-in, with and without one of their own under way.
    refused(&mut Person::new()?, back_of_eve.clone(), "begin again").await?;
    let mut ada = Person::new()?;
    let way = ada.way(hub).await?;
    refused(&mut ada.clone(), back_of_eve.clone(), "begin again").await?;
    // Eve's code in Ada's sign-in: it was not asked for with Ada's challenge.
    let state = |url: &Url| {
        url.query_pairs()
            .find(|(name, _)| name == "state")
            .map(|(_, value)| value.into_owned())
    };
    let code = |url: &Url| {
        url.query_pairs()
            .find(|(name, _)| name == "code")
            .map(|(_, value)| value.into_owned())
    };
    let mut mixed = back_of_eve.clone();
    mixed.query_pairs_mut().clear().extend_pairs([
        ("code", code(&back_of_eve).context("a code")?),
        ("state", state(&way.parse()?).context("a state")?),
        ("iss", stage.provider.issuer.clone()),
    ]);
    refused(&mut ada, mixed, "invalid_grant").await?;
    // A nonce that is not the browser's, although the provider signs it.
    let mut ada = Person::new()?;
    let mut way: Url = ada.way(hub).await?.parse()?;
    let pairs: Vec<(String, String)> = way.query_pairs().into_owned().collect();
    way.query_pairs_mut()
        .clear()
        .extend_pairs(pairs.into_iter().map(|(name, value)| {
            if name == "nonce" {
                (name, "another".to_owned())
            } else {
                (name, value)
            }
        }));
    let back = ada.at_provider(way.as_str(), "ada@example.com").await?;
    refused(&mut ada, back, "another sign-in (nonce)").await?;
    // Once is enough: neither the same browser nor who copied its cookies comes in again.
    let mut ada = Person::new()?;
    let way = ada.way(hub).await?;
    let back = ada.at_provider(&way, "ada@example.com").await?;
    let mut copy = ada.clone();
    let page = ada.go(back.clone(), None, |_| false).await?;
    ensure!(page.url.path() == "/projects", "{}", page.text);
    refused(&mut copy, back, "begin again").await?;
    // Who says no at the provider is not let in.
    let mut bob = Person::new()?;
    let way: Url = bob.way(hub).await?.parse()?;
    let no = format!(
        "{}/sign-in/sso/return?error=access_denied&state={}&iss={}",
        hub.url,
        state(&way).context("a state")?,
        stage.provider.issuer
    );
    refused(&mut bob, no.parse()?, "access_denied").await
}

#[tokio::test]
async fn whose_address_is_not_confirmed_or_of_another_domain_is_not_let_in() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mut stage = Stage::set(&sdks).await?;
    let secret = ("client_secret", Provider::SECRET);
    let member = ("newcomers", "member");
    stage
        .save(&[secret, member, ("passwords", "on"), ("domains", "example.com")])
        .await?;
    for (login, status, words) in [
        (
            "unverified@example.com",
            403,
            "does not say that your e-mail address is yours",
        ),
        ("ada@evil-example.com", 403, "address of your domain"),
        ("ada@Example.com", 200, ""),
    ] {
        let page = Person::new()?.sign_in(&stage.hub, login).await?;
        ensure!(
            page.status == status && page.text.contains(words),
            "{login}: {} {}",
            page.status,
            page.text
        );
    }
    stage.save(&[("passwords", "on")]).await?;
    let page = Person::new()?.sign_in(&stage.hub, "new@example.com").await?;
    ensure!(
        page.status == 403 && page.text.contains("ask an administrator"),
        "{}",
        page.text
    );
    Ok(())
}

#[tokio::test]
async fn single_sign_on_works_in_a_browser_and_shuts_nobody_out() -> Result<()> {
    let Some(sdks) = sdks().filter(|_| is_there()) else {
        return Ok(());
    };
    let axe = std::fs::read_to_string(sdks.join("node_modules/axe-core/axe.min.js"))?;
    let pictures = std::env::var_os("ERRAND_TEST_PICTURES").map(PathBuf::from);
    if let Some(folder) = &pictures {
        std::fs::create_dir_all(folder)?;
    }
    let hub = Hub::start().await?;
    let provider = Provider::start(&sdks, &hub.url).await?;
    let mut browser = Browser::start().await?;
    let mut wrong = Vec::new();
    browser.sign_in(&hub).await?;
    browser.open(&format!("{}{SETTINGS}", hub.url)).await?;
    for (field, text) in [
        ("#issuer", provider.issuer.as_str()),
        ("#client_id", Provider::CLIENT),
        ("#client_secret", Provider::SECRET),
        ("#name", "Acme"),
    ] {
        browser.fill_in(field, text).await?;
    }
    browser.click("button", "Try it").await?;
    browser
        .says("It knows the client id, and the secret is right.")
        .await?;
    wrong.extend(pages::seen(&mut browser, "sso-tried", &axe, pictures.as_deref()).await?);
    browser.fill_in("#client_secret", Provider::SECRET).await?;
    browser.click("button", "Save").await?;
    browser.says("Saved.").await?;
    browser.open(&format!("{}/account", hub.url)).await?;
    browser.click("button", "Link it").await?;
    browser.says("There are ten minutes for it.").await?;
    wrong.extend(pages::seen(&mut browser, "sso-link", &axe, pictures.as_deref()).await?);
    browser.click("a", "Go on to Acme").await?;
    browser.fill_in("[name=login]", "boss@example.com").await?;
    browser.fill_in("[name=password]", "any").await?;
    browser.click("button", "Sign-in").await?;
    browser.click("button", "Continue").await?;
    browser.says("From now on you sign in with Acme.").await?;
    wrong.extend(pages::seen(&mut browser, "sso-account", &axe, pictures.as_deref()).await?);
    browser
        .value("document.querySelector('form[action=\"/sign-out\"]').submit()")
        .await?;
    browser.until("location.pathname === '/sign-in'").await?;
    wrong.extend(pages::seen(&mut browser, "sso-sign-in", &axe, pictures.as_deref()).await?);
    // The provider still knows who it is, and nothing is asked again.
    browser.click("a", "Sign in with Acme").await?;
    browser.until("location.pathname === '/issues'").await?;
    browser
        .open(&format!("{}/sign-in/sso/return?state=made-up&code=x", hub.url))
        .await?;
    browser.says("Not signed in").await?;
    wrong.extend(pages::seen(&mut browser, "sso-failed", &axe, pictures.as_deref()).await?);
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
