//! Reading another system's API page by page, for commands that bring over what is there.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use url::Url;

use super::source::is_here;
use super::{FetchError, body, client};

/// The largest page.
const MAX_PAGE: usize = 32 << 20;

/// A system whose API is read with a token. The token goes to it alone: a page that leads elsewhere is not followed.
#[derive(Debug)]
pub struct Pages {
    base: Url,
    client: Client,
    token: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its status.
    pub status: u16,
    /// When to come back, if that was said.
    pub retry_after: Option<Duration>,
    /// The address of the next page, if there is one.
    pub next: Option<String>,
    /// How many rows the list has altogether, if that was said.
    pub hits: Option<i64>,
    /// The body.
    pub body: Vec<u8>,
}

impl Pages {
    /// Of the system at `base`.
    ///
    /// # Errors
    /// [`FetchError::Source`] unless it is an address that a token may go to.
    pub fn new(base: &str, token: &str) -> Result<Self, FetchError> {
        let base = Url::parse(&format!("{}/", base.trim_end_matches('/')))
            .map_err(|error| FetchError::Source(format!("it is no URL: {error}")))?;
        if base.scheme() != "https" && !is_here(&base) {
            return Err(FetchError::Source(
                "only https is taken, except on this machine: the token would go over the wire as it is"
                    .to_owned(),
            ));
        }
        Ok(Pages {
            client: client(&base)?,
            base,
            token: token.to_owned(),
        })
    }

    /// Gets a path, or an address that a page gave.
    ///
    /// # Errors
    /// [`FetchError`] if there is no answer, or not all of it.
    pub async fn get(&self, path: &str) -> Result<Page, FetchError> {
        let url = self
            .base
            .join(path)
            .map_err(|error| FetchError::Source(format!("it is no URL: {error}")))?;
        if url.origin() != self.base.origin() {
            return Err(FetchError::Refused("a page leads to another system".to_owned()));
        }
        let request = self.client.get(url).bearer_auth(&self.token);
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        Ok(Page {
            status,
            retry_after: number(&headers, RETRY_AFTER.as_str())
                .map(|seconds| Duration::from_secs(seconds.unsigned_abs())),
            next: next(&headers),
            hits: number(&headers, "x-hits"),
            body: body(response, MAX_PAGE).await?,
        })
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// The link of a next page that has rows: Sentry gives one in every case, GlitchTip only where there is more.
fn next(headers: &HeaderMap) -> Option<String> {
    let links = headers.get("link")?.to_str().ok()?;
    let next = links
        .split(',')
        .find(|link| link.contains("rel=\"next\"") && !link.contains("results=\"false\""))?;
    let (url, _) = next.split_once('<')?.1.split_once('>')?;
    Some(url.to_owned())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn the_next_page_is_the_one_that_has_rows() {
        let mut headers = HeaderMap::new();
        let link = r#"<https://a/?cursor=0:0:1>; rel="previous"; results="false", <https://a/?cursor=0:100:0>; rel="next"; results="true"; cursor="0:100:0""#;
        headers.insert("link", HeaderValue::from_static(link));
        assert_eq!(next(&headers).as_deref(), Some("https://a/?cursor=0:100:0"));
        let end = r#"<https://a/?cursor=0:100:0>; rel="next"; results="false""#;
        headers.insert("link", HeaderValue::from_static(end));
        assert_eq!(next(&headers), None);
    }

    #[tokio::test]
    async fn a_token_goes_nowhere_else_and_never_unencrypted() {
        assert!(Pages::new("http://sentry.example", "t").is_err());
        let pages = Pages::new("https://sentry.example/", "t").expect("an address");
        let elsewhere = pages.get("https://evil.example/api/0/").await;
        assert!(matches!(elsewhere, Err(FetchError::Refused(_))));
    }
}
