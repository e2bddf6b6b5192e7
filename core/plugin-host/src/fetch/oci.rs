//! Pulling from a registry, as the OCI distribution specification has it: a manifest by its digest, and the one layer
//! in it that is the component.

use reqwest::header::{ACCEPT, HeaderMap, WWW_AUTHENTICATE};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use url::Url;

use super::source::{Reference, is_here};
use super::{FetchError, MAX_COMPONENT, body, check, client, given};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// What an artifact of a component has for its configuration.
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";
const MAX_MANIFEST: usize = 4 << 20;
const MAX_TOKEN: usize = 64 << 10;
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
}

/// A user and a password.
type SignIn = Option<(String, String)>;

fn refused<T>(why: impl Into<String>) -> Result<T, FetchError> {
    Err(FetchError::Refused(why.into()))
}

fn wrong<T>(why: impl Into<String>) -> Result<T, FetchError> {
    Err(FetchError::Wrong(why.into()))
}

/// The component of an artifact.
pub(super) async fn pull(reference: &Reference, sign_in: SignIn) -> Result<Vec<u8>, FetchError> {
    let mut session = Session {
        client: client(&reference.registry)?,
        reference,
        sign_in,
        proof: Proof::None,
    };
    let digest = format!("sha256:{}", reference.sha256);
    let response = session.get("manifests", &digest).await?;
    let manifest = body(response, MAX_MANIFEST).await?;
    check(&manifest, &reference.sha256)?;
    let layer = component(&manifest)?;
    let response = session.get("blobs", &layer.digest).await?;
    let wasm = body(response, MAX_COMPONENT).await?;
    match layer.digest.strip_prefix("sha256:") {
        Some(sha256) => check(&wasm, sha256)?,
        None => return wrong("its layer has a digest of another kind"),
    }
    Ok(wasm)
}

/// The layer that is the component.
fn component(manifest: &[u8]) -> Result<Descriptor, FetchError> {
    let manifest: Manifest = serde_json::from_slice(manifest)
        .or_else(|error| wrong(format!("its manifest cannot be read: {error}")))?;
    if manifest.config.media_type != CONFIG {
        let kind = manifest.config.media_type;
        return wrong(format!(
            "it is no WebAssembly artifact: its configuration is {kind}, and not {CONFIG}"
        ));
    }
    let mut layers = manifest.layers.into_iter();
    let (Some(layer), None) = (layers.next(), layers.next()) else {
        return wrong("a component is one layer; this artifact has more, or none");
    };
    if layer.media_type != LAYER {
        return wrong(format!("its layer is {}, and not {LAYER}", layer.media_type));
    }
    match layer.size <= MAX_COMPONENT as u64 {
        true => Ok(layer),
        false => wrong(format!(
            "it has {} bytes; at most {MAX_COMPONENT} are taken",
            layer.size
        )),
    }
}

/// How the registry is told who asks.
enum Proof {
    None,
    Basic(String, String),
    Bearer(String),
}

struct Session<'r> {
    client: Client,
    reference: &'r Reference,
    sign_in: SignIn,
    proof: Proof,
}

impl Session<'_> {
    /// Gets something of the repository; a registry that asks who it is for is told once.
    async fn get(&mut self, kind: &str, digest: &str) -> Result<Response, FetchError> {
        let path = format!("v2/{}/{kind}/{digest}", self.reference.repository);
        let url = self.reference.registry.join(&path);
        let url = url.or_else(|error| wrong(format!("'{path}' is no path: {error}")))?;
        let mut response = self.ask(&url).await?;
        if response.status() == StatusCode::UNAUTHORIZED && matches!(self.proof, Proof::None) {
            self.proof = self.prove(response.headers()).await?;
            response = self.ask(&url).await?;
        }
        given(response)
    }

    async fn ask(&self, url: &Url) -> Result<Response, FetchError> {
        let accepted = format!("{MANIFEST}, {LAYER}");
        let request = self.client.get(url.clone()).header(ACCEPT, accepted);
        Ok(self.proof.on(request).send().await?)
    }

    /// What the registry wants to see, by its own word.
    async fn prove(&self, headers: &HeaderMap) -> Result<Proof, FetchError> {
        let challenge = headers
            .get(WWW_AUTHENTICATE)
            .and_then(|value| value.to_str().ok());
        let Some(challenge) = challenge else {
            return refused("the registry does not say how to sign in");
        };
        let (scheme, rest) = challenge.split_once(' ').unwrap_or((challenge, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return match &self.sign_in {
                Some((user, password)) => Ok(Proof::Basic(user.clone(), password.clone())),
                None => refused("the registry asks for a user and a password"),
            };
        }
        match scheme.eq_ignore_ascii_case("bearer") {
            true => self.token(rest).await.map(Proof::Bearer),
            false => refused(format!("the registry wants to be signed in by '{scheme}'")),
        }
    }

    async fn token(&self, challenge: &str) -> Result<String, FetchError> {
        let realm = parameter(challenge, "realm").and_then(|realm| Url::parse(&realm).ok());
        let realm = realm.filter(|realm| realm.scheme() == "https" || is_here(realm));
        let Some(mut realm) = realm else {
            return refused("the registry names no place for tokens that is encrypted");
        };
        for name in ["service", "scope"] {
            if let Some(value) = parameter(challenge, name) {
                realm.query_pairs_mut().append_pair(name, &value);
            }
        }
        let request = self.client.get(realm);
        let request = match &self.sign_in {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        };
        let answer = body(given(request.send().await?)?, MAX_TOKEN).await?;
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap_or_default();
        let mut names = ["token", "access_token"].iter();
        match names.find_map(|name| answer.get(name)?.as_str()) {
            Some(token) => Ok(token.to_owned()),
            None => refused("the registry's answer holds no token"),
        }
    }
}

impl Proof {
    fn on(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Proof::None => request,
            Proof::Basic(user, password) => request.basic_auth(user, Some(password)),
            Proof::Bearer(token) => request.bearer_auth(token),
        }
    }
}

/// A parameter of a challenge: `realm="https://…"`.
fn parameter(challenge: &str, name: &str) -> Option<String> {
    let (_, after) = challenge.split_once(&format!("{name}=\""))?;
    Some(after.split('"').next()?.to_owned())
}
