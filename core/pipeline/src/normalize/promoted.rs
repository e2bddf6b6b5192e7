//! The tags that Sentry derives from an event's fields, so that people can search by them.
//!
//! To derive a further one, add it here. Fields win over what the SDK sent under the same key, except for
//! contexts, where the SDK knows better.

use std::borrow::Cow;

use errand_model::event::{Bag, Event, Mechanism, Raw, Text};
use serde::Deserialize;

use super::trim::{self, Limit};

/// Adds the derived tags to the event's.
pub(crate) fn promote(event: &mut Event<'_>) {
    let fields = [
        ("level", &event.level),
        ("logger", &event.logger),
        ("release", &event.release),
        ("dist", &event.dist),
        ("environment", &event.environment),
        ("server_name", &event.server_name),
        ("site", &event.site),
        ("transaction", &event.transaction),
    ];
    let mut derived: Vec<(&'static str, Text<'_>)> = Vec::with_capacity(20);
    for (key, field) in fields {
        if let Some(value) = field {
            derived.push((key, value.clone()));
        }
    }
    if let Some(url) = event.request.as_ref().and_then(|request| request.url.as_ref()) {
        derived.push(("url", url.clone()));
    }
    if let Some(mechanism) = event
        .exception
        .iter()
        .rev()
        .find_map(|exception| exception.mechanism.as_ref())
    {
        of_mechanism(mechanism, &mut derived);
    }
    for (key, value) in derived {
        set(&mut event.tags.0, key, value, true);
    }
    let mut described = Vec::with_capacity(10);
    of_contexts(&event.contexts, &mut described);
    for (key, value) in described {
        set(&mut event.tags.0, key, value, false);
    }
}

fn set<'a>(tags: &mut Vec<(Text<'a>, Text<'a>)>, key: &'static str, mut value: Text<'a>, replaces: bool) {
    trim::text(&mut value, Limit::NAME);
    if value.is_empty() {
        return;
    }
    match tags.iter_mut().find(|(known, _)| known == key) {
        Some((_, slot)) if replaces => *slot = value,
        Some(_) => {}
        None => tags.push((Cow::Borrowed(key), value)),
    }
}

fn of_mechanism<'a>(mechanism: &Mechanism<'a>, derived: &mut Vec<(&'static str, Text<'a>)>) {
    if let Some(kind) = &mechanism.kind {
        derived.push(("mechanism", kind.clone()));
    }
    if let Some(handled) = mechanism.handled {
        derived.push(("handled", Cow::Borrowed(if handled { "yes" } else { "no" })));
    }
}

/// The fields of contexts that become tags.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Context<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    family: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    slug: Option<Cow<'a, str>>,
    #[serde(borrow)]
    vendor_name: Option<Cow<'a, str>>,
    rooted: Option<bool>,
}

fn of_contexts(contexts: &Bag<'_>, derived: &mut Vec<(&'static str, Text<'static>)>) {
    for (key, raw) in &contexts.0 {
        let is_indexed = matches!(
            key.as_ref(),
            "browser" | "os" | "client_os" | "runtime" | "device" | "gpu" | "monitor"
        );
        let Some(context) = is_indexed.then(|| read(raw)).flatten() else {
            continue;
        };
        match key.as_ref() {
            "browser" => named(&context, "browser", "browser.name", derived),
            "os" => {
                named(&context, "os", "os.name", derived);
                if let Some(rooted) = context.rooted {
                    derived.push(("os.rooted", Cow::Borrowed(if rooted { "yes" } else { "no" })));
                }
            }
            "client_os" => named(&context, "client_os", "client_os.name", derived),
            "runtime" => named(&context, "runtime", "runtime.name", derived),
            "device" => {
                push("device", context.model.as_ref(), derived);
                push("device.family", context.family.as_ref(), derived);
            }
            "gpu" => {
                push("gpu.name", context.name.as_ref(), derived);
                push("gpu.vendor_name", context.vendor_name.as_ref(), derived);
            }
            _ => {
                push("monitor.id", context.id.as_ref(), derived);
                push("monitor.slug", context.slug.as_ref(), derived);
            }
        }
    }
}

/// A context that is no object, or has fields of other types, gives no tags.
fn read<'r>(raw: &'r Raw<'_>) -> Option<Context<'r>> {
    serde_json::from_str(raw.get()).ok()
}

fn named(
    context: &Context<'_>,
    tag: &'static str,
    name_tag: &'static str,
    derived: &mut Vec<(&'static str, Text<'static>)>,
) {
    let Some(name) = context.name.as_deref().filter(|name| !name.is_empty()) else {
        return;
    };
    let full = match context.version.as_deref() {
        Some(version) if !version.is_empty() => format!("{name} {version}"),
        _ => name.to_owned(),
    };
    derived.push((tag, Cow::Owned(full)));
    derived.push((name_tag, Cow::Owned(name.to_owned())));
}

fn push(tag: &'static str, value: Option<&Cow<'_, str>>, derived: &mut Vec<(&'static str, Text<'static>)>) {
    if let Some(value) = value {
        derived.push((tag, Cow::Owned(value.to_string())));
    }
}
