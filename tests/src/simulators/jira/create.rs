//! Making tickets, and what is asked before.

use serde_json::{Map, Value, json};

use super::shapes::{refused, wrong};
use super::{Edition, Jira};
use crate::contract::Answer;

/// Its projects: id, key and name.
pub(super) const PROJECTS: [(&str, &str, &str); 2] = [("1", "SHOP", "Shop"), ("2", "OPS", "Operations")];
/// Urgencies, the greatest first.
pub(super) const PRIORITIES: [&str; 5] = ["Highest", "High", "Medium", "Low", "Lowest"];
/// Fields that a ticket of the project can have.
const KNOWN: [&str; 12] = [
    "project",
    "issuetype",
    "summary",
    "description",
    "labels",
    "priority",
    "assignee",
    "components",
    "customfield_10050",
    SEVERITY,
    ON_CALL,
    IMPACT,
];
/// What a ticket of the project `OPS` has to have: a number, somebody, and rich text.
const SEVERITY: &str = "customfield_10060";
const ON_CALL: &str = "customfield_10061";
const IMPACT: &str = "customfield_10062";

impl Jira {
    /// The types of tickets that the project has.
    pub(super) fn types(&self, project: &str) -> Value {
        let of_shop = json!([{ "id": "10001", "name": "Bug", "subtask": false }, { "id": "10002", "name": "Task", "subtask": false }]);
        let types = match project {
            "OPS" => json!([{ "id": "10003", "name": "Incident", "subtask": false }]),
            _ => of_shop,
        };
        match self.edition {
            Edition::Cloud => json!({ "issueTypes": types, "startAt": 0, "maxResults": 50, "total": 2 }),
            Edition::DataCenter => self.page(&types),
        }
    }

