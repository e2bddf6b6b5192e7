//! A ticket by hand: the form asks for what Jira wants of new tickets of the project and type that are chosen.

use errand_plugin_sdk::tickets::describe;
use errand_plugin_sdk::{Action, Call, Choice, ChoicePage, Failure, Field as Drawn, Form, Issue, Reply};
use serde_json::{Value, json};

use crate::client::Client;
use crate::fields::{self, Field};
use crate::link;
use crate::make::{self, MAX_SUMMARY, Wishes};
use crate::people;
use crate::settings::Settings;

/// What is asked for although Jira does without, if the project has it.
const USUAL: [&str; 7] = [
    "priority",
    "assignee",
    "components",
    "labels",
    "versions",
    "fixVersions",
    "duedate",
];
/// What is chosen before, what the issue says, and what no form can ask for.
const NOT_ASKED: [&str; 8] = [
    "project",
    "issuetype",
    "summary",
    "description",
    "reporter",
    "parent",
    "attachment",
    "issuelinks",
];
/// The form's own fields: no field of Jira's has their names.
const OWN: [&str; 4] = ["project", "type", "summary", "fields"];
/// Projects of which one is chosen from a list; of more, one is looked for.
const LISTED: usize = 99;
/// People that are found at once.
const FOUND: u32 = 20;

/// Jira, as far as the project goes that is chosen in a form.
pub fn client<'a>(action: &Action, settings: &'a Settings) -> Client<'a> {
    Client::of_project(settings, action.text("project"))
}

/// The form, with the project and type that are chosen so far.
pub fn draw(action: &Action, settings: &Settings) -> Result<Form, Failure> {
    let client = client(action, settings);
    refuse_second(&client, &action.issue)?;
    let types = fields::types(&client)?;
    let wanted = [action.text("type"), &settings.issue_type];
    let is = |wanted: &str, kind: &Choice| kind.value == wanted || kind.label.eq_ignore_ascii_case(wanted);
    let kind = wanted
        .iter()
        .find_map(|wanted| types.iter().find(|kind| is(wanted, kind)))
        .or(types.first());
    let none = || Failure::permanent(format!("tickets of no type can be made in {}", client.project));
    let kind = kind.ok_or_else(none)?.value.clone();
    let known = fields::of_type(&client, &kind)?;

    let mut drawn = vec![
        project(&client)?,
        Drawn::choice("type", "Type", types)
            .required(true)
            .redraws()
            .value(kind),
        Drawn::text("summary", "Summary")
            .required(true)
            .suggest(action, describe::title(&action.issue, MAX_SUMMARY)),
    ];
    let asked = known.iter().filter(|field| is_asked(field, settings));
    drawn.extend(asked.filter_map(|field| Some(suggested(field, self::drawn(field)?, action, settings))));
    drawn.push(
        Drawn::map("fields", "Other fields")
            .help("A field's name or id, and its value, for what is not asked for above."),
    );
    Ok(Form {
        fields: drawn,
        note: None,
    })
}

/// Which project: from a list, unless there are many.
fn project(client: &Client<'_>) -> Result<Drawn, Failure> {
    let mut projects = fields::projects(client, "")?;
    let field = match projects.len() > LISTED {
        true => Drawn::text("project", "Project").lookup(),
        false => {
            if !projects.iter().any(|known| known.value == client.project) {
                projects.push(Choice::new(&client.project, &client.project));
            }
            Drawn::choice("project", "Project", projects)
        }
    };
    Ok(field.required(true).redraws().value(client.project.clone()))
}

fn is_asked(field: &Field, settings: &Settings) -> bool {
    let is_set = |name: &String| field.id == *name || field.name.eq_ignore_ascii_case(name);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    field.id.chars().all(is_plain)
        && !NOT_ASKED.contains(&field.id.as_str())
        && !OWN.contains(&field.id.to_ascii_lowercase().as_str())
        && (field.is_required || USUAL.contains(&field.id.as_str()) || settings.fields.keys().any(is_set))
}

