//! One operation of a document: what may be sent, and what comes back.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use jsonschema::Validator;
use serde_json::Value;
use url::form_urlencoded;

use super::fit;
use super::request::{Answer, Body, Request};
use super::schemas::{self, Document};

/// An operation, compiled.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    /// The path's segments; those of `{name}` take any text.
    pub(super) template: Vec<String>,
    parameters: Vec<Parameter>,
    /// Alternatives, each a list of schemes that all have to hold.
    security: Vec<Vec<Scheme>>,
    takes: Option<Takes>,
    /// By `200`, `4XX`, `default`; none of a body that is not described.
    answers: BTreeMap<String, Option<Validator>>,
}

struct Parameter {
    name: String,
    place: String,
    is_required: bool,
    explodes: bool,
    schema: Value,
    validator: Validator,
}

enum Scheme {
    /// `Authorization: Basic`, `Authorization: Bearer`.
    Authorization(&'static str),
    Header(String),
    Query(String),
}

struct Takes {
    is_required: bool,
    /// By media type: the schema and its validator; multipart bodies have none.
    kinds: BTreeMap<String, (Value, Option<Validator>)>,
}

impl Operation {
    /// Compiles the operation at `/paths/<path>/<method>`.
    pub(super) fn compile(document: &Document, path: &str, method: &str, shared: &Value) -> Result<Self> {
        let place = format!("/paths/{}/{method}", escape(path));
        let json = document.json.pointer(&place).context("the operation is there")?;
        let mut parameters = Vec::new();
        for (at, list) in [
            (&place, &json["parameters"]),
            (&format!("/paths/{}", escape(path)), shared),
        ] {
            for (index, parameter) in list.as_array().into_iter().flatten().enumerate() {
                parameters.push(parameter_of(
                    document,
                    &format!("{at}/parameters/{index}"),
                    parameter,
                )?);
            }
        }
        Ok(Operation {
            id: json["operationId"].as_str().unwrap_or(path).to_owned(),
            method: method.to_ascii_uppercase(),
            template: segments(path),
            parameters,
            security: security(document, json)?,
            takes: takes(document, &place, &json["requestBody"])?,
            answers: answers(document, &place, &json["responses"])?,
        })
    }

