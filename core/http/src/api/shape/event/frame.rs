//! Stack traces: frames with the source around them.

use errand_model::event::{Event, Frame, Stacktrace, Text};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::raw;
use crate::api::shape::Nothing;

/// Frames from the outermost call to where it happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StacktraceShape<'a> {
    frames: Vec<FrameShape<'a>>,
    #[schema(value_type = Option<Value>)]
    frames_omitted: Option<&'a RawValue>,
    #[schema(value_type = Option<Object>)]
    registers: Option<&'a RawValue>,
    has_system_frames: bool,
}

/// One call.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FrameShape<'a> {
    filename: Option<&'a str>,
    abs_path: Option<&'a str>,
    module: Option<&'a str>,
    package: Option<&'a str>,
    platform: Option<&'a str>,
    instruction_addr: Option<&'a str>,
    symbol_addr: Option<&'a str>,
    function: Option<&'a str>,
    raw_function: Option<&'a str>,
    symbol: Option<&'a str>,
    /// Line numbers and lines around the one that was running.
    #[schema(value_type = Vec<Vec<Value>>)]
    context: Vec<(i64, &'a str)>,
    line_no: Option<i64>,
    col_no: Option<i64>,
    trust: Option<&'a str>,
    /// Whether it is the program's own.
    in_app: Option<bool>,
    /// Local variables.
    #[schema(value_type = Option<Object>)]
    vars: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    data: Option<&'a RawValue>,
    errors: Nothing,
    lock: Nothing,
    source_link: Nothing,
}

impl<'a> StacktraceShape<'a> {
    pub(super) fn of(trace: &'a Stacktrace<'a>, event: &'a Event<'a>) -> Self {
        StacktraceShape {
            frames: trace
                .frames
                .iter()
                .map(|frame| FrameShape::of(frame, event))
                .collect(),
            frames_omitted: trace.frames_omitted.as_ref().map(raw),
            registers: trace.registers.as_ref().map(raw),
            has_system_frames: has_both_kinds(&trace.frames),
        }
    }

    pub(super) fn has_system_frames(&self) -> bool {
        self.has_system_frames
    }
}

/// Whether there are frames of the program and others: only then is there anything to hide.
fn has_both_kinds(frames: &[Frame<'_>]) -> bool {
    let own = frames.iter().filter(|frame| frame.in_app == Some(true)).count();
    own > 0 && own < frames.len()
}

impl<'a> FrameShape<'a> {
    fn of(frame: &'a Frame<'a>, event: &'a Event<'a>) -> Self {
        FrameShape {
            filename: frame.filename.as_deref(),
            abs_path: frame.abs_path.as_deref(),
            module: frame.module.as_deref(),
            package: frame.package.as_deref(),
            platform: frame.platform.as_deref().or(event.platform.as_deref()),
            instruction_addr: frame.instruction_addr.as_deref(),
            symbol_addr: frame.symbol_addr.as_deref(),
            function: frame.function.as_deref(),
            raw_function: frame.raw_function.as_deref(),
            symbol: frame.symbol.as_deref(),
            context: context_lines(
                frame.lineno,
                &frame.pre_context,
                frame.context_line.as_deref(),
                &frame.post_context,
            ),
            line_no: frame.lineno,
            col_no: frame.colno,
            trust: frame.trust.as_deref(),
            in_app: frame.in_app,
            vars: frame.vars.as_ref().map(raw),
            data: frame.data.as_ref().map(raw),
            errors: Nothing,
            lock: Nothing,
            source_link: Nothing,
        }
    }
}

/// Numbers the lines around `line`; nothing where the line itself or its number is unknown.
pub(super) fn context_lines<'a>(
    number: Option<i64>,
    before: &'a [Option<Text<'a>>],
    line: Option<&'a str>,
    after: &'a [Option<Text<'a>>],
) -> Vec<(i64, &'a str)> {
    let (Some(number), Some(line)) = (number, line) else {
        return Vec::new();
    };
    let text = |line: &'a Option<Text<'a>>| line.as_deref().unwrap_or_default();
    let lines = before
        .iter()
        .map(text)
        .chain([line])
        .chain(after.iter().map(text));
    let first = number.saturating_sub(i64::try_from(before.len()).unwrap_or(i64::MAX));
    // A program's first lines have fewer before them than an SDK may claim.
    (first..=i64::MAX)
        .zip(lines)
        .filter(|(number, _)| *number > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use errand_model::event::owned;

    use super::context_lines;

    #[test]
    fn lines_are_numbered_around_the_one_that_was_running() {
        let before = [Some(owned("a")), None];
        let after = [Some(owned("d"))];
        assert_eq!(
            context_lines(Some(10), &before, Some("c"), &after),
            vec![(8, "a"), (9, ""), (10, "c"), (11, "d")]
        );
        assert_eq!(
            context_lines(Some(2), &before, Some("c"), &[]),
            vec![(1, ""), (2, "c")]
        );
        assert_eq!(context_lines(None, &before, Some("c"), &after), vec![]);
        assert_eq!(
            context_lines(Some(i64::MAX), &before, Some("c"), &after).len(),
            3,
            "there is no line after the last number"
        );
    }
}
