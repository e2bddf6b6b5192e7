//! The chain of exceptions, and the threads beside it.

use errand_model::event::{Event, Exception, Thread};

use super::frames::StackView;
use super::values::{self, Pair};

/// One exception of the chain.
pub(crate) struct ExceptionView<'e> {
    /// `TypeError`.
    pub(crate) kind: &'e str,
    /// What it says.
    pub(crate) value: &'e str,
    /// Where its type is from.
    pub(crate) module: Option<&'e str>,
    /// Whether it led to the one shown before it.
    pub(crate) is_cause: bool,
    /// How it came to the SDK: `handled: no`, `mechanism: onerror`.
    pub(crate) mechanism: Vec<Pair>,
    /// An address that explains it.
    pub(crate) help: Option<&'e str>,
    /// Where it was thrown.
    pub(crate) stack: Option<StackView<'e>>,
}

/// A thread of the process.
pub(crate) struct ThreadView<'e> {
    /// Its name or id.
    pub(crate) name: &'e str,
    /// `crashed`, `main`, and what the SDK calls its state.
    pub(crate) marks: Vec<&'e str>,
    /// Whether it is the one that crashed.
    pub(crate) is_crashed: bool,
    /// What it did.
    pub(crate) stack: Option<StackView<'e>>,
}

/// The exceptions, what was thrown last first.
pub(super) fn chain<'e>(event: &'e Event<'_>) -> Vec<ExceptionView<'e>> {
    let newest_first = event.exception.iter().rev().enumerate();
    newest_first
        .map(|(at, exception)| view(exception, at > 0))
        .collect()
}

fn view<'e>(exception: &'e Exception<'_>, is_cause: bool) -> ExceptionView<'e> {
    let mut mechanism = Vec::new();
    if let Some(how) = &exception.mechanism {
        mechanism.extend(how.kind.as_deref().map(|kind| Pair::new("mechanism", kind)));
        let yes_or_no = |is: bool| if is { "yes" } else { "no" };
        mechanism.extend(how.handled.map(|is| Pair::new("handled", yes_or_no(is))));
        mechanism.extend(how.source.as_deref().map(|source| Pair::new("from", source)));
        mechanism.extend(
            how.description
                .as_deref()
                .map(|text| Pair::new("description", text)),
        );
        mechanism.extend(how.data.iter().flat_map(values::pairs));
        mechanism.extend(how.meta.iter().flat_map(values::pairs));
    }
    let help = exception
        .mechanism
        .as_ref()
        .and_then(|how| how.help_link.as_deref());
    ExceptionView {
        kind: exception.kind.as_deref().unwrap_or("Error"),
        value: exception.value.as_deref().unwrap_or_default(),
        module: exception.module.as_deref().filter(|module| !module.is_empty()),
        is_cause,
        mechanism,
        help: help.and_then(values::link),
        stack: exception
            .stacktrace
            .as_ref()
            .filter(|stack| !stack.frames.is_empty())
            .map(StackView::of),
    }
}

/// The threads that have something to show.
pub(super) fn threads<'e>(event: &'e Event<'_>) -> Vec<ThreadView<'e>> {
    let has_stack = |thread: &&Thread<'_>| {
        thread
            .stacktrace
            .as_ref()
            .is_some_and(|stack| !stack.frames.is_empty())
    };
    let shown = event.threads.iter().filter(has_stack);
    shown
        .map(|thread| {
            let mut marks = Vec::new();
            let is_crashed = thread.crashed == Some(true);
            marks.extend(is_crashed.then_some("crashed"));
            marks.extend((thread.current == Some(true)).then_some("current"));
            marks.extend((thread.main == Some(true)).then_some("main"));
            marks.extend(thread.state.as_deref());
            ThreadView {
                name: thread
                    .name
                    .as_deref()
                    .or(thread.id.as_deref())
                    .unwrap_or("thread"),
                marks,
                is_crashed,
                stack: thread.stacktrace.as_ref().map(StackView::of),
            }
        })
        .collect()
}
