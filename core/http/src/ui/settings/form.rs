//! A project's settings as a form: shown, read back, and what is wrong with what was typed.

use errand_model::project::{Project, ProjectSettings, RateLimit, name_problem};
use errand_pipeline::group::{RuleText, Rules};

use crate::ui::choice::Choice;
use crate::ui::forms::Fields;
use crate::ui::limit;

/// More lines of a list are not taken.
const MAX_LINES: usize = 500;
/// Longer lines are not taken.
const MAX_LINE: usize = 256;

/// The fields, as they are shown.
pub(super) struct FormView {
    pub(super) name: String,
    pub(super) stack_trace_rules: String,
    pub(super) fingerprint_rules: String,
    pub(super) allowed_origins: String,
    pub(super) production_environments: String,
    pub(super) count: String,
    pub(super) windows: Vec<Choice>,
}

/// What is wrong with a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Which.
    pub(super) field: &'static str,
    /// Line and column, from 1.
    pub(super) at: Option<(usize, usize)>,
    /// What is wrong.
    pub(super) text: String,
    /// The line, and below it where reading stopped.
    pub(super) excerpt: String,
}

impl Problem {
    fn plain(field: &'static str, text: impl Into<String>) -> Self {
        Problem {
            field,
            at: None,
            text: text.into(),
            excerpt: String::new(),
        }
    }
}

impl FormView {
    /// Of a project as it is.
    pub(super) fn of(project: &Project) -> Self {
        let settings = &project.settings;
        FormView {
            name: project.name.clone(),
            stack_trace_rules: settings.stack_trace_rules.clone(),
            fingerprint_rules: settings.fingerprint_rules.clone(),
            allowed_origins: settings.allowed_origins.join("\n"),
            production_environments: settings.production_environments.join("\n"),
            count: settings
                .rate_limit
                .map(|limit| limit.count.to_string())
                .unwrap_or_default(),
            windows: limit::windows(settings.rate_limit),
        }
    }

    /// As it was typed, so that nothing is lost when something is wrong with it.
    pub(super) fn typed(form: &Fields) -> Self {
        let window = form.parse("window").unwrap_or(60);
        FormView {
            name: form.text("name").to_owned(),
            stack_trace_rules: form.lines("stack_trace_rules"),
            fingerprint_rules: form.lines("fingerprint_rules"),
            allowed_origins: form.lines("allowed_origins"),
            production_environments: form.lines("production_environments"),
            count: form.text("count").to_owned(),
            windows: limit::windows(Some(RateLimit { count: 0, window })),
        }
    }
}

/// The name and the settings of a form, or what is wrong with it. What has a page of its own stays as it was `before`.
pub(super) fn read(
    form: &Fields,
    before: &ProjectSettings,
) -> Result<(String, ProjectSettings), Vec<Problem>> {
    let mut problems = Vec::new();
    let name = form.text("name");
    problems.extend(name_problem(name).map(|problem| Problem::plain("name", problem)));
    let (stack, fingerprint) = (form.lines("stack_trace_rules"), form.lines("fingerprint_rules"));
    // Each alone, so that both are complained of at once.
    problems.extend(rule_problem(&stack, ""));
    problems.extend(rule_problem("", &fingerprint));
    let mut list = |field| {
        lines(&form.lines(field)).unwrap_or_else(|problem| {
            problems.push(Problem::plain(field, problem));
            Vec::new()
        })
    };
    let allowed_origins = list("allowed_origins");
    let production_environments = list("production_environments");
    problems.extend(allowed_origins.iter().filter_map(|origin| origin_problem(origin)));
    let rate_limit = limit::read(form).unwrap_or_else(|problem| {
        problems.push(Problem::plain("count", problem));
        None
    });
    let settings = ProjectSettings {
        stack_trace_rules: stack,
        fingerprint_rules: fingerprint,
        allowed_origins,
        rate_limit,
        production_environments,
        ..before.clone()
    };
    if problems.is_empty() {
        Ok((name.to_owned(), settings))
    } else {
        Err(problems)
    }
}

fn rule_problem(stack: &str, fingerprint: &str) -> Option<Problem> {
    let error = Rules::compile(stack, fingerprint).err()?;
    let (field, text) = match error.text {
        RuleText::StackTrace => ("stack_trace_rules", stack),
        RuleText::Fingerprint => ("fingerprint_rules", fingerprint),
    };
    let line = text.lines().nth(error.line.saturating_sub(1)).unwrap_or_default();
    let excerpt = format!(
        "{line}\n{}^",
        " ".repeat(error.column.saturating_sub(1).min(line.chars().count()))
    );
    Some(Problem {
        field,
        at: Some((error.line, error.column)),
        text: error.message,
        excerpt,
    })
}

/// The lines that hold something.
pub(super) fn lines(text: &str) -> Result<Vec<String>, String> {
    let lines: Vec<String> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    match lines.iter().find(|line| line.len() > MAX_LINE) {
        Some(_) => Err(format!("A line has at most {MAX_LINE} bytes.")),
        None if lines.len() > MAX_LINES => Err(format!("At most {MAX_LINES} lines.")),
        None => Ok(lines),
    }
}

/// An origin is `*`, a host (with `*.` for those below it), or a scheme with a host.
fn origin_problem(origin: &str) -> Option<Problem> {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let is_host = !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || ".-*:[]_".contains(c));
    (!is_host).then(|| {
        Problem::plain(
            "allowed_origins",
            format!("'{origin}' is no origin: it has no path, and no blanks."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_host_with_or_without_a_scheme() {
        for good in [
            "*",
            "https://shop.example",
            "*.shop.example",
            "localhost:3000",
            "capacitor://localhost",
        ] {
            assert_eq!(origin_problem(good), None, "{good}");
        }
        for bad in ["https://shop.example/path", "a b", "https://"] {
            assert!(origin_problem(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_broken_rule_is_shown_with_its_line_and_column() {
        let problem = rule_problem("family:native +app\nfamily:native", "").expect("a problem");
        assert_eq!(problem.field, "stack_trace_rules");
        assert_eq!(problem.at.map(|(line, _)| line), Some(2));
        assert!(
            problem.excerpt.starts_with("family:native\n"),
            "{}",
            problem.excerpt
        );
    }
}
