//! An event as plain text and as Markdown, for chats and tickets.

use std::fmt::Write;

use super::frames::{FrameView, StackView};
use super::{EventView, ExceptionView};

/// What stands above the event.
pub(crate) struct Heading<'a> {
    /// The title.
    pub(crate) title: &'a str,
    /// `SHOP-1A`.
    pub(crate) short_id: &'a str,
    /// Where the issue is found.
    pub(crate) url: &'a str,
}

/// The event as plain text: its stack traces as the language would print them.
pub(crate) fn plain(heading: &Heading<'_>, event: &EventView<'_>) -> String {
    let mut text = format!("{} ({})\n{}\n\n", heading.title, heading.short_id, heading.url);
    for fact in &event.glance {
        let _ = writeln!(text, "{}: {}", fact.name, fact.text);
    }
    text.push('\n');
    stack_traces(&mut text, event);
    text
}

/// The event as Markdown.
pub(crate) fn markdown(heading: &Heading<'_>, event: &EventView<'_>) -> String {
    let mut text = format!(
        "### {}\n\n[{}]({})\n\n",
        escaped(heading.title),
        heading.short_id,
        heading.url
    );
    for fact in &event.glance {
        let _ = writeln!(text, "- **{}**: {}", fact.name, escaped(&fact.text));
    }
    let mut trace = String::new();
    stack_traces(&mut trace, event);
    // A fence longer than any run of backquotes inside cannot be closed from inside.
    let fence = "`".repeat(longest_run(&trace).max(2) + 1);
    let _ = write!(text, "\n{fence}\n{}\n{fence}\n", trace.trim_end());
    text
}

fn stack_traces(text: &mut String, event: &EventView<'_>) {
    if let Some(message) = event.message.filter(|_| event.exceptions.is_empty()) {
        let _ = writeln!(text, "{message}");
    }
    for exception in &event.exceptions {
        write_exception(text, exception);
    }
    if let Some(stack) = &event.stack {
        stack.frames().for_each(|frame| write_frame(text, frame));
    }
}

fn write_exception(text: &mut String, exception: &ExceptionView<'_>) {
    if exception.is_cause {
        text.push_str("\nCaused by: ");
    }
    let _ = match exception.value {
        "" => writeln!(text, "{}", exception.kind),
        value => writeln!(text, "{}: {value}", exception.kind),
    };
    for frame in exception.stack.iter().flat_map(StackView::frames) {
        write_frame(text, frame);
    }
}

fn write_frame(text: &mut String, frame: &FrameView<'_>) {
    let _ = write!(text, "  at {} (", frame.function.unwrap_or("<unknown>"));
    text.push_str(frame.file);
    if !frame.position.is_empty() {
        let _ = write!(text, ":{}", frame.position);
    }
    text.push_str(if frame.is_app { ") [in-app]\n" } else { ")\n" });
    if let Some(line) = frame
        .source
        .iter()
        .find(|line| line.is_hit)
        .filter(|_| frame.is_app)
    {
        let _ = writeln!(text, "      {}", line.text.trim());
    }
}

/// Text that Markdown does not read as markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            c => {
                if "\\`*_{}[]<>()#!|~".contains(c) {
                    escaped.push('\\');
                }
                escaped.push(c);
            }
        }
    }
    escaped
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
