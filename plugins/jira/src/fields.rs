//! What a new ticket is made of: the project's own fields, as Jira describes them at that moment, filled from texts.

use errand_plugin_sdk::Failure;
use serde_json::{Map, Value, json};

use crate::client::{Client, part};

/// A field of a new ticket.
#[derive(Clone, Debug)]
pub struct Field {
    pub id: String,
    pub name: String,
    pub is_required: bool,
    pub kind: String,
    /// Of the elements, where it is a list.
    pub items: String,
    pub allowed: Vec<Value>,
}

impl Field {
    fn read(field: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Some(Field {
            id: field["fieldId"].as_str().or(field["key"].as_str())?.to_owned(),
            name: text(&field["name"]),
            is_required: field["required"] == true && field["hasDefaultValue"] != true,
            kind: text(&field["schema"]["type"]),
            items: text(&field["schema"]["items"]),
            allowed: field["allowedValues"].as_array().cloned().unwrap_or_default(),
        })
    }

    /// The value that a text stands for. JSON goes as it is.
    pub fn value(&self, client: &Client<'_>, text: &str) -> Value {
        let text = text.trim();
        if text.starts_with(['{', '['])
            && let Ok(json) = serde_json::from_str(text)
        {
            return json;
        }
        match self.kind.as_str() {
            "array" => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                Value::Array(parts.map(|part| self.one(client, &self.items, part)).collect())
            }
            kind => self.one(client, kind, text),
        }
    }

    fn one(&self, client: &Client<'_>, kind: &str, text: &str) -> Value {
        // What is named by its id is meant by it.
        if self.allowed.iter().any(|allowed| allowed["id"] == text) {
            return json!({ "id": text });
        }
        match kind {
            "number" => text
                .parse::<f64>()
                .map_or_else(|_| json!(text), |number| json!(number)),
            "option" => json!({ "value": text }),
            "user" => client.person(Some(text)),
            "string" | "date" | "datetime" | "" | "any" => json!(text),
            _ => json!({ "name": text }),
        }
    }

    /// What people may choose.
    pub fn choices(&self) -> Vec<String> {
        let label = |allowed: &Value| {
            allowed["name"]
                .as_str()
                .or(allowed["value"].as_str())
                .map(str::to_owned)
        };
        self.allowed.iter().filter_map(label).collect()
    }
}

/// The types of tickets that the project has: id and name.
pub fn types(client: &Client<'_>) -> Result<Vec<(String, String)>, Failure> {
    let project = &client.settings.project;
    let path = format!("issue/createmeta/{}/issuetypes?maxResults=200", part(project));
    let no_project = || {
        Failure::config(
            "project",
            format!("Jira shows no project '{project}' in which tickets can be made"),
        )
    };
    let page = client.get(&path)?.ok_or_else(no_project)?;
    let types = page["issueTypes"]
        .as_array()
        .or(page["values"].as_array())
        .into_iter()
        .flatten();
    let of_issues = types.filter(|kind| kind["subtask"] != true);
    let read = |kind: &Value| Some((kind["id"].as_str()?.to_owned(), kind["name"].as_str()?.to_owned()));
    Ok(of_issues.filter_map(read).collect())
}

/// The id of the type of this name or id.
pub fn type_id(client: &Client<'_>, wanted: &str) -> Result<String, Failure> {
    let types = types(client)?;
    let found = types
        .iter()
        .find(|(id, name)| id == wanted || name.eq_ignore_ascii_case(wanted));
    found.map(|(id, _)| id.clone()).ok_or_else(|| {
        let known: Vec<_> = types.iter().map(|(_, name)| name.as_str()).collect();
        Failure::config(
            "issue_type",
            format!(
                "the project has no type '{wanted}'; there are: {}",
                known.join(", ")
            ),
        )
    })
}

/// The fields of a new ticket of a type.
pub fn of_type(client: &Client<'_>, type_id: &str) -> Result<Vec<Field>, Failure> {
    let project = part(&client.settings.project);
    let path = format!(
        "issue/createmeta/{project}/issuetypes/{}?maxResults=200",
        part(type_id)
    );
    let page = client.get(&path)?.unwrap_or_default();
    let fields = page["fields"]
        .as_array()
        .or(page["values"].as_array())
        .into_iter()
        .flatten();
    Ok(fields.filter_map(Field::read).collect())
}

/// Values by the names or ids of fields, as Jira wants them. A name that the project does not know is an error.
pub fn fill(
    client: &Client<'_>,
    fields: &[Field],
    texts: impl IntoIterator<Item = (String, String)>,
) -> Result<Map<String, Value>, Failure> {
    let mut filled = Map::new();
    for (name, text) in texts {
        if text.trim().is_empty() {
            continue;
        }
        let field = fields
            .iter()
            .find(|field| field.id == name || field.name.eq_ignore_ascii_case(&name));
        let Some(field) = field else {
            let why = format!("new tickets of this project and type have no field '{name}'");
            return Err(Failure::config("fields", why));
        };
        filled.insert(field.id.clone(), field.value(client, &text));
    }
    Ok(filled)
}
