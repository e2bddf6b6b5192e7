//! The ways to group an event, the most telling first: exceptions, threads, a lone stack trace, a template, a
//! browser's report, a message. The first that has something to say decides.

mod body;

use body::Body;
pub(super) use body::StrategyView;
use errand_model::event::{Event, Stacktrace, Thread};

use crate::group::component::Leaf;
use crate::group::exception::ExceptionComponent;
use crate::group::exception_group;
use crate::group::message::normalize_message;
use crate::group::rules::{ExceptionFacts, Rules};
use crate::group::security;
use crate::group::sink::{HashSink, Hint, Sink};
use crate::group::stack::{StackComponent, View};

/// One way to group an event, with what it found there.
#[derive(Debug)]
pub(super) struct Strategy<'a> {
    /// What it is, in words.
    pub(super) name: &'static str,
    body: Body<'a>,
    /// In the order in which Sentry names them.
    pub(super) views: Vec<StrategyView>,
}

/// What strategies look at.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) event: &'a Event<'a>,
    pub(super) rules: &'a Rules,
    /// Whether somebody wants to know why.
    pub(super) detail: bool,
}

impl<'a> Scope<'a> {
    fn platform(&self) -> &'a str {
        self.event
            .platform
            .as_deref()
            .filter(|platform| !platform.is_empty())
            .unwrap_or("other")
    }

    /// The names of the variants that strategies after exceptions would make, whether they contribute or not.
    pub(super) fn possible_variants(&self) -> impl Iterator<Item = &'static str> {
        let event = self.event;
        let thread_stack = the_thread(&event.threads).and_then(|thread| thread.stacktrace.as_ref());
        let has_thread_stack = thread_stack.is_some_and(|stack| !stack.frames.is_empty());
        let has_stack = event.stacktrace.is_some() || has_thread_stack;
        let has_app = has_stack || !event.threads.is_empty();
        let has_report = [&event.csp, &event.hpkp, &event.expectct, &event.expectstaple];
        let has_default = event.template.is_some()
            || has_report.iter().any(|report| report.is_some())
            || message_text(event).is_some();
        let names = [("app", has_app), ("system", has_stack), ("default", has_default)];
        names.into_iter().filter(|(_, has)| *has).map(|(name, _)| name)
    }

    fn stack(&self, stack: &'a Stacktrace<'_>) -> Box<StackComponent<'a>> {
        let facts = ExceptionFacts::default();
        Box::new(StackComponent::new(
            stack,
            self.platform(),
            facts,
            self.rules,
            self.detail,
        ))
    }
}

/// What of an event a strategy looks at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject {
    Exceptions,
    Threads,
    Stacktrace,
    Template,
    SecurityReport,
    Message,
}

impl Subject {
    /// The most telling first.
    pub(super) const ALL: [Subject; 6] = [
        Subject::Exceptions,
        Subject::Threads,
        Subject::Stacktrace,
        Subject::Template,
        Subject::SecurityReport,
        Subject::Message,
    ];

