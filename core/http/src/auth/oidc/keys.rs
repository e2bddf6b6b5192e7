//! The keys by which a provider signs (RFC 7517), as far as they are of kinds that are taken.

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::problem::Problem;

/// Keys of one provider that are looked at.
const MOST_KEYS: usize = 100;

/// A key, as the provider writes it.
#[derive(Deserialize)]
struct Written {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// What kind of signatures a key checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl Kind {
    const fn of(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512 => Some(Kind::Rsa),
            Algorithm::ES256 => Some(Kind::P256),
            Algorithm::ES384 => Some(Kind::P384),
            Algorithm::EdDSA => Some(Kind::Ed25519),
            // What both sides know proves nothing: whoever checks it could have made it.
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => None,
        }
    }
}

struct Key {
    kind: Kind,
    id: Option<String>,
    algorithm: Option<String>,
    key: DecodingKey,
}

/// All of a provider's.
pub(super) struct Keys(Vec<Key>);

impl Keys {
    /// Reads them. What is of another kind is left out: a provider may have keys for much else.
    pub(super) fn read(body: &[u8]) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(body)
            .map_err(|why| Problem::provider(format!("The provider's keys cannot be read: {why}.")))?;
        let keys: Vec<Key> = set.keys.into_iter().take(MOST_KEYS).filter_map(key).collect();
        match keys.is_empty() {
            true => Err(Problem::provider(
                "The provider has no key of a kind that is taken here (RSA, P-256, P-384 or Ed25519).",
            )),
            false => Ok(Keys(keys)),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Those that may have made a signature.
    pub(super) fn for_signature<'k>(
        &'k self,
        algorithm: Algorithm,
        name: &'k str,
        id: Option<&'k str>,
    ) -> impl Iterator<Item = &'k DecodingKey> {
        let kind = Kind::of(algorithm);
        let fits = move |key: &&Key| {
            Some(key.kind) == kind
                && key.algorithm.as_deref().is_none_or(|of| of == name)
                && id.is_none_or(|id| key.id.as_deref() == Some(id))
        };
        self.0.iter().filter(fits).map(|key| &key.key)
    }
}

fn key(written: Value) -> Option<Key> {
    let written: Written = serde_json::from_value(written).ok()?;
    if written.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return None;
    }
    let (kind, key) = match (written.kty.as_str(), written.crv.as_deref()) {
        ("RSA", _) => {
            let key = DecodingKey::from_rsa_components(written.n.as_deref()?, written.e.as_deref()?);
            (Kind::Rsa, key)
        }
        ("EC", Some(curve @ ("P-256" | "P-384"))) => {
            let kind = if curve == "P-256" { Kind::P256 } else { Kind::P384 };
            let key = DecodingKey::from_ec_components(written.x.as_deref()?, written.y.as_deref()?);
            (kind, key)
        }
        ("OKP", Some("Ed25519")) => (
            Kind::Ed25519,
            DecodingKey::from_ed_components(written.x.as_deref()?),
        ),
        _ => return None,
    };
    Some(Key {
        kind,
        id: written.kid,
        algorithm: written.alg,
        key: key.ok()?,
    })
}
