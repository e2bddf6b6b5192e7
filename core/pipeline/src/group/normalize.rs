//! Makes frames ready for grouping: paths in both their places, function names trimmed, `in_app` and category as
//! rules say.

use std::borrow::Cow;

use errand_model::event::{Event, Frame, Stacktrace};
use url::Url;

use super::frame_data::{FrameData, update};
use super::function_name;
use super::rules::{ExceptionFacts, Frames, Rules};

/// Prepares every stack trace of `event`. Doing it again, also with other rules, starts from what the SDK sent.
pub fn normalize_stacktraces(event: &mut Event<'_>, rules: &Rules) {
    let platform = event.platform.as_deref().unwrap_or("other").to_owned();
    for exception in event.exception.iter_mut() {
        // The stack trace is taken out so that rules can look at the rest of the exception meanwhile.
        if let Some(mut stack) = exception.stacktrace.take() {
            normalize(&mut stack, &platform, ExceptionFacts::of(exception), rules);
            exception.stacktrace = Some(stack);
        }
    }
    let threads = event
        .threads
        .iter_mut()
        .filter_map(|thread| thread.stacktrace.as_mut());
    for stack in event.stacktrace.iter_mut().chain(threads) {
        normalize(stack, &platform, ExceptionFacts::default(), rules);
    }
}

fn normalize(stack: &mut Stacktrace<'_>, platform: &str, exception: ExceptionFacts<'_>, rules: &Rules) {
    for frame in &mut stack.frames {
        prepare(frame, platform);
    }
    let mut frames = Frames::new(&stack.frames, platform, |_| 0);
    rules.classify(&mut frames, exception);
    let classes: Vec<_> = frames
        .items
        .iter()
        .map(|frame| (frame.in_app, frame.category))
        .collect();
    for (frame, (in_app, category)) in stack.frames.iter_mut().zip(classes) {
        store(frame, in_app, rules.categories().name(category));
    }
}

/// Brings a frame back to what the SDK meant, in the form that grouping wants.
fn prepare(frame: &mut Frame<'_>, platform: &str) {
    for name in [&mut frame.function, &mut frame.symbol] {
        if name.as_deref() == Some("?") {
            *name = None;
        }
    }
    fill_paths(frame);
    match FrameData::of(frame).orig_in_app {
        None => {}
        Some(-1) => frame.in_app = None,
        Some(flag) => frame.in_app = Some(flag != 0),
    }
    if frame.raw_function.is_none()
        && let Some(function) = frame.function.as_deref().filter(|function| !function.is_empty())
    {
        let platform = frame
            .platform
            .as_deref()
            .filter(|own| !own.is_empty())
            .unwrap_or(platform);
        if let Cow::Owned(trimmed) = function_name::trim(function, platform) {
            frame.raw_function = frame.function.replace(Cow::Owned(trimmed));
        }
    }
}

/// A lone `filename` is a path; a lone path's file name is the path within its URL.
fn fill_paths(frame: &mut Frame<'_>) {
    let is_empty = |text: &Option<Cow<'_, str>>| text.as_deref().is_none_or(str::is_empty);
    if is_empty(&frame.abs_path) {
        frame.abs_path = frame.filename.take();
    }
    if is_empty(&frame.filename)
        && let Some(path) = &frame.abs_path
    {
        frame.filename = Some(path_of_url(path).map_or_else(|| path.clone(), Cow::Owned));
    }
}

fn path_of_url(text: &str) -> Option<String> {
    let schemes = ["file:", "http:", "https:", "applewebdata:"];
    if !schemes.iter().any(|scheme| text.starts_with(scheme)) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let path = url.path();
    (!path.is_empty() && path != "/").then(|| path.to_owned())
}

/// Writes what rules found to the frame, and what they changed beside it.
fn store(frame: &mut Frame<'_>, in_app: Option<bool>, category: Option<&str>) {
    let data = FrameData::of(frame);
    let mut changes = Vec::new();
    if data.category.as_deref() != category {
        changes.push((
            "category",
            category.and_then(|name| serde_json::to_string(name).ok()),
        ));
    }
    if in_app != frame.in_app && data.orig_in_app.is_none() {
        let before = frame.in_app.map_or(-1, i8::from);
        changes.push(("orig_in_app", Some(before.to_string())));
    }
    drop(data);
    if !changes.is_empty() {
        update(frame, &changes);
    }
    frame.in_app = Some(in_app.unwrap_or(false));
}
