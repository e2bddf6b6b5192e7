//! `settings`: the installation's settings, with references where secrets are.

use serde_json::Value;

use crate::bindings::v1::errand::plugin::settings::Host;
use crate::instance::State;

impl Host for State {
    fn all(&mut self) -> String {
        Value::Object(self.settings.clone()).to_string()
    }

    fn get(&mut self, key: String) -> Option<String> {
        self.settings.get(&key).map(Value::to_string)
    }
}
