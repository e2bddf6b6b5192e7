//! What one frame adds to the hash: its module or file, its function, its line of source.

use std::borrow::Cow;
use std::sync::LazyLock;

use errand_model::event::Frame;
use regex::Regex;

use super::component::{Leaf, last_part, lowercase};
use super::family::Family;
use super::frame_data::FrameData;
use super::sink::Sink;
use super::{function_name, java};

/// Platforms whose frames come with good source: JavaScript (through source maps) and interpreted languages.
const SOURCE_PLATFORMS: [&str; 5] = ["javascript", "node", "python", "php", "ruby"];
/// Longer lines are likely minified, in characters.
const MAX_LINE: usize = 120;
const UNKNOWN_NATIVE: [&str; 2] = ["<redacted>", "<unknown>"];
const UNKNOWN_JAVASCRIPT: [&str; 4] = ["?", "<anonymous function>", "<anonymous>", "Anonymous function"];
const CODE_FROM_NOWHERE: [&str; 4] = ["[native code]", "native code", "eval code", "<anonymous>"];

static ERB_SUFFIX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"__\d{4,}_\d{4,}$").unwrap_or_else(|error| unreachable!("a valid pattern: {error}"))
});

/// A frame's parts, and whether the frame counts before rules and stack trace have their say.
#[derive(Clone, Debug)]
pub(super) struct FrameComponent<'a> {
    leaves: [Option<Leaf<'a>>; 4],
    pub(super) contributes: bool,
    pub(super) hint: Option<&'static str>,
    pub(super) in_app: bool,
}

impl<'a> FrameComponent<'a> {
    /// Of `frame`, in an event of `platform`.
    pub(super) fn new(frame: &'a Frame<'_>, platform: &str) -> Self {
        let platform = filled(&frame.platform).unwrap_or(platform);
        let family = Family::of(platform);
        let mut filename = filename(frame, platform);
        let module = module(frame, platform);
        if module.contributes && filename.contributes {
            filename.ignore("the module takes precedence");
        }
        let line = SOURCE_PLATFORMS
            .contains(&platform)
            .then(|| context_line(frame, family));
        let has_line = line.as_ref().is_some_and(|line| line.contributes);
        let mut function = function(frame, platform, family, has_line);
        // A JavaScript function that turns out to be unknown still makes its frame count, if with nothing.
        let any = module.contributes || filename.contributes || function.contributes || has_line;
        let low_quality = family == Family::JavaScript && judge_javascript(frame, &mut function);
        FrameComponent {
            leaves: [Some(module), Some(filename), Some(function), line],
            contributes: any && !low_quality,
            hint: low_quality.then_some("ignored because it is a low quality JavaScript frame"),
            in_app: frame.in_app.unwrap_or(false),
        }
    }

    /// Does not count, whatever it holds.
    pub(super) fn ignore(&mut self, hint: &'static str) {
        self.contributes = false;
        self.hint = Some(hint);
    }

    /// Tells `sink` of its parts.
    pub(super) fn walk_leaves(&self, sink: &mut impl Sink) {
        self.leaves.iter().flatten().for_each(|leaf| leaf.walk(sink));
    }
}

fn filled<'f>(text: &'f Option<Cow<'_, str>>) -> Option<&'f str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// Whether a path is a URL: of a page, a script, a blob. Files are one only where `files` says so.
fn has_url_origin(path: Option<&str>, files: bool) -> bool {
    let starts =
        |schemes: &[&str]| path.is_some_and(|path| schemes.iter().any(|scheme| path.starts_with(scheme)));
    starts(&["http:", "https:", "applewebdata:", "blob:"]) || (files && starts(&["file:"]))
}

/// Whether a path is a URL, as stack traces of a single JavaScript frame are judged.
pub(super) fn is_url(frame: &Frame<'_>) -> bool {
    has_url_origin(frame.abs_path.as_deref(), true)
}

fn filename<'a>(frame: &'a Frame<'_>, platform: &str) -> Leaf<'a> {
    let Some(name) = filled(&frame.filename) else {
        return Leaf::none("filename");
    };
    let name = lowercase(last_part(name, &['/', '\\']));
    let mut leaf = Leaf::new("filename", name.clone());
    if has_url_origin(frame.abs_path.as_deref(), false) {
        leaf.ignore("ignored because the frame points to a URL");
    } else if name == "<anonymous>" {
        leaf.ignore("ignored because it is anonymous");
    } else if name == "[native code]" {
        leaf.ignore("ignored because it is native code");
    } else if platform == "java" {
        java::clean_filename(&mut leaf);
    }
    leaf
}

