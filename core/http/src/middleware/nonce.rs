//! The number used once that lets a page's own scripts and styles through its Content-Security-Policy.

/// Take it as an extension (`Extension<Nonce>`) and write it as `nonce="{{ nonce }}"`.
#[derive(Clone, Debug)]
pub struct Nonce(pub String);

impl Nonce {
    /// A fresh one.
    pub(crate) fn random() -> Self {
        Nonce(uuid::Uuid::new_v4().simple().to_string())
    }
}

impl std::fmt::Display for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
