//! Function names without what differs between builds, compilers and calls: arguments, return types, hashes.

mod brackets;
mod native;

use std::borrow::Cow;

use super::family::Family;

/// The longest name that is trimmed; longer ones stay as they are.
const MAX_NAME: usize = 1024;

/// Trims `function`, which a frame of `platform` named. Borrowed means that nothing was to be trimmed.
pub(super) fn trim<'a>(function: &'a str, platform: &str) -> Cow<'a, str> {
    if function.len() > MAX_NAME {
        return Cow::Borrowed(function);
    }
    if platform == "csharp" {
        // Unity writes `Type.Method (arguments)`.
        return match function.split_once(" (") {
            Some((name, _)) => Cow::Owned(name.to_owned()),
            None => Cow::Borrowed(function),
        };
    }
    if Family::of(platform) != Family::Native || native::is_plain(function) {
        return Cow::Borrowed(function);
    }
    let trimmed = native::trim(function, platform);
    if trimmed == function {
        Cow::Borrowed(function)
    } else {
        Cow::Owned(trimmed)
    }
}

#[cfg(test)]
mod tests;
