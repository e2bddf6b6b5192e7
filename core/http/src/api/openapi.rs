//! The OpenAPI document, made of what stands beside each endpoint.

use super::around;
use axum::Json;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContactBuilder, InfoBuilder, License, OpenApi, RefOr, Required};

/// The document that `/api/0/openapi.json` serves, and that `docs/openapi.json` keeps.
pub fn document() -> OpenApi {
    let mut document = super::documented().into_openapi();
    document.info = InfoBuilder::new()
        .title("Errand")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Sentry's API, as far as this hub has what it is about, and what the hub has besides. Lists come in \
             pages: follow the `Link` header. Every error is `{\"detail\": \"…\"}`, with `\"causes\"`, a list of texts, \
             where there is more to say.",
        ))
        .contact(Some(ContactBuilder::new().name(Some("Errand")).build()))
        .license(Some(License::new(env!("CARGO_PKG_LICENSE"))))
        .build();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme("token", scheme);
    around::describe(components);
    document.security = Some(vec![SecurityRequirement::new("token", [""; 0])]);
    for (path, item) in &mut document.paths.paths {
        complete(path, item);
    }
    document
}

/// Serves the document.
pub(super) async fn get() -> Json<OpenApi> {
    Json(document())
}

/// Names each operation by verb and path, and declares the parts of the path.
fn complete(path: &str, item: &mut PathItem) {
    let operations: [(&str, &mut Option<Operation>); 4] = [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("delete", &mut item.delete),
    ];
    for (verb, operation) in operations {
        let Some(operation) = operation else { continue };
        operation.operation_id = Some(name_of(verb, path));
        operation.tags = Some(vec![tag_of(path).to_owned()]);
        let text = || ObjectBuilder::new().schema_type(Type::String).build();
        let declared = parts_of(path).map(|part| {
            ParameterBuilder::new()
                .name(part)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some(meaning_of(part)))
                .schema(Some(text()))
                .build()
        });
        let declared: Vec<_> = declared.map(RefOr::T).collect();
        operation
            .parameters
            .get_or_insert_default()
            .splice(0..0, declared);
        around::complete(verb, path, operation);
    }
}

/// The names in braces.
fn parts_of(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// `get` and `/api/0/projects/{organization}/{project}/keys/` make `get_projects_organization_project_keys`.
fn name_of(verb: &str, path: &str) -> String {
    let words = path
        .split(['/', '{', '}', '-', '.', '_'])
        .filter(|word| !word.is_empty());
    let words: Vec<&str> = words.skip_while(|word| matches!(*word, "api" | "0")).collect();
    match words.is_empty() {
        true => format!("{verb}_root"),
        false => format!("{verb}_{}", words.join("_")),
    }
}

/// The resource: the last part of the path that is a plain word and stands for many.
fn tag_of(path: &str) -> &str {
    if path.contains("/events/") || path.contains("/events-stats/") || path.contains("/eventids/") {
        return "events";
    }
    if path.contains("/issues/") || path.contains("/shortids/") {
        return "issues";
    }
    let words = path
        .split('/')
        .filter(|part| !part.is_empty() && !part.starts_with('{') && *part != "me");
    words.skip(2).last().unwrap_or("root")
}

fn meaning_of(part: &str) -> &'static str {
    match part {
        "organization" => "The slug or the id of an organization.",
        "project" => "The slug or the id of a project.",
        "issue" => "The id of an issue, or its short id (`SHOP-1A`).",
        "event" => "The id of an event: 32 hexadecimal digits.",
        "key" => "The name of a tag.",
        "key_id" => "The public half of a key.",
        "note" => "The id of a comment.",
        "external_issue" => "The id of an issue's link with a ticket.",
        "attachment" => "The id of an attachment.",
        "delivery" => "The id of a delivery.",
        "installation" => "The id of a plugin's installation.",
        "team" => "The slug of a team.",
        "search" => "The id of a search.",
        "token" => "The id of a token.",
        "version" => "The version of a release.",
        "short_id" => "A short id: `SHOP-1A`.",
        _ => "What the path names.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
        let document = document();
        let mut names = std::collections::BTreeSet::new();
        let mut count = 0;
        for (path, item) in &document.paths.paths {
            for operation in [&item.get, &item.put, &item.post, &item.delete]
                .into_iter()
                .flatten()
            {
                count += 1;
                assert!(
                    names.insert(operation.operation_id.clone()),
                    "{path} has a name twice"
                );
                assert!(operation.summary.is_some(), "{path} has no summary");
                assert!(
                    !operation.responses.responses.is_empty(),
                    "{path} names no response"
                );
            }
        }
        assert!(count > 50, "{count} operations");
    }
}
