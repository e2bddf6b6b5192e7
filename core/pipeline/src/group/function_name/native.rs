//! Names that C++, Rust, Swift and Objective-C compilers and demanglers make.

use std::sync::LazyLock;

use regex::Regex;

use super::brackets::{replace_enclosed, split_tokens};

/// Names that stand for no name.
const PLACEHOLDERS: [&str; 2] = ["<redacted>", "<unknown>"];

/// Operators and other marks whose brackets and arrows would be taken for structure, and what stands in for them
/// meanwhile. Sorted so that none hides a longer one.
const STAND_INS: [(&str, &str); 6] = [
    ("operator<<", "operator\u{27e8}\u{27e8}"),
    ("operator<", "operator\u{27e8}"),
    ("operator()", "operator\u{25ef}"),
    ("operator->", "operator\u{27ff}"),
    (" -> ", " \u{27ff} "),
    ("`anonymous namespace'", ANONYMOUS),
];
const ANONYMOUS: &str = "\u{3014}anonymousnamespace\u{3015}";
const ARROW: &str = "\u{27ff}";

fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| unreachable!("a valid pattern: {error}"))
}

/// Lambdas as gcc, msvc and clang call them.
static LAMBDA: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\{lambda\(.*?\)#\d+\}|\blambda_[a-f0-9]{32}\b|\$_\d+\b"));
/// Anonymous namespaces of inline functions, as msvc calls them.
static MSVC_ANONYMOUS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\?A0x[a-f0-9]{8}::"));
static CPP_TRAILER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\bconst\b|&)$"));
static RUST_HASH: LazyLock<Regex> = LazyLock::new(|| pattern("::h[a-z0-9]{16}$"));
static GLIBC_VERSION: LazyLock<Regex> = LazyLock::new(|| pattern(r"@@?GLIBC_[0-9.]+$"));
/// What Windows calling conventions add.
static WINDOWS_DECORATION: LazyLock<Regex> = LazyLock::new(|| pattern("^@?(.*?)@[0-9]+$"));
/// `T as Trait`, where T is any type.
static BLANKET_IMPL: LazyLock<Regex> = LazyLock::new(|| pattern("^[A-Z] as "));

/// Whether a name is so simple that there is nothing to trim.
pub(super) fn is_plain(function: &str) -> bool {
    let simple = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.' | b'~');
    function.bytes().all(simple)
        && !function.contains("::h")
        && !function.contains("lambda_")
        && !function.ends_with("const")
}

/// Trims a name.
pub(super) fn trim(function: &str, platform: &str) -> String {
    if PLACEHOLDERS.contains(&function) {
        return function.to_owned();
    }
    let name = function.trim();
    if ["[", "+[", "-["].iter().any(|start| name.starts_with(start)) {
        return name.to_owned();
    }
    let name = replace_enclosed(name, '[', ']', &|inside, _| match inside.starts_with("clone .") {
        true => String::new(),
        false => format!("[{inside}]"),
    });
    let mut name = without_trailers(name.trim_end()).to_owned();
    for (mark, stand_in) in STAND_INS {
        name = name.replace(mark, stand_in);
    }
    if name.contains("lambda") || name.contains("$_") {
        name = LAMBDA.replace_all(&name, "lambda").into_owned();
    }
    if name.contains("?A0x") {
        name = MSVC_ANONYMOUS
            .replace_all(&name, format!("{ANONYMOUS}::"))
            .into_owned();
    }
    let name = replace_enclosed(&name, '(', ')', &|inside, _| match inside.trim() {
        kept @ ("anonymous namespace" | "operator") => format!("({kept})"),
        _ => String::new(),
    });
    let name = replace_enclosed(&name, '<', '>', &generics);
    let name = match name_token(&name, platform) {
        Some(token) => with_marks(&token),
        None => function.to_owned(),
    };
    without_decoration(name)
}

/// Chops `const` and `&` off the end, however many there are.
fn without_trailers(mut name: &str) -> &str {
    while let Some(found) = CPP_TRAILER.find(name) {
        name = name.get(..found.start()).unwrap_or_default().trim_end();
    }
    name
}

/// What becomes of type arguments: `<T>`, but for Rust's `<Type as Trait>::method` the type.
fn generics(inside: &str, start: usize) -> String {
    let lambda = LAMBDA.find(inside).is_some_and(|found| found.start() == 0);
    if inside == "lambda" || lambda {
        return format!("<{inside}>");
    }
    if start > 0 {
        return "<T>".to_owned();
    }
    let inside = BLANKET_IMPL.replace(inside, "");
    let inside = replace_enclosed(&inside, '<', '>', &generics);
    inside.split(" as ").next().unwrap_or_default().to_owned()
}

/// The part of a signature that names the function: what stands before Swift's arrow, else the last word.
fn name_token(name: &str, platform: &str) -> Option<String> {
    let mut tokens = split_tokens(name);
    // msvc writes a space between an operator and its type arguments.
    if tokens.len() > 1 && tokens.last().is_some_and(|token| token == "<T>") {
        tokens.pop();
        if let Some(last) = tokens.last_mut() {
            last.push_str(" <T>");
        }
    }
    let token = if name.contains("initialization expression of") {
        initializer(&tokens)?
    } else {
        before_arrow(&tokens).or(tokens.last())?.clone()
    };
    if token.is_empty() {
        return None;
    }
    if token.starts_with('@') && matches!(platform, "cocoa" | "swift") {
        // An attribute in the place of the name: an anonymous function.
        let thunk = if name.contains("thunk for ") {
            "thunk for "
        } else {
            ""
        };
        return Some(format!("{thunk}closure"));
    }
    if token != "closure" && tokens.iter().any(|token| token == "closure") {
        return Some(format!("closure in {token}"));
    }
    Some(token)
}

/// Swift's `variable initialization expression of [static] Type.name`.
fn initializer(tokens: &[String]) -> Option<String> {
    let of = tokens.iter().rposition(|token| token == "of")?;
    let mut token = tokens.get(of + 1)?;
    if token == "static" {
        token = tokens.get(of + 2)?;
    }
    let token = token.strip_prefix(':').unwrap_or(token);
    Some(format!("initializer expression of {token}"))
}

fn before_arrow(tokens: &[String]) -> Option<&String> {
    let arrow = tokens.iter().rposition(|token| token == ARROW)?;
    let from_end = |back: usize| match arrow.checked_sub(back) {
        Some(index) => tokens.get(index),
        None => tokens.last(),
    };
    let token = from_end(1)?;
    if token == "throws" {
        from_end(2)
    } else {
        Some(token)
    }
}

/// Puts back what [`STAND_INS`] stood for.
fn with_marks(token: &str) -> String {
    token
        .replace('\u{27e8}', "<")
        .replace('\u{25ef}', "()")
        .replace(ARROW, "->")
        .replace(ANONYMOUS, "`anonymous namespace'")
}

fn without_decoration(mut name: String) -> String {
    if name.contains("::h") {
        name = RUST_HASH.replace(&name, "").into_owned();
    }
    if name.contains("@GLIBC_") {
        name = GLIBC_VERSION.replace(&name, "").into_owned();
    }
    if name.contains('@') {
        name = WINDOWS_DECORATION.replace(&name, "$1").into_owned();
    }
    name
}
