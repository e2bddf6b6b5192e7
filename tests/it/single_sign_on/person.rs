//! Somebody with cookies, who follows links and fills in forms, without a browser.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use errand_tests::Hub;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use url::Url;

/// Steps on the way that are followed; a browser follows twenty.
const MOST_STEPS: usize = 20;

/// See the top.
#[derive(Clone)]
pub(super) struct Person {
    client: reqwest::Client,
    /// By host and path, then name.
    cookies: BTreeMap<(String, String, String), String>,
}

/// Where somebody came to.
pub(super) struct Page {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) text: String,
}

impl Page {
    /// What stands behind the first `before` of the page, up to a quotation mark.
    pub(super) fn after(&self, before: &str) -> Result<String> {
        let (_, rest) = self
            .text
            .split_once(before)
            .with_context(|| format!("{before} in {}", self.text))?;
        let (found, _) = rest.split_once('"').context("an end")?;
        Ok(found.replace("&#38;", "&").replace("&amp;", "&"))
    }
}

impl Person {
    pub(super) fn new() -> Result<Self> {
        // It is set already where another test did so.
        let _set = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Person {
            client,
            cookies: BTreeMap::new(),
        })
    }

    /// Sends one request: answers its page and where it leads.
    async fn step(&mut self, url: &Url, form: Option<&[(&str, &str)]>) -> Result<(Page, Option<Url>)> {
        let host = url.authority().to_owned();
        let fits =
            |(of, path, _): &&(String, String, String)| *of == host && url.path().starts_with(path.as_str());
        let sent: Vec<String> = self
            .cookies
            .iter()
            .filter(|(key, _)| fits(key))
            .map(|((_, _, name), value)| format!("{name}={value}"))
            .collect();
        let request = match form {
            Some(fields) => {
                let body = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(fields)
                    .finish();
                self.client
                    .post(url.clone())
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(body)
            }
            None => self.client.get(url.clone()),
        };
        let answer = request.header(COOKIE, sent.join("; ")).send().await?;
        for line in answer.headers().get_all(SET_COOKIE) {
            let line = line.to_str()?;
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').context("a cookie has a name")?;
            let path = attributes
                .split(';')
                .find_map(|one| one.trim().strip_prefix("path="));
            let path = path.or_else(|| {
                attributes
                    .split(';')
                    .find_map(|one| one.trim().strip_prefix("Path="))
            });
            let key = (host.clone(), path.unwrap_or("/").to_owned(), name.to_owned());
            match value.is_empty() {
                true => self.cookies.remove(&key),
                false => self.cookies.insert(key, value.to_owned()),
            };
        }
        let status = answer.status().as_u16();
        let next = answer
            .headers()
            .get(LOCATION)
            .filter(|_| (300..400).contains(&status));
        let next = next
            .map(|next| Ok::<_, anyhow::Error>(url.join(next.to_str()?)?))
            .transpose()?;
        let page = Page {
            url: url.clone(),
            status,
            text: answer.text().await?,
        };
        Ok((page, next))
    }

    /// Goes to a page and on as it leads, but not to what `stop` says.
    pub(super) async fn go(
        &mut self,
        url: Url,
        form: Option<&[(&str, &str)]>,
        stop: fn(&Url) -> bool,
    ) -> Result<Page> {
        let (mut page, mut next) = self.step(&url, form).await?;
        for _ in 0..MOST_STEPS {
            match next {
                None => return Ok(page),
                Some(url) if stop(&url) => {
                    return Ok(Page {
                        url,
                        status: 0,
                        text: String::new(),
                    });
                }
                Some(url) => (page, next) = self.step(&url, None).await?,
            }
        }
        anyhow::bail!("it leads on and on, last to {}", page.url)
    }

    pub(super) async fn open(&mut self, url: &str) -> Result<Page> {
        self.go(url.parse()?, None, |_| false).await
    }

    /// Sends a form of a page of the hub.
    pub(super) async fn submit(
        &mut self,
        hub: &Hub,
        of: &str,
        to: &str,
        fields: &[(&str, &str)],
    ) -> Result<Page> {
        let csrf = self
            .open(&format!("{}{of}", hub.url))
            .await?
            .after("name=\"csrf\" value=\"")?;
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.go(format!("{}{to}", hub.url).parse()?, Some(&all), |_| false)
            .await
    }

    /// Signs in at the provider as somebody and says yes; answers the address by which it sends back to the hub.
    pub(super) async fn at_provider(&mut self, way: &str, login: &str) -> Result<Url> {
        let is_back = |url: &Url| url.path() == "/sign-in/sso/return";
        let mut page = self.go(way.parse()?, None, is_back).await?;
        for prompt in ["login", "consent"] {
            if is_back(&page.url) {
                break;
            }
            ensure!(
                page.text.contains(&format!("value=\"{prompt}\"")),
                "{}: {}",
                page.url,
                page.text
            );
            let action = page.url.join(&page.after("action=\"")?)?;
            let fields = [("prompt", prompt), ("login", login), ("password", "any")];
            page = self.go(action, Some(&fields), is_back).await?;
        }
        ensure!(is_back(&page.url), "{} {}: {}", page.status, page.url, page.text);
        Ok(page.url)
    }

    /// Where the button leads.
    pub(super) async fn way(&mut self, hub: &Hub) -> Result<String> {
        let begun = self
            .go(
                format!("{}/sign-in/sso?next=/projects", hub.url).parse()?,
                None,
                |url| url.path() == "/auth",
            )
            .await?;
        ensure!(begun.url.path() == "/auth", "{}: {}", begun.url, begun.text);
        Ok(begun.url.into())
    }

    pub(super) async fn sign_in(&mut self, hub: &Hub, login: &str) -> Result<Page> {
        let way = self.way(hub).await?;
        let back = self.at_provider(&way, login).await?;
        self.go(back, None, |_| false).await
    }
}
