//! Exceptions and threads: what says nothing is dropped, what is too long is cut.

use std::borrow::Cow;

use errand_model::event::{Event, Exception, Stacktrace};

use super::frames;
use super::trim::{self, Limit};

/// Cleans exceptions, threads, and the stack trace that old SDKs put beside them.
pub(super) fn clean(event: &mut Event<'_>) {
    for exception in event.exception.iter_mut() {
        clean_exception(exception);
    }
    event.exception.retain(|exception| {
        exception.kind.is_some() || exception.value.is_some() || exception.stacktrace.is_some()
    });
    clean_stacktrace(&mut event.stacktrace);
    if let [exception] = event.exception.as_mut_slice()
        && exception.stacktrace.is_none()
    {
        exception.stacktrace = event.stacktrace.take();
    }
    for thread in event.threads.iter_mut() {
        trim::field(&mut thread.name, Limit::THREAD);
        clean_stacktrace(&mut thread.stacktrace);
    }
    if let Some(template) = &mut event.template {
        trim::field(&mut template.filename, Limit::PATH);
        trim::field(&mut template.abs_path, Limit::PATH);
    }
}

fn clean_exception(exception: &mut Exception<'_>) {
    trim::field(&mut exception.kind, Limit::SYMBOL);
    trim::field(&mut exception.module, Limit::SYMBOL);
    if exception.kind.is_none() {
        split_value(exception);
    }
    trim::field(&mut exception.value, Limit::MESSAGE);
    clean_stacktrace(&mut exception.stacktrace);
    trim::raw(&mut exception.raw_stacktrace, 64 * 1024);
    if let Some(mechanism) = &mut exception.mechanism {
        trim::field(&mut mechanism.kind, Limit::USER);
        trim::field(&mut mechanism.description, Limit::MESSAGE);
        trim::raw(&mut mechanism.meta, 2_048);
        trim::raw(&mut mechanism.data, 2_048);
    }
}

/// Reads `TypeError: x is undefined` where an SDK put it all into the value.
fn split_value(exception: &mut Exception<'_>) {
    let Some((kind, value)) = exception.value.as_deref().and_then(|text| text.split_once(':')) else {
        return;
    };
    let is_type = kind.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && kind
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'));
    if is_type && value.starts_with(' ') {
        let (kind, value) = (kind.to_owned(), value.trim().to_owned());
        exception.kind = Some(Cow::Owned(kind));
        exception.value = Some(Cow::Owned(value));
    }
}

fn clean_stacktrace(stacktrace: &mut Option<Stacktrace<'_>>) {
    let Some(inner) = stacktrace else {
        return;
    };
    trim::raw(&mut inner.registers, 2_048);
    frames::clean(&mut inner.frames);
    if inner.frames.is_empty() {
        *stacktrace = None;
    }
}
