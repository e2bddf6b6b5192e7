//! Where a component comes from, as it is written.

use std::fmt;

use url::Url;

use super::FetchError;

/// A component that lies elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// A file on a web server.
    Web {
        /// Where.
        url: Url,
        /// Its digest, in hexadecimal.
        sha256: String,
    },
    /// An artifact of a registry.
    Registry(Reference),
}

/// `oci://registry/repository@sha256:…`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// `https://ghcr.io/`; without encryption on this machine alone.
    pub(super) registry: Url,
    /// `acme/team-chat`
    pub(super) repository: String,
    /// Of its manifest, in hexadecimal.
    pub(super) sha256: String,
}

fn wrong<T>(why: impl Into<String>) -> Result<T, FetchError> {
    Err(FetchError::Source(why.into()))
}

impl Elsewhere {
    /// Reads what was written; none if it is the path of a file. `sha256` is the digest that was given beside it.
    ///
    /// # Errors
    /// [`FetchError::Source`] if it names nothing.
    pub fn read(text: &str, sha256: Option<&str>) -> Result<Option<Self>, FetchError> {
        if let Some(reference) = text.strip_prefix("oci://") {
            return match sha256 {
                Some(_) => wrong("the digest of an artifact stands behind its name: …@sha256:…"),
                None => Reference::read(reference).map(|reference| Some(Elsewhere::Registry(reference))),
            };
        }
        if !text.starts_with("https://") && !text.starts_with("http://") {
            return match sha256 {
                Some(_) => wrong("--sha256 goes with a URL"),
                None => Ok(None),
            };
        }
        let url = parsed(text)?;
        if url.scheme() != "https" && !is_here(&url) {
            return wrong("only https is taken, except from this machine");
        }
        let Some(sha256) = sha256 else {
            return wrong("a URL needs --sha256 with the digest of the component");
        };
        let sha256 = digest(sha256)?;
        Ok(Some(Elsewhere::Web { url, sha256 }))
    }
}

impl Reference {
    fn read(text: &str) -> Result<Self, FetchError> {
        let Some((name, digested)) = text.split_once("@sha256:") else {
            return wrong("an artifact is named by its digest: oci://registry/repository@sha256:…");
        };
        let Some((host, repository)) = name.split_once('/') else {
            return wrong(format!("'{name}' names no repository"));
        };
        // A tag beside the digest says nothing more.
        let repository = repository.split(':').next().unwrap_or_default();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c);
        if repository.is_empty() || !repository.chars().all(is_plain) || repository.contains("..") {
            return wrong(format!("'{repository}' is no name of a repository"));
        }
        let https = parsed(&format!("https://{host}/"))?;
        Ok(Reference {
            registry: match is_here(&https) {
                true => parsed(&format!("http://{host}/"))?,
                false => https,
            },
            repository: repository.to_owned(),
            sha256: digest(digested)?,
        })
    }
}

fn parsed(text: &str) -> Result<Url, FetchError> {
    Url::parse(text).or_else(|error| wrong(format!("it is no URL: {error}")))
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Elsewhere::Web { url, .. } => {
                let mut shown = url.clone();
                shown.set_query(None);
                write!(f, "{shown}")
            }
            Elsewhere::Registry(reference) => {
                let host = reference.registry.authority();
                write!(
                    f,
                    "oci://{host}/{}@sha256:{}",
                    reference.repository, reference.sha256
                )
            }
        }
    }
}

/// Whether a URL leads to this machine.
pub(super) fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn digest(text: &str) -> Result<String, FetchError> {
    let text = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
    match text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(text),
        false => wrong("a digest has 64 hexadecimal digits"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_elsewhere_is_named_by_its_digest() {
        let sha256 = "ab".repeat(32);
        let read = |text: &str| Elsewhere::read(text, None);
        let found = read(&format!("oci://ghcr.io/acme/team-chat:1.0@sha256:{sha256}"));
        let found = found.expect("readable").expect("elsewhere");
        assert_eq!(
            found.to_string(),
            format!("oci://ghcr.io/acme/team-chat@sha256:{sha256}")
        );
        let Elsewhere::Registry(here) = read(&format!("oci://127.0.0.1:5000/a@sha256:{sha256}"))
            .expect("readable")
            .expect("elsewhere")
        else {
            panic!("a registry");
        };
        assert_eq!(here.registry.as_str(), "http://127.0.0.1:5000/");
        assert_eq!(read("./team-chat").expect("a path"), None);
        for wrong in [
            "oci://ghcr.io/acme/team-chat:1.0",
            "oci://ghcr.io/acme/team-chat@sha256:12",
            &format!("oci://ghcr.io@sha256:{sha256}"),
            &format!("oci://ghcr.io/../etc@sha256:{sha256}"),
            "https://example.com/chat.wasm",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let with = |text| Elsewhere::read(text, Some(&sha256));
        assert!(with("https://example.com/chat.wasm").expect("readable").is_some());
        assert!(with("http://example.com/chat.wasm").is_err(), "in clear");
        assert!(with("./team-chat").is_err());
    }
}