    /// The fields of a new ticket.
    pub(super) fn create_fields(&self, project: &str) -> Value {
        let mut fields = standard_fields();
        if project == "OPS" {
            fields.extend(fields_of_ops());
        }
        if let Some(required) = self.required_field {
            let options = json!([{ "id": "1", "value": "Payments" }, { "id": "2", "value": "Search" }]);
            let schema = json!({ "type": "option", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:select", "customId": 10050 });
            fields.push(field("customfield_10050", required, true, &schema, Some(options)));
        }
        let fields = Value::Array(fields);
        match self.edition {
            Edition::Cloud => json!({ "fields": fields, "startAt": 0, "maxResults": 50, "total": 9 }),
            Edition::DataCenter => self.page(&fields),
        }
    }

    pub(super) fn page(&self, values: &Value) -> Value {
        let total = values.as_array().map_or(0, Vec::len);
        json!({ "values": values, "startAt": 0, "maxResults": 50, "total": total, "isLast": true })
    }

    pub(super) fn create(&mut self, body: &Value) -> Answer {
        let fields = body["fields"].as_object().cloned().unwrap_or_default();
        if let Some(answer) = self.objection(&fields) {
            return answer;
        }
        let id = self.insert(fields);
        let related = body["update"]["issuelinks"].as_array().into_iter().flatten();
        let related =
            related.filter_map(|link| link["add"]["outwardIssue"]["key"].as_str().map(str::to_owned));
        let related: Vec<_> = related.collect();
        let properties = body["properties"].as_array().cloned().unwrap_or_default();
        if let Some(ticket) = self.tickets.get_mut(&id) {
            ticket.related = related;
            for property in properties {
                let key = property["key"].as_str().unwrap_or_default().to_owned();
                ticket.properties.insert(key, property["value"].clone());
            }
        }
        let key = &self.tickets[&id].key;
        Answer::json(
            201,
            json!({ "id": id.to_string(), "key": key, "self": format!("https://acme.example/rest/api/issue/{id}") }),
        )
    }

    /// What Jira has against a new ticket.
    fn objection(&self, fields: &Map<String, Value>) -> Option<Answer> {
        let project = &fields["project"];
        let is_known = |(id, key, _): &(&str, &str, &str)| project["key"] == *key || project["id"] == *id;
        if !PROJECTS.iter().any(is_known) {
            return Some(wrong("project", "valid project is required"));
        }
        let kind = &fields["issuetype"];
        let is_of_ops = project["key"] == "OPS";
        if is_of_ops && kind["id"] != "10003" {
            return Some(wrong("issuetype", "valid issue type is required"));
        }
        if is_of_ops
            && let Some(missing) = [SEVERITY, ON_CALL, IMPACT]
                .iter()
                .find(|id| !fields.contains_key(**id))
        {
            return Some(wrong(missing, "is required."));
        }
        if !is_of_ops
            && kind["id"] != "10001"
            && kind["id"] != "10002"
            && kind["name"] != "Bug"
            && kind["name"] != "Task"
        {
            return Some(wrong("issuetype", "valid issue type is required"));
        }
        if let Some(required) = self.required_field
            && fields
                .get("customfield_10050")
                .is_none_or(|value| value["value"].is_null() && value["id"].is_null())
        {
            return Some(wrong("customfield_10050", &format!("{required} is required.")));
        }
        self.odd_field(fields)
    }

    /// Fields that are none of the project's, or say what there is not.
    pub(super) fn odd_field(&self, fields: &Map<String, Value>) -> Option<Answer> {
        for (name, value) in fields {
            let is_count = name.starts_with("customfield_2");
            if !KNOWN.contains(&name.as_str()) && !is_count {
                let why =
                    format!("Field '{name}' cannot be set. It is not on the appropriate screen, or unknown.");
                return Some(wrong(name, &why));
            }
            let is_odd = match name.as_str() {
                "assignee" => !value.is_null() && self.meant(value).is_none(),
                SEVERITY => !value.is_number(),
                ON_CALL => self.meant(value).is_none(),
                IMPACT => match self.edition {
                    Edition::Cloud => value["type"] != "doc",
                    Edition::DataCenter => !value.is_string(),
                },
                "priority" => value["name"]
                    .as_str()
                    .is_some_and(|name| !PRIORITIES.contains(&name)),
                "description" => value.as_str().is_some_and(|text| text.chars().count() > 32_767),
                _ => false,
            };
            if is_odd {
                return Some(wrong(name, &format!("The {name} is none.")));
            }
        }
        None
    }

    pub(super) fn edit(&mut self, key: &str, body: &Value) -> Answer {
        let fields = body["fields"].as_object().cloned().unwrap_or_default();
        if let Some(answer) = self.odd_field(&fields) {
            return answer;
        }
        let assignee = fields.get("assignee").map(|who| self.meant(who));
        let Some(ticket) = self.ticket_mut(key) else {
            return refused(
                404,
                "Issue does not exist or you do not have permission to see it.",
            );
        };
        if let Some(assignee) = assignee {
            ticket.assignee = assignee;
        }
        ticket.fields.extend(fields);
        let id = ticket.id;
        self.changed(id, "fields", 0);
        Answer::empty(204)
    }
}

/// A project as it is shown.
pub(super) fn project(key: &str) -> Value {
    let found = PROJECTS.iter().find(|(_, known, _)| *known == key);
    found.map_or(
        Value::Null,
        |(id, key, name)| json!({ "id": id, "key": key, "name": name }),
    )
}

pub(super) fn projects() -> Value {
    PROJECTS.iter().map(|(_, key, _)| project(key)).collect()
}

fn fields_of_ops() -> Vec<Value> {
    let custom = |kind: &str, of: &str| json!({ "type": kind, "custom": format!("com.atlassian.jira.plugin.system.customfieldtypes:{of}"), "customId": 1 });
    vec![
        field(SEVERITY, "Severity", true, &custom("number", "float"), None),
        field(ON_CALL, "On call", true, &custom("user", "userpicker"), None),
        field(IMPACT, "Impact", true, &custom("string", "textarea"), None),
    ]
}

/// The fields that every project has.
fn standard_fields() -> Vec<Value> {
    let system = |kind: &str, system: &str| json!({ "type": kind, "system": system });
    let list = |of: &str, system: &str| json!({ "type": "array", "items": of, "system": system });
    vec![
        field("summary", "Summary", true, &system("string", "summary"), None),
        field(
            "issuetype",
            "Issue Type",
            true,
            &system("issuetype", "issuetype"),
            None,
        ),
        field("project", "Project", true, &system("project", "project"), None),
        field(
            "description",
            "Description",
            false,
            &system("string", "description"),
            None,
        ),
        field(
            "priority",
            "Priority",
            false,
            &system("priority", "priority"),
            Some(named(&PRIORITIES)),
        ),
        field("assignee", "Assignee", false, &system("user", "assignee"), None),
        field("labels", "Labels", false, &list("string", "labels"), None),
        field(
            "components",
            "Components",
            false,
            &list("component", "components"),
            Some(named(&["Checkout", "Catalogue"])),
        ),
    ]
}

fn field(id: &str, name: &str, required: bool, schema: &Value, allowed: Option<Value>) -> Value {
    let mut field = json!({
        "fieldId": id, "key": id, "name": name, "required": required, "schema": schema,
        "operations": ["set"], "hasDefaultValue": false,
    });
    if let (Some(allowed), Some(field)) = (allowed, field.as_object_mut()) {
        field.insert("allowedValues".to_owned(), allowed);
    }
    field
}

/// Values to choose from, numbered from 1.
fn named(names: &[&str]) -> Value {
    let named = names
        .iter()
        .enumerate()
        .map(|(id, name)| json!({ "id": (id + 1).to_string(), "name": name }));
    Value::Array(named.collect())
}
