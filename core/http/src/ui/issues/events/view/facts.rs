//! Where and to whom it happened: user, contexts, SDK, reports.

use errand_model::event::{Event, Raw, User};
use serde_json::Value;

use super::values::{self, Pair};
use crate::ui::issues::query::term;

/// A fact worth a glance.
pub(crate) struct Glance {
    /// `Browser`.
    pub(crate) name: &'static str,
    /// `Firefox 128.0`.
    pub(crate) text: String,
    /// The search that finds issues like it.
    pub(crate) query: Option<String>,
}

/// One context: browser, device, …
pub(crate) struct ContextView {
    /// What to call it.
    pub(crate) title: String,
    /// What is known.
    pub(crate) pairs: Vec<Pair>,
}

/// The facts people look for first.
pub(super) fn glance(event: &Event<'_>) -> Vec<Glance> {
    let mut facts = Vec::new();
    let mut add = |name: &'static str, text: Option<String>, query: Option<String>| {
        facts.extend(
            text.filter(|text| !text.is_empty())
                .map(|text| Glance { name, text, query }),
        );
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    add("User", event.user.as_ref().and_then(name_of), None);
    for (name, context) in [
        ("Browser", "browser"),
        ("OS", "os"),
        ("Device", "device"),
        ("Runtime", "runtime"),
    ] {
        let context = event.contexts.get(context).map(Raw::value);
        add(name, context.as_ref().and_then(named_version), None);
    }
    let tag = |key: &str, value: Option<&str>| value.map(|value| term(key, value));
    let release = event.release.as_deref();
    add("Release", owned(release), tag("release", release));
    let environment = event.environment.as_deref();
    add("Environment", owned(environment), tag("environment", environment));
    let transaction = event.transaction.as_deref();
    add("Transaction", owned(transaction), tag("transaction", transaction));
    add(
        "Address",
        owned(event.request.as_ref().and_then(|request| request.url.as_deref())),
        None,
    );
    let server = event.server_name.as_deref();
    add("Server", owned(server), tag("server_name", server));
    facts
}

/// `Firefox 128.0`.
fn named_version(context: &Value) -> Option<String> {
    let part = |key: &str| {
        context
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let name = part("name").or(part("model")).or(part("family"))?;
    Some(match part("version") {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    })
}

/// The name by which to speak of a user.
fn name_of(user: &User<'_>) -> Option<String> {
    let fields = [
        &user.email,
        &user.username,
        &user.name,
        &user.id,
        &user.ip_address,
    ];
    let first = fields.into_iter().flatten().find(|text| !text.is_empty());
    first.map(|text| text.clone().into_owned())
}

/// What is known of the user.
pub(super) fn user(user: &User<'_>) -> Vec<Pair> {
    let fields = [
        ("id", &user.id),
        ("email", &user.email),
        ("username", &user.username),
        ("name", &user.name),
        ("ip_address", &user.ip_address),
    ];
    let known = fields
        .into_iter()
        .filter_map(|(name, text)| Some(Pair::new(name, text.as_deref()?)));
    let geo = user.geo.iter().flat_map(values::pairs);
    let data = user.data.iter().flat_map(values::pairs);
    known
        .chain(geo)
        .chain(data)
        .chain(values::bag(&user.other))
        .collect()
}

/// The contexts, each with a title people know.
pub(super) fn contexts(event: &Event<'_>) -> Vec<ContextView> {
    let contexts = event.contexts.0.iter();
    contexts
        .map(|(name, raw)| {
            let mut pairs = values::pairs(raw);
            pairs.retain(|pair| pair.name != "type" || pair.text != name.as_ref());
            ContextView {
                title: title(name),
                pairs,
            }
        })
        .filter(|context| !context.pairs.is_empty())
        .collect()
}

fn title(name: &str) -> String {
    match name {
        "os" => "Operating system".to_owned(),
        "app" => "Application".to_owned(),
        "gpu" => "Graphics".to_owned(),
        "culture" => "Language and region".to_owned(),
        "trace" => "Trace".to_owned(),
        name => {
            let mut letters = name.replace('_', " ");
            letters
                .get_mut(..1)
                .into_iter()
                .for_each(str::make_ascii_uppercase);
            letters
        }
    }
}

/// A browser's own report.
pub(super) fn report(event: &Event<'_>) -> Vec<Pair> {
    let reports = [&event.csp, &event.hpkp, &event.expectct, &event.expectstaple];
    reports.into_iter().flatten().flat_map(values::pairs).collect()
}

/// What was loaded where.
pub(super) fn images(event: &Event<'_>) -> Vec<Pair> {
    let Some(meta) = event.debug_meta.as_ref().map(Raw::value) else {
        return Vec::new();
    };
    let images = meta
        .get("images")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .take(500);
    images
        .map(|image| {
            let part = |key: &str| image.get(key).and_then(Value::as_str).unwrap_or_default();
            let name = [part("code_file"), part("debug_file"), part("type")];
            let name = name.into_iter().find(|text| !text.is_empty()).unwrap_or("image");
            Pair::new(
                name,
                format!("{} {}", part("image_addr"), part("debug_id"))
                    .trim()
                    .to_owned(),
            )
        })
        .collect()
}

/// Who sent it, and how it was read.
pub(super) fn sdk(event: &Event<'_>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut add = |name: &str, text: Option<&str>| {
        pairs.extend(
            text.filter(|text| !text.is_empty())
                .map(|text| Pair::new(name, text)),
        );
    };
    add("event id", event.event_id.as_deref());
    add("platform", event.platform.as_deref());
    add("logger", event.logger.as_deref());
    add("dist", event.dist.as_deref());
    let Some(sdk) = &event.sdk else {
        return pairs;
    };
    add("SDK", sdk.name.as_deref());
    add("SDK version", sdk.version.as_deref());
    let lists = [("integrations", &sdk.integrations), ("packages", &sdk.packages)];
    pairs.extend(
        lists
            .into_iter()
            .filter_map(|(name, raw)| Some(Pair::new(name, listed(&raw.as_ref()?.value())))),
    );
    pairs
}

/// `["a", {"name": "b", "version": "1"}]` as `a, b 1`.
fn listed(value: &Value) -> String {
    let Some(list) = value.as_array() else {
        return values::text(value);
    };
    let one = |item: &Value| named_version(item).unwrap_or_else(|| values::text(item));
    list.iter().take(200).map(one).collect::<Vec<_>>().join(", ")
}

/// What SDK or hub could not read of the event.
pub(super) fn problems(event: &Event<'_>) -> Vec<String> {
    let Some(Value::Array(list)) = event.errors.as_ref().map(Raw::value) else {
        return Vec::new();
    };
    let describe = |problem: &Value| {
        let part = |key: &str| problem.get(key).map(values::text).unwrap_or_default();
        let parts = [part("type"), part("name"), part("value")];
        parts
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    };
    list.iter().take(50).map(describe).collect()
}
