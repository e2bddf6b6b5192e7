//! `log`: what a plugin says, kept with the attempt.

use crate::attempt::Severity;
use crate::bindings::v1::errand::plugin::log::{Host, Severity as GuestSeverity};
use crate::instance::State;
use crate::record::sanitize;

/// Bytes of an explanation.
const MAX_EXPLANATION: usize = 500;

impl Host for State {
    fn emit(&mut self, severity: GuestSeverity, message: String, fields: String) {
        if !self.record.has_room() {
            return;
        }
        let severity = match severity {
            GuestSeverity::Debug => Severity::Debug,
            GuestSeverity::Info => Severity::Info,
            GuestSeverity::Warn => Severity::Warn,
            GuestSeverity::Error => Severity::Error,
        };
        let (message, fields) = (self.secrets.scrub(&message), self.secrets.scrub(&fields));
        self.record.push(severity, &message, &fields);
    }

    fn explain(&mut self, why: String) {
        let mut why = sanitize(&self.secrets.scrub(&why));
        why.truncate(why.floor_char_boundary(MAX_EXPLANATION));
        self.record.explanation = (!why.is_empty()).then_some(why);
    }
}
