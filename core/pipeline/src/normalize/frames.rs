//! Stack frames: file names where SDKs put only paths, limits, and source and variables for the frames that matter.

use std::borrow::Cow;

use errand_model::event::Frame;

use super::trim::{self, Limit};

/// Frames that keep source lines and variables; of more, those in the middle lose them.
const MAX_DETAILED: usize = 50;

/// Cleans the frames of one stack trace. (Reading it kept 250 at most.)
pub(super) fn clean(frames: &mut [Frame<'_>]) {
    for frame in frames.iter_mut() {
        clean_frame(frame);
    }
    if frames.len() > MAX_DETAILED {
        slim(frames);
    }
}

fn clean_frame(frame: &mut Frame<'_>) {
    trim::field(&mut frame.function, Limit::SYMBOL);
    trim::field(&mut frame.raw_function, Limit::SYMBOL);
    trim::field(&mut frame.symbol, Limit::SYMBOL);
    trim::field(&mut frame.module, Limit::SYMBOL);
    trim::field(&mut frame.filename, Limit::PATH);
    trim::field(&mut frame.abs_path, Limit::PATH);
    trim::field(&mut frame.package, Limit::PATH);
    trim::field(&mut frame.platform, Limit::SHORT);
    let lines = frame
        .pre_context
        .iter_mut()
        .chain(&mut frame.post_context)
        .flatten();
    for line in lines.chain(&mut frame.context_line) {
        trim::text(line, Limit::LINE);
    }
    trim::raw(&mut frame.vars, 2_048);
    trim::raw(&mut frame.data, 2_048);
    // A line before the first is how some SDKs say that they do not know it.
    frame.lineno = frame.lineno.filter(|line| *line >= 0);
    frame.colno = frame.colno.filter(|column| *column >= 0);
    if frame.abs_path.is_none() {
        frame.abs_path.clone_from(&frame.filename);
    }
    if let Some(path) = &frame.abs_path
        && (frame.filename.is_none() || frame.filename == frame.abs_path)
    {
        frame.filename = Some(file_of(path));
    }
}

/// The path of a URL; a path as it is.
fn file_of<'a>(abs_path: &Cow<'a, str>) -> Cow<'a, str> {
    let path = abs_path.split_once("://").and_then(|(scheme, rest)| {
        let is_web = matches!(scheme, "http" | "https");
        let start = rest.find('/')?;
        let path = rest.get(start..)?;
        let path = path.split(['?', '#']).next()?;
        (is_web && path.len() > 1).then_some(path)
    });
    match path {
        Some(path) => Cow::Owned(path.to_owned()),
        None => abs_path.clone(),
    }
}

/// Takes source and variables from the frames that matter least: the library's, from the middle outwards, and
/// then the program's own.
fn slim(frames: &mut [Frame<'_>]) {
    let surplus = frames.len() - MAX_DETAILED;
    let (own, foreign): (Vec<usize>, Vec<usize>) =
        (0..frames.len()).partition(|at| frames.get(*at).is_some_and(|frame| frame.in_app == Some(true)));
    let of_foreign = surplus.min(foreign.len());
    let chosen = middle(&foreign, of_foreign)
        .iter()
        .chain(middle(&own, surplus - of_foreign));
    for at in chosen {
        if let Some(frame) = frames.get_mut(*at) {
            frame.pre_context.clear();
            frame.post_context.clear();
            frame.vars = None;
        }
    }
}

fn middle(indexes: &[usize], count: usize) -> &[usize] {
    let start = (indexes.len() - count.min(indexes.len())) / 2;
    indexes.get(start..start + count).unwrap_or_default()
}
