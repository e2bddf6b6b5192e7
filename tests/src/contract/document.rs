//! The documents of one service: which operation a request is of, and what is wrong with it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jsonschema::Validator;
use serde_json::Value;

use super::operation::Operation;
use super::request::{Answer, Call, Request};
use super::schemas::{self, Document};

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// What a service takes and says, by its own description.
pub struct Contract {
    operations: Vec<Operation>,
    extras: Vec<Extra>,
    /// What stands before the document's paths: `/ex/jira/1324`.
    prefix: String,
}

/// A part of a body that has a schema of its own.
struct Extra {
    operation: String,
    pointer: String,
    validator: Validator,
}

/// A request and what the document says of it.
pub(super) struct Read<'a> {
    pub(super) call: Call<'a>,
    pub(super) operation: &'a Operation,
    pub(super) wrong: Vec<String>,
}

impl Contract {
    /// Reads documents of `tests/contracts` and compiles all that stands in them.
    ///
    /// # Errors
    /// If one cannot be read, or one of its schemas does not compile.
    pub fn load(files: &[&str]) -> Result<Self> {
        let mut operations = Vec::new();
        for file in files {
            let document = Document::load(file)?;
            let paths = document.json["paths"]
                .as_object()
                .with_context(|| format!("{file} has paths"))?;
            for (path, item) in paths {
                for method in METHODS.into_iter().filter(|method| item.get(method).is_some()) {
                    let operation = Operation::compile(&document, path, method, &item["parameters"])
                        .with_context(|| format!("{file}: {method} {path}"))?;
                    operations.push(operation);
                }
            }
        }
        // Of two that fit, the one that says more of the path is meant.
        operations.sort_by_key(|operation| std::cmp::Reverse(operation.literal_segments()));
        Ok(Contract {
            operations,
            extras: Vec::new(),
            prefix: String::new(),
        })
    }

    /// Checks a part of an operation's body by a schema in a file of its own: `/fields/description`, where `*` stands
    /// for every element of a list; an empty pointer is the whole body. A part that is not there is not checked.
    ///
    /// # Errors
    /// If the schema cannot be read or does not compile.
    pub fn checking(mut self, operation: &str, pointer: &str, file: &str) -> Result<Self> {
        self.extras.push(Extra {
            operation: operation.to_owned(),
            pointer: pointer.to_owned(),
            validator: schemas::compile_file(file)?,
        });
        Ok(self)
    }

    /// The same service below a path: behind a gateway, say.
    #[must_use]
    pub fn below(mut self, prefix: &str) -> Self {
        prefix.trim_end_matches('/').clone_into(&mut self.prefix);
        self
    }

    /// The ids of the operations.
    pub fn operations(&self) -> Vec<&str> {
        self.operations
            .iter()
            .map(|operation| operation.id.as_str())
            .collect()
    }

    /// Which operation a request is of, and what is wrong with it.
    ///
    /// # Errors
    /// If it is of none.
    pub(super) fn read<'a>(&'a self, request: &'a Request) -> Result<Read<'a>, String> {
        let path = request.path.strip_prefix(&self.prefix);
        let path = path.ok_or_else(|| format!("paths begin with {}", self.prefix))?;
        let here: Vec<(&Operation, BTreeMap<String, String>)> = self
            .operations
            .iter()
            .filter_map(|operation| Some((operation, operation.path_values(path)?)))
            .collect();
        if here.is_empty() {
            return Err("the document has no such path".to_owned());
        }
        let mut meant = here
            .into_iter()
            .filter(|(operation, _)| operation.method == request.method);
        let Some((operation, path)) = meant.next() else {
            return Err("the document has no such method on this path".to_owned());
        };
        let mut wrong = operation.check_head(request, &path);
        let (body, faults) = operation.check_body(request);
        wrong.extend(faults);
        for extra in self.extras.iter().filter(|extra| extra.operation == operation.id) {
            for part in parts(&body, &extra.pointer) {
                let faults = schemas::faults(&extra.validator, part).into_iter();
                wrong.extend(faults.map(|fault| format!("the body's {} {fault}", extra.pointer)));
            }
        }
        let call = Call {
            operation: &operation.id,
            path,
            body,
            request,
        };
        Ok(Read {
            call,
            operation,
            wrong,
        })
    }

    /// What is wrong with a request and with the answer to it; for tests of this harness and of payloads.
    pub fn check(&self, request: &Request, answer: Option<&Answer>) -> Vec<String> {
        match self.read(request) {
            Ok(mut read) => {
                let faults = answer.map(|answer| read.operation.check_answer(answer));
                read.wrong.extend(faults.into_iter().flatten());
                read.wrong
            }
            Err(wrong) => vec![wrong],
        }
    }
}

/// The parts of a value that a pointer with `*` names.
fn parts<'v>(value: &'v Value, pointer: &str) -> Vec<&'v Value> {
    match pointer.split_once("/*") {
        None => value.pointer(pointer).into_iter().collect(),
        Some((before, after)) => {
            let list = value.pointer(before).and_then(Value::as_array);
            list.into_iter()
                .flatten()
                .flat_map(|item| parts(item, after))
                .collect()
        }
    }
}
