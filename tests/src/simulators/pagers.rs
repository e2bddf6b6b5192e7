//! PagerDuty and Opsgenie: incidents and alerts by the key that each is told apart by.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::contract::{Answer, Call, Simulator};

/// Pages somebody, once for each key.
#[derive(Debug, Default)]
pub struct PagerDuty {
    /// Incidents by service and key: each with its state, and the trigger that it was last told.
    pub incidents: BTreeMap<(String, String), (String, Value)>,
}

impl Simulator for PagerDuty {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let text = |key: &str| call.body[key].as_str().unwrap_or_default().to_owned();
        let (service, key, action) = (text("routing_key"), text("dedup_key"), text("event_action"));
        if !service.starts_with("service") {
            let wrong = json!({ "status": "invalid event", "message": "Event object is invalid",
                                "errors": ["Invalid routing key"] });
            return Answer::json(400, wrong);
        }
        let known = self.incidents.get_mut(&(service.clone(), key.clone()));
        match (action.as_str(), known) {
            ("trigger", None) => {
                self.incidents.insert(
                    (service, key.clone()),
                    ("triggered".to_owned(), call.body.clone()),
                );
            }
            ("trigger", Some(incident)) => {
                if incident.0 == "resolved" {
                    "triggered".clone_into(&mut incident.0);
                }
                incident.1 = call.body.clone();
            }
            ("acknowledge", Some(incident)) if incident.0 == "triggered" => {
                "acknowledged".clone_into(&mut incident.0);
            }
            ("resolve", Some(incident)) => "resolved".clone_into(&mut incident.0),
            _ => {}
        }
        Answer::json(
            202,
            json!({ "status": "success", "message": "Event processed", "dedup_key": key }),
        )
    }

    fn refusal(&self, status: u16) -> Answer {
        Answer::json(
            status,
            json!({ "status": "error", "message": "made up by the test", "errors": [] }),
        )
    }
}

/// Raises alerts, one for each alias that is open.
#[derive(Debug, Default)]
pub struct Opsgenie {
    /// Alerts by alias: each with its state and what it was raised with.
    pub alerts: BTreeMap<String, (String, Value)>,
}

impl Simulator for Opsgenie {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        if call.request.header("authorization") != Some("GenieKey key") {
            return self.refusal(401);
        }
        match call.operation {
            "createAlert" => {
                let alias = call.body["alias"].as_str().unwrap_or_default().to_owned();
                let alert = self.alerts.entry(alias).or_default();
                *alert = ("open".to_owned(), call.body.clone());
            }
            operation => {
                let state = if operation == "closeAlert" {
                    "closed"
                } else {
                    "acknowledged"
                };
                if let Some(alert) = self.alerts.get_mut(call.part("identifier")) {
                    state.clone_into(&mut alert.0);
                }
            }
        }
        Answer::json(
            202,
            json!({ "result": "Request will be processed", "took": 0.1, "requestId": "43a29c5c" }),
        )
    }

    fn refusal(&self, status: u16) -> Answer {
        Answer::json(
            status,
            json!({ "message": "made up by the test", "took": 0.0, "requestId": "rId" }),
        )
    }
}