    /// What the event has of it; none if it has nothing.
    pub(super) fn look(self, scope: Scope<'_>) -> Option<Strategy<'_>> {
        match self {
            Subject::Exceptions => exceptions(scope),
            Subject::Threads => threads(scope),
            Subject::Stacktrace => stacktrace(scope),
            Subject::Template => template(scope),
            Subject::SecurityReport => security_report(scope),
            Subject::Message => message(scope),
        }
    }
}

fn exceptions(scope: Scope<'_>) -> Option<Strategy<'_>> {
    let exceptions = scope.event.exception.as_slice();
    if exceptions.is_empty() {
        return None;
    }
    let platform = scope.platform();
    let component = |exception| ExceptionComponent::new(exception, platform, scope.rules, scope.detail);
    let components: Vec<_> = exceptions.iter().map(component).collect();
    let relevant = exception_group::relevant(exceptions, &components);
    let body = Body::Exceptions { components, relevant };
    Some(Strategy::new("the exception", body))
}

fn threads(scope: Scope<'_>) -> Option<Strategy<'_>> {
    let threads = scope.event.threads.as_slice();
    if threads.is_empty() {
        return None;
    }
    let (stack, hint) = match the_thread(threads) {
        None => (
            None,
            "ignored because there is not exactly one crashed, one current, or one thread at all",
        ),
        Some(thread) => {
            let stack = thread
                .stacktrace
                .as_ref()
                .filter(|stack| !stack.frames.is_empty());
            (stack, "ignored because the thread has no stack trace")
        }
    };
    let body = Body::Stack {
        around: Some("threads"),
        hint: stack.is_none().then_some(Hint::Text(hint)),
        stack: stack.map(|stack| scope.stack(stack)),
    };
    Some(Strategy::new("the thread", body))
}

/// The only one that crashed, or the only one that was running, or the only one.
fn the_thread<'a, 'b>(threads: &'b [Thread<'a>]) -> Option<&'b Thread<'a>> {
    let only = |wanted: fn(&Thread<'a>) -> bool| {
        let mut found = threads.iter().filter(|thread| wanted(thread));
        found.next().filter(|_| found.next().is_none())
    };
    only(|thread| thread.crashed == Some(true))
        .or_else(|| only(|thread| thread.current == Some(true)))
        .or_else(|| only(|_| true))
}

fn stacktrace(scope: Scope<'_>) -> Option<Strategy<'_>> {
    let body = Body::Stack {
        around: None,
        stack: Some(scope.stack(scope.event.stacktrace.as_ref()?)),
        hint: None,
    };
    Some(Strategy::new("the stack trace", body))
}

fn template(scope: Scope<'_>) -> Option<Strategy<'_>> {
    let template = scope.event.template.as_ref()?;
    let leaves = vec![
        Leaf::maybe("filename", template.filename.as_deref()),
        Leaf::maybe("context-line", template.context_line.as_deref()),
    ];
    Some(Strategy::new(
        "the template",
        Body::Leaves {
            id: "template",
            leaves,
        },
    ))
}

fn security_report(scope: Scope<'_>) -> Option<Strategy<'_>> {
    let report = security::report(scope.event)?;
    let (id, leaves) = (report.id, report.leaves);
    Some(Strategy::new("the report", Body::Leaves { id, leaves }))
}

fn message(scope: Scope<'_>) -> Option<Strategy<'_>> {
    let text = message_text(scope.event)?;
    let normal = normalize_message(text);
    let mut leaf = Leaf::new("message", normal.clone());
    if normal != text {
        leaf.hint = Some("stripped what differs from event to event");
    }
    let leaves = vec![leaf];
    Some(Strategy::new(
        "the message",
        Body::Leaves {
            id: "message",
            leaves,
        },
    ))
}

/// The message's template, which is the same for all events that it made, else the message.
fn message_text<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    let entry = event.logentry.as_ref().or(event.message.as_ref())?;
    let template = entry.message.as_deref().filter(|text| !text.is_empty());
    template.or(entry.formatted.as_deref())
}

impl<'a> Strategy<'a> {
    fn new(name: &'static str, body: Body<'a>) -> Self {
        let mut strategy = Strategy {
            name,
            views: body.views(),
            body,
        };
        strategy.weigh();
        strategy
    }

    /// Whether any of its variants contributes.
    pub(super) fn contributes(&self) -> bool {
        self.views.iter().any(|view| view.contributes)
    }

    /// Hashes the variants, and drops those that add nothing to another.
    fn weigh(&mut self) {
        for index in 0..self.views.len() {
            let hash = self.views.get(index).filter(|view| view.contributes).map(|view| {
                let mut sink = HashSink::default();
                self.body.walk(view.view, &mut sink);
                sink.finish()
            });
            if let Some(view) = self.views.get_mut(index) {
                view.hash = hash;
            }
        }
        let system = self.views.iter().find(|view| view.view == Some(View::System));
        let system = system.map(|view| view.hash);
        let with_stack: Vec<_> = self
            .views
            .iter()
            .map(|view| self.body.has_counting_stack(view.view))
            .collect();
        let any_stack = with_stack.contains(&true);
        for (view, has_stack) in self.views.iter_mut().zip(with_stack) {
            let why = match system {
                _ if !view.contributes => None,
                Some(None) => Some("ignored because the system variant does not count"),
                Some(hash) if view.view == Some(View::App) && hash == view.hash => {
                    Some("ignored because it hashes to the same as the system variant")
                }
                _ if any_stack && !has_stack => {
                    Some("ignored because only the other variant has a stack trace")
                }
                _ => None,
            };
            if let Some(why) = why {
                view.drop(Hint::Text(why));
            }
        }
    }

    /// Tells `sink` of one variant.
    pub(super) fn walk(&self, view: &StrategyView, sink: &mut impl Sink) {
        self.body.walk(view.view, sink);
    }
}