fn module<'a>(frame: &'a Frame<'_>, platform: &str) -> Leaf<'a> {
    let Some(module) = filled(&frame.module) else {
        return Leaf::none("module");
    };
    let mut leaf = Leaf::new("module", module);
    match platform {
        "javascript" => {
            let path = frame.abs_path.as_deref();
            if module.contains('/') && path.is_some_and(|path| path.ends_with(module)) {
                leaf.ignore("ignored because it only repeats the URL");
            }
        }
        "java" => java::clean_module(&mut leaf, module),
        _ => {}
    }
    leaf
}

fn context_line<'a>(frame: &'a Frame<'_>, family: Family) -> Leaf<'a> {
    let Some(raw) = filled(&frame.context_line) else {
        return Leaf::none("context-line");
    };
    let line = collapse_space(raw);
    if line.is_empty() {
        return Leaf::none("context-line");
    }
    let mut leaf = Leaf::new("context-line", line);
    let no_function = filled(&frame.function).is_none();
    if raw.len() > MAX_LINE && raw.chars().count() > MAX_LINE {
        leaf.ignore("ignored because the line is too long");
    } else if family == Family::JavaScript && no_function && has_url_origin(frame.abs_path.as_deref(), true) {
        leaf.ignore("ignored because it comes from a URL and there is no function");
    }
    leaf
}

/// The text with each run of space as one blank, and none around it.
fn collapse_space(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let plain = |pair: &[u8]| pair != b"  ";
    let odd = |byte: &u8| *byte < b' ' || *byte > b'~';
    if !bytes.iter().any(odd) && bytes.windows(2).all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    Cow::Owned(out)
}

fn function<'a>(frame: &'a Frame<'_>, platform: &str, family: Family, has_line: bool) -> Leaf<'a> {
    let (trimmed, raw) = (filled(&frame.function), filled(&frame.raw_function));
    // C# names were grouped by before they were trimmed, so the raw ones still count.
    let name: Cow<'a, str> = match (platform, trimmed, raw) {
        ("csharp", _, Some(raw)) => raw.into(),
        ("csharp", Some(name), None) | (_, Some(name), Some(_)) => name.into(),
        (_, Some(name), None) => function_name::trim(name, platform),
        (_, None, Some(raw)) => raw.into(),
        (_, None, None) => return Leaf::none("function"),
    };
    let mut leaf = Leaf::new("function", name.clone());
    match platform {
        "ruby" if name.starts_with("block ") => {
            leaf.replace("block", "reduced to the fact that it is a block");
        }
        "ruby" => {
            if let Cow::Owned(cleaned) = ERB_SUFFIX.replace(&name, "") {
                leaf.replace(cleaned, "removed the number of a generated template");
            }
        }
        "php" => clean_php(&mut leaf, &name),
        "java" if name.starts_with("lambda$") => leaf.ignore("ignored because it is a lambda"),
        "java" => {}
        _ if family == Family::Native && UNKNOWN_NATIVE.contains(&name.as_ref()) => {
            leaf.ignore("ignored because it is unknown");
        }
        _ if family == Family::JavaScript => {
            let short = last_part(&name, &['.']);
            if short != name {
                leaf.replace(short.to_owned(), "reduced to the part behind the last dot");
            }
            if has_line && FrameData::of(frame).has_sourcemap() {
                leaf.ignore("ignored because a source map gave the line of source");
            }
        }
        _ => {}
    }
    leaf
}

fn clean_php(leaf: &mut Leaf<'_>, name: &str) {
    if name.starts_with("[Anonymous") || name.starts_with("class@anonymous\0") {
        leaf.ignore("ignored because it is anonymous");
    }
    if name.starts_with("class@anonymous")
        && let Some((_, method)) = name.rsplit_once("::")
    {
        leaf.replace(method.to_owned(), "reduced to the method of an anonymous class");
    }
}

/// Ignores functions that browsers could not name; whether the whole frame is worth nothing.
fn judge_javascript(frame: &Frame<'_>, function: &mut Leaf<'_>) -> bool {
    let name = filled(&frame.raw_function).or(filled(&frame.function));
    let name = name.map(|name| last_part(name, &['.']));
    match name {
        None | Some("") => function.contributes = false,
        Some(name) if UNKNOWN_JAVASCRIPT.contains(&name) || name.ends_with("/<") => {
            function.ignore("ignored because it is unknown");
        }
        Some(_) => {}
    }
    let path = frame.abs_path.as_deref();
    name == Some("eval") || path.is_some_and(|path| CODE_FROM_NOWHERE.contains(&path))
}