    /// The values of `{name}` if a path is this operation's.
    pub(super) fn path_values(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let given = segments(path);
        if given.len() != self.template.len() {
            return None;
        }
        let mut values = BTreeMap::new();
        for (wanted, given) in self.template.iter().zip(&given) {
            match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) if !given.is_empty() => {
                    values.insert(name.to_owned(), unescape(given));
                }
                None if wanted == given => {}
                _ => return None,
            }
        }
        Some(values)
    }

    /// Segments that are the same for all.
    pub(super) fn literal_segments(&self) -> usize {
        self.template
            .iter()
            .filter(|segment| !segment.starts_with('{'))
            .count()
    }

    /// What is wrong with a request, but for its body.
    pub(super) fn check_head(&self, request: &Request, path: &BTreeMap<String, String>) -> Vec<String> {
        let mut wrong = Vec::new();
        for parameter in &self.parameters {
            let given: Vec<String> = match parameter.place.as_str() {
                "path" => path.get(&parameter.name).cloned().into_iter().collect(),
                "query" => all(&request.query, &parameter.name),
                "header" => all(&request.headers, &parameter.name.to_ascii_lowercase()),
                _ => continue,
            };
            let (name, place) = (&parameter.name, &parameter.place);
            if given.is_empty() {
                if parameter.is_required {
                    wrong.push(format!("the {place} parameter '{name}' is missing"));
                }
                continue;
            }
            let faults = fit::faults(
                &parameter.validator,
                &parameter.schema,
                &given,
                parameter.explodes,
            );
            wrong.extend(
                faults
                    .into_iter()
                    .map(|fault| format!("{place} parameter '{name}' {fault}")),
            );
        }
        let known = |name: &String| {
            let mut parameters = self.parameters.iter();
            parameters.any(|parameter| parameter.place == "query" && parameter.name == *name)
                || self
                    .security
                    .iter()
                    .flatten()
                    .any(|scheme| matches!(scheme, Scheme::Query(key) if key == name))
        };
        let unknown = request.query.iter().filter(|(name, _)| !known(name));
        wrong.extend(unknown.map(|(name, _)| format!("there is no query parameter '{name}'")));
        let is_met = |schemes: &Vec<Scheme>| schemes.iter().all(|scheme| scheme.is_met(request));
        if !self.security.is_empty() && !self.security.iter().any(is_met) {
            wrong.push("it has no credentials of a kind that the document names".to_owned());
        }
        wrong
    }

    /// Reads the body, and says what is wrong with it.
    pub(super) fn check_body(&self, request: &Request) -> (Value, Vec<String>) {
        let Some(takes) = &self.takes else {
            let wrong = match request.body.is_empty() {
                true => Vec::new(),
                false => vec!["the operation takes no body".to_owned()],
            };
            return (Value::Null, wrong);
        };
        if request.body.is_empty() {
            let wrong = match takes.is_required {
                true => vec!["the body is missing".to_owned()],
                false => Vec::new(),
            };
            return (Value::Null, wrong);
        }
        let kind = request.media_type().unwrap_or_default();
        let Some((schema, validator)) = takes.kinds.get(&kind) else {
            let known: Vec<_> = takes.kinds.keys().map(String::as_str).collect();
            return (
                Value::Null,
                vec![format!("the content type '{kind}' is none of {known:?}")],
            );
        };
        let body = match kind.as_str() {
            "application/x-www-form-urlencoded" => {
                let fields: Vec<_> = form_urlencoded::parse(&request.body).into_owned().collect();
                fit::form(&fields, schema)
            }
            _ if validator.is_none() => return (Value::Null, Vec::new()),
            _ => match serde_json::from_slice(&request.body) {
                Ok(body) => body,
                Err(error) => return (Value::Null, vec![format!("the body is no JSON: {error}")]),
            },
        };
        let faults = validator
            .as_ref()
            .map(|validator| schemas::faults(validator, &body));
        let faults = faults.unwrap_or_default().into_iter();
        (body, faults.map(|fault| format!("the body {fault}")).collect())
    }

    /// What is wrong with an answer.
    pub(super) fn check_answer(&self, answer: &Answer) -> Vec<String> {
        let status = answer.status.to_string();
        let range = format!("{}XX", &status[..1]);
        let mut keys = [status.as_str(), range.as_str(), "default"].into_iter();
        let Some(described) = keys.find_map(|key| self.answers.get(key)) else {
            return vec![format!("the status {status} is not described")];
        };
        match (described, &answer.body) {
            (Some(validator), Some(Body::Json(body))) => schemas::faults(validator, body),
            (Some(_), None) => vec!["the body is missing".to_owned()],
            _ => Vec::new(),
        }
    }
}

impl Scheme {
    fn is_met(&self, request: &Request) -> bool {
        match self {
            Scheme::Authorization(kind) => {
                let given = request.header("authorization").unwrap_or_default();
                given.strip_prefix(kind).is_some_and(|rest| rest.trim().len() > 1)
            }
            Scheme::Header(name) => request.header(name).is_some_and(|value| !value.is_empty()),
            Scheme::Query(name) => request
                .query
                .iter()
                .any(|(known, value)| known == name && !value.is_empty()),
        }
    }
}

fn parameter_of(document: &Document, place: &str, given: &Value) -> Result<Parameter> {
    let parameter = document.at(given);
    let place = given["$ref"]
        .as_str()
        .map_or(place, |target| target.trim_start_matches('#'));
    let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
    Ok(Parameter {
        name: text("name"),
        place: text("in"),
        is_required: parameter["required"] == true,
        explodes: parameter["explode"] != false,
        schema: document.at(&parameter["schema"]).clone(),
        validator: document.compile(&format!("{place}/schema"), true)?,
    })
}

