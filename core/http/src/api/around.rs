//! What every endpoint may answer besides what it says itself: of who asks, of what was sent, of a hub that is busy. Read
//! from the same rules that decide it.

use axum::http::Method;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Array, ObjectBuilder, Type};
use utoipa::openapi::{Components, Content, Ref, RefOr, Response};

use crate::access::rules::{Rule, lines};

/// What errors are called among the schemas.
const ERROR: &str = "Error";

/// Adds the shape of errors.
pub(super) fn describe(components: &mut Components) {
    let text = |about: &str| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(about))
    };
    let error = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Why something was not done."))
        .property("detail", text("What is wrong, in words."))
        .property("causes", Array::new(text("More of it.")))
        .property("errorId", text("Under what the hub's log knows it."))
        .required("detail");
    components.schemas.insert(ERROR.to_owned(), error.into());
}

/// Completes the answers of an operation.
pub(super) fn complete(verb: &str, path: &str, operation: &mut Operation) {
    let rule = rule(verb, path);
    let has_body = operation.request_body.is_some();
    let has_query = operation.parameters.as_ref().is_some_and(|all| !all.is_empty());
    let answers = [
        ("400", has_body || has_query),
        ("401", rule != Some(Rule::Open)),
        ("403", matches!(rule, Some(Rule::Right(..)))),
        ("413", has_body),
        ("503", true),
    ];
    let responses = &mut operation.responses.responses;
    for (status, _) in answers.into_iter().filter(|(_, may_be)| *may_be) {
        responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(Response::new("")));
    }
    for (status, response) in responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            meaning_of(status).clone_into(&mut response.description);
        }
        if status.starts_with(['4', '5']) && response.content.is_empty() {
            let shape = Content::new(Some(Ref::from_schema_name(ERROR)));
            response
                .content
                .insert("application/json".to_owned(), shape.into());
        }
    }
}

fn rule(verb: &str, path: &str) -> Option<Rule> {
    let found = lines()
        .into_iter()
        .find(|(method, of, _)| *of == path && is(method, verb));
    found.map(|(_, _, rule)| rule)
}

fn is(method: &Method, verb: &str) -> bool {
    method.as_str().eq_ignore_ascii_case(verb)
}

fn meaning_of(status: &str) -> &'static str {
    match status {
        "200" => "It is answered.",
        "201" => "It was made.",
        "202" => "It is being done.",
        "204" => "It was done.",
        "208" => "It was there already.",
        "400" => "The request makes no sense; the detail says which field, and what is allowed.",
        "401" => "Nobody known asks.",
        "403" => "Who asks may not.",
        "404" => "There is no such thing, or who asks may not know of it.",
        "409" => "Things are no longer as was thought.",
        "413" => "It is too long.",
        "502" => "Another system failed.",
        "503" => "The hub is busy; later it may work.",
        _ => "See the detail.",
    }
}
