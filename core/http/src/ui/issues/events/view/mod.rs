//! An event as a page shows it: read from the stored JSON, in the order people read.
//!
//! Everything in it came from outside. It stays text: templates escape it, and an address becomes a link only
//! where it is http or https.

mod breadcrumbs;
pub(crate) mod copy;
mod exceptions;
mod facts;
mod frames;
mod request;
mod values;

pub(crate) use breadcrumbs::Crumb;
pub(crate) use exceptions::{ExceptionView, ThreadView};
pub(crate) use facts::{ContextView, Glance};
pub(crate) use frames::{FrameView, StackView};
pub(crate) use request::RequestView;
pub(crate) use values::{Pair, link};

use errand_model::event::Event;

/// An event, ready to be shown.
pub(crate) struct EventView<'e> {
    /// Its most telling facts, for the eye that only glances.
    pub(crate) glance: Vec<Glance>,
    /// What was said, where it is no exception.
    pub(crate) message: Option<&'e str>,
    /// The parameters of the message.
    pub(crate) message_params: Option<String>,
    /// The exceptions, what was thrown last first.
    pub(crate) exceptions: Vec<ExceptionView<'e>>,
    /// A stack trace that belongs to no exception.
    pub(crate) stack: Option<StackView<'e>>,
    /// The other threads.
    pub(crate) threads: Vec<ThreadView<'e>>,
    /// The template that failed.
    pub(crate) template: Option<FrameView<'e>>,
    /// A browser's report (CSP and its like).
    pub(crate) report: Vec<Pair>,
    /// What happened before, newest first.
    pub(crate) crumbs: Vec<Crumb<'e>>,
    /// The request during which it happened.
    pub(crate) request: Option<RequestView<'e>>,
    /// Whom it happened to.
    pub(crate) user: Vec<Pair>,
    /// Where it happened.
    pub(crate) contexts: Vec<ContextView>,
    /// Its tags.
    pub(crate) tags: Vec<(&'e str, &'e str)>,
    /// What the program added.
    pub(crate) extra: Vec<Pair>,
    /// The packages that were loaded, with their versions.
    pub(crate) packages: Vec<Pair>,
    /// What was loaded where (native).
    pub(crate) images: Vec<Pair>,
    /// Who sent it.
    pub(crate) sdk: Vec<Pair>,
    /// What could not be read of it.
    pub(crate) problems: Vec<String>,
}

impl<'e> EventView<'e> {
    /// Lays the event out.
    pub(crate) fn of(event: &'e Event<'_>) -> Self {
        let entry = event.logentry.as_ref().or(event.message.as_ref());
        let is_error = !event.exception.is_empty();
        EventView {
            glance: facts::glance(event),
            message: entry
                .and_then(|entry| entry.text())
                .filter(|text| !text.is_empty()),
            message_params: entry
                .and_then(|entry| entry.params.as_ref())
                .map(|raw| values::text(&raw.value())),
            exceptions: exceptions::chain(event),
            stack: event.stacktrace.as_ref().filter(|_| !is_error).map(StackView::of),
            threads: exceptions::threads(event),
            template: event.template.as_ref().map(FrameView::of_template),
            report: facts::report(event),
            crumbs: breadcrumbs::newest_first(event),
            request: event.request.as_ref().map(RequestView::of),
            user: event.user.as_ref().map(facts::user).unwrap_or_default(),
            contexts: facts::contexts(event),
            tags: event
                .tags
                .0
                .iter()
                .map(|(key, value)| (key.as_ref(), value.as_ref()))
                .collect(),
            extra: values::bag(&event.extra),
            packages: event.modules.as_ref().map(values::pairs).unwrap_or_default(),
            images: facts::images(event),
            sdk: facts::sdk(event),
            problems: facts::problems(event),
        }
    }
}

#[cfg(test)]
mod tests;
