//! Somebody's browser without script: pages and forms.

use anyhow::{Context as _, Result, ensure};
use reqwest::{Client, RequestBuilder, Response};

use crate::Hub;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Visitor {
    client: Client,
    url: String,
    cookie: String,
}

impl Visitor {
    /// The administrator, by a link of the command line.
    ///
    /// # Errors
    /// If they are not let in.
    pub async fn administrator(hub: &Hub) -> Result<Self> {
        let link = hub.cli_json(&["sign-in-link"]).await?;
        Self::by_link(hub, link["url"].as_str().context("a link")?).await
    }

    /// Whoever has this link.
    ///
    /// # Errors
    /// If they are not let in.
    pub async fn by_link(hub: &Hub, link: &str) -> Result<Self> {
        let code = link.rsplit('/').next().context("a code")?;
        let client = crate::api::client_that_stays()?;
        let request = client.post(format!("{}/sign-in", hub.url));
        let answer = form(request, &format!("code={code}")).send().await?;
        let cookies = answer.headers().get_all("set-cookie").into_iter();
        let cookies: Vec<&str> = cookies
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .collect();
        Ok(Visitor {
            url: hub.url.clone(),
            cookie: cookies.join("; "),
            client,
        })
    }

    /// Somebody new, whom this one invites.
    ///
    /// # Errors
    /// If they are not invited, or not let in.
    pub async fn invite(&self, hub: &Hub, email: &str, role: &str) -> Result<Self> {
        let fields = format!("email={}&name=&role={role}", email.replace('@', "%40"));
        let answer = self.send("/people", "/people", &fields).await?;
        ensure!(answer.status() == 200, "inviting {email}: {}", answer.status());
        let page = answer.text().await?;
        let (_, link) = page.split_once("/sign-in/").context("a link")?;
        let code = link.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'));
        Self::by_link(hub, code.into_iter().next().context("a code")?).await
    }

    /// Asks for a page, and leaves what comes to the caller.
    ///
    /// # Errors
    /// If the hub does not answer.
    pub async fn ask(&self, path: &str) -> Result<Response> {
        let request = self.client.get(format!("{}{path}", self.url));
        Ok(request.header("cookie", &self.cookie).send().await?)
    }

    /// A page.
    ///
    /// # Errors
    /// If there is none.
    pub async fn get(&self, path: &str) -> Result<String> {
        let answer = self.ask(path).await?;
        ensure!(answer.status() == 200, "{path}: {}", answer.text().await?);
        Ok(answer.text().await?)
    }

    /// Sends a form of the page at `of`; answers where it leads.
    ///
    /// # Errors
    /// If it leads nowhere.
    pub async fn submit(&self, of: &str, path: &str, fields: &str) -> Result<String> {
        let answer = self.send(of, path, fields).await?;
        ensure!(answer.status() == 303, "{path}: {}", answer.text().await?);
        let to = answer.headers().get("location").and_then(|to| to.to_str().ok());
        Ok(to.context("where it leads")?.to_owned())
    }

    async fn send(&self, of: &str, path: &str, fields: &str) -> Result<Response> {
        let page = self.get(of).await?;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").context("a form")?;
        let token = rest.split('"').next().context("a token")?;
        let request = self.client.post(format!("{}{path}", self.url));
        let request = request.header("cookie", &self.cookie);
        Ok(form(request, &format!("csrf={token}&{fields}")).send().await?)
    }
}

fn form(request: RequestBuilder, body: &str) -> RequestBuilder {
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.to_owned())
}
