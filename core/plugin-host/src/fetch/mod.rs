//! Components from elsewhere: `https://…` and `oci://…`, always by their digest, so that what is installed is what was
//! meant, whoever serves it.

mod oci;
mod pages;
mod source;

use std::time::Duration;

use reqwest::{Client, Response, redirect};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::secrets::to_hex;

pub use pages::{Page, Pages};
pub use source::{Elsewhere, Reference};

/// Bytes of a component; the host refuses larger ones anyway.
const MAX_COMPONENT: usize = 32 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(300);
const MAX_REDIRECTS: usize = 5;

/// Why a component was not brought. No text holds a URL's query or what signs in.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FetchError {
    /// What was written names nothing that could be brought.
    #[error("{0}")]
    Source(String),
    /// Nobody answers, or not to the end.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// The other side does not give it.
    #[error("it is not given: {0}")]
    Refused(String),
    /// It is not what was asked for.
    #[error("it is not what was asked for: {0}")]
    Wrong(String),
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        FetchError::Unreachable(error.without_url().to_string())
    }
}

/// Brings what a source names, once it is known for what it is. `sign_in` is what a registry is told that asks who it is
/// for: a user and a password.
///
/// # Errors
/// [`FetchError`] says in plain words why there is nothing.
pub async fn fetch(source: &Elsewhere, sign_in: Option<(String, String)>) -> Result<Vec<u8>, FetchError> {
    match source {
        Elsewhere::Web { url, sha256 } => {
            let response = client(url)?.get(url.clone()).send().await?;
            let wasm = body(given(response)?, MAX_COMPONENT).await?;
            check(&wasm, sha256)?;
            Ok(wasm)
        }
        Elsewhere::Registry(reference) => oci::pull(reference, sign_in).await,
    }
}

/// A client that does not leave https once it is there.
fn client(url: &Url) -> Result<Client, FetchError> {
    // Whoever comes first chooses the process's TLS provider; here it is this one in every case.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .user_agent(concat!("errand/", env!("CARGO_PKG_VERSION")))
        .https_only(url.scheme() == "https")
        .redirect(redirect::Policy::limited(MAX_REDIRECTS))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .build()?;
    Ok(client)
}

fn given(response: Response) -> Result<Response, FetchError> {
    match response.status() {
        status if status.is_success() => Ok(response),
        status => Err(FetchError::Refused(format!("the answer is {status}"))),
    }
}

/// The whole body, if it is not larger than that.
async fn body(mut response: Response, most: usize) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > most {
            return Err(FetchError::Wrong(format!("it is larger than {most} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// That bytes are what was meant.
fn check(bytes: &[u8], sha256: &str) -> Result<(), FetchError> {
    let found = to_hex(&Sha256::digest(bytes));
    match found == sha256 {
        true => Ok(()),
        false => Err(FetchError::Wrong(format!(
            "its digest is sha256:{found}, and not sha256:{sha256}"
        ))),
    }
}
