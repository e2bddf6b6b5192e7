//! A stack trace, newest call first: the program's own frames open, others folded away.

use errand_model::event::{Frame, Stacktrace, Template, Text};

use super::values::{self, Pair};

/// That many of the program's own frames are unfolded at first.
const OPEN_FRAMES: usize = 4;

/// A stack trace in the order people read it.
pub(crate) struct StackView<'e> {
    /// Frames that belong together: folded runs of others' code, and single frames of the program's own.
    pub(crate) sections: Vec<Section<'e>>,
    /// The processor's registers.
    pub(crate) registers: Vec<Pair>,
    /// How many frames the SDK left out.
    pub(crate) omitted: Option<String>,
}

/// Frames in a row.
pub(crate) struct Section<'e> {
    /// Whether they are hidden behind one line.
    pub(crate) is_folded: bool,
    /// The frames, newest first.
    pub(crate) frames: Vec<FrameView<'e>>,
}

/// One call.
pub(crate) struct FrameView<'e> {
    /// The file, else the module or package.
    pub(crate) file: &'e str,
    /// Where the source can be fetched, if that is on the web.
    pub(crate) url: Option<&'e str>,
    /// The full path, where it says more than `file`.
    pub(crate) path: Option<&'e str>,
    /// The function.
    pub(crate) function: Option<&'e str>,
    /// `12`, or `12:5`.
    pub(crate) position: String,
    /// The library.
    pub(crate) package: Option<&'e str>,
    /// Where in memory.
    pub(crate) address: Option<&'e str>,
    /// Whether it is the program's own.
    pub(crate) is_app: bool,
    /// Whether to unfold it at first.
    pub(crate) is_open: bool,
    /// The source around the line.
    pub(crate) source: Vec<SourceLine<'e>>,
    /// The local variables.
    pub(crate) vars: Vec<Pair>,
}

/// A line of source.
pub(crate) struct SourceLine<'e> {
    /// Its number; none where the frame does not tell.
    pub(crate) number: Option<i64>,
    /// The line.
    pub(crate) text: &'e str,
    /// Whether the call happened on it.
    pub(crate) is_hit: bool,
}

impl<'e> StackView<'e> {
    /// Lays out a stack trace.
    pub(crate) fn of(stack: &'e Stacktrace<'_>) -> Self {
        let has_app = stack.frames.iter().any(|frame| frame.in_app == Some(true));
        let mut sections: Vec<Section<'e>> = Vec::new();
        let mut opened = 0;
        for frame in stack.frames.iter().rev() {
            let mut view = FrameView::of(frame);
            // Where nothing is known to be the program's own, everything is worth seeing.
            let is_folded = has_app && !view.is_app;
            if !is_folded && view.has_details() && opened < OPEN_FRAMES {
                view.is_open = has_app || opened == 0;
                opened += 1;
            }
            match sections.last_mut() {
                Some(section) if section.is_folded == is_folded => section.frames.push(view),
                _ => sections.push(Section {
                    is_folded,
                    frames: vec![view],
                }),
            }
        }
        StackView {
            sections,
            registers: stack.registers.as_ref().map(values::pairs).unwrap_or_default(),
            omitted: stack
                .frames_omitted
                .as_ref()
                .map(|raw| values::text(&raw.value())),
        }
    }

    /// All frames, newest first.
    pub(crate) fn frames(&self) -> impl Iterator<Item = &FrameView<'e>> {
        self.sections.iter().flat_map(|section| &section.frames)
    }
}

/// What is there and not empty.
fn filled<'e>(text: &'e Option<Text<'_>>) -> Option<&'e str> {
    text.as_deref().filter(|text| !text.is_empty())
}

impl<'e> FrameView<'e> {
    /// Lays out one call.
    fn of(frame: &'e Frame<'_>) -> Self {
        let path = filled(&frame.abs_path);
        let named = filled(&frame.filename).or(filled(&frame.module));
        let file = named.or(path).or(filled(&frame.package)).unwrap_or("<unknown>");
        FrameView {
            file,
            url: path.and_then(values::link),
            path: path.filter(|path| *path != file),
            function: filled(&frame.function).or(filled(&frame.raw_function)),
            position: position(frame.lineno, frame.colno),
            package: filled(&frame.package).filter(|package| *package != file),
            address: filled(&frame.instruction_addr),
            is_app: frame.in_app == Some(true),
            is_open: false,
            source: source(
                &frame.pre_context,
                &frame.context_line,
                &frame.post_context,
                frame.lineno,
            ),
            vars: frame.vars.as_ref().map(values::pairs).unwrap_or_default(),
        }
    }

    /// Lays out a template's error: it has a place, and no call.
    pub(crate) fn of_template(template: &'e Template<'_>) -> Self {
        let Template {
            pre_context,
            context_line,
            post_context,
            lineno,
            ..
        } = template;
        FrameView {
            file: filled(&template.filename)
                .or(filled(&template.abs_path))
                .unwrap_or("<template>"),
            url: None,
            path: filled(&template.abs_path),
            function: None,
            position: position(*lineno, None),
            package: None,
            address: None,
            is_app: true,
            is_open: true,
            source: source(pre_context, context_line, post_context, *lineno),
            vars: Vec::new(),
        }
    }

    /// Whether there is more of it than its one line.
    pub(crate) fn has_details(&self) -> bool {
        !self.source.is_empty() || !self.vars.is_empty()
    }
}

/// `12`, `12:5`, or nothing.
fn position(line: Option<i64>, column: Option<i64>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!("{line}:{column}"),
        (Some(line), None) => line.to_string(),
        _ => String::new(),
    }
}

/// The lines around the call, numbered.
fn source<'e>(
    before: &'e [Option<Text<'_>>],
    hit: &'e Option<Text<'_>>,
    after: &'e [Option<Text<'_>>],
    line: Option<i64>,
) -> Vec<SourceLine<'e>> {
    let Some(hit) = hit.as_deref() else {
        return Vec::new();
    };
    let first = line.map(|line| line.saturating_sub(before.len() as i64));
    let before = before
        .iter()
        .map(|text| (text.as_deref().unwrap_or_default(), false));
    let after = after
        .iter()
        .map(|text| (text.as_deref().unwrap_or_default(), false));
    let lines = before.chain([(hit, true)]).chain(after).enumerate();
    lines
        .map(|(at, (text, is_hit))| SourceLine {
            number: first
                .map(|first| first.saturating_add(at as i64))
                .filter(|number| *number > 0),
            text,
            is_hit,
        })
        .collect()
}
