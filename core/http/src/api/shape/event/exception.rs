//! Exceptions, the cause first.

use errand_model::event::{Event, Exception, Mechanism};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::frame::StacktraceShape;
use super::raw;
use crate::api::shape::Nothing;

/// What was thrown, the cause first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExceptionList<'a> {
    values: Vec<ExceptionShape<'a>>,
    /// Whether some frame is not the program's own.
    has_system_frames: bool,
    exc_omitted: Nothing,
}

/// One exception.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExceptionShape<'a> {
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    value: Option<&'a str>,
    module: Option<&'a str>,
    thread_id: Option<&'a str>,
    mechanism: Option<MechanismShape<'a>>,
    stacktrace: Option<StacktraceShape<'a>>,
    #[schema(value_type = Option<Object>)]
    raw_stacktrace: Option<&'a RawValue>,
}

/// How it came to the SDK. Sentry's API leaves these names as the protocol has them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MechanismShape<'a> {
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    handled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    synthetic: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exception_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_exception_group: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    meta: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    data: Option<&'a RawValue>,
}

impl<'a> ExceptionList<'a> {
    pub(super) fn of(event: &'a Event<'a>) -> Self {
        let values: Vec<_> = event
            .exception
            .iter()
            .map(|it| ExceptionShape::of(it, event))
            .collect();
        ExceptionList {
            has_system_frames: values.iter().any(|it| {
                it.stacktrace
                    .as_ref()
                    .is_some_and(StacktraceShape::has_system_frames)
            }),
            values,
            exc_omitted: Nothing,
        }
    }
}

impl<'a> ExceptionShape<'a> {
    fn of(exception: &'a Exception<'a>, event: &'a Event<'a>) -> Self {
        ExceptionShape {
            kind: exception.kind.as_deref(),
            value: exception.value.as_deref(),
            module: exception.module.as_deref(),
            thread_id: exception.thread_id.as_deref(),
            mechanism: exception.mechanism.as_ref().map(MechanismShape::of),
            stacktrace: exception
                .stacktrace
                .as_ref()
                .map(|trace| StacktraceShape::of(trace, event)),
            raw_stacktrace: exception.raw_stacktrace.as_ref().map(raw),
        }
    }
}

impl<'a> MechanismShape<'a> {
    fn of(mechanism: &'a Mechanism<'a>) -> Self {
        MechanismShape {
            kind: mechanism.kind.as_deref(),
            handled: mechanism.handled,
            synthetic: mechanism.synthetic,
            exception_id: mechanism.exception_id,
            parent_id: mechanism.parent_id,
            is_exception_group: mechanism.is_exception_group,
            source: mechanism.source.as_deref(),
            description: mechanism.description.as_deref(),
            help_link: mechanism.help_link.as_deref(),
            meta: mechanism.meta.as_ref().map(raw),
            data: mechanism.data.as_ref().map(raw),
        }
    }
}
