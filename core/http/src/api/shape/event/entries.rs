//! The parts of an event in the order in which people read them.

use errand_model::Level;
use errand_model::event::{Breadcrumb, Event, LogEntry, Raw, Template, Thread};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::exception::ExceptionList;
use super::frame::{StacktraceShape, context_lines};
use super::raw;
use super::request::RequestShape;
use crate::api::shape::{Nothing, Time};

/// A part of an event.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "lowercase")]
pub(crate) enum Entry<'a> {
    /// What was thrown, the cause first.
    Exception(ExceptionList<'a>),
    /// A stack trace without an exception.
    Stacktrace(StacktraceShape<'a>),
    /// The threads of the process.
    Threads(ThreadList<'a>),
    /// A template engine's error.
    Template(TemplateShape<'a>),
    /// What was logged.
    Message(MessageShape<'a>),
    /// A browser's report.
    Csp(Report<'a>),
    /// A browser's report.
    Hpkp(Report<'a>),
    /// A browser's report.
    ExpectCt(Report<'a>),
    /// A browser's report.
    ExpectStaple(Report<'a>),
    /// The web request.
    Request(RequestShape<'a>),
    /// What happened before.
    Breadcrumbs(BreadcrumbList<'a>),
    /// Images and debug files.
    DebugMeta(Report<'a>),
}

/// An object that is passed on as it came.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Report<'a>(&'a RawValue);

impl PartialSchema for Report<'_> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().into()
    }
}

impl ToSchema for Report<'_> {}

/// All the parts that `event` has.
pub(super) fn of<'a>(event: &'a Event<'a>) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    if !event.exception.is_empty() {
        entries.push(Entry::Exception(ExceptionList::of(event)));
    }
    entries.extend(
        event
            .stacktrace
            .as_ref()
            .map(|trace| Entry::Stacktrace(StacktraceShape::of(trace, event))),
    );
    if !event.threads.is_empty() {
        let values = event
            .threads
            .iter()
            .map(|thread| ThreadShape::of(thread, event))
            .collect();
        entries.push(Entry::Threads(ThreadList { values }));
    }
    entries.extend(
        event
            .template
            .as_ref()
            .map(|template| Entry::Template(TemplateShape::of(template))),
    );
    entries.extend(
        event
            .logentry
            .as_ref()
            .map(|entry| Entry::Message(MessageShape::of(entry))),
    );
    entries.extend(reports(event));
    entries.extend(
        event
            .request
            .as_ref()
            .map(|request| Entry::Request(RequestShape::of(request))),
    );
    if !event.breadcrumbs.is_empty() {
        let values = event.breadcrumbs.iter().map(BreadcrumbShape::of).collect();
        entries.push(Entry::Breadcrumbs(BreadcrumbList { values }));
    }
    entries.extend(
        event
            .debug_meta
            .as_ref()
            .map(|meta| Entry::DebugMeta(Report(raw(meta)))),
    );
    entries
}

/// What browsers reported.
fn reports<'a>(event: &'a Event<'a>) -> impl Iterator<Item = Entry<'a>> {
    let report = |report: &'a Option<Raw<'a>>| report.as_ref().map(|report| Report(raw(report)));
    let reports = [
        report(&event.csp).map(Entry::Csp),
        report(&event.hpkp).map(Entry::Hpkp),
        report(&event.expectct).map(Entry::ExpectCt),
        report(&event.expectstaple).map(Entry::ExpectStaple),
    ];
    reports.into_iter().flatten()
}

/// The threads of the process.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ThreadList<'a> {
    values: Vec<ThreadShape<'a>>,
}

/// A thread of the process.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThreadShape<'a> {
    id: Option<&'a str>,
    name: Option<&'a str>,
    current: Option<bool>,
    crashed: Option<bool>,
    main: Option<bool>,
    state: Option<&'a str>,
    stacktrace: Option<StacktraceShape<'a>>,
    raw_stacktrace: Nothing,
}

impl<'a> ThreadShape<'a> {
    fn of(thread: &'a Thread<'a>, event: &'a Event<'a>) -> Self {
        ThreadShape {
            id: thread.id.as_deref(),
            name: thread.name.as_deref(),
            current: thread.current,
            crashed: thread.crashed,
            main: thread.main,
            state: thread.state.as_deref(),
            stacktrace: thread
                .stacktrace
                .as_ref()
                .map(|trace| StacktraceShape::of(trace, event)),
            raw_stacktrace: Nothing,
        }
    }
}

/// A template engine's error.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TemplateShape<'a> {
    filename: Option<&'a str>,
    abs_path: Option<&'a str>,
    line_no: Option<i64>,
    /// Line numbers and lines.
    #[schema(value_type = Vec<Vec<Value>>)]
    context: Vec<(i64, &'a str)>,
}

impl<'a> TemplateShape<'a> {
    fn of(template: &'a Template<'a>) -> Self {
        TemplateShape {
            filename: template.filename.as_deref(),
            abs_path: template.abs_path.as_deref(),
            line_no: template.lineno,
            context: context_lines(
                template.lineno,
                &template.pre_context,
                template.context_line.as_deref(),
                &template.post_context,
            ),
        }
    }
}

/// What was logged.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MessageShape<'a> {
    /// What people read.
    formatted: Option<&'a str>,
    /// The template it was made from.
    message: Option<&'a str>,
    #[schema(value_type = Option<Object>)]
    params: Option<&'a RawValue>,
}

impl<'a> MessageShape<'a> {
    fn of(entry: &'a LogEntry<'a>) -> Self {
        MessageShape {
            formatted: entry.text(),
            message: entry.message.as_deref(),
            params: entry.params.as_ref().map(raw),
        }
    }
}

/// What happened before.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BreadcrumbList<'a> {
    values: Vec<BreadcrumbShape<'a>>,
}

/// One thing that happened before.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BreadcrumbShape<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: Option<Time>,
    level: &'static str,
    category: Option<&'a str>,
    message: Option<&'a str>,
    #[schema(value_type = Option<Object>)]
    data: Option<&'a RawValue>,
    event_id: Nothing,
}

impl<'a> BreadcrumbShape<'a> {
    fn of(crumb: &'a Breadcrumb<'a>) -> Self {
        let level = crumb
            .level
            .as_deref()
            .and_then(|level| level.parse::<Level>().ok());
        BreadcrumbShape {
            kind: crumb.kind.as_deref().unwrap_or("default"),
            timestamp: crumb.timestamp.map(|moment| Time(moment.0)),
            level: level.unwrap_or(Level::Info).as_str(),
            category: crumb.category.as_deref(),
            message: crumb.message.as_deref(),
            data: crumb.data.as_ref().map(raw),
            event_id: Nothing,
        }
    }
}