/// A field as the form asks for it; none for what only Jira's own pages can fill in.
fn drawn(field: &Field) -> Option<Drawn> {
    let key = field.id.to_ascii_lowercase();
    let (options, name) = (field.options(), field.name.as_str());
    let drawn = match (field.kind.as_str(), options.is_empty()) {
        ("array", false) => Drawn::choices(key, name, options),
        ("array", true) => Drawn::text(key, name).help("Separated by commas."),
        (_, false) => Drawn::choice(key, name, options),
        ("number", true) => Drawn::number(key, name),
        ("user", true) => Drawn::text(key, name).lookup(),
        ("date", true) => Drawn::text(key, name).example("2026-01-31"),
        ("datetime", true) => Drawn::text(key, name).example("2026-01-31T09:30:00.000+0000"),
        ("string", true) if field.is_rich => Drawn::text(key, name).multiline(),
        ("string" | "any" | "", true) => Drawn::text(key, name),
        _ if field.is_required => Drawn::text(key, name).help("As JSON, as Jira's interface wants it."),
        _ => return None,
    };
    Some(drawn.required(field.is_required))
}

/// What the settings say, to begin with.
fn suggested(field: &Field, drawn: Drawn, action: &Action, settings: &Settings) -> Drawn {
    let mut set = settings.fields.iter();
    let set = set.find(|(name, _)| field.id == **name || field.name.eq_ignore_ascii_case(name));
    let text = match (set, field.id.as_str()) {
        (Some((_, text)), _) => text.clone(),
        (None, "labels") => settings.labels.clone(),
        (None, "components") => settings.components.clone(),
        (None, "priority") if settings.syncs("priority") => settings.priority_name(action.issue.priority),
        _ => return drawn,
    };
    if text.is_empty() {
        return drawn;
    }
    match (field.allowed.is_empty(), field.kind.as_str()) {
        (true, _) => drawn.suggest(action, text),
        (false, "array") => drawn.suggest(action, field.named(&text)),
        (false, _) => match field.named(&text).into_iter().next() {
            Some(option) => drawn.suggest(action, option),
            None => drawn,
        },
    }
}

/// What may be chosen: a project, or somebody.
pub fn find(client: &Client<'_>, field: &str, query: &str) -> Result<ChoicePage, Failure> {
    if field == "project" {
        return Ok(fitting(fields::projects(client, query)?, query));
    }
    let found = people::assignable(client, query, FOUND)?;
    let person = |person: &Value| {
        let name = person["displayName"].as_str().unwrap_or_default();
        Some(Choice::new(client.account(person)?, name))
    };
    Ok(ChoicePage {
        choices: found.iter().filter_map(person).collect(),
        next: None,
    })
}

/// Those of the choices that hold a text.
pub fn fitting(all: Vec<Choice>, query: &str) -> ChoicePage {
    let fits = |text: &str| text.to_lowercase().contains(&query.to_lowercase());
    let choices = all.into_iter();
    ChoicePage {
        choices: choices
            .filter(|choice| fits(&choice.value) || fits(&choice.label))
            .collect(),
        next: None,
    }
}

/// Makes the ticket that the form describes.
pub fn create(client: &Client<'_>, call: &Call, action: &Action) -> Result<Reply, Failure> {
    let issue = &action.issue;
    refuse_second(client, issue)?;
    let mut wishes = Wishes {
        kind: Some(action.text("type").to_owned()).filter(|kind| !kind.is_empty()),
        summary: Some(action.text("summary").to_owned()),
        is_by_hand: true,
        ..Wishes::default()
    };
    for (key, value) in &action.input {
        match (key.as_str(), value) {
            ("assignee", Value::String(who)) => {
                wishes.assignee = Some(who.trim().to_owned()).filter(|who| !who.is_empty());
            }
            ("fields", Value::Object(more)) => {
                let more = more
                    .iter()
                    .filter_map(|(name, value)| Some((name, value.as_str()?)));
                wishes
                    .fields
                    .extend(more.map(|(name, value)| (name.clone(), value.to_owned())));
            }
            (key, _) if OWN.contains(&key) => {}
            (key, value) => wishes.fields.push((key.to_owned(), text(value))),
        }
    }
    let made = make::ticket(client, call, issue, &wishes)?;
    let made = made.ok_or_else(|| Failure::permanent("a dry run makes no ticket"))?;
    Ok(Reply {
        message: Some(format!("{} is made", made.name)),
        open_url: Some(client.settings.page(&made.name)),
    })
}

/// One ticket for each issue.
fn refuse_second(client: &Client<'_>, issue: &Issue) -> Result<(), Failure> {
    match link::current(client, issue)?.first() {
        Some(ticket) => Err(Failure::permanent(format!(
            "{} has the ticket {} already",
            issue.short_id, ticket.name
        ))),
        None => Ok(()),
    }
}

/// What was filled in, as `fields` reads it: several by commas.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(","),
        other => json!(other).to_string(),
    }
}
