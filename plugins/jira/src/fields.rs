//! What a new ticket is made of: the project's own fields, as Jira describes them at that moment, filled from texts.

use errand_plugin_sdk::tickets::text::Text;
use errand_plugin_sdk::{Choice, Failure};
use serde_json::{Map, Value, json};

use crate::client::{Client, part};
use crate::settings::Edition;

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
    /// Whether its text is rich text, which Cloud wants as a document.
    pub is_rich: bool,
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
            is_rich: field["schema"]["system"] == "environment"
                || field["schema"]["custom"]
                    .as_str()
                    .is_some_and(|kind| kind.ends_with(":textarea")),
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
            "string" if self.is_rich => client.text(&Text::plain_paragraphs(text)),
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
        self.allowed.iter().filter_map(label).map(str::to_owned).collect()
    }

    /// The same by id.
    pub fn options(&self) -> Vec<Choice> {
        let option = |allowed: &Value| Some(Choice::new(allowed["id"].as_str()?, label(allowed)?));
        self.allowed.iter().filter_map(option).collect()
    }

    /// The ids of those of the choices that a text names, separated by commas.
    pub fn named(&self, text: &str) -> Vec<String> {
        let is =
            |name: &str, option: &Choice| option.value == name || option.label.eq_ignore_ascii_case(name);
        let options = self.options();
        let names = text.split(',').map(str::trim);
        names
            .filter_map(|name| options.iter().find(|option| is(name, option)))
            .map(|option| option.value.clone())
            .collect()
    }
}

fn label(allowed: &Value) -> Option<&str> {
    allowed["name"].as_str().or(allowed["value"].as_str())
}

/// The projects that fit: key and name.
pub fn projects(client: &Client<'_>, query: &str) -> Result<Vec<Choice>, Failure> {
    let path = match client.settings.edition {
        Edition::Cloud => format!("project/search?maxResults=100&query={}", part(query)),
        Edition::DataCenter => "project".to_owned(),
    };
    let found = client.get(&path)?.unwrap_or_default();
    let projects = found
        .as_array()
        .or(found["values"].as_array())
        .into_iter()
        .flatten();
    let read = |project: &Value| {
        let (key, name) = (project["key"].as_str()?, project["name"].as_str()?);
        Some(Choice::new(key, format!("{key}: {name}")))
    };
    Ok(projects.filter_map(read).collect())
}

/// The types of tickets that the project has: id and name.
pub fn types(client: &Client<'_>) -> Result<Vec<Choice>, Failure> {
    let project = &client.project;
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
    let read = |kind: &Value| Some(Choice::new(kind["id"].as_str()?, kind["name"].as_str()?));
    Ok(of_issues.filter_map(read).collect())
}

/// The id of the type of this name or id.
pub fn type_id(client: &Client<'_>, wanted: &str) -> Result<String, Failure> {
    let types = types(client)?;
    let found = types
        .iter()
        .find(|kind| kind.value == wanted || kind.label.eq_ignore_ascii_case(wanted));
    found.map(|kind| kind.value.clone()).ok_or_else(|| {
        let known: Vec<_> = types.iter().map(|kind| kind.label.as_str()).collect();
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
    let project = part(&client.project);
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
            .find(|field| field.id.eq_ignore_ascii_case(&name) || field.name.eq_ignore_ascii_case(&name));
        let Some(field) = field else {
            let why = format!("new tickets of this project and type have no field '{name}'");
            return Err(Failure::config("fields", why));
        };
        filled.insert(field.id.clone(), field.value(client, &text));
    }
    Ok(filled)
}