fn security(document: &Document, operation: &Value) -> Result<Vec<Vec<Scheme>>> {
    let named = operation.get("security").unwrap_or(&document.json["security"]);
    let scheme = |name: &String| {
        let scheme = &document.json["components"]["securitySchemes"][name];
        let text = |key: &str| scheme[key].as_str().unwrap_or_default();
        Ok(match (text("type"), text("scheme"), text("in")) {
            ("http", "basic", _) => Scheme::Authorization("Basic "),
            ("http", "bearer", _) | ("oauth2", ..) => Scheme::Authorization("Bearer "),
            ("apiKey", _, "header") if text("name").eq_ignore_ascii_case("authorization") => {
                Scheme::Authorization("")
            }
            ("apiKey", _, "header") => Scheme::Header(text("name").to_ascii_lowercase()),
            ("apiKey", _, "query") => Scheme::Query(text("name").to_owned()),
            other => bail!("the security scheme '{name}' is of an unknown kind {other:?}"),
        })
    };
    let alternatives = named.as_array().into_iter().flatten();
    alternatives
        .map(|schemes| {
            schemes
                .as_object()
                .into_iter()
                .flat_map(|schemes| schemes.keys())
                .map(scheme)
                .collect()
        })
        .collect()
}

fn takes(document: &Document, place: &str, given: &Value) -> Result<Option<Takes>> {
    if given.is_null() {
        return Ok(None);
    }
    let body = document.at(given);
    let place = match given["$ref"].as_str() {
        Some(target) => target.trim_start_matches('#').to_owned(),
        None => format!("{place}/requestBody"),
    };
    let mut kinds = BTreeMap::new();
    for (kind, content) in body["content"].as_object().context("a body has content")? {
        let validator = match kind.starts_with("multipart/") {
            true => None,
            false => Some(document.compile(&format!("{place}/content/{}/schema", escape(kind)), true)?),
        };
        kinds.insert(kind.clone(), (document.at(&content["schema"]).clone(), validator));
    }
    Ok(Some(Takes {
        is_required: body["required"] == true,
        kinds,
    }))
}

fn answers(document: &Document, place: &str, given: &Value) -> Result<BTreeMap<String, Option<Validator>>> {
    let mut answers = BTreeMap::new();
    for (status, answer) in given.as_object().into_iter().flatten() {
        let place = match answer["$ref"].as_str() {
            Some(target) => target.trim_start_matches('#').to_owned(),
            None => format!("{place}/responses/{}", escape(status)),
        };
        let content = document.at(answer)["content"].as_object();
        let json = content.and_then(|content| content.iter().find(|(kind, _)| kind.contains("json")));
        let validator = match json {
            // A schema that says nothing asks for no body either.
            Some((kind, described))
                if described["schema"]
                    .as_object()
                    .is_some_and(|schema| !schema.is_empty()) =>
            {
                Some(document.compile(&format!("{place}/content/{}/schema", escape(kind)), false)?)
            }
            _ => None,
        };
        answers.insert(
            status.to_ascii_uppercase().replace("DEFAULT", "default"),
            validator,
        );
    }
    Ok(answers)
}

fn all(pairs: &[(String, String)], name: &str) -> Vec<String> {
    let pairs = pairs.iter().filter(|(known, _)| known == name);
    pairs.map(|(_, value)| value.clone()).collect()
}

pub(super) fn segments(path: &str) -> Vec<String> {
    path.trim_matches('/').split('/').map(str::to_owned).collect()
}

/// A key as a JSON pointer has it.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A segment without its escapes: read as a form's value, in which a plus is no blank.
fn unescape(segment: &str) -> String {
    let text = segment.replace('+', "%2B");
    form_urlencoded::parse(format!("x={text}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
