//! The web request during which it happened.

use errand_model::event::Request;

use super::values::{self, Pair};

/// A request, as a page shows it.
pub(crate) struct RequestView<'e> {
    /// `GET`.
    pub(crate) method: &'e str,
    /// Its address, without the query.
    pub(crate) url: &'e str,
    /// The address, if it may be followed.
    pub(crate) link: Option<&'e str>,
    /// The query's parameters.
    pub(crate) query: Vec<Pair>,
    /// The part behind `#`.
    pub(crate) fragment: Option<&'e str>,
    /// The body.
    pub(crate) body: Vec<Pair>,
    /// The headers.
    pub(crate) headers: Vec<Pair>,
    /// The cookies.
    pub(crate) cookies: Vec<Pair>,
    /// What the server knew.
    pub(crate) env: Vec<Pair>,
}

impl<'e> RequestView<'e> {
    /// Lays out a request.
    pub(crate) fn of(request: &'e Request<'_>) -> Self {
        let url = request.url.as_deref().unwrap_or_default();
        RequestView {
            method: request.method.as_deref().unwrap_or("GET"),
            url,
            link: values::link(url),
            query: request.query_string.as_ref().map(query).unwrap_or_default(),
            fragment: request.fragment.as_deref().filter(|text| !text.is_empty()),
            body: request.data.as_ref().map(values::pairs).unwrap_or_default(),
            headers: request
                .headers
                .0
                .iter()
                .map(|(name, value)| Pair::new(name.as_ref(), value.as_ref()))
                .collect(),
            cookies: request.cookies.as_ref().map(values::pairs).unwrap_or_default(),
            env: request.env.as_ref().map(values::pairs).unwrap_or_default(),
        }
    }
}

/// A query may be text (`a=1&b=2`), a map or a list of pairs.
fn query(raw: &errand_model::event::Raw<'_>) -> Vec<Pair> {
    let serde_json::Value::String(text) = raw.value() else {
        return values::pairs(raw);
    };
    let decode = |part: &str| {
        let part = part.replace('+', " ");
        percent_encoding::percent_decode_str(&part)
            .decode_utf8_lossy()
            .into_owned()
    };
    let parts = text
        .trim_start_matches('?')
        .split('&')
        .filter(|part| !part.is_empty())
        .take(200);
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Pair::new(decode(name), decode(value))
        })
        .collect()
}
