//! The way to a state: workflows know transitions, which lead to states and may ask for fields.

use errand_plugin_sdk::Failure;
use errand_plugin_sdk::tickets::standing::Standing;
use serde_json::{Map, Value, json};

use crate::client::{Client, Wrote, config, part};
use crate::remote::Remote;

/// What a ticket's resolution is called, where the admin said nothing: the first of these that the workflow has.
const RESOLVED: [&str; 3] = ["Done", "Fixed", "Resolved"];
/// The same for tickets that are left alone.
const ARCHIVED: [&str; 4] = ["Won't Do", "Won't Fix", "Won't do", "Declined"];

/// Where a ticket went.
pub enum Moved {
    /// To this state, which usually means that.
    To(String, Standing),
    /// No way leads there.
    Nowhere,
}

/// Brings a ticket to a state that means this.
pub fn to(client: &Client<'_>, remote: &Remote, standing: Standing) -> Result<Moved, Failure> {
    let path = format!("issue/{}/transitions", part(&remote.id));
    let Some(answer) = client.get(&format!("{path}?expand=transitions.fields"))? else {
        return Ok(Moved::Nowhere);
    };
    let ways = answer["transitions"].as_array().cloned().unwrap_or_default();
    let states = client.settings.states()?;
    let Some(way) = states.choose(standing, &ways, |way| leads_to(way)) else {
        return Ok(Moved::Nowhere);
    };
    let mut body = json!({ "transition": { "id": way["id"] } });
    let fields = fields(client, way, standing)?;
    if !fields.is_empty() {
        body["fields"] = Value::Object(fields);
    }
    match client.write("POST", &path, &body)? {
        Wrote::Done(_) => {
            let (state, usual) = leads_to(way);
            Ok(Moved::To(state.to_owned(), usual))
        }
        Wrote::Gone => Ok(Moved::Nowhere),
        Wrote::Refused(refusal) => Err(config("transition_fields", &refusal)),
    }
}

fn leads_to(way: &Value) -> (&str, Standing) {
    let usual = match way["to"]["statusCategory"]["key"].as_str() {
        Some("done") => Standing::Resolved,
        _ => Standing::Open,
    };
    (way["to"]["name"].as_str().unwrap_or_default(), usual)
}

/// What the way asks for: as the admin said, else a resolution that fits, else the only one there is.
fn fields(client: &Client<'_>, way: &Value, standing: Standing) -> Result<Map<String, Value>, Failure> {
    let mut filled = Map::new();
    for (id, field) in way["fields"].as_object().into_iter().flatten() {
        let name = field["name"].as_str().unwrap_or(id);
        let mut said = client.settings.transition_fields.iter();
        let said = said.find(|(known, _)| *known == id || known.eq_ignore_ascii_case(name));
        let is_asked_for = field["required"] == true && field["hasDefaultValue"] != true;
        let value = match said {
            Some((_, text)) => Some(json_or_name(field, text)),
            None if !is_asked_for => None,
            None => usual(id, field, standing),
        };
        match value {
            Some(value) => {
                filled.insert(id.clone(), value);
            }
            None if is_asked_for => {
                let way = way["name"].as_str().unwrap_or_default();
                let why = format!("the transition '{way}' asks for '{name}': say what it is to be");
                return Err(Failure::config("transition_fields", why));
            }
            None => {}
        }
    }
    Ok(filled)
}

fn json_or_name(field: &Value, text: &str) -> Value {
    if text.trim_start().starts_with(['{', '['])
        && let Ok(json) = serde_json::from_str(text)
    {
        return json;
    }
    match field["schema"]["type"].as_str() {
        Some("string" | "date" | "datetime") => json!(text),
        Some("number") => text
            .parse::<f64>()
            .map_or_else(|_| json!(text), |number| json!(number)),
        Some("option") => json!({ "value": text }),
        _ => json!({ "name": text }),
    }
}

fn usual(id: &str, field: &Value, standing: Standing) -> Option<Value> {
    let allowed = field["allowedValues"].as_array()?;
    if id == "resolution" {
        let names: &[&str] = if standing == Standing::Archived {
            &ARCHIVED
        } else {
            &RESOLVED
        };
        let named = names
            .iter()
            .find_map(|name| allowed.iter().find(|value| value["name"] == *name));
        return named
            .or(allowed.first())
            .map(|value| json!({ "name": value["name"] }));
    }
    match allowed.as_slice() {
        [only] => Some(json!({ "id": only["id"] })),
        _ => None,
    }
}
