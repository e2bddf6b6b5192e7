//! Templates of bodies and headers. What they put in is escaped for where it stands, by construction: in JSON a text
//! comes with its quotes.

use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior, Value};

/// Steps that a template may take: far more than one needs, far less than the call's time.
const FUEL: u64 = 200_000;

/// What a template makes, which says how what it puts in is escaped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Json,
    Text,
    Html,
}

impl Format {
    /// The `Content-Type` of a body.
    pub const fn content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Text => "text/plain; charset=utf-8",
            Format::Html => "text/html; charset=utf-8",
        }
    }

    /// By the end of its name the engine tells how to escape.
    const fn name(self) -> &'static str {
        match self {
            Format::Json => "template.json",
            Format::Text => "template.txt",
            Format::Html => "template.html",
        }
    }
}

/// Fills a template in; or says what is wrong with it. What is not there is empty, in JSON `null`.
pub fn render(source: &str, format: Format, context: &serde_json::Value) -> Result<String, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(FUEL));
    let template = environment.template_from_named_str(format.name(), source);
    let context = Value::from(Serde(context));
    let text = template
        .and_then(|template| template.render(context))
        .map_err(|error| in_words(&error))?;
    if format == Format::Json {
        serde_json::from_str::<serde::de::IgnoredAny>(&text).map_err(|error| {
            format!(
                "makes no JSON: {error}. Texts bring their quotes: write {{{{ issue.title }}}}, without quotes around it"
            )
        })?;
    }
    Ok(text)
}

/// A header's value: on one line, as headers are.
pub fn header(source: &str, context: &serde_json::Value) -> Result<String, String> {
    const LONGEST: usize = 1024;
    let text = render(source, Format::Text, context)?;
    let on_one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    Ok(on_one_line.take(LONGEST).collect::<String>().trim().to_owned())
}

fn in_words(error: &Error) -> String {
    let what = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.line() {
        Some(line) => format!("line {line}: {what}"),
        None => what,
    }
}
