//! `if`: an expression in CEL over what is known of a change.

use cel::objects::Value;
use cel::{Context, Program};

use crate::facts::{FUNCTIONS, NAMES};

/// Bytes of an expression.
const MAX_EXPRESSION: usize = 1_000;

/// A condition.
pub struct Condition {
    /// As it was written.
    pub text: String,
    program: Program,
}

impl Condition {
    /// `level == "fatal" && environment == "production"`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > MAX_EXPRESSION {
            return Err(format!("a condition has 1 to {MAX_EXPRESSION} bytes"));
        }
        let program = Program::compile(text).map_err(|errors| {
            let first = errors.errors.first().map(|error| error.msg.clone());
            format!("'{text}' is no CEL expression: {}", first.unwrap_or_default())
        })?;
        let references = program.references();
        if let Some(unknown) = references
            .variables()
            .into_iter()
            .find(|name| !NAMES.contains(name))
        {
            return Err(format!(
                "nothing is called '{unknown}'; allowed: {}",
                NAMES.join(", ")
            ));
        }
        // Operators are functions with names that nobody can write.
        let is_plain = |name: &&str| name.starts_with(|c: char| c.is_ascii_alphabetic());
        let known = |name: &&str| FUNCTIONS.contains(name);
        let mut functions = references.functions().into_iter().filter(is_plain);
        if let Some(unknown) = functions.find(|name| !known(name)) {
            return Err(format!(
                "no function is called '{unknown}'; allowed: {}",
                FUNCTIONS.join(", ")
            ));
        }
        Ok(Condition {
            text: text.to_owned(),
            program,
        })
    }

    /// Whether it holds; or why that cannot be said.
    pub fn holds(&self, facts: &Context<'_, '_>) -> Result<bool, String> {
        match self.program.execute(facts) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(_) => Err("is neither true nor false".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}
